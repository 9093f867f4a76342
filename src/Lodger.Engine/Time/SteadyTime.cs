namespace Lodger.Engine.Time;

/// <summary>
/// The time that jobs are reckoned by. It never goes back: not behind what a journal says already, and not when this machine's clock is set back, for every wait, and every "this was seen after
/// that", would then hold for as long as the clock was wrong. While it is ahead of the clock it runs a sixteenth slower, until the clock has caught up; no span is reckoned shorter than by that.
/// </summary>
public sealed class SteadyTime : TimeProvider
{
    private const double SpeedAhead = 15d / 16;

    private readonly TimeProvider clock;
    private readonly Lock gate = new();
    private DateTimeOffset steady;
    private DateTimeOffset read;
    private long stamp;

    /// <param name="clock">This machine's.</param>
    /// <param name="notBefore">The newest moment that is written down; null: there is none.</param>
    public SteadyTime(TimeProvider clock, DateTimeOffset? notBefore)
    {
        ArgumentNullException.ThrowIfNull(clock);
        this.clock = clock;
        (read, stamp) = (clock.GetUtcNow(), clock.GetTimestamp());
        steady = notBefore > read ? notBefore.Value.ToUniversalTime() : read;
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
        {
            var (now, at) = (clock.GetUtcNow(), clock.GetTimestamp());
            // The one counts on while the clock is set, the other while the machine sleeps.
            var passed = Max(clock.GetElapsedTime(stamp, at), now - read);
            (read, stamp) = (now, at);
            var ahead = steady + (passed * SpeedAhead);
            return steady = now > ahead ? now : ahead;
        }
    }

    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => clock.CreateTimer(callback, state, dueTime, period);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
