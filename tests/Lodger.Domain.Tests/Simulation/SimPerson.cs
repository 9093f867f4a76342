using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Tests.Simulation;

/// <summary>The job's user: in bad times does anything at any time, in good times what the screen asks for.</summary>
internal sealed class SimPerson(SimMarket market, SimEngine engine)
{
    private DateTimeOffset? lastAsked;

    public void ActAtRandom()
    {
        var job = engine.State;
        if (job.Closed is not null || job.Current is not { } attempt)
            return;
        switch (market.Next(10))
        {
            case 6 when job.BudgetUsd is { } budget:
                engine.Append(new BudgetSet(budget + 0.1m, "anna"));
                break;
            case 0 when !job.IsAdopted:
                engine.Append(new CancelRequested("anna"));
                break;
            case 1 or 2:
                engine.Append(new BringHomeRequested("anna"));
                break;
            case 5:
                engine.Append(new DrillRequested("anna"));
                break;
            case 3 when attempt is { RentalId: { } id } && market.Chance(0.3):
                engine.Append(new Approved(attempt.Number, ApprovalKind.DataAbandoned, id, null, "anna", []));
                break;
            case 7 when job.IsAdopted && market.Chance(0.2):
                Release(attempt);
                break;
            case 4 when attempt is { RentalId: { } id, Receipt: { } receipt }:
                // Late or for something else: the yes to a receipt that is not the one on record, or that names nothing.
                engine.Append(new Approved(attempt.Number, ApprovalKind.Person, market.Chance(0.5) ? id : "r-other", market.Chance(0.5) ? receipt.ReceiptId : "receipt-0", "anna", []));
                break;
            default:
                Approve(attempt);
                break;
        }
    }

    /// <summary>Answers what is asked, and looks after what has not moved for a while.</summary>
    public void Cooperate()
    {
        var job = engine.State;
        if (job.Closed is not null || job.Current is not { } attempt || market.Now - lastAsked < TimeSpan.FromMinutes(20))
            return;
        var moved = engine.Journal[^1].At;
        if (job.Attempts.FirstOrDefault(a => a is { Receipt: not null, DestroyIntendedAt: null, MayBill: true } && !TeardownGate.IsApproved(job, a)) is { } asks)
            Approve(asks);
        else if (job.IsAdopted && market.Find(attempt.RentalId!) is { Alive: true, Status: not RentalStatus.Running } stopped)
            StartOrGiveUp(attempt, stopped);
        else if (job.IsHeld)
            Ask(market.Next(2) == 0 ? new CancelRequested("anna") : new BudgetSet(job.BudgetUsd!.Value + 1, "anna"));
        else if (engine.Unshown is { RentalId: { } unshown, Number: var number })
            Ask(new Approved(number, ApprovalKind.DataAbandoned, unshown, null, "anna", []));
        else if (job.Phase is JobPhase.NeedsAttention || market.Now - moved > TimeSpan.FromMinutes(40))
            Ask(!job.IsAdopted && attempt.Ended is null && !job.Attempts.Any(a => a is { IsOver: true, Failure: not null, MayBill: true }) ? new CancelRequested("anna") : new BringHomeRequested("anna"));
    }

    /// <summary>Started again where it was started; or it is not worth that any more, and let go, or given up.</summary>
    private void StartOrGiveUp(AttemptState attempt, SimRental rental)
    {
        lastAsked = market.Now;
        switch (market.Next(3))
        {
            case 0:
                market.Start(rental.Id);
                engine.OnStartedElsewhere();
                break;
            case 1:
                Release(attempt);
                break;
            default:
                if (attempt.DestroyIntendedAt is null)
                    Ask(new Approved(attempt.Number, ApprovalKind.DataAbandoned, rental.Id, null, "anna", []));
                break;
        }
    }

    private void Release(AttemptState attempt)
    {
        if (attempt is { DestroyIntendedAt: null, Released: null, MayBill: true, RentalId: { } id })
            engine.Append(new RentalReleased(attempt.Number, id, "anna", new Problem("rental-released", "It was let go.", "", ExitCode.Cancelled), market.Now));
    }

    private void Approve(AttemptState attempt)
    {
        if (ApprovalToken.For(engine.State, attempt) is not null)
            Ask(new Approved(attempt.Number, ApprovalKind.Person, attempt.RentalId!, attempt.Receipt!.ReceiptId, "anna", attempt.Receipt.HashOnly));
    }

    private void Ask(JobEvent what)
    {
        lastAsked = market.Now;
        engine.Append(what);
    }
}
