namespace Lodger.Vast.Tests.Script;

/// <summary>A clock that stands still until the test moves it.</summary>
internal sealed class HandTime : TimeProvider
{
    private readonly Lock gate = new();
    private readonly List<HandTimer> timers = [];
    private DateTimeOffset now = new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate) return now;
    }

    public void Advance(TimeSpan by)
    {
        List<HandTimer> due;
        lock (gate)
        {
            now += by;
            due = timers.FindAll(timer => timer.DueAt <= now);
            timers.RemoveAll(due.Contains);
        }

        foreach (var timer in due) timer.Fire();
    }

    /// <summary>Moves it once somebody waits: a wait that begins after the move would be one for the next.</summary>
    public async Task AdvanceOnceWaitedForAsync(TimeSpan by)
    {
        while (true)
        {
            lock (gate)
                if (timers.Count > 0)
                    break;
            await Task.Delay(1);
        }

        Advance(by);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (gate)
        {
            var timer = new HandTimer(this, callback, state) { DueAt = dueTime < TimeSpan.Zero ? DateTimeOffset.MaxValue : now + dueTime };
            timers.Add(timer);
            return timer;
        }
    }

    private sealed class HandTimer(HandTime owner, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset DueAt { get; init; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period) => false;

        public void Dispose()
        {
            lock (owner.gate) owner.timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
