using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Reconcile;

/// <summary>The last word on a job, in terms of what its user asked for.</summary>
internal static class Closing
{
    /// <summary>Its log and its copies lie there, in its results directory.</summary>
    private const string Own = ".lodger";

    private const string Vanished = "rental-vanished";

    private const string LookThere = "Look at the platform's console and balance.";

    public static JobClosed Of(JobState job)
    {
        var closed = OfLast(job);
        // How its last rental ended is not how the job did: another may have done half of the work before.
        return closed.Outcome == JobOutcome.NotRun && !job.IsAdopted && job.Attempts.Any(a => a is { StartedAt: not null } or { Ended.Reason: not EndReason.Refused }) ? Unfinished(job, closed.Problem) : closed;
    }

    private static JobClosed Unfinished(JobState job, Problem? why) => new(JobOutcome.Unfinished, new Problem(
        why?.Id ?? "job-unfinished",
        $"The work is not finished. {why?.Message ?? "No further rental could be had."}",
        $"{(why?.Id == Vanished ? $"{LookThere} " : "")}{AtHome(job)}",
        why?.ExitCode ?? ExitCode.RentalUnusable));

    /// <summary>What is left of it, and how to go on from there.</summary>
    private static string AtHome(JobState job)
    {
        var home = job.Submission.ResultsDirectory;
        var pulled = job.Attempts.Where(a => a is { Move: not null, Receipt: not null }).Sum(a => a.Receipt!.Files);
        var files = pulled > 0 ? $" {Count(pulled, "file")} of earlier machines, proven, {(pulled == 1 ? "is" : "are")} in {home}/{Own}/attempts." : "";
        if (job.Mirrors.Count == 0)
            return $"No checkpoint of it came home.{files} To begin again: lodger run";
        var step = job.MirroredStep is { } reached ? $", up to step {reached}," : "";
        var kept = KeptCopies.Of(job).Count;
        return $"{Count(kept, "checkpoint file")}{step} {(kept == 1 ? "is" : "are")} in {home}/{Own}/mirror.{files} To go on from there, copy what is in it into the directory of the job's code, where no .gitignore leaves it out, and: lodger run";
    }

    private static string Count(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";

    private static JobClosed OfLast(JobState job)
    {
        var last = job.Current;
        if (last is { Released: { } released })
            return new(JobOutcome.Cancelled, released.Why);
        // On a rental that somebody else made the work may have gone on after the receipt.
        var lost = last is { Vanished: true } && (last.Receipt is null || job.IsAdopted);
        if (last is { Ended: { } ended } && !lost)
            return OfEnd(job, last, ended);
        if (job.Budget is not null && !lost)
            return OutOfBudget(job);
        if (job.Cancel is not null || last is { IsAbandoned: true })
            return new(JobOutcome.Cancelled, null);
        var why = last switch
        {
            { RentRefusal: { } refusal } => refusal,
            { GivenUp: { } givenUp } => givenUp,
            { Vanished: true } => new Problem(
                Vanished,
                last.DestroysAsked > 0
                    ? $"Rental {last.RentalId} is gone, but only long after Lodger had asked for its destroy: by that, or by somebody else."
                    : $"Rental {last.RentalId} was destroyed by somebody else or by the platform{(last.PayloadIntended ? " with whatever was on it" : "")}.",
                job.IsAdopted ? $"{LookThere} {Saved(job, last)}" : $"{LookThere} Then run again.",
                ExitCode.RentalUnusable),
            _ => null,
        };
        return new(job.IsAdopted && last is { Vanished: true } ? JobOutcome.Unfinished : JobOutcome.NotRun, why);
    }

    /// <summary>A save is never changed afterwards, so that each is what it was when it was proven.</summary>
    private static string Saved(JobState job, AttemptState last) => last.Receipt is { } receipt
        ? $"What was named and lay there until {receipt.At:yyyy-MM-dd HH:mm:ss} UTC is home, proven by {receipt.Path}; anything written since is lost."
        : $"What was saved before, if anything was, is in {job.Submission.ResultsDirectory}, each save in a directory of its own; anything written since is lost.";

    /// <summary>The platform could not be read since the job was submitted; nothing was rented.</summary>
    public static JobClosed NeverRented(JobState job) => new(JobOutcome.NotRun, new Problem(
        "platform-silent",
        $"{job.Submission.Market} could not be read since the job was submitted; nothing was rented.",
        "Look at your connection and your key (lodger login), then run again.",
        ExitCode.Unknown));

    private static JobClosed OutOfBudget(JobState job) => new(JobOutcome.Cancelled, new Problem(
        "budget-reached",
        $"The job was ended when its budget of ${job.BudgetUsd:0.00} was reached.",
        $"What it had made is in {job.Submission.ResultsDirectory}. Write a larger  budget:  and run again.",
        ExitCode.BudgetReached));

    private static JobClosed OfEnd(JobState job, AttemptState attempt, JobEnded ended)
    {
        var home = job.Submission.ResultsDirectory;
        return ended switch
        {
            { Reason: EndReason.Refused } when job.Cancel is not null => new(JobOutcome.Cancelled, null),
            { Reason: EndReason.Exited, ExitCode: 0 } when attempt.Receipt is not null => new(JobOutcome.Succeeded, null),
            { Reason: EndReason.Exited, ExitCode: 0 } => new(JobOutcome.Cancelled, null),
            { Reason: EndReason.Adopted } => new(attempt.Receipt is not null && !attempt.IsAbandoned ? JobOutcome.Succeeded : JobOutcome.Cancelled, null),
            { Reason: EndReason.Cancelled } => new(JobOutcome.Cancelled, null),
            { Reason: EndReason.BudgetReached } => OutOfBudget(job),
            { Reason: EndReason.Stalled } => new(JobOutcome.Failed, new Problem(
                "job-stalled", $"The job made no progress for {job.Submission.Spec.Stall?.After} and was ended, as its  stall:  says.",
                $"Its log is in {home}/{Own}/run.log", ExitCode.JobFailed)),
            { Reason: EndReason.Refused } => new(JobOutcome.NotRun, new Problem(
                "checks-failed", $"The machine failed a check before the job started: {ended.Detail}",
                "Nothing ran. Choose another offer (lodger offers) or another image, then run again.", ExitCode.RentalUnusable)),
            { Reason: EndReason.CrashLoop } => new(JobOutcome.Failed, new Problem(
                "job-crash-loop", $"The container started {RunStage.MaxFruitlessStarts} times in a row and the command never got further: {ended.Detail}",
                $"Its log is in {home}/{Own}/run.log; look at what ends the container, then run again.", ExitCode.JobFailed)),
            _ => new(JobOutcome.Failed, EndDiagnosis.Problem(job, ended)),
        };
    }
}
