using Lodger.Domain.Box;
using Lodger.Domain.Jobs;

namespace Lodger.Domain.Reconcile;

/// <summary>What would have to be done again if the machine stopped at this moment.</summary>
/// <param name="IfPreempted">Since the newest checkpoint on its disk; null: the job does not say when it writes.</param>
/// <param name="IfDiskLost">Since the newest copy off the machine, or since the job's start when there is none; null: it does not run.</param>
/// <param name="MirroredStep">What the newest copy says it holds; null: it does not say, or there is none.</param>
public sealed record WorkAtRisk(TimeSpan? IfPreempted, TimeSpan? IfDiskLost, long? MirroredStep)
{
    /// <param name="report">The newest of the current machine; null: none.</param>
    /// <param name="reportAt">When it was read.</param>
    public static WorkAtRisk Of(JobState job, AttemptState attempt, BoxReport? report, DateTimeOffset? reportAt, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(attempt);
        var sinceStart = attempt.StartedAt is { } started ? NotBelowZero(now - started) : null as TimeSpan?;
        var sinceCopy = attempt.MirroredAt is { } copied ? NotBelowZero(now - copied) : sinceStart;
        var sinceWrite = report?.CheckpointAge is { } age && reportAt is { } read ? age + NotBelowZero(now - read) : null as TimeSpan?;
        return new(Least(sinceWrite, sinceStart), Least(sinceCopy, sinceStart), job.MirroredStep);
    }

    private static TimeSpan NotBelowZero(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;

    private static TimeSpan? Least(TimeSpan? a, TimeSpan? b) => a is { } x && b is { } y ? (x < y ? x : y) : a;
}
