using Lodger.Domain.Market;

namespace Lodger.Tests.Shared;

/// <summary>Rentals as tests show them, unless they say otherwise.</summary>
internal static class SampleRental
{
    /// <summary>Somebody made it by hand, and it runs.</summary>
    public static Rental ByHand { get; } = new()
    {
        Id = "r1",
        Label = "by hand",
        Status = RentalStatus.Running,
        Evidence = "running",
        MachineId = "m1",
        GpuName = "RTX 4090",
        GpuCount = 1,
        GpuMemoryMb = 24_564,
        GpuUsdPerHour = 0.4m,
        DiskUsdPerHour = 0.01m,
        UploadUsdPerGb = 0.01m,
        DownloadUsdPerGb = 0.01m,
        DiskGb = 10,
        DirectSsh = new Endpoint("127.0.0.1", 1),
    };
}
