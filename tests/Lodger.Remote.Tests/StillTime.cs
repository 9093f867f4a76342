using System.Collections.Concurrent;

namespace Lodger.Remote.Tests;

/// <summary>A clock none of whose waits is over before the test says so.</summary>
internal sealed class StillTime : TimeProvider
{
    private readonly ConcurrentDictionary<Waiting, TimeSpan> waits = new();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var wait = new Waiting(this, callback, state);
        waits[wait] = dueTime;
        return wait;
    }

    /// <summary>Ends the waits of this length.</summary>
    /// <returns>False: there is none of this length.</returns>
    public bool End(TimeSpan length)
    {
        var over = waits.Where(wait => wait.Value == length && waits.TryRemove(wait)).Select(wait => wait.Key).ToList();
        over.ForEach(wait => wait.Over());
        return over.Count > 0;
    }

    private sealed class Waiting(StillTime time, TimerCallback callback, object? state) : ITimer
    {
        public void Over() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period) => false;

        public void Dispose() => time.waits.TryRemove(this, out _);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
