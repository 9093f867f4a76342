using Lodger.Marketplace.Clock;
using Lodger.Marketplace.Contracts;

namespace Lodger.Marketplace.Life;

/// <summary>
/// Moves the clock forward event by event. Boots take real time; the market waits for them here, so that an instance that comes back in the middle of an
/// advanced week runs the rest of it.
/// </summary>
internal static class Advance
{
    /// <summary>The lock is given up after so many events, for others to get through.</summary>
    private const int EventsAtOnce = 200;

    private static readonly TimeSpan BootsMax = TimeSpan.FromSeconds(240);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(2);

    /// <summary>Returns when the market is there and nothing is booting any more, at most four minutes after the last boot began.</summary>
    public static async Task RunAsync(Book book, MarketClock clock, Timeline timeline, TimeSpan by, CancellationToken cancellationToken)
    {
        var target = clock.GetUtcNow() + by;
        var isThere = false;
        // Before the first leap too: what somebody has just started boots now, and not at the end of the week that follows.
        while (await NothingBootsAsync(book, cancellationToken) && !isThere)
        {
            lock (book.Lock) isThere = Leap(book, clock, timeline, target);
        }
    }

    /// <summary>False when something still boots after four minutes, or nobody waits any longer.</summary>
    private static async Task<bool> NothingBootsAsync(Book book, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(BootsMax);
        while (true)
        {
            lock (book.Lock)
                if (!AnythingBoots(book))
                    return true;
            if (bound.IsCancellationRequested) return false;
            await Task.Delay(Poll, CancellationToken.None);
        }
    }

    /// <summary>Up to the target, or to where something boots.</summary>
    private static bool Leap(Book book, MarketClock clock, Timeline timeline, DateTimeOffset target)
    {
        for (var events = 0; events < EventsAtOnce; events++)
        {
            var next = timeline.NextDue() is { } due && due < target ? due : target;
            clock.SkipTo(next);
            timeline.CatchUp();
            if (next == target) return true;
            if (AnythingBoots(book)) return false;
        }

        return false;
    }

    private static bool AnythingBoots(Book book) => book.Alive.Any(c => c is { Phase: Phase.Starting, BootFault: not BootFault.Stuck });
}
