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

    /// <summary>With <see cref="Disk"/>: at the host's price for stopped instances.</summary>
    Stopped = 4,
}

/// <summary>A contract's prices, fixed when it is made; only a changed bid or a prepayment changes the GPU's.</summary>
/// <param name="GpuUsdPerHour">USD per hour for all its GPUs together, now.</param>
/// <param name="StorageUsdPerGbMonth">USD per GB and month of 720 hours.</param>
/// <param name="DiskGb">Disk size in GB.</param>
/// <param name="UploadUsdPerGb">USD per 10^9 bytes that leave the instance.</param>
/// <param name="DownloadUsdPerGb">USD per 10^9 bytes that reach the instance.</param>
internal sealed record Tariff(
    decimal GpuUsdPerHour, decimal StorageUsdPerGbMonth, decimal DiskGb, decimal UploadUsdPerGb, decimal DownloadUsdPerGb)
{
    /// <summary>USD per GB and month while stopped, where the host asks for another price than while running.</summary>
    public decimal? StoppedStorageUsdPerGbMonth { get; init; }

    /// <summary>What the GPUs cost before, oldest first.</summary>
    public IReadOnlyList<EarlierPrice> EarlierGpuPrices { get; init; } = [];

    public decimal DiskUsdPerHour => StorageUsdPerGbMonth * DiskGb / Meter.HoursPerMonth;

    public decimal StoppedDiskUsdPerHour => (StoppedStorageUsdPerGbMonth ?? StorageUsdPerGbMonth) * DiskGb / Meter.HoursPerMonth;

    /// <summary>The same contract with another price of its GPUs from now on.</summary>
    /// <param name="usdPerHour">The new price, for all GPUs together.</param>
    /// <param name="gpuTicksUsed">GPU time metered so far: it keeps the price it had.</param>
    public Tariff WithGpuPrice(decimal usdPerHour, long gpuTicksUsed) =>
        this with { GpuUsdPerHour = usdPerHour, EarlierGpuPrices = [.. EarlierGpuPrices, new EarlierPrice(gpuTicksUsed, GpuUsdPerHour)] };
}

/// <summary>A price that ended.</summary>
/// <param name="UntilGpuTicks">It held up to this much GPU time in all.</param>
/// <param name="UsdPerHour">For all GPUs together.</param>
internal sealed record EarlierPrice(long UntilGpuTicks, decimal UsdPerHour);

/// <summary>Quantities used so far. Times are in ticks of 100 ns so that metering often or seldom comes to the same sum.</summary>
/// <param name="DiskTicks">Time of the disk at the running price.</param>
internal sealed record Usage(long GpuTicks, long DiskTicks, long UploadedBytes, long DownloadedBytes)
{
    public static Usage None { get; } = new(0, 0, 0, 0);

    /// <summary>Time of the disk at the price for stopped instances.</summary>
    public long StoppedDiskTicks { get; init; }
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
        var disk = billing.HasFlag(Billing.Disk) ? elapsed.Ticks : 0;
        var stopped = billing.HasFlag(Billing.Stopped);
        return usage with
        {
            GpuTicks = usage.GpuTicks + (billing.HasFlag(Billing.Gpu) ? elapsed.Ticks : 0),
            DiskTicks = usage.DiskTicks + (stopped ? 0 : disk),
            StoppedDiskTicks = usage.StoppedDiskTicks + (stopped ? disk : 0),
        };
    }

    /// <summary>Prices a usage.</summary>
    public static Charges Price(Usage usage, Tariff tariff) => new(
        GpuUsd(usage.GpuTicks, tariff),
        (FullSeconds(usage.DiskTicks) * tariff.DiskUsdPerHour / SecondsPerHour) + (FullSeconds(usage.StoppedDiskTicks) * tariff.StoppedDiskUsdPerHour / SecondsPerHour),
        usage.UploadedBytes * tariff.UploadUsdPerGb / BytesPerGb,
        usage.DownloadedBytes * tariff.DownloadUsdPerGb / BytesPerGb);

    /// <summary>USD per hour that one billing state costs, besides bandwidth.</summary>
    public static decimal UsdPerHour(Billing billing, Tariff tariff) =>
        (billing.HasFlag(Billing.Gpu) ? tariff.GpuUsdPerHour : 0)
        + (!billing.HasFlag(Billing.Disk) ? 0 : billing.HasFlag(Billing.Stopped) ? tariff.StoppedDiskUsdPerHour : tariff.DiskUsdPerHour);

    /// <summary>Each second at the price that it began under; a change of price neither loses nor adds one.</summary>
    private static decimal GpuUsd(long gpuTicks, Tariff tariff)
    {
        var (usd, billed) = (0m, 0L);
        foreach (var earlier in tariff.EarlierGpuPrices)
        {
            var until = FullSeconds(earlier.UntilGpuTicks);
            usd += (until - billed) * earlier.UsdPerHour / SecondsPerHour;
            billed = until;
        }

        return usd + ((FullSeconds(gpuTicks) - billed) * tariff.GpuUsdPerHour / SecondsPerHour);
    }

    private static long FullSeconds(long ticks) => ticks / TimeSpan.TicksPerSecond;
}
