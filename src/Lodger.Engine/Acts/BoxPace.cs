using Lodger.Domain.Reconcile;

namespace Lodger.Engine.Acts;

/// <summary>What may take hours on a line.</summary>
internal enum Transfer
{
    Send,
    Mirror,
    BringHome,
}

/// <summary>
/// How often, and how many at a time, machines are spoken to. Each look is a login, which costs this machine's processor: beyond a few dozen jobs they take turns, so that the cost stays what it is
/// and nothing is crowded out. What the platform shows of a rental is seen in the sweep, however long a turn takes.
/// </summary>
internal sealed class BoxPace : IDisposable
{
    /// <summary>So many jobs are looked at as often as <see cref="Waits.Report"/> and <see cref="Waits.Mirror"/> say.</summary>
    private const int JobsAtFullPace = 50;

    private const int LooksAtOnce = 16;

    /// <summary>Machines that did not answer last time keep a place for as long as ssh waits: they have few, and of their own.</summary>
    private const int DoubtfulLooksAtOnce = 8;

    private const int TransfersAtOnce = 16;

    /// <summary>A turn takes no longer, however many there are: an ended job's machine counts its time without a word from us.</summary>
    private static readonly TimeSpan LongestTurn = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim looks = new(LooksAtOnce, LooksAtOnce);
    private readonly SemaphoreSlim doubtful = new(DoubtfulLooksAtOnce, DoubtfulLooksAtOnce);
    private readonly int[] transfers = new int[Enum.GetValues<Transfer>().Length];
    private int watched;

    /// <param name="change">1: one job more has a command on a machine; -1: one less.</param>
    public void Watch(int change) => Interlocked.Add(ref watched, change);

    public Waits Of(Waits waits)
    {
        var turns = Volatile.Read(ref watched) / (double)JobsAtFullPace;
        return turns <= 1 ? waits : waits with { Report = Turn(waits.Report, turns), Mirror = Turn(waits.Mirror, turns) };
    }

    /// <summary>A short command on a machine, when its turn comes.</summary>
    /// <param name="isDoubtful">The machine did not answer last time.</param>
    public async Task<T> LookAsync<T>(bool isDoubtful, Func<Task<T>> act, CancellationToken cancellationToken)
    {
        var places = isDoubtful ? doubtful : looks;
        await places.WaitAsync(cancellationToken);
        try
        {
            return await act();
        }
        finally
        {
            places.Release();
        }
    }

    /// <summary>Takes a place for a transfer, which <see cref="End"/> gives back. Nobody waits for one here: a job that did would not be looked after meanwhile.</summary>
    /// <returns>False: all are taken.</returns>
    public bool TryBegin(Transfer kind)
    {
        if (Interlocked.Increment(ref transfers[(int)kind]) <= TransfersAtOnce)
            return true;
        Interlocked.Decrement(ref transfers[(int)kind]);
        return false;
    }

    public void End(Transfer kind) => Interlocked.Decrement(ref transfers[(int)kind]);

    public void Dispose()
    {
        looks.Dispose();
        doubtful.Dispose();
    }

    private static TimeSpan Turn(TimeSpan usual, double turns)
    {
        var turn = usual * turns;
        return turn < LongestTurn ? turn : usual > LongestTurn ? usual : LongestTurn;
    }
}
