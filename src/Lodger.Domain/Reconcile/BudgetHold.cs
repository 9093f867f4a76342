using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;

namespace Lodger.Domain.Reconcile;

/// <summary>
/// A budget is a limit, not an end: when it is reached, the rental is stopped, so that only its disk bills, and a person is asked. They set another budget, and the
/// job goes on from its checkpoint; or they end it, through the gate. Nothing is deleted and nothing of the experiment is left out.
/// </summary>
public static class BudgetHold
{
    /// <summary>Why a rental that never got the job is given up.</summary>
    internal const string Id = "budget-reached";

    /// <summary>Null: not reached, there is none, or the job is on its way to its end.</summary>
    internal static Record? Reached(Situation s)
    {
        if (s.Job.IsAdopted || !s.IsCurrent || s.Attempt.IsOver || s.WantsEnd || s.Job.Budget is not null || s.Attempt.EndIntended is not null || s.Job.BudgetUsd is not { } budget)
            return null;
        var spent = Reserve.SpentUsd(s.Job, s.Seen.Charges, s.Seen.MarketNow);
        var reserve = KeptBackUsd(s.Job, s.Seen.Listing.Rentals);
        return spent + reserve >= budget ? new Record(new BudgetReached(s.Attempt.Number, spent, reserve)) : null;
    }

    /// <summary>Of every rental of the job that is shown.</summary>
    /// <param name="shown">Null: unknown.</param>
    /// <param name="but">The rental that is left out; null: none.</param>
    public static decimal KeptBackUsd(JobState job, RentalList? shown, string? but = null)
    {
        ArgumentNullException.ThrowIfNull(job);
        var mine = job.Attempts.Where(a => a.MayBill && a.RentalId != but).Select(a => a.RentalId).Distinct();
        return shown is null ? 0 : mine.Select(shown.WithId).OfType<Rental>().Sum(r => Reserve.Usd(r, job.Submission.Spec.DiskGb));
    }

    /// <summary>Null while nothing is held back.</summary>
    internal static JobAction? Hold(Situation s)
    {
        if (s.Job.Budget is null || s.WantsEnd || s.Attempt.EndIntended is not null)
            return null;
        return s.Rental!.Status switch
        {
            RentalStatus.Running => OnRunning(s),
            RentalStatus.Unknown when s.Attempt.StoppedAt is null => OnRunning(s),
            // What was paused by the market comes back by itself, and bills.
            RentalStatus.Preempted or RentalStatus.Scheduling or RentalStatus.Provisioning or RentalStatus.Loading when s.Attempt.StoppedAt is null => EndStage.Stop(s, Why),
            _ => new Wait(TimeSpan.FromSeconds(15), Sentence(s.Job)),
        };
    }

    /// <summary>A person set another budget: what was stopped for the old one goes on. Null when there is nothing to start.</summary>
    internal static JobAction? GoOn(Situation s)
    {
        var a = s.Attempt;
        if (s.Job.BudgetSetAt is not { } set || s.Job.Budget is not null || s.WantsEnd || a.EndIntended is not null)
            return null;
        var stands = s.Rental!.Status is RentalStatus.Stopped or RentalStatus.Preempted or RentalStatus.Exited;
        var isDue = (a.HeldForBudget && a.StoppedAt is not null) || (a.StartIntendedAt > set && a.LastStatusAt < a.StartIntendedAt);
        return stands && isDue ? EndStage.Start(s, "it has a budget again") : null;
    }

    /// <summary>For people; of a job whose budget is reached.</summary>
    internal static string Sentence(JobState job) =>
        $"its budget of ${job.BudgetUsd:0.00} is reached: ${job.Budget!.SpentUsd:0.00} spent, ${job.Budget.ReserveUsd:0.00} kept back to bring everything home. To go on: lodger budget {job.Name} USD   or end it: lodger down {job.Name}";

    private const string Why = "its budget is reached: only its disk bills now";

    /// <summary>Its newest checkpoint leaves the machine first, which the budget kept something back for; a machine that does not answer is stopped all the same.</summary>
    private static JobAction OnRunning(Situation s)
    {
        var number = s.Attempt.Number;
        if (s.Seen.Report is { Phase: BoxPhase.Ended } over)
            return new Record(EndDiagnosis.Of(s, over));
        var mirrors = s.Attempt.StartedAt is not null && s.Job.Submission.Spec.Checkpoints.Count > 0 && s.BoxProblem is null
            && !(s.Seen.MirrorLookedAt > s.Job.BudgetReachedAt) && s.Now - s.Job.BudgetReachedAt < s.Waits.Ending;
        if (!mirrors)
            return EndStage.Stop(s, Why);
        return s.Attempt.Reached ? new MirrorCheckpoints(number) : new Reach(number);
    }
}
