using Lodger.Domain.Reconcile;

namespace Lodger.Engine.Acts;

/// <summary>
/// How often, and how many at a time, machines are spoken to. Each look is a login, which costs this machine's processor: beyond a few dozen jobs they take turns, so that the cost stays what it is
/// and nothing is crowded out. What the platform shows of a rental is seen in the sweep, however long a turn takes.
/// </summary>
internal sealed class BoxPace : IDisposable
{
    /// <summary>So many jobs are looked at as often as <see cref="Waits.Report"/> and <see cref="Waits.Mirror"/> say.</summary>
    private const int JobsAtFullPace = 50;

    private const int AtOnce = 16;

    /// <summary>A turn takes no longer, however many there are: an ended job's machine counts its time without a word from us.</summary>
    private static readonly TimeSpan LongestTurn = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim looks = new(AtOnce, AtOnce);
    private readonly SemaphoreSlim transfers = new(AtOnce, AtOnce);
    private int watched;

    /// <param name="change">1: one job more has a command on a machine; -1: one less.</param>
    public void Watch(int change) => Interlocked.Add(ref watched, change);

    public Waits Of(Waits waits)
    {
        var turns = Volatile.Read(ref watched) / (double)JobsAtFullPace;
        return turns <= 1 ? waits : waits with { Report = Turn(waits.Report, turns), Mirror = Turn(waits.Mirror, turns) };
    }

    /// <summary>A short command on a machine.</summary>
    public Task<T> LookAsync<T>(Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken) => TakeTurnAsync(looks, act, cancellationToken);

    /// <summary>What may take hours.</summary>
    public Task<T> TransferAsync<T>(Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken) => TakeTurnAsync(transfers, act, cancellationToken);

    public void Dispose()
    {
        looks.Dispose();
        transfers.Dispose();
    }

    private static TimeSpan Turn(TimeSpan usual, double turns)
    {
        var turn = usual * turns;
        return turn < LongestTurn ? turn : usual > LongestTurn ? usual : LongestTurn;
    }

    private static async Task<T> TakeTurnAsync<T>(SemaphoreSlim places, Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        await places.WaitAsync(cancellationToken);
        try
        {
            return await act(cancellationToken);
        }
        finally
        {
            places.Release();
        }
    }
}
