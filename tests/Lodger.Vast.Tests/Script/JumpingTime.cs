namespace Lodger.Vast.Tests.Script;

/// <summary>
/// A clock that is never waited for: a wait shorter than <paramref name="patience"/> moves the clock to its end and is over at once; a longer one never ends.
/// </summary>
internal sealed class JumpingTime(TimeSpan patience) : TimeProvider
{
    private readonly Lock gate = new();
    private DateTimeOffset now = new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero);

    public JumpingTime()
        : this(TimeSpan.FromSeconds(20))
    {
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate) return now;
    }

    public void Advance(TimeSpan by)
    {
        lock (gate) now += by;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime >= patience || dueTime == Timeout.InfiniteTimeSpan) return new Never();
        Advance(dueTime);
        ThreadPool.QueueUserWorkItem(_ => callback(state));
        return new Never();
    }

    private sealed class Never : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
