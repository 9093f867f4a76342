using Lodger.Domain.Box;

namespace Lodger.Domain.Money;

/// <summary>What a running transfer will take, and what it costs at its host's price.</summary>
/// <param name="Left">At the rate of this moment; null while nothing moves or the end is not known.</param>
/// <param name="UsdPerGb">In its direction, per 10^9 bytes; null: not known.</param>
/// <param name="SpentUsd">For what was moved; less where text travelled compressed, and where a part was here already.</param>
/// <param name="TotalUsd">For all of it, likewise; null also while its size is not known.</param>
public sealed record TransferForecast(TimeSpan? Left, decimal? UsdPerGb, decimal? SpentUsd, decimal? TotalUsd)
{
    private const decimal BytesPerGb = 1e9m;

    /// <summary>Longer than a year is no forecast.</summary>
    private static readonly TimeSpan LeftMax = TimeSpan.FromDays(365);

    public static TransferForecast Of(TransferProgress progress, decimal? usdPerGb) => new(
        LeftOf(progress),
        usdPerGb,
        CostUsd(progress.BytesDone, usdPerGb),
        progress.BytesTotal is { } total ? CostUsd(total, usdPerGb) : null);

    /// <summary>Of so many bytes; null: the price is not known.</summary>
    public static decimal? CostUsd(long bytes, decimal? usdPerGb) => usdPerGb * (bytes / BytesPerGb);

    private static TimeSpan? LeftOf(TransferProgress progress) =>
        progress is { BytesPerSecond: > 0, BytesTotal: { } total } && Math.Max(0, total - progress.BytesDone) / progress.BytesPerSecond is var seconds && seconds <= LeftMax.TotalSeconds
            ? TimeSpan.FromSeconds(Math.Ceiling(seconds))
            : null;
}
