namespace Lodger.Marketplace.Metering;

/// <summary>What a contract is billing at a moment, besides bandwidth, which bills in every state.</summary>
[Flags]
internal enum Billing
{
    /// <summary>Nothing: the host is offline, or the contract has ended.</summary>
    Nothing = 0,

    /// <summary>The disk, from creation to destroy.</summary>
    Disk = 1,

    /// <summary>The GPUs, only while the container runs.</summary>
    Gpu = 2,
}

/// <summary>A contract's prices, fixed when it is made.</summary>
/// <param name="GpuUsdPerHour">USD per hour for all its GPUs together.</param>
/// <param name="StorageUsdPerGbMonth">USD per GB and month of 720 hours.</param>
/// <param name="DiskGb">Disk size in GB.</param>
/// <param name="UploadUsdPerGb">USD per 10^9 bytes that leave the instance.</param>
/// <param name="DownloadUsdPerGb">USD per 10^9 bytes that reach the instance.</param>
internal sealed record Tariff(
    decimal GpuUsdPerHour, decimal StorageUsdPerGbMonth, decimal DiskGb, decimal UploadUsdPerGb, decimal DownloadUsdPerGb)
{
    public decimal DiskUsdPerHour => StorageUsdPerGbMonth * DiskGb / Meter.HoursPerMonth;
}

/// <summary>Quantities used so far. Times are in ticks of 100 ns so that metering often or seldom comes to the same sum.</summary>
internal sealed record Usage(long GpuTicks, long DiskTicks, long UploadedBytes, long DownloadedBytes)
{
    public static Usage None { get; } = new(0, 0, 0, 0);
}

/// <summary>What a usage costs, in USD.</summary>
internal sealed record Charges(decimal GpuUsd, decimal DiskUsd, decimal UploadUsd, decimal DownloadUsd)
{
    public decimal TotalUsd => GpuUsd + DiskUsd + UploadUsd + DownloadUsd;
}

/// <summary>Pure metering. Time is billed by the full second.</summary>
internal static class Meter
{
    public const decimal HoursPerMonth = 720m;
    private const decimal SecondsPerHour = 3600m;
    private const decimal BytesPerGb = 1_000_000_000m;

    /// <summary>Adds a stretch of time in one billing state.</summary>
    public static Usage Advance(Usage usage, Billing billing, TimeSpan elapsed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(elapsed, TimeSpan.Zero);
        return usage with
        {
            GpuTicks = usage.GpuTicks + (billing.HasFlag(Billing.Gpu) ? elapsed.Ticks : 0),
            DiskTicks = usage.DiskTicks + (billing.HasFlag(Billing.Disk) ? elapsed.Ticks : 0),
        };
    }

    /// <summary>Prices a usage.</summary>
    public static Charges Price(Usage usage, Tariff tariff) => new(
        FullSeconds(usage.GpuTicks) * tariff.GpuUsdPerHour / SecondsPerHour,
        FullSeconds(usage.DiskTicks) * tariff.DiskUsdPerHour / SecondsPerHour,
        usage.UploadedBytes * tariff.UploadUsdPerGb / BytesPerGb,
        usage.DownloadedBytes * tariff.DownloadUsdPerGb / BytesPerGb);

    private static long FullSeconds(long ticks) => ticks / TimeSpan.TicksPerSecond;
}
