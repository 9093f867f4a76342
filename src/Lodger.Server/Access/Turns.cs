namespace Lodger.Server.Access;

/// <summary>So many at once for each of many keys; a few more wait for their turn, and the others are told so at once. It remembers those alone who have or want one.</summary>
/// <param name="waitingMax">At once, for a key.</param>
/// <param name="patience">How long one waits at most.</param>
internal sealed class Turns(int most, int waitingMax, TimeSpan patience)
{
    private readonly Dictionary<string, Line> lines = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    public int Count
    {
        get
        {
            lock (gate)
                return lines.Count;
        }
    }

    /// <summary>A turn, which lasts until it is disposed of. Null: there was none.</summary>
    public async Task<IDisposable?> TakeAsync(string key, CancellationToken cancellationToken)
    {
        Line? line;
        lock (gate)
        {
            if (!lines.TryGetValue(key, out line))
                lines[key] = line = new Line(new SemaphoreSlim(most, most));
            if (line.Length >= most + waitingMax)
                return null;
            line.Length++;
        }

        var isTaken = false;
        try
        {
            isTaken = await line.Free.WaitAsync(patience, cancellationToken);
            return isTaken ? new Turn(this, key, line) : null;
        }
        finally
        {
            if (!isTaken)
                Leave(key, line);
        }
    }

    private void Leave(string key, Line line)
    {
        lock (gate)
        {
            if (--line.Length == 0)
            {
                lines.Remove(key);
                line.Free.Dispose();
            }
        }
    }

    private sealed class Line(SemaphoreSlim free)
    {
        public SemaphoreSlim Free { get; } = free;

        /// <summary>Who has a turn, or waits for one.</summary>
        public int Length { get; set; }
    }

    private sealed class Turn(Turns turns, string key, Line line) : IDisposable
    {
        private int isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isOver, 1) != 0)
                return;
            line.Free.Release();
            turns.Leave(key, line);
        }
    }
}
