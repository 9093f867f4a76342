using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Progress;

namespace Lodger.Domain.Reconcile;

/// <summary>The payload is there; the machine works by itself and we look at it.</summary>
internal static class RunStage
{
    /// <summary>How long the machine gets to end a command before it is told again.</summary>
    private static readonly TimeSpan EndAgain = TimeSpan.FromSeconds(45);

    /// <summary>How long the machine gets to find a payload that was sent to it.</summary>
    private static readonly TimeSpan PayloadFound = TimeSpan.FromSeconds(30);

    /// <summary>The machine counts in whole seconds, and so may give up a little early.</summary>
    private static readonly TimeSpan InSeconds = TimeSpan.FromSeconds(2);

    /// <summary>A container that comes up so often in a row, without a preemption and without progress, is in a loop.</summary>
    public const int MaxFruitlessStarts = 5;

    /// <summary>A drill that could not begin for so long does not begin any more.</summary>
    private static readonly TimeSpan DrillValid = TimeSpan.FromMinutes(10);

    public static JobAction Decide(Situation s) => BudgetHold.Hold(s) ?? BudgetHold.GoOn(s) ?? Drill(s) ?? s.Rental!.Status switch
    {
        // Where the platform does not say clearly, the machine is asked.
        RentalStatus.Running or RentalStatus.Unknown => OnRunning(s),
        // What is started to be ended is told to end: its script runs the command again at every start.
        RentalStatus.Stopped or RentalStatus.Preempted or RentalStatus.Exited when s.WantsEnd && s.Attempt.BidUsdPerHour is null => OnStopped(s),
        _ when s.IsFlexible && s.Attempt.EndIntended is null => PreemptStage.Decide(s),
        RentalStatus.Stopped or RentalStatus.Preempted or RentalStatus.Exited => OnStopped(s),
        RentalStatus.Scheduling or RentalStatus.Provisioning or RentalStatus.Loading or RentalStatus.CannotStart when UnwantedSince(s) is not null && EndStage.WillNotRun(s) => NotRunning(s),
        RentalStatus.Scheduling => new Wait(TimeSpan.FromSeconds(5), $"the rental waits for its own GPU; somebody else may have it: {s.Rental.Evidence}"),
        RentalStatus.Offline => new Wait(TimeSpan.FromSeconds(15), "the host is offline: nothing bills meanwhile; Lodger goes on when it is back"),
        _ => new Wait(TimeSpan.FromSeconds(5), $"the rental is {s.Rental.Status}: {s.Rental.Evidence}"),
    };

    /// <summary>Stops the machine as a preemption would, and starts it again; null when no drill is due. What is started more often than is sensible waits as any other.</summary>
    private static JobAction? Drill(Situation s)
    {
        var a = s.Attempt;
        if (s.Job.DrillRequestedAt is not { } asked || !s.IsCurrent || s.WantsEnd || a.EndIntended is not null)
            return null;
        var stands = s.Rental!.Status is RentalStatus.Stopped or RentalStatus.Preempted or RentalStatus.Exited;
        if (stands && (a.StopIntendedAt > asked || (a.StartIntendedAt > asked && a.LastStatusAt < a.StartIntendedAt)))
            return EndStage.Start(s, "the drill: it goes on");
        var isDue = s.Rental.Status == RentalStatus.Running && a.StartedAt is not null && !(a.StartIntendedAt > asked) && s.Now - asked < DrillValid;
        return isDue ? EndStage.Stop(s, "a drill: without notice, as a preemption would") : null;
    }

    private static JobAction OnRunning(Situation s)
    {
        var number = s.Attempt.Number;
        if (s.BoxProblem is not null && UnwantedSince(s) is { } unwanted && s.Now - s.Since(unwanted, s.Seen.BoxProblemSince) > s.Waits.Ending)
            return EndStage.Stop(s, "the command is no longer wanted and the machine cannot be spoken to");
        if (StallWatch.Unreachable(s) is { } unseen)
            return unseen;
        if (!s.Attempt.Reached)
            return new Reach(number);
        if (s.Seen.Report is not { } report || s.Seen.ReportAt is not { } at || s.Now - at >= s.Waits.Report)
            return new ReadReport(number);
        // A look for a bid, which is rare, comes before the mirror: where a copy takes as long as copies are apart, one is always due.
        return OnReport(s, report) ?? OnUnwanted(s) ?? OnRestart(s, report) ?? CheckpointPace.Tell(s, report) ?? DiskRoom.Make(s, report) ?? Return(s, report) ?? Mirror(s, report) ?? new Wait(s.Waits.Report, "the job runs");
    }

    /// <summary>A container that started again runs the command again: it must go on from its checkpoint, and whether it did is said.</summary>
    private static JobAction? OnRestart(Situation s, BoxReport report)
    {
        var a = s.Attempt;
        if (report.Phase is not BoxPhase.Running || report.Starts <= 0)
            return null;
        var progress = ProgressReader.Read(s.Job.Submission.Spec.Progress, report.ProgressText);
        // Starts that nobody watched, as while this server was down, were not in vain when it is further than it ever was.
        if (a.FruitlessStarts >= MaxFruitlessStarts && a.EndIntended is null && !(progress?.Step > (a.StepReached ?? 0)))
            return new EndJob(a.Number, EndReason.CrashLoop);
        if (report.Starts != a.ContainerStarts)
            return new Record(new RunRestarted(a.Number, report.Starts, s.Seen.StepSeen));
        var isContinuation = a.Restart is not null || (a.Number > 1 && a.ContainerStarts == 1 && !a.ResumeSaid);
        if (!isContinuation || progress is null)
            return null;
        var before = a.Restart?.StepBefore ?? s.Job.LastStepBefore(a.Number);
        var checkpoint = s.Job.MirroredStep;
        return new Record(new ResumeSeen(a.Number, progress.Step, before, checkpoint, Resumption.IsFromZero(progress.Step, before, checkpoint)));
    }

    /// <summary>A command that stands still is not moved to where it would stand still for less.</summary>
    private static JobAction? Return(Situation s, BoxReport report) =>
        ReturnStage.Decide(s, report) is { } look ? StallWatch.Look(s, report) ?? look : null;

    /// <summary>Completed checkpoints leave the machine while the job runs; then whether it still gets on is looked at.</summary>
    private static JobAction? Mirror(Situation s, BoxReport report)
    {
        if (s.Job.Submission.Spec.Checkpoints.Count == 0 || report.Phase is not BoxPhase.Running)
            return StallWatch.Look(s, report);
        if (MirrorPace.News(s, report) is { } paced)
            return new Record(paced);
        return MirrorPace.IsDue(s) ? new MirrorCheckpoints(s.Attempt.Number) : StallWatch.Look(s, report);
    }

    /// <summary>What the machine says about itself; null when it is simply at work.</summary>
    private static JobAction? OnReport(Situation s, BoxReport report)
    {
        var number = s.Attempt.Number;
        return report.Phase switch
        {
            BoxPhase.Refused => new Record(new JobEnded(number, EndReason.Refused, null, report.Failure ?? "the machine gave no reason")),
            BoxPhase.Fenced => new Record(new JobEnded(number, EndReason.Refused, null, "the machine says that a newer attempt runs elsewhere")),
            BoxPhase.Ended => new Record(EndDiagnosis.Of(s, report)),
            BoxPhase.Running when s.Attempt.StartedAt is null => new Record(new JobStarted(number)),
            BoxPhase.WaitingForPayload when s.Now - s.Attempt.PayloadDeliveredAt > PayloadFound => OnPayloadLost(s),
            _ => null,
        };
    }

    /// <summary>The machine lost what it was sent, for example with its disk: it is sent again, boundedly.</summary>
    private static JobAction OnPayloadLost(Situation s) =>
        s.WantsEnd || s.Now - s.Since(s.Attempt.PayloadIntendedAt!.Value) > s.Waits.Send
            ? new Record(new JobEnded(s.Attempt.Number, EndReason.Refused, null, "the machine does not hold what was sent to it"))
            : new SendPayload(s.Attempt.Number);

    /// <summary>Ends the command when nobody wants it any more; a command that does not end goes with its rental's GPU.</summary>
    private static JobAction? OnUnwanted(Situation s)
    {
        var number = s.Attempt.Number;
        if (s.Attempt.EndIntended is not { } already)
            return s.WantsEnd ? new EndJob(number, s.EndReason) : null;
        if (s.Attempt.EndFirstIntendedAt is { } first && s.Now - s.Since(first) > s.Waits.Ending)
            return EndStage.Stop(s, "the command does not end");
        return s.Attempt.EndIntendedAt is { } told && s.Now - told < EndAgain ? new Wait(TimeSpan.FromSeconds(1), "the command is ending") : new EndJob(number, already);
    }

    private static DateTimeOffset? UnwantedSince(Situation s) => s.Attempt.EndFirstIntendedAt ?? s.Job.CancelRequestedAt;

    /// <summary>Its end was asked for, and it does not come up to be told so: what it holds is fetched as it lies there.</summary>
    private static Record NotRunning(Situation s) => new(new JobEnded(s.Attempt.Number, s.Attempt.EndIntended ?? s.EndReason, null, "it did not run when its end was asked for") { Untold = true });

    /// <summary>
    /// Stopped, and not ended. A machine that heard nothing from us for its stated time stops itself; then what it made is waiting
    /// there and is fetched, as it is when its end was asked for. Anything else was somebody's will or the platform's: say so, and
    /// start nothing behind their back.
    /// </summary>
    private static JobAction OnStopped(Situation s)
    {
        var lastWord = s.Seen.ContactAt ?? s.Attempt.StartIntendedAt ?? s.Attempt.PayloadDeliveredAt;
        var abandoned = s.Job.Submission.Spec.StopWhenAbandonedAfter is { } limit && s.Attempt.LastStatusAt - lastWord >= limit - (limit / 10 < InSeconds ? limit / 10 : InSeconds);
        var asked = UnwantedSince(s) is not null;
        if (asked && EndStage.WillNotRun(s))
            return NotRunning(s);
        var start = abandoned || asked ? EndStage.Start(s, abandoned ? "the machine had stopped itself; its results are fetched" : "its results were asked for") : null;
        return start ?? new Wait(
            TimeSpan.FromSeconds(15),
            abandoned
                ? $"rental {s.RentalId} was started {EndStage.MaxStarts} times and its command did not end; its disk goes on billing. To try once more: lodger down {s.Job.Name}"
                : $"rental {s.RentalId} was stopped, not by Lodger ({s.Rental!.Evidence}); its disk goes on billing. Started again where it was stopped, it goes on. To fetch what it holds and end it: lodger down {s.Job.Name}");
    }
}
