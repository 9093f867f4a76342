namespace Lodger.Domain.Money;

/// <summary>
/// Lodger's own reckoning of what one rental has cost: prices times time, from looks at the platform, apart from what the platform says that it charged.
/// Between two looks a change happened at a moment that nobody saw: it is put in the middle, and what that may be wrong by is <see cref="MarginUsd"/>.
/// All times are the platform's.
/// </summary>
public sealed record Meter
{
    private const decimal BytesPerGb = 1_000_000_000m;

    /// <summary>The disk bills from then on.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Everything up to here is added up.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>What it bills since <see cref="To"/>.</summary>
    public required Rates Rates { get; init; }

    public GpuUse Use { get; init; }

    public decimal GpuUsd { get; init; }

    public decimal DiskUsd { get; init; }

    public decimal UploadUsd { get; init; }

    public decimal DownloadUsd { get; init; }

    /// <summary>GPU and disk may be wrong by so much, either way.</summary>
    public decimal MarginUsd { get; init; }

    /// <summary>Time in which the GPUs billed.</summary>
    public TimeSpan GpuTime { get; init; }

    /// <summary>Of <see cref="GpuTime"/>, what the job got nothing for.</summary>
    public TimeSpan IdleTime { get; init; }

    /// <summary>Of <see cref="GpuUsd"/>.</summary>
    public decimal IdleUsd { get; init; }

    /// <summary>Bytes so far; null: the platform does not say, and then traffic is not in <see cref="TotalUsd"/>.</summary>
    public long? UploadedBytes { get; init; }

    public long? DownloadedBytes { get; init; }

    /// <summary>The rental is gone: nothing is added any more.</summary>
    public bool IsClosed { get; init; }

    public bool KnowsTraffic => UploadedBytes is not null && DownloadedBytes is not null;

    public decimal TotalUsd => GpuUsd + DiskUsd + UploadUsd + DownloadUsd;

    /// <summary>What it costs an hour with its traffic as on average so far; null: there is no average yet.</summary>
    public decimal? TrafficUsdPerHour => To > From && KnowsTraffic ? (UploadUsd + DownloadUsd) / (decimal)(To - From).TotalHours : null;

    /// <summary>A rental that was just made: its disk bills, its GPUs do not.</summary>
    public static Meter Begin(DateTimeOffset made, Rates rates)
    {
        ArgumentNullException.ThrowIfNull(rates);
        return new() { From = made, To = made, Rates = rates with { GpuUsdPerHour = 0 } };
    }

    /// <summary>As it stands at a moment, if nothing changes until then.</summary>
    public Meter UpTo(DateTimeOffset now) => IsClosed ? this : Advance(now, Rates);

    /// <summary>Another look.</summary>
    /// <param name="at">When it was seen so.</param>
    /// <param name="before">Until then, which is not after <paramref name="at"/>, it was seen as before; null: not since <see cref="To"/>.</param>
    public Meter Read(DateTimeOffset at, DateTimeOffset? before, Rates rates, GpuUse use, long? uploadedBytes, long? downloadedBytes)
    {
        ArgumentNullException.ThrowIfNull(rates);
        return Change(at, before, rates).WithTraffic(rates, uploadedBytes, downloadedBytes) with { Use = use, IsClosed = false };
    }

    /// <summary>It is gone: asked for at <paramref name="asked"/> (null: nobody of ours did), seen at <paramref name="seen"/> (null: not known).</summary>
    public Meter Close(DateTimeOffset? asked, DateTimeOffset? seen)
    {
        var end = asked ?? seen;
        if (IsClosed || end is null)
            return this with { IsClosed = true };
        var closed = Advance(end.Value, Rates);
        var unseen = seen > closed.To ? seen.Value - closed.To : TimeSpan.Zero;
        return closed with { IsClosed = true, MarginUsd = closed.MarginUsd + (Rates.UsdPerHour * Hours(unseen)) };
    }

    /// <summary>Old rates up to the middle of what was not seen, new ones from there.</summary>
    private Meter Change(DateTimeOffset at, DateTimeOffset? before, Rates next)
    {
        if (at <= To)
            return this with { Rates = next };
        var known = before is { } b && b > To ? b : To;
        var half = (at - known) / 2;
        var wrong = (Math.Abs(next.GpuUsdPerHour - Rates.GpuUsdPerHour) + Math.Abs(next.DiskUsdPerHour - Rates.DiskUsdPerHour)) * Hours(half);
        return Advance(known + half, Rates).Advance(at, next) with { Rates = next, MarginUsd = MarginUsd + wrong };
    }

    private Meter Advance(DateTimeOffset until, Rates rates)
    {
        if (until <= To)
            return this;
        var time = until - To;
        var gpu = rates.GpuUsdPerHour * Hours(time);
        var bills = rates.GpuUsdPerHour > 0;
        var idles = bills && Use == GpuUse.Idle;
        return this with
        {
            To = until,
            GpuUsd = GpuUsd + gpu,
            DiskUsd = DiskUsd + (rates.DiskUsdPerHour * Hours(time)),
            GpuTime = bills ? GpuTime + time : GpuTime,
            IdleTime = idles ? IdleTime + time : IdleTime,
            IdleUsd = idles ? IdleUsd + gpu : IdleUsd,
        };
    }

    /// <summary>Counters only rise: one that falls was reset, and counts from there.</summary>
    private Meter WithTraffic(Rates rates, long? uploaded, long? downloaded) => this with
    {
        UploadUsd = UploadUsd + Cost(UploadedBytes, uploaded, rates.UploadUsdPerGb),
        DownloadUsd = DownloadUsd + Cost(DownloadedBytes, downloaded, rates.DownloadUsdPerGb),
        UploadedBytes = uploaded ?? UploadedBytes,
        DownloadedBytes = downloaded ?? DownloadedBytes,
    };

    private static decimal Cost(long? before, long? now, decimal usdPerGb) => now is { } bytes ? Math.Max(0, bytes - (before ?? 0)) * usdPerGb / BytesPerGb : 0;

    private static decimal Hours(TimeSpan time) => time.Ticks / (decimal)TimeSpan.TicksPerHour;
}
