namespace Lodger.Bench.Month;

/// <summary>A time that goes from one timer that is due to the next, when it is told to.</summary>
internal sealed class StepTime : TimeProvider
{
    private readonly Lock gate = new();
    private readonly HashSet<StepTimer> timers = [];
    private DateTimeOffset now = DateTimeOffset.UnixEpoch;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>When the next timer is due; null: none is set.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (gate)
                return timers.Count == 0 ? null : timers.Min(t => t.Due);
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (gate)
            return now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    /// <summary>Never back.</summary>
    public void GoTo(DateTimeOffset moment)
    {
        lock (gate)
        {
            now = moment > now ? moment : now;
            foreach (var timer in timers.Where(t => t.Due <= now).ToList())
            {
                timers.Remove(timer);
                ThreadPool.UnsafeQueueUserWorkItem(_ => timer.Ring(), null);
            }
        }
    }

    /// <summary>Rings once: nothing of the engine sets a timer that repeats.</summary>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new StepTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class StepTimer(StepTime time, Action ring) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public Action Ring => ring;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time.gate)
            {
                time.timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                Due = time.now + dueTime;
                return time.timers.Add(this);
            }
        }

        public void Dispose()
        {
            lock (time.gate)
                time.timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
