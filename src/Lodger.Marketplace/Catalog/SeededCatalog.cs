using System.Globalization;

namespace Lodger.Marketplace.Catalog;

/// <summary>Makes the same machines and offers from the same seed.</summary>
internal static class SeededCatalog
{
    private static readonly (GpuModel Gpu, int Count)[] Plan =
    [
        (GpuModel.Rtx4090, 1), (GpuModel.Rtx3090, 1), (GpuModel.Rtx3060, 1), (GpuModel.RtxA4000, 1), (GpuModel.Rtx4080, 1), (GpuModel.TeslaV100, 1),
        (GpuModel.A100Small, 1), (GpuModel.A100Large, 1), (GpuModel.Rtx5090, 1), (GpuModel.L40S, 1), (GpuModel.RtxA6000, 1), (GpuModel.H100, 2),
        (GpuModel.Rtx4090, 4), (GpuModel.Rtx4090, 2), (GpuModel.Rtx3090, 4), (GpuModel.Rtx3090, 2), (GpuModel.Rtx4090, 1), (GpuModel.A100Large, 2),
        (GpuModel.Rtx3060, 1), (GpuModel.Rtx4090, 1), (GpuModel.Rtx3090, 1), (GpuModel.Rtx5090, 2), (GpuModel.Rtx4080, 1), (GpuModel.TeslaV100, 2),
    ];

    private static readonly string[] Places =
    [
        "Sweden, SE", "Poland, PL", "California, US", "Texas, US", "Quebec, CA", "Germany, DE", "Czechia, CZ", "Taiwan, TW", "Norway, NO", "France, FR", "Japan, JP",
    ];

    private static readonly (string Driver, string Cuda)[] Drivers =
    [
        ("550.54.15", "12.4"), ("560.35.03", "12.6"), ("535.183.01", "12.2"), ("570.124.04", "12.8"), ("525.147.05", "12.0"),
    ];

    private static readonly string[] Cpus = ["AMD EPYC 7K62 48-Core Processor", "AMD Ryzen 9 7950X 16-Core Processor", "Xeon® Gold 6248", "AMD EPYC 7713 64-Core Processor"];
    private static readonly string[] Disks = ["Samsung SSD 980 PRO", "WD_BLACK SN850X", "Micron_7450", "KINGSTON SKC3000"];
    private static readonly string[] Boards = ["ROMED8-2T", "X670E AORUS MASTER", "H12SSL-i", "ROME2D32GM-2T"];

    /// <summary>All machines of the market that <paramref name="seed"/> names, at least one verified, reliable, directly reachable one for each model.</summary>
    /// <param name="times">So many of each kind; the first are the same for every number.</param>
    public static IReadOnlyList<HostMachine> Machines(int seed, int times = 1)
    {
        var random = new Random(seed);
        var machines = new List<HostMachine>();
        var modelsSeen = new HashSet<GpuModel>();
        var nextGpu = 1000;
        var nextMachine = 10_000L;
        foreach (var (gpu, count) in Enumerable.Repeat(Plan, times).SelectMany(p => p))
        {
            nextMachine += random.Next(7, 400);
            machines.Add(MakeMachine(random, nextMachine, gpu, Enumerable.Range(nextGpu, count).ToArray(), dependable: modelsSeen.Add(gpu)));
            nextGpu += count;
        }

        return [.. machines.Select(m => WithStoppedStorage(seed, m))];
    }

    /// <summary>Some hosts ask more for the disk of a stopped instance; drawn apart, so that a seed keeps the machines that it always made.</summary>
    private static HostMachine WithStoppedStorage(int seed, HostMachine machine)
    {
        var random = new Random(unchecked((seed * 31) ^ (int)machine.Id));
        return random.NextDouble() < 0.7
            ? machine
            : machine with { StoppedStorageUsdPerGbMonth = Math.Round(machine.StorageUsdPerGbMonth * (decimal)(1.25 + (1.75 * random.NextDouble())), 3) };
    }

    /// <summary>Every aligned bundle of 1, 2, 4... GPUs of every machine. Renting one takes away each bundle that shares a GPU with it.</summary>
    public static IReadOnlyList<Offer> Offers(int seed, IReadOnlyList<HostMachine> machines)
    {
        var random = new Random(seed ^ 0x5eed);
        var nextId = 18_000_000L;
        var offers = new List<Offer>();
        foreach (var machine in machines)
            for (var size = 1; size <= machine.GpuIds.Count; size *= 2)
                foreach (var bundle in machine.GpuIds.Chunk(size).Where(b => b.Length == size))
                    offers.Add(new Offer(nextId += random.Next(11, 9000), machine, bundle));
        return offers;
    }

    private static HostMachine MakeMachine(Random random, long id, GpuModel gpu, int[] gpuIds, bool dependable)
    {
        var price = Cents(gpu.UsdPerHour * (decimal)(0.85 + (0.4 * random.NextDouble())));
        var (driver, cuda) = Drivers[random.Next(dependable ? 2 : Drivers.Length)];
        var cores = 8 * random.Next(2, 9) * gpuIds.Length;
        var reliability = Math.Round(dependable ? 0.985 + (0.014 * random.NextDouble()) : 0.90 + (0.099 * random.NextDouble()), 6);
        var verified = dependable || random.NextDouble() < 0.75;
        var datacenter = random.NextDouble() < 0.3;
        var freeTraffic = random.NextDouble() < 0.25;
        return new HostMachine
        {
            Id = id,
            HostId = 40_000 + random.Next(0, 60_000),
            Gpu = gpu,
            GpuIds = gpuIds,
            GpuUsdPerHour = price,
            MinBidUsdPerGpuHour = Cents(price * (decimal)(0.4 + (0.25 * random.NextDouble()))),
            StorageUsdPerGbMonth = Math.Round((decimal)(0.05 + (0.2 * random.NextDouble())), 3),
            UploadUsdPerGb = freeTraffic ? 0m : Math.Round((decimal)(0.002 + (0.018 * random.NextDouble())), 5),
            DownloadUsdPerGb = freeTraffic ? 0m : Math.Round((decimal)(0.001 + (0.014 * random.NextDouble())), 5),
            UploadMbitPerSecond = Math.Round(150 + (1800 * random.NextDouble()), 1),
            DownloadMbitPerSecond = Math.Round(300 + (3000 * random.NextDouble()), 1),
            Reliability = reliability,
            Verification = verified ? "verified" : random.NextDouble() < 0.3 ? "deverified" : "unverified",
            DirectPorts = dependable ? random.Next(20, 200) : random.Next(0, 3) * random.Next(0, 100),
            StaticIp = random.NextDouble() < 0.7,
            DriverVersion = driver,
            CudaMax = cuda,
            Place = Places[random.Next(Places.Length)],
            CpuName = Cpus[random.Next(Cpus.Length)],
            CpuCores = dependable || random.NextDouble() < 0.7 ? cores : null,
            CpuCoresShared = cores,
            CpuGhz = Math.Round(2.4 + (2.4 * random.NextDouble()), 2),
            CpuRamMb = 1024 * 32 * random.Next(1, 5) * gpuIds.Length,
            DiskGb = Math.Round(180 + (2200 * random.NextDouble()), 1),
            DiskMbPerSecond = Math.Round(900 + (5200 * random.NextDouble()), 1),
            DiskName = Disks[random.Next(Disks.Length)],
            Board = Boards[random.Next(Boards.Length)],
            OsVersion = random.NextDouble() < 0.5 ? "22.04" : "20.04",
            Datacenter = datacenter,
            ListedFor = TimeSpan.FromDays(dependable ? random.Next(20, 90) : random.Next(1, 60)),
        };
    }

    private static decimal Cents(decimal usd) => Math.Round(usd, 4);

    /// <summary><c>535.86.05</c> as the number <c>535086005</c>, by which the platform compares drivers.</summary>
    public static long DriverNumber(string version)
    {
        var parts = version.Split('.');
        long number = 0;
        for (var i = 0; i < 3; i++)
            number = (number * 1000) + (i < parts.Length ? long.Parse(parts[i], CultureInfo.InvariantCulture) : 0);
        return number;
    }
}
