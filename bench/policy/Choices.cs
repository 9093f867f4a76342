using System.Diagnostics;
using System.Runtime.InteropServices;
using Lodger.Domain.Market;
using Lodger.Domain.Policy;

namespace Lodger.Bench.Policy;

/// <summary>How long one choice after a preemption takes, its words included, by the number of offers.</summary>
internal static partial class Choices
{
    private const int Warm = 300;
    private const int Measured = 3_000;
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    public static void Print(int most)
    {
        Console.WriteLine($"load {File.ReadAllText("/proc/loadavg").Trim()}; {Measured} choices each, with a deadline and a budget\n");
        Console.WriteLine("| offers | median ms | 99 % ms | slowest ms | of the processor: median ms | 99 % ms | slowest ms | bytes allocated |");
        Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var offers in new[] { 10, 100, most })
        {
            var random = new Random(1);
            var markets = Enumerable.Range(0, 20).Select(_ => Facts(random, offers)).ToArray();
            for (var i = 0; i < Warm; i++)
                PreemptionPolicy.Choose(markets[i % markets.Length]);
            var times = new double[Measured];
            var own = new double[Measured];
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Measured; i++)
            {
                var (began, used) = (Stopwatch.GetTimestamp(), ProcessorMs());
                PreemptionPolicy.Choose(markets[i % markets.Length]);
                (times[i], own[i]) = (Stopwatch.GetElapsedTime(began).TotalMilliseconds, ProcessorMs() - used);
            }

            var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Measured;
            Array.Sort(times);
            Array.Sort(own);
            Console.WriteLine($"| {offers} | {Row(times)} | {Row(own)} | {bytes} |");
        }

        Console.WriteLine($"\nload at the end {File.ReadAllText("/proc/loadavg").Trim()}");
    }

    private static string Row(double[] sorted) => $"{sorted[Measured / 2]:0.000} | {sorted[Measured * 99 / 100]:0.000} | {sorted[^1]:0.00}";

    /// <summary>What this thread has computed, whatever else the machine did meanwhile.</summary>
    private static double ProcessorMs()
    {
        const int ThreadCpuTime = 3;
        _ = ClockGetTime(ThreadCpuTime, out var time);
        return (time.Seconds * 1e3) + (time.Nanoseconds / 1e6);
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public long Seconds;
        public long Nanoseconds;
    }

    private static PreemptionFacts Facts(Random random, int offers) => new()
    {
        Now = Now,
        PreemptedAt = Now.AddMinutes(-random.Next(1, 200)),
        WorkLeft = TimeSpan.FromHours(1 + (random.NextDouble() * 50)),
        Rework = TimeSpan.FromMinutes(30),
        ReworkOnReturn = TimeSpan.FromMinutes(5),
        WorkAtRisk = TimeSpan.FromMinutes(40),
        OldUsdPerHour = 0.2m,
        OldDiskUsdPerHour = 0.01m,
        OldUploadUsdPerGb = 0.01m,
        OldUploadMbps = 500,
        OldDlPerf = 80,
        OldDiskReachable = true,
        OldMachineId = "m7",
        OldMachineMinBid = 0.24m,
        Offers = [.. Enumerable.Range(0, offers).Select(i => Offer(random, i))],
        MaySpot = true,
        MayOnDemand = true,
        RaiseCapUsdPerHour = 0.3m,
        Deadline = Now.AddHours(30 + (random.NextDouble() * 60)),
        BudgetLeftUsd = 40,
        CheckpointBytes = 1_000_000_000,
        CodeAndDataBytes = 2_000_000_000,
        ResultBytes = 1_000_000_000,
        DiskGb = 40,
        BootExpected = TimeSpan.FromMinutes(3),
        HostPenalty = new Dictionary<string, double> { ["h3"] = 0.7, ["h8"] = 0.2 },
    };

    private static Offer Offer(Random random, int i) => new()
    {
        Id = $"{18_000_000 + i}",
        MachineId = $"m{i}",
        HostId = $"h{i / 3}",
        GpuName = "RTX 4090",
        GpuCount = 1,
        GpuMemoryMb = 24_564,
        GpuUsdPerHour = Math.Round((decimal)(0.3 + (random.NextDouble() * 0.4)), 4),
        MinBidUsdPerHour = Math.Round((decimal)(0.1 + (random.NextDouble() * 0.2)), 4),
        StorageUsdPerGbMonth = Math.Round((decimal)(random.NextDouble() * 0.3), 4),
        UploadUsdPerGb = Math.Round((decimal)(random.NextDouble() * 0.03), 5),
        DownloadUsdPerGb = Math.Round((decimal)(random.NextDouble() * 0.03), 5),
        DiskGb = 500,
        DownloadMbps = 100 + (random.NextDouble() * 3000),
        UploadMbps = 100 + (random.NextDouble() * 1000),
        DlPerf = 60 + (random.NextDouble() * 40),
        ContractEnd = Now.AddDays(random.NextDouble() * 60),
    };
}
