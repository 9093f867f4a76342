namespace Lodger.Marketplace.Clock;

/// <summary>
/// The market's own time: real time that runs <c>speed</c> times as fast, plus whatever the control surface has skipped. At speed 0 it stands still and
/// only skips move it. Prices, contracts and image pulls use it; network timeouts and rate limits use real time.
/// </summary>
internal sealed class MarketClock : TimeProvider
{
    private readonly TimeProvider _real;
    private readonly long _realStart;
    private readonly DateTimeOffset _marketStart;
    private long _skippedTicks;

    public MarketClock(TimeProvider real, double speed, DateTimeOffset marketStart)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(speed);
        _real = real;
        Speed = speed;
        _marketStart = marketStart;
        _realStart = real.GetTimestamp();
    }

    /// <summary>Market seconds that pass in one real second; 0 when time stands still.</summary>
    public double Speed { get; }

    public override DateTimeOffset GetUtcNow()
    {
        var real = _real.GetElapsedTime(_realStart);
        var ticks = (long)(real.Ticks * Speed) + Interlocked.Read(ref _skippedTicks);
        return _marketStart.AddTicks(ticks);
    }

    /// <summary>Skips market time forward at once; what falls due in between happens at the market's next step. Never back: the clock may have passed it.</summary>
    public void SkipTo(DateTimeOffset moment)
    {
        var by = moment - GetUtcNow();
        if (by > TimeSpan.Zero) Interlocked.Add(ref _skippedTicks, by.Ticks);
    }

    /// <summary>Sets the clock forward or back, as a fault. Nothing is billed twice: meters wait until time has caught up with them.</summary>
    public void Jump(TimeSpan by) => Interlocked.Add(ref _skippedTicks, by.Ticks);
}
