using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Simulation;

/// <summary>A promise that a history broke.</summary>
internal sealed class Violation(string what) : Exception(what);

/// <summary>What must hold in every history, whatever goes wrong: checked against the truth of the platform, not against what the journal believes.</summary>
internal sealed class Rules(SimMarket market, SimEngine engine)
{
    /// <summary>Beyond the stated waits: the last look at the machine, the stop itself, its repetition.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMinutes(5);

    /// <summary>Sending gives up after half an hour, ending after five minutes; each may be restarted by a start.</summary>
    private static readonly TimeSpan LongestUnwanted = TimeSpan.FromMinutes(60);

    private TimeSpan idle;
    private DateTimeOffset idleFrom = market.Now;
    private TimeSpan unwanted;
    private TimeSpan held;
    private int attemptsAtBudget;
    private TimeSpan together;
    private DateTimeOffset lastTick = market.Now;
    private int startsSinceAsked;
    private int receiptsSinceAsked;
    private int actsAtOnce;
    private DateTimeOffset actsAt;

    public void CheckDecision(Observation seen, IReadOnlyList<JobAction> decided)
    {
        actsAtOnce = actsAt == market.Now && decided.Any(a => a is not Wait) ? actsAtOnce + 1 : 0;
        actsAt = market.Now;
        if (actsAtOnce > 60)
            throw new Violation($"busy without end: {string.Join(", ", decided)}");
        if (engine.Journal.Count > 5000)
            throw new Violation($"the journal grows without end: {engine.Journal[^1].Event}");
        if (engine.State.Submission.Adopts is { } adopted)
            CheckAdopted(adopted, decided);
        if (seen.Listing.Rentals is not null)
            return;
        foreach (var action in decided)
        {
            var intended = engine.State.Attempts.Any(a => a.DestroyIntendedAt is not null || a.Strays.Any(s => s.DestroyIntendedAt is not null));
            if (action is Rent or Record { Event: RentalVanished or RentRefused } || (action is DestroyRental or ConfirmDestroyed && !intended))
                throw new Violation($"the listing is unknown, and yet: {action}");
        }
    }

    /// <summary>Nothing is rented, started, stopped, moved or bid for a rental that somebody else made, and no other is touched.</summary>
    private void CheckAdopted(AdoptedRental adopted, IReadOnlyList<JobAction> decided)
    {
        var isLetGo = engine.State.Current!.Released is not null;
        foreach (var action in decided)
        {
            var isAllowed = action is Wait or Record || (!isLetGo && action is (TakeOver or AskWhose or BringHome or RecheckMachine or DestroyRental or ConfirmDestroyed));
            var rental = action switch { DestroyRental d => d.RentalId, ConfirmDestroyed c => c.RentalId, Record { Event: StrayFound s } => s.RentalId, _ => adopted.RentalId };
            if (!isAllowed || rental != adopted.RentalId || action is Record { Event: MoveDecided or BudgetReached or AttemptGivenUp })
                throw new Violation($"{adopted.RentalId} was made by somebody else, and yet: {action}");
        }
    }

    public void OnRent()
    {
        var attempts = engine.State.Attempts;
        var flexible = engine.State.Submission.Spec.Rent != RentMode.OnDemand;
        // A rent without an answer and without a rental cost nothing, and there are few of them in a row.
        var had = attempts.Skip(attemptsAtBudget).Count(a => a.RentRefusal is not { Id: Reconciler.RentLost });
        if (had >= (flexible ? PreemptStage.MaxAttempts + 5 : Reconciler.MaxAttempts))
            throw new Violation($"rented {had} times");
        if (attempts.Reverse().TakeWhile(a => a.RentRefusal is { Id: Reconciler.RentLost }).Count() >= Reconciler.MaxAttempts)
            throw new Violation("rented again after a platform that never answers");
        if (engine.State.Closed is not null || engine.State.Cancel is not null)
            throw new Violation("rented for a job that is over");
        if (engine.State.IsHeld)
            throw new Violation("rented for a job whose budget is reached");
        // A clear no is believed; should there be a rental all the same, its label betrays it and it is torn down as unused.
        foreach (var earlier in attempts.Where(a => a.Move is null && a.RentRefusal is null or { Id: Reconciler.RentLost }))
        {
            var madeBefore = earlier.RentUnclearAt ?? earlier.RentIntendedAt;
            if (earlier.MayBill || (earlier.RentalId is null && market.Now - madeBefore < SimEngine.Waits.RentShows))
                throw new Violation($"rented again while attempt {earlier.Number} may still show up");
            if (earlier.RentalId is null && market.Rentals.Any(r => r.Alive && r.Label == earlier.Label))
                throw new Violation($"rented twice: attempt {earlier.Number} is alive");
        }
    }

    public void OnRaise(RaiseBid act)
    {
        var spec = engine.State.Submission.Spec;
        if (spec.Bid is not { MayRaise: true, CapUsdPerHour: { } cap } || act.ToUsdPerHour > cap || act.ToUsdPerHour <= act.FromUsdPerHour)
            throw new Violation($"the bid was raised to {act.ToUsdPerHour}, which nobody allowed");
        if (engine.Journal.Any(e => e.Event is BidRaiseRefused refused && refused.RentalId == act.RentalId))
            throw new Violation("a bid was raised again that cannot be");
        if (engine.State.Closed is not null || engine.State.Cancel is not null || engine.State.Budget is not null)
            throw new Violation("a bid was raised for a job that is over");
    }

    public void OnSend(SimRental target)
    {
        foreach (var other in market.Rentals.Where(r => r.Alive && r != target && r.HoldsPayload))
        {
            var attempt = engine.State.Attempts.FirstOrDefault(a => a.RentalId == other.Id);
            if (attempt?.Move is null)
                throw new Violation("two rentals hold the payload, and the work was not moved");
            if (other.Works && market.Faults.VerbLost == 0)
                throw new Violation($"the work was sent to {target.Id} while {other.Id} still does it");
        }

        if (engine.State.Closed is not null && !target.HoldsPayload)
            throw new Violation("a closed job was sent to a machine");
    }

    public void OnDestroy(DestroyRental act)
    {
        if (market.Find(act.RentalId) is not { Alive: true } rental)
            return;
        var attempt = engine.State.Attempts.Single(a => a.Number == act.Attempt);
        if (rental.IsForeign && (rental.Label != attempt.Label || attempt.Released is not null))
            throw new Violation($"{rental.Id} is another's by now ({rental.Label}) and was destroyed");
        var events = engine.Journal.Select(e => e.Event).OfType<AttemptEvent>().Where(e => e.Attempt == act.Attempt).ToList();
        if (events.OfType<Approved>().Any(a => a.Ground == ApprovalKind.DataAbandoned && a.RentalId == rental.Id))
            return;
        var isAdopted = engine.State.Submission.Adopts is not null;
        if (isAdopted && events.OfType<Approved>().LastOrDefault() is not { Ground: ApprovalKind.Person })
            throw new Violation($"{rental.Id} was made by somebody else and destroyed without a person's yes");
        if ((!isAdopted && !events.OfType<PayloadIntended>().Any()) || attempt.RentalId != rental.Id)
        {
            if (rental.HoldsPayload)
                throw new Violation($"{rental.Id} holds the payload and was destroyed as unused");
            return;
        }

        var receipt = events.FindLastIndex(e => e is ReceiptIssued);
        if (receipt < 0 || events.FindLastIndex(e => e is VerificationFailed) > receipt)
            throw new Violation($"{rental.Id} was destroyed without a receipt");
        var issued = (ReceiptIssued)events[receipt];
        var yes = events.Skip(receipt).OfType<Approved>().LastOrDefault();
        if (yes is null || yes.RentalId != rental.Id || yes.ReceiptId != issued.ReceiptId)
            throw new Violation($"{rental.Id} was destroyed without a yes to {issued.ReceiptId}");
        if (yes.Ground == ApprovalKind.Person && issued.HashOnly.Except(yes.Names).Any())
            throw new Violation($"{rental.Id} was destroyed although the yes named not every file known by hash only");
        var look = engine.Journal.LastOrDefault(e => e.Event is MachineRechecked m && m.Attempt == act.Attempt);
        if (look?.Event is not MachineRechecked looked || looked.ManifestSha256 != issued.ManifestSha256)
            throw new Violation($"{rental.Id} was destroyed without a last look that agrees with the receipt");
        if (isAdopted && rental.Manifest != issued.ManifestSha256 && rental.FilesChangedAt - looked.SeenAt > SimEngine.Waits.AdoptedRecheckValid)
            throw new Violation($"{rental.Id} was made by somebody else and destroyed with newer files on it, written {rental.FilesChangedAt - looked.SeenAt} after they were looked at");
        // Between the last look and the act, or the stop, there is a bounded gap that nothing can close.
        if (rental.Volume is not null && engine.State.WentOnFromVolume(attempt))
        {
            // Nothing of the work goes with it: somebody else writes on the volume, and must bring home what lies there.
            if (!market.Rentals.Any(r => r != rental && r.HoldsPayload && r.Volume == rental.Volume))
                throw new Violation($"{rental.Id} was destroyed for the volume's sake before the work went on");
            return;
        }

        if (rental.Manifest != issued.ManifestSha256 && rental.FilesChangedAt - look.At > (2 * SimEngine.Waits.RecheckValid) + TimeSpan.FromMinutes(1))
            throw new Violation($"{rental.Id} was destroyed with newer files on it, written {rental.FilesChangedAt - look.At} after the last look");
    }

    public void OnEvent(JobEvent happened)
    {
        if (happened is BudgetSet)
            attemptsAtBudget = engine.State.Attempts.Count;
        switch (happened)
        {
            case BringHomeRequested or DrillRequested or CancelRequested or BudgetSet or Approved { Ground: ApprovalKind.Person or ApprovalKind.DataAbandoned }:
                NotIdle();
                unwanted = TimeSpan.Zero;
                startsSinceAsked = receiptsSinceAsked = 0;
                break;
            case StartIntended:
                NotIdle();
                if (++startsSinceAsked > 3)
                    throw new Violation("started again and again although nobody asked");
                break;
            case ReceiptIssued or VerificationFailed:
                NotIdle();
                if (++receiptsSinceAsked > 12)
                    throw new Violation("brought home again and again although nobody asked");
                break;
            case MoveDecided e when engine.State.Attempts[e.Attempt - 1] is { BidUsdPerHour: null, LastStatus: RentalStatus.Running }:
                OnReturn(e);
                break;
            case RentalVanished e when market.Find(e.RentalId) is { Alive: true }:
                throw new Violation($"{e.RentalId} was believed gone and is alive");
            case DestroyConfirmed e when market.Find(e.RentalId) is { Alive: true }:
                throw new Violation($"{e.RentalId} was believed destroyed and is alive");
            case JobClosed { Outcome: JobOutcome.Succeeded }:
                CheckSuccess();
                break;
            case JobClosed { Outcome: JobOutcome.NotRun } when engine.State.Attempts.Any(a => a.StartedAt is not null):
                throw new Violation("closed as not run although its command was seen at work");
        }
    }

    /// <summary>What nobody took away is left for a bid alone, only where the job's file leaves it to Lodger, and never with everything still on that one disk.</summary>
    private void OnReturn(MoveDecided move)
    {
        var state = engine.State;
        if (state.Submission.Spec.Rent != RentMode.Auto || move.BidUsdPerHour is null)
            throw new Violation($"on-demand was left for {move.Choice}, which nobody allowed");
        if (state.Attempts[move.Attempt - 1].MirroredAt is null)
            throw new Violation("on-demand was left with no copy of a checkpoint off it");
        if (state.Closed is not null || state.Cancel is not null || state.IsHeld)
            throw new Violation("on-demand was left for a job that is over");
    }

    /// <summary>Somebody started the rental in the platform's own console: that is a person's wish, too.</summary>
    public void OnStartedElsewhere()
    {
        NotIdle();
        unwanted = held = TimeSpan.Zero;
    }

    private void NotIdle()
    {
        idle = TimeSpan.Zero;
        idleFrom = market.Now;
    }

    /// <param name="asleep">The engine's machine sleeps: nobody can stop anything.</param>
    public void OnTick(bool asleep)
    {
        var passed = market.Now - lastTick;
        lastTick = market.Now;
        // A host that comes back may run what was moved away until the next sweep stops it; not longer.
        var isObeyed = market.Faults.VerbLost == 0 && market.Faults.Crash == 0;
        together = market.Rentals.Count(r => r.Works) > 1 && !asleep && engine.SawClearly && isObeyed ? together + passed : TimeSpan.Zero;
        if (together > TimeSpan.FromMinutes(5))
            throw new Violation($"two machines have done the same work for {together}");
        foreach (var volume in market.Rentals.Where(r => r.Works && r.Volume is not null).GroupBy(r => r.Volume).Where(g => g.Count() > 1))
        {
            if (market.Faults.VerbLost == 0)
                throw new Violation($"{string.Join(" and ", volume.Select(r => r.Id))} write on one volume");
        }

        var state = engine.State;
        // What somebody else started bills until they or a person's yes end it.
        if (state.IsAdopted)
            return;
        if (asleep || !engine.SawClearly || market.Faults.VerbLost > 0 || market.Faults.Crash > 0)
            return;
        var attempt = state.Attempts.LastOrDefault(a => a.RentalId is not null && a.DestroyIntendedAt is null);
        if (attempt?.RentalId is not { } id || market.Find(id) is not { Alive: true, Shown: RentalStatus.Running } rental || market.Now < rental.VisibleFrom)
            return;
        var working = engine.LastDecision.Any(a => a is BringHome or Reach or RecheckMachine);
        // Long acts pass without a tick: what came before the end, or before what ended the idling, was none.
        var from = attempt.EndedAt is { } ended && ended > idleFrom ? ended : idleFrom;
        var idled = market.Now - from < passed ? market.Now - from : passed;
        if (attempt.Ended is not null && (idle += idled) > (working ? SimEngine.Waits.BringHome : SimEngine.Waits.Approval) + Slack)
            throw new Violation($"{id} sat on a running GPU for {idle} after the job had ended, and nobody asked");
        if (state.IsHeld && (held += passed) > SimEngine.Waits.Ending + Slack)
            throw new Violation($"{id} still runs {held} after its budget was reached");
        if (!state.IsHeld)
            held = TimeSpan.Zero;
        var over = state.Cancel is not null;
        if (attempt.Ended is null && over && (unwanted += passed) > LongestUnwanted)
            throw new Violation($"{id} still runs {unwanted} after its end was asked for");
    }

    /// <summary>After long quiet in a world that works: nothing of the job exists any more, and the journal knows it.</summary>
    public void CheckEnd()
    {
        foreach (var rental in market.Rentals.Where(r => r.Alive))
        {
            // Let go: it is whose it was.
            if (rental.IsForeign && engine.State.Current?.Released is not null)
                continue;
            var tracked = engine.State.Attempts.Any(a => a.MayBill && (a.RentalId == rental.Id || a.Strays.Any(s => s.RentalId == rental.Id && s.DestroyedAt is null)));
            throw new Violation(tracked ? $"{rental.Id} is still there" : $"{rental.Id} is an orphan: it bills and the journal does not track it");
        }

        if (engine.State.Phase != JobPhase.Closed)
            throw new Violation($"the job is not closed but {engine.State.Phase}: {string.Join(", ", engine.LastDecision)}");
    }

    /// <summary>What the work has left and could not be brought home whole is said, and is no failure of the work.</summary>
    private void CheckSuccess()
    {
        var events = engine.Journal.Select(e => e.Event).ToList();
        var ended = events.OfType<JobEnded>().Last(e => engine.State.Attempts[e.Attempt - 1].Move is null);
        if (ended.ExitCode != 0 && !engine.State.IsAdopted)
            throw new Violation("said to have succeeded although the command failed");
        if (events.FindLastIndex(e => e is ReceiptIssued r && r.Attempt == ended.Attempt) <= events.FindLastIndex(e => e is VerificationFailed f && f.Attempt == ended.Attempt))
            throw new Violation("said to have succeeded without everything home and verified");
    }
}
