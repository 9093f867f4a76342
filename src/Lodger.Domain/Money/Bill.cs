using Lodger.Domain.Market;

namespace Lodger.Domain.Money;

/// <summary>A sum by what it is for, USD.</summary>
public sealed record Bill(decimal GpuUsd, decimal DiskUsd, decimal UploadUsd, decimal DownloadUsd)
{
    public static Bill Zero { get; } = new(0, 0, 0, 0);

    public decimal TotalUsd => GpuUsd + DiskUsd + UploadUsd + DownloadUsd;

    public static Bill Of(Charges charges)
    {
        ArgumentNullException.ThrowIfNull(charges);
        return new(charges.GpuUsd, charges.DiskUsd, charges.UploadUsd, charges.DownloadUsd);
    }

    public static Bill Of(Meter meter)
    {
        ArgumentNullException.ThrowIfNull(meter);
        return new(meter.GpuUsd, meter.DiskUsd, meter.UploadUsd, meter.DownloadUsd);
    }

    public Bill Plus(Bill other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new(GpuUsd + other.GpuUsd, DiskUsd + other.DiskUsd, UploadUsd + other.UploadUsd, DownloadUsd + other.DownloadUsd);
    }
}
