using System.Collections.Frozen;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;
using Lodger.Domain.Profile;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Accounts;
using Lodger.Engine.Acts;
using Lodger.Engine.Journal;
using Lodger.Engine.Journal.Databases;
using Lodger.Engine.Offers;
using Lodger.Engine.Sweep;
using Lodger.Engine.Telemetry;
using Microsoft.Extensions.Logging;

namespace Lodger.Engine.Jobs;

/// <summary>
/// Carries one job: observe, decide, act, again. The decision is <see cref="Reconciler"/>'s; here is only the carrying out and the
/// journal. One action at a time, so that the journal's order is the order in which things happened.
/// </summary>
internal sealed class JobRunner : IDisposable
{
    private readonly JournalStore journal;
    private readonly JobPen pen;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly JobSleep sleeping;
    private readonly Lock gate = new();
    private readonly OpenAccount account;
    private readonly AccountDesks desks;
    private readonly JobActs acts;
    private readonly BoxPace pace;
    private readonly Waits waits;
    private volatile JobState state;

    private CancellationTokenSource? interruptible;

    /// <summary>A person spoke since it was last decided what is to be done: none of it begins any more.</summary>
    private bool isInterrupted;
    private volatile JobLive live = new();
    private (string? Text, DateTimeOffset Since) evidence;
    private DateTimeOffset? meteredAt;

    public JobRunner(JobState state, OpenAccount account, AccountDesks desks, JournalStore journal, ActContext context, ILogger log)
    {
        this.state = state;
        this.account = account;
        this.desks = desks;
        this.journal = journal;
        this.log = log;
        pen = new JobPen(state.Id, journal);
        time = context.Time;
        sleeping = new JobSleep(time);
        pace = context.Pace;
        waits = context.Options.Waits(account.Profile);
        pace.Watch(Watched(state));
        desks.Offers.Chosen.Set(state.Id, ChosenOffers.Of(state), time.GetUtcNow());
        acts = new JobActs(this, account, context);
    }

    /// <summary>As it was written last: who reads it does not wait for a write that is under way.</summary>
    public JobState State => state;

    public Waits Waits => pace.Of(waits);

    public JobLive Live => live;

    public AccountSight Sight => desks.Sweep.Latest;

    public PlatformProfile Profile => account.Profile;

    public DateTimeOffset MarketNow => account.Market.MarketNow;

    /// <inheritdoc cref="JournalStore.RequireMayAct"/>
    public void RequireMayAct() => journal.RequireMayAct();

    /// <summary>Appends to the journal, flushed, and only then to the state.</summary>
    public void Append(JobEvent happened)
    {
        lock (gate)
        {
            ReadAgainIfStale();
            var entry = new JournalEntry(state.LastSequence + 1, time.GetUtcNow(), happened);
            var next = state.Apply(entry);
            pen.Append(entry);
            Become(next);
        }

        log.LogInformation("{Job} {Event}", State.Id, happened.GetType().Name);
    }

    /// <summary>Appends only while <paramref name="stillTrue"/> holds for the newest state.</summary>
    public bool AppendIf(Func<JobState, bool> stillTrue, JobEvent happened)
    {
        lock (gate)
        {
            ReadAgainIfStale();
            if (!stillTrue(state))
                return false;
            Append(happened);
            return true;
        }
    }

    /// <summary>Whether the same would be decided from this state and what is seen now.</summary>
    public bool IsStillDecided(JobState newest, JobAction action) => Reconciler.Decide(newest, Observe(), time.GetUtcNow(), Waits).Contains(action);

    public void See(Func<JobLive, JobLive> change)
    {
        lock (gate)
            live = change(live);
    }

    /// <summary>Cuts off a long act on the machine, or keeps it from beginning, because a person said something that may make it pointless; what was transferred stays.</summary>
    public void Interrupt()
    {
        lock (gate)
        {
            isInterrupted = true;
            interruptible?.Cancel();
        }
    }

    /// <summary>Runs an act that may be cut off by <see cref="Interrupt"/>, also before it begins; then its outcome is null.</summary>
    public async Task<T?> InterruptibleAsync<T>(Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken)
        where T : struct
    {
        using var mine = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        lock (gate)
        {
            if (isInterrupted)
                return null;
            interruptible = mine;
        }

        try
        {
            return await act(mine.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            lock (gate)
                interruptible = null;
        }
    }

    public void Wake() => sleeping.Wake();

    /// <summary>A new listing: what it shows of money is written down at once, however long the current act takes; it is decided anew when the job sees something else than before.</summary>
    public void OnSwept(SweepNews news)
    {
        var isNews = news.Concern(State);
        try
        {
            isNews |= Meter();
            if (IsOutOfBudget())
                Interrupt();
        }
        catch (Exception e)
        {
            // The sweep serves all jobs of the account: what one journal refuses must not end it.
            log.LogError(e, "{Job} not metered", State.Id);
        }

        if (isNews)
            Wake();
    }

    /// <summary>The budget is reached, and an act that can take hours keeps it from being decided.</summary>
    private bool IsOutOfBudget()
    {
        // Under the lock the act cannot end, so nothing else is being decided.
        lock (gate)
        {
            return interruptible is not null && state.BudgetUsd is not null
                && Reconciler.Decide(state, Observe(), time.GetUtcNow(), Waits).Any(a => a is Record { Event: BudgetReached });
        }
    }

    /// <summary>Takes over what the platform has charged for the rental, as last read.</summary>
    public void SeeCharges()
    {
        if (State.Current is { RentalId: { } rental, DestroyedAt: null, Released: null } && desks.Charges.Latest is { } read && read.AskedAt > (Live.ChargesAt ?? DateTimeOffset.MinValue))
            See(l => l with { Charges = read.Of(rental), ChargesAt = read.AskedAt });
    }

    /// <summary>What was charged for a rental until now, asked for anew. Null: the platform does not say.</summary>
    public async Task<Charges?> ChargedAsync(string rentalId, CancellationToken cancellationToken) =>
        (await desks.Charges.AskedAfterAsync(time.GetUtcNow(), cancellationToken))?.Of(rentalId);

    /// <summary>Asks what could be rented instead.</summary>
    public async Task<Outcome<Done>> LookForOffersAsync(CancellationToken cancellationToken)
    {
        See(l => l with { OffersTriedAt = time.GetUtcNow() });
        var read = await desks.Offers.OffersForAsync(State.Submission.Spec, cancellationToken);
        if (!read.Answer.Offers.TryGet(out var offers, out var problem))
            return problem;
        var now = time.GetUtcNow();
        See(l => l with { Offers = offers, OffersAskedAt = read.At, OffersAt = now, BalanceUsd = read.Answer.BalanceUsd, BalanceEmptyAt = read.Answer.BalanceUsd <= 0 ? now : l.BalanceEmptyAt });
        return Done.Ok;
    }

    /// <summary>False: another job of the account goes for the offer since it was listed, and it is decided anew without it.</summary>
    public bool TryChoose(string offerId) => desks.Offers.Chosen.TryChoose(State.Id, offerId, ListedAt(Live, desks.Sweep.Latest), time.GetUtcNow());

    /// <summary>A bid that is in neither list is nothing that a decision could spare.</summary>
    private static DateTimeOffset ListedAt(JobLive live, AccountSight sight) => live.OffersAskedAt < sight.Listing.At ? live.OffersAskedAt : sight.Listing.At;

    /// <summary>Looks at the platform anew and then decides: what a person said may rest on more than what was last seen.</summary>
    public void Hurry()
    {
        desks.Sweep.Hurry();
        Wake();
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan sleep;
            try
            {
                using var span = EngineSpans.Decision(State.Id);
                var actions = Decide();
                span?.SetTag("lodger.phase", State.Phase.ToString()).SetTag("lodger.actions", string.Join(' ', actions.Select(a => a.GetType().Name)));
                sleep = await CarryOutAsync(actions, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (JournalException e)
            {
                // What is not in the journal is not done: the step is decided anew from what is there.
                var waiting = $"until the journal can be written: {e.Message}";
                // Once: the log may lie on the very disk that is full.
                if (Live.Waiting != waiting)
                    log.LogWarning("{Job} {Problem}", State.Id, e.Message);
                See(l => l with { Waiting = waiting });
                sleep = TimeSpan.FromSeconds(1);
            }
            catch (Exception e)
            {
                // A defect in one job must not end the others, nor be lost: it is logged whole, told, and the job is looked at again later.
                log.LogError(e, "{Job} defect", State.Id);
                See(l => l with { Waiting = "a defect in Lodger stopped this step; the server's log has it. It is tried again." });
                sleep = TimeSpan.FromSeconds(10);
            }

            await sleeping.SleepAsync(sleep, cancellationToken);
        }
    }

    public void Dispose()
    {
        pace.Watch(-Watched(state));
        sleeping.Dispose();
    }

    private void ReadAgainIfStale()
    {
        if (pen.ReadAgain() is { } read)
            Become(read);
    }

    private void Become(JobState next)
    {
        pace.Watch(Watched(next) - Watched(state));
        desks.Offers.Chosen.Set(next.Id, ChosenOffers.Of(next), time.GetUtcNow());
        state = next;
    }

    /// <summary>1 while a command may run on a machine of the job's.</summary>
    private static int Watched(JobState state) =>
        state.Closed is null && state.Current is { PayloadIntended: true, IsOver: false, Vanished: false, DestroyedAt: null, LastStatus: RentalStatus.Running } ? 1 : 0;

    /// <summary>Whether there was anything to write down.</summary>
    private bool Meter()
    {
        var listing = desks.Sweep.Latest.Listing;
        if (listing.Rentals is not { } rentals)
            return false;
        lock (gate)
        {
            var seenAt = MarketTimeOf(listing.At);
            if (seenAt <= meteredAt)
                return false;
            var news = Metering.News(state, rentals, seenAt, meteredAt);
            foreach (var read in news)
                Append(read);
            meteredAt = seenAt;
            return news.Count > 0;
        }
    }

    /// <summary>The platform's time at one of our moments.</summary>
    private DateTimeOffset MarketTimeOf(DateTimeOffset at) => account.Market.MarketNow - ((time.GetUtcNow() - at) * account.Market.MarketSpeed);

    private Observation Observe()
    {
        var sight = desks.Sweep.Latest;
        var says = sight.Listing.Rentals?.WithId(State.Current?.RentalId)?.Evidence;
        if (says is not null && says != evidence.Text)
            evidence = (says, time.GetUtcNow());
        var now = live;
        return new Observation
        {
            Listing = sight.Listing,
            Gone = sight.Gone,
            Report = now.Report,
            ReportAt = now.ReportAt,
            GpuIdleSince = now.GpuIdleSince,
            ContactAt = now.ContactAt,
            BoxProblem = now.BoxProblem,
            BoxProblemSince = now.BoxProblemSince,
            Charges = now.Charges,
            Offers = now.Offers,
            Held = now.Offers is { } offers ? desks.Offers.Chosen.HeldFrom(State.Id, offers, ListedAt(now, sight), time.GetUtcNow()) : FrozenSet<string>.Empty,
            OffersAt = now.OffersAt,
            OffersTriedAt = now.OffersTriedAt,
            EvidenceSince = evidence.Text is null ? null : evidence.Since,
            BalanceUsd = now.BalanceUsd,
            BalanceEmptyAt = now.BalanceEmptyAt,
            MarketNow = account.Market.MarketNow,
            MirrorLookedAt = now.MirrorLookedAt,
            PruneTriedAt = now.PruneTriedAt,
            CopyBytesPerSecond = now.CopyBytesPerSecond,
            MarketSpeed = account.Market.MarketSpeed,
            HostFailingSince = now.HostFailingSince,
            StepSeen = now.StepSeen(State.Current?.ContainerStarts ?? 0),
        };
    }

    /// <summary>What is to be done now; what a person said until now is in it.</summary>
    /// <exception cref="JournalException">What would be done could not be written down.</exception>
    public IReadOnlyList<JobAction> Decide()
    {
        lock (gate)
        {
            ReadAgainIfStale();
            pen.RequireInk();
            isInterrupted = false;
        }

        SeeCharges();
        return Reconciler.Decide(State, Observe(), time.GetUtcNow(), Waits);
    }

    private async Task<TimeSpan> CarryOutAsync(IReadOnlyList<JobAction> actions, CancellationToken cancellationToken)
    {
        if (actions.Count == 0)
        {
            See(l => l with { Waiting = "" });
            return JobSleep.Longest;
        }

        TimeSpan? sleep = null;
        foreach (var action in actions)
        {
            if (!journal.MayAct)
                return TimeSpan.FromSeconds(1);
            // What is known is written down all the same: a budget that is reached must not wait until nobody speaks.
            if (action is not Record && IsInterrupted)
                continue;
            if (action is Wait wait)
            {
                See(l => l with { Waiting = desks.User.Stranger is { } stranger ? $"{stranger}" : wait.Why });
                sleep = sleep is { } other && other < wait.For ? other : wait.For;
            }
            else
            {
                // What was waited for is over; reading a report is no step, and the wait around it goes on.
                if (action is not ReadReport)
                    See(l => l with { Waiting = "" });
                sleep = Shorter(sleep, await acts.CarryOutAsync(action, cancellationToken));
            }
        }

        return IsInterrupted ? TimeSpan.Zero : sleep ?? JobSleep.Longest;
    }

    private bool IsInterrupted
    {
        get
        {
            lock (gate)
                return isInterrupted;
        }
    }

    private static TimeSpan Shorter(TimeSpan? a, TimeSpan b) => a is { } other && other < b ? other : b;
}
