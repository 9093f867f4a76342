namespace Lodger.Server.Tests.Access;

/// <summary>A clock that the test moves. No wait is over by itself.</summary>
internal sealed class SetTime : TimeProvider
{
    private DateTimeOffset now = new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero);

    public void Pass(TimeSpan span) => now += span;

    public override DateTimeOffset GetUtcNow() => now;

    public override long GetTimestamp() => now.UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
}
