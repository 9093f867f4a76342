using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Server.Api;

namespace Lodger.Cli.Jobs;

/// <summary>The exit status that says how a job stands.</summary>
internal static class JobExit
{
    public static ExitCode Of(JobView job) => job.Phase switch
    {
        JobPhase.AwaitingApproval => ExitCode.ApprovalNeeded,
        JobPhase.NeedsAttention when job.Held is not null => ExitCode.BudgetReached,
        JobPhase.NeedsAttention when job is { Adopts: not null, RentalStatus: not RentalStatus.Running } => ExitCode.RentalUnusable,
        JobPhase.NeedsAttention when !job.HasEnded => ExitCode.RentalUnusable,
        JobPhase.NeedsAttention => ExitCode.NotVerified,
        JobPhase.Closed => OfClosed(job),
        _ => ExitCode.Ok,
    };

    private static ExitCode OfClosed(JobView job) => job.Outcome switch
    {
        JobOutcome.Succeeded => ExitCode.Ok,
        JobOutcome.Failed => job.Problem?.ExitCode ?? ExitCode.JobFailed,
        JobOutcome.NotRun or JobOutcome.Unfinished => job.Problem?.ExitCode ?? ExitCode.RentalUnusable,
        JobOutcome.Cancelled => job.Problem?.ExitCode ?? ExitCode.Cancelled,
        _ => ExitCode.Defect,
    };
}
