using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;

namespace Lodger.Engine.Jobs;

/// <summary>A job that nothing is done for: it was closed long ago, or its account cannot be opened.</summary>
/// <param name="Problem">Why nothing can be done; null when nothing has to be.</param>
internal sealed record DormantJob(JobState State, Problem? Problem)
{
    public JobSight Sight { get; } = new(State, new JobLive { Waiting = Problem is null ? "" : $"unknown: {Problem.Message}" }, null, [], DateTimeOffset.MinValue, RentalGone: false);
}
