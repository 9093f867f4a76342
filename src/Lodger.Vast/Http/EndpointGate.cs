namespace Lodger.Vast.Http;

/// <summary>
/// Lets calls to one endpoint through one after the other, in the order they came, with at least the learned spacing between two starts.
/// A caller that gives up leaves the queue without holding up those behind it.
/// </summary>
internal sealed class EndpointGate(TimeProvider time, TimeSpan startSpacing)
{
    /// <summary>A threshold that nobody could mean, from a body that we do not control, must not stop us for hours.</summary>
    internal static readonly TimeSpan SpacingMax = TimeSpan.FromSeconds(60);

    // The platform measures when calls arrive, we when they leave; the network moves the two against each other.
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(50);

    private readonly Lock gate = new();
    private Task lastInLine = Task.CompletedTask;
    private TimeSpan spacing = startSpacing;
    private long? lastStart;

    /// <summary>Time between the starts of two calls, as far as is known.</summary>
    public TimeSpan Spacing
    {
        get
        {
            lock (gate) return spacing;
        }
    }

    /// <summary>Returns when the caller may send.</summary>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task ahead;
        lock (gate)
        {
            ahead = lastInLine;
            lastInLine = mine.Task;
        }

        try
        {
            await ahead.WaitAsync(cancellationToken);
            // Up to the next millisecond: a delay drops what is below one, and the rest of it would be waited for by spinning.
            while (Remaining() is { } wait && wait > TimeSpan.Zero) await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)), time, cancellationToken);
            lock (gate) lastStart = time.GetTimestamp();
        }
        finally
        {
            // Whoever is behind goes on as soon as everybody ahead of us has gone, whether we went ourselves or gave up.
            _ = ahead.ContinueWith(_ => mine.SetResult(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>The platform said that a call came too early.</summary>
    /// <param name="threshold">What it asked for; null when it named nothing, then the spacing doubles.</param>
    public void Learn(TimeSpan? threshold)
    {
        lock (gate)
        {
            var wanted = threshold is { } named ? named + Slack : spacing * 2 + TimeSpan.FromMilliseconds(500);
            if (wanted > SpacingMax) wanted = SpacingMax;
            if (wanted > spacing) spacing = wanted;
        }
    }

    private TimeSpan? Remaining()
    {
        lock (gate) return lastStart is { } start ? spacing - time.GetElapsedTime(start) : null;
    }
}
