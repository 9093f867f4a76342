using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Reconcile;

/// <summary>The payload is there; the machine works by itself and we look at it.</summary>
internal static class RunStage
{
    /// <summary>How long the machine gets to end a command before it is told again.</summary>
    private static readonly TimeSpan EndAgain = TimeSpan.FromSeconds(45);

    public static JobAction Decide(Situation s) => s.Rental!.Status switch
    {
        RentalStatus.Running => OnRunning(s),
        RentalStatus.Stopped or RentalStatus.Preempted or RentalStatus.Exited => OnStopped(s),
        RentalStatus.Scheduling => new Wait(TimeSpan.FromSeconds(5), $"the rental waits for its own GPU; somebody else may have it: {s.Rental.Evidence}"),
        RentalStatus.Offline => new Wait(TimeSpan.FromSeconds(15), "the host is offline: nothing bills meanwhile; Lodger goes on when it is back"),
        _ => new Wait(TimeSpan.FromSeconds(5), $"the rental is {s.Rental.Status}: {s.Rental.Evidence}"),
    };

    private static JobAction OnRunning(Situation s)
    {
        if (!s.Attempt.Reached)
            return new Reach(s.Attempt.Number);
        if (s.Seen.Report is not { } report || s.Seen.ReportAt is not { } at || s.Now - at >= s.Waits.Report)
            return new ReadReport(s.Attempt.Number);
        var number = s.Attempt.Number;
        switch (report.Phase)
        {
            case BoxPhase.Refused:
                return new Record(new JobEnded(number, EndReason.Refused, null, report.Failure ?? "the machine gave no reason"));
            case BoxPhase.Ended:
                return new Record(new JobEnded(number, s.Attempt.EndIntended ?? EndReason.Exited, report.ExitCode, ""));
            case BoxPhase.Running when s.Attempt.StartedAt is null:
                return new Record(new JobStarted(number));
        }

        if (s.Attempt.EndIntended is { } already)
            return s.Now - at < EndAgain ? new Wait(TimeSpan.FromSeconds(1), "the command is ending") : new EndJob(number, already);
        if (s.WantsEnd)
            return new EndJob(number, EndReason.Cancelled);
        if (s.Job.Budget is not null)
            return new EndJob(number, EndReason.BudgetReached);
        if (OverBudget(s) is { } reached)
            return new Record(reached);
        return Stalled(s, report) ?? new Wait(s.Waits.Report, "the job runs");
    }

    private static BudgetReached? OverBudget(Situation s)
    {
        if (s.Job.Submission.Spec.BudgetUsd is not { } budget || s.Seen.Charges is not { } charges)
            return null;
        var reserve = Reserve.Usd(s.Rental!, s.Job.Submission.Spec.DiskGb);
        return charges.TotalUsd + reserve >= budget ? new BudgetReached(s.Attempt.Number, charges.TotalUsd, reserve) : null;
    }

    private static JobAction? Stalled(Situation s, BoxReport report)
    {
        if (s.Job.Submission.Spec.Stall is not { } stall || report.Phase != BoxPhase.Running || report.QuietTime is not { } quiet || quiet < stall.After)
            return null;
        if (stall.Action == StallAction.Stop)
            return new EndJob(s.Attempt.Number, EndReason.Stalled);
        return s.Attempt.StallNoticed ? null : new Record(new StallNoticed(s.Attempt.Number, quiet));
    }

    /// <summary>
    /// Stopped, and not by us. A machine that heard nothing from us for its stated time stops itself; then what it made is waiting
    /// there and is fetched. Anything else was somebody's will or the platform's: say so, and start nothing behind their back.
    /// </summary>
    private static JobAction OnStopped(Situation s)
    {
        var lastWord = s.Seen.ReportAt ?? s.Attempt.StartIntendedAt ?? s.Attempt.PayloadDeliveredAt;
        var abandoned = s.Job.Submission.Spec.StopWhenAbandonedAfter is { } limit && s.Attempt.LastStatusAt - lastWord >= limit;
        var asked = s.WantsEnd || s.Job.BringHomeRequestedAt > s.Attempt.LastStatusAt;
        var start = abandoned || asked ? EndStage.Start(s, abandoned ? "the machine had stopped itself; its results are fetched" : "its results were asked for") : null;
        return start ?? new Wait(
            TimeSpan.FromSeconds(15),
            $"rental {s.RentalId} was stopped, not by Lodger ({s.Rental!.Evidence}); its disk goes on billing. To fetch what it holds: lodger down {s.Job.Name}");
    }
}
