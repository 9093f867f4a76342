using Lodger.Domain.Market;

namespace Lodger.Tests.Shared;

/// <summary>An offer as tests show it, unless they say otherwise.</summary>
internal static class SampleOffer
{
    /// <summary>On demand alone, on the machine of <see cref="SampleRental.ByHand"/>.</summary>
    public static Offer OnDemand { get; } = new()
    {
        Id = "offer-1",
        MachineId = "m1",
        HostId = "h1",
        GpuName = "RTX 4090",
        GpuCount = 1,
        GpuMemoryMb = 24_564,
        GpuUsdPerHour = 0.4m,
        StorageUsdPerGbMonth = 0.2m,
        UploadUsdPerGb = 0.01m,
        DownloadUsdPerGb = 0.01m,
        DiskGb = 100,
        DownloadMbps = 1000,
        UploadMbps = 500,
    };
}
