using Lodger.Domain.Jobs;
using Lodger.Engine.Jobs;
using Lodger.Server.Api;
using Lodger.Server.Http;

namespace Lodger.Server.Live;

/// <summary>A row that changed, and whether that has to be seen at once.</summary>
internal readonly record struct ChangedRow(JobRow Row, bool IsNews);

/// <summary>
/// What changed of all jobs, looked at each second for as long as somebody listens. Nothing is kept for a listener: one who is slow is told later of the newest state alone.
/// </summary>
internal sealed class LiveRows(JobBoard board, EachJob each, TimeProvider time)
{
    /// <summary>A preemption is on the screen two seconds after it was seen at the latest.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Seen> seen = new(StringComparer.Ordinal);
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int listeners;
    private int rounds;

    /// <summary>Counts the looks at which something had changed.</summary>
    public long Turn { get; private set; }

    /// <summary>Completes with the next turn.</summary>
    public Task Next => Volatile.Read(ref next).Task;

    /// <summary>Looks until it is disposed of.</summary>
    public IDisposable Listen()
    {
        lock (gate)
        {
            Look();
            if (listeners++ == 0)
                _ = LookOnAsync(++rounds);
        }

        return new Listener(this);
    }

    /// <summary>Rows that changed after that turn.</summary>
    public IReadOnlyList<ChangedRow> Since(long turn)
    {
        lock (gate)
            return Turn <= turn ? [] : [.. seen.Values.Where(s => s.ChangedIn > turn).Select(s => new ChangedRow(s.Row, s.NewsIn > turn))];
    }

    /// <summary>Until nobody listens, or whoever came then is served by a later round.</summary>
    private async Task LookOnAsync(int round)
    {
        while (true)
        {
            await Task.Delay(Every, time);
            lock (gate)
            {
                if (listeners == 0 || round != rounds)
                    return;
                Look();
            }
        }
    }

    private void Look()
    {
        var turn = Turn + 1;
        var isChanged = false;
        foreach (var (state, live) in board.Glance())
        {
            var known = seen.GetValueOrDefault(state.Id);
            if (known is not null && ReferenceEquals(known.State, state) && ReferenceEquals(known.Live, live))
                continue;
            if (each.View(state, () => JobRows.Of(state, live)) is not { } row)
                continue;
            if (known is not null && known.Row == row)
            {
                (known.State, known.Live) = (state, live);
                continue;
            }

            var isNews = known is null || JobRows.IsNews(known.Row, row);
            seen[state.Id] = new Seen { State = state, Live = live, Row = row, ChangedIn = turn, NewsIn = isNews ? turn : known!.NewsIn };
            isChanged = true;
        }

        if (!isChanged)
            return;
        Turn = turn;
        Interlocked.Exchange(ref next, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    private void Leave()
    {
        lock (gate)
        {
            if (--listeners == 0)
                seen.Clear();
        }
    }

    private sealed class Listener(LiveRows rows) : IDisposable
    {
        private int isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref isOver, 1) == 0)
                rows.Leave();
        }
    }

    private sealed class Seen
    {
        public required JobState State { get; set; }

        public required JobLive Live { get; set; }

        public required JobRow Row { get; init; }

        public long ChangedIn { get; init; }

        public long NewsIn { get; init; }
    }
}
