using Lodger.Domain.Market;
using Lodger.Vast.Wire;

namespace Lodger.Vast.Adapter;

/// <summary>An offer of the wire as Domain's.</summary>
internal static class OfferReading
{
    /// <summary>Null when it lacks what nobody can decide without: id, machine, GPUs, or a price.</summary>
    public static Offer? Read(VastOffer wire, int diskGb, Func<string?, string> clean)
    {
        if (wire is not { Id: { } id, MachineId: { } machine, GpuName: { } gpu }) return null;
        if (Units.Count(wire.NumGpus) is not (> 0 and { } gpus) || Units.Count(wire.GpuRam) is not { } gpuMb) return null;
        if (Units.Price(wire.StorageCost) is not { } storage || GpuPrice(wire, storage, diskGb) is not { } price) return null;
        // A price for bytes that is not stated is not a price of nothing.
        if (Units.Price(wire.InetUpCost) is not { } upload || Units.Price(wire.InetDownCost) is not { } download) return null;
        return new Offer
        {
            Id = id.ToString(),
            MachineId = machine.ToString(),
            HostId = wire.HostId?.ToString() ?? "",
            GpuName = clean(gpu),
            GpuCount = gpus,
            GpuMemoryMb = gpuMb,
            GpuUsdPerHour = price,
            StorageUsdPerGbMonth = storage,
            UploadUsdPerGb = upload,
            DownloadUsdPerGb = download,
            MinBidUsdPerHour = Units.Price(wire.MinBid),
            DiskGb = Units.Amount(wire.DiskSpace) ?? 0,
            Reliability = (wire.Reliability ?? wire.Reliability2) is >= 0 and <= 1 and { } reliability ? reliability : null,
            Verified = wire.Verification is { } verification ? verification == "verified" : wire.Verified == true,
            DirectPorts = Units.Count(wire.DirectPortCount) ?? 0,
            DownloadMbps = Units.Amount(wire.InetDown) ?? 0,
            UploadMbps = Units.Amount(wire.InetUp) ?? 0,
            CudaMax = wire.CudaMaxGood is > 0 and < 1000 and { } cuda ? cuda : null,
            DriverVersion = wire.DriverVersion is { Length: > 0 } driver ? clean(driver) : null,
            Location = wire.Geolocation is { Length: > 0 } place ? clean(place) : null,
            ContractEnd = Units.Time(wire.EndDate),
            DlPerf = Units.Amount(wire.Dlperf) ?? 0,
            IsWholeMachine = wire.GpuFrac >= 1,
        };
    }

    // dph_total holds the disk that the search was made with; dph_base does not.
    private static decimal? GpuPrice(VastOffer wire, decimal storage, int diskGb)
    {
        if (Units.Price(wire.DphBase) is { } stated) return stated;
        return Units.Price(wire.DphTotal) is { } total
            ? Units.Price(total - (Units.Price(wire.StorageTotalCost) ?? Units.DiskUsdPerHour(storage, diskGb)))
            : null;
    }
}
