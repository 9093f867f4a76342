using System.Collections.Immutable;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Sweep;
using Lodger.Engine.Accounts;
using Lodger.Engine.Acts;
using Lodger.Engine.Telemetry;
using Microsoft.Extensions.Logging;

namespace Lodger.Engine.Sweep;

/// <summary>What the newest sweep of an account saw.</summary>
/// <param name="Gone">Tracked rentals that a readable listing lacked and of which the platform, asked by id, said that they do not exist.</param>
public sealed record AccountSight(Listing Listing, ImmutableHashSet<string> Gone);

/// <summary>
/// Observes all rentals of one account in one listing at a time; jobs never poll one by one. A listing that fails is unknown, and an
/// unknown listing proves nothing about any rental.
/// </summary>
internal sealed class AccountSweep(
    OpenAccount account, AccountUser user, ActContext context, Func<IReadOnlyCollection<string>> tracked, Func<bool> busy, Action<SweepNews> swept, ILogger log) : IDisposable
{
    /// <summary>With no open job: a rental that was lost sight of may still turn up.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);

    /// <summary>For one page and what is asked by id; each page more has the time that the platform wants between two, and as much again.</summary>
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(60);

    /// <summary>After a look that ended in an exception.</summary>
    private static readonly TimeSpan AfterDefect = TimeSpan.FromSeconds(10);

    private readonly TimeProvider time = context.Time;
    private readonly SemaphoreSlim wake = new(0, 1);
    private volatile PushHint? hint;
    private RentalList? known;
    private volatile AccountSight latest = new(Listing.Unknown(DateTimeOffset.MinValue), []);

    public AccountSight Latest => latest;

    /// <summary>Asks for a sweep now rather than at its turn.</summary>
    public void Hurry()
    {
        try
        {
            wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // One is already asked for.
        }
    }

    /// <summary>The platform pushed that something happened. It is not believed; it only is a reason to look now.</summary>
    /// <param name="kind">Its word for it.</param>
    public void Pushed(string kind)
    {
        hint = new PushHint(kind, time.GetUtcNow());
        Hurry();
    }

    /// <summary>Looks until the server stops. Nothing else ends it: jobs whose account nobody looks at would bill unseen.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan next;
            try
            {
                next = await LookOnceAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // The server stops in the middle of a look.
                return;
            }
            catch (Exception e)
            {
                log.LogError(e, "the rentals of {Account} could not be looked at", account.Name);
                latest = new(Listing.Unknown(time.GetUtcNow()), []);
                next = AfterDefect;
            }

            await WaitAsync(next, cancellationToken);
        }
    }

    public void Dispose() => wake.Dispose();

    /// <returns>How long until the next.</returns>
    private async Task<TimeSpan> LookOnceAsync(CancellationToken cancellationToken)
    {
        var told = hint;
        var began = time.GetTimestamp();
        var wasKnown = latest.Listing.Rentals is not null;
        latest = await LookAsync(told?.Kind, cancellationToken);
        var took = time.GetElapsedTime(began);
        swept(SweepNews.Of(known, wasKnown, latest));
        known = latest.Listing.Rentals ?? known;
        if (told is not null && told == hint && time.GetUtcNow() - told.At > context.Options.PushEchoes)
            hint = null;
        return Turn(took) - took;
    }

    /// <summary>From the beginning of the last listing to that of the next.</summary>
    private TimeSpan Turn(TimeSpan took)
    {
        var rentals = latest.Listing.Rentals?.Count ?? tracked().Count;
        var every = !busy() ? Idle : context.Options.SweepEvery ?? SweepPace.Every(account.Profile, rentals, took);
        if (hint is null)
            return every;
        var soon = SweepPace.AfterPush(account.Profile, rentals, took);
        return soon < every ? soon : every;
    }

    private async Task<AccountSight> LookAsync(string? pushed, CancellationToken cancellationToken)
    {
        using var span = EngineSpans.Sweep(account.Name);
        var asked = time.GetUtcNow();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // What is rented while the pages come may be missing from them, and is nothing to ask about.
        var expected = tracked();
        try
        {
            var listing = await GrowingLimit.WithinAsync(ListAsync(limit.Token), () => CallLimit + (SweepPace.Pages(account.Profile, tracked().Count) * 2), limit, time);
            if (!listing.TryGet(out var rentals, out _))
            {
                span.Fail();
                return new(Listing.Unknown(asked), []);
            }

            span?.SetTag("lodger.rentals", rentals.Count);
            var gone = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
            var shownHere = new RentalList(rentals);
            List<string> missing = [.. expected.Where(id => shownHere.WithId(id) is null)];
            limit.CancelAfter(CallLimit + (account.Profile.ListSpacing * missing.Count * 2));
            foreach (var id in missing)
            {
                if ((await account.Market.ShowAsync(id, limit.Token)).TryGet(out var shown, out _) && shown is null)
                    gone.Add(id);
            }

            return new(new Listing(shownHere, asked) { Pushed = pushed }, gone.ToImmutable());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            span.Fail();
            return new(Listing.Unknown(asked), []);
        }
    }

    private async Task<Outcome<IReadOnlyList<Rental>>> ListAsync(CancellationToken cancellationToken) =>
        (await user.CheckAsync(cancellationToken)).Problem is { } notSure ? notSure : await account.Market.ListAsync(cancellationToken);

    private sealed record PushHint(string Kind, DateTimeOffset At);

    private async Task WaitAsync(TimeSpan turnAfter, CancellationToken cancellationToken)
    {
        if (turnAfter <= TimeSpan.Zero)
            return;
        using var until = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var turn = Task.Delay(turnAfter, time, until.Token);
        await Task.WhenAny(turn, wake.WaitAsync(until.Token));
        await until.CancelAsync();
    }
}
