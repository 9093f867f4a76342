namespace Lodger.Marketplace.Clock;

/// <summary>
/// The market's own time: real time that runs <c>speed</c> times as fast, plus whatever the control surface has skipped. Prices, contracts and image
/// pulls use it; network timeouts and rate limits use real time.
/// </summary>
internal sealed class MarketClock : TimeProvider
{
    private readonly TimeProvider _real;
    private readonly long _realStart;
    private readonly DateTimeOffset _marketStart;
    private long _skippedTicks;

    public MarketClock(TimeProvider real, double speed, DateTimeOffset marketStart)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(speed);
        _real = real;
        Speed = speed;
        _marketStart = marketStart;
        _realStart = real.GetTimestamp();
    }

    /// <summary>Market seconds that pass in one real second.</summary>
    public double Speed { get; }

    public override DateTimeOffset GetUtcNow()
    {
        var real = _real.GetElapsedTime(_realStart);
        var ticks = (long)(real.Ticks * Speed) + Interlocked.Read(ref _skippedTicks);
        return _marketStart.AddTicks(ticks);
    }

    /// <summary>Skips market time forward at once; what falls due in between happens at the market's next step.</summary>
    public void Skip(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        Interlocked.Add(ref _skippedTicks, by.Ticks);
    }
}
