using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Reconcile;

/// <summary>Why a command ended, from its exit status and what the machine counted; and what a person does next. A failed command is never run again by itself.</summary>
internal static class EndDiagnosis
{
    private const int Killed = 128 + 9;

    private const decimal BytesPerGb = 1_000_000_000m;

    public static JobEnded Of(Situation s, BoxReport report)
    {
        var reason = s.Attempt.EndIntended ?? EndReason.Exited;
        if (reason == EndReason.CrashLoop)
            return new(s.Attempt.Number, reason, report.ExitCode, report.OomKills > 0 ? "memory ran out." : "no preemption explains it.");
        if (reason != EndReason.Exited || report.ExitCode is 0 or null)
            return new(s.Attempt.Number, reason, report.ExitCode, "");
        if (report.OomKills > 0)
            return new(s.Attempt.Number, reason, report.ExitCode, $"the kernel killed {(report.OomKills == 1 ? "a process" : $"{report.OomKills} processes")} of it for want of memory", EndCause.OutOfMemory);
        if (report.EndedOnFullDisk)
            return new(s.Attempt.Number, reason, report.ExitCode, $"its disk of {s.Job.Submission.Spec.DiskGb} GB was full", EndCause.DiskFull);
        return new(s.Attempt.Number, reason, report.ExitCode, report.ExitCode == Killed ? "something killed it (signal 9); no count of the kernel's says that memory ran out" : "");
    }

    /// <summary>The last word on a command that failed.</summary>
    public static Problem Problem(JobState job, JobEnded ended)
    {
        var home = job.Submission.ResultsDirectory;
        var log = $"Its log is in {home}/.lodger/run.log";
        return ended.Cause switch
        {
            EndCause.OutOfMemory => new(
                "job-out-of-memory", $"The job's command exited with {ended.ExitCode}: {ended.Detail}.",
                $"{log}. Use smaller batches or fewer loader processes, or ask for a machine with more memory:  offers: cpu_ram>=64", ExitCode.JobFailed),
            EndCause.DiskFull => new(
                "job-disk-full", $"The job's command exited with {ended.ExitCode}: {ended.Detail}, and a disk cannot grow.",
                $"{log}. Ask for more, write  disk: {DiskToAsk(job)}GB  and run again; or keep fewer checkpoints.", ExitCode.JobFailed),
            _ => new(
                "job-failed", $"The job's command exited with {ended.ExitCode}{(ended.Detail.Length > 0 ? $": {ended.Detail}" : "")}.",
                $"{log}; fix the command and run again.", ExitCode.JobFailed),
        };
    }

    /// <summary>Half as much again, and room for four more checkpoints; in steps of 10 GB.</summary>
    public static int DiskToAsk(JobState job)
    {
        var disk = job.Submission.Spec.DiskGb;
        var checkpoint = (job.LargestMirrorBytes ?? 0) / BytesPerGb;
        return (int)Math.Ceiling(Math.Max(disk * 1.5m, disk + (4 * checkpoint)) / 10) * 10;
    }
}
