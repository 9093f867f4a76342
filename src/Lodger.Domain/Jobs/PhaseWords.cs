namespace Lodger.Domain.Jobs;

/// <summary>A job's phase as people read it.</summary>
public static class PhaseWords
{
    public static string Of(JobPhase phase) => phase switch
    {
        JobPhase.Submitted => "submitted",
        JobPhase.Renting => "renting",
        JobPhase.Booting => "booting",
        JobPhase.Checking => "checking",
        JobPhase.Sending => "sending",
        JobPhase.Running => "running",
        JobPhase.Preempted => "preempted",
        JobPhase.Ending => "ending",
        JobPhase.BringingHome => "bringing home",
        JobPhase.AwaitingApproval => "needs your yes",
        JobPhase.NeedsAttention => "needs attention",
        JobPhase.Destroying => "destroying",
        JobPhase.Closed => "closed",
        _ => phase.ToString(),
    };
}
