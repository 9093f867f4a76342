using Lodger.Domain.Cadence;
using Lodger.Domain.Market;
using Lodger.Domain.Plan;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Policy;

/// <summary>What the policy weighs before anything was rented: there is nothing to wait for, nothing to rescue, and everything is still to be done.</summary>
internal static class FirstRent
{
    public static PreemptionFacts Facts(JobSpec spec, PlanInputs inputs, IReadOnlyList<Offer> offers, DateTimeOffset now) => new()
    {
        Now = now,
        PreemptedAt = now,
        WorkLeft = spec.Work ?? TimeSpan.FromHours(1),
        OldUsdPerHour = 0,
        OldDiskUsdPerHour = 0,
        HostOffline = true,
        NothingReturns = true,
        Patience = TimeSpan.Zero,
        Offers = offers,
        BudgetLeftUsd = spec.BudgetUsd,
        MaySpot = spec.Rent != RentMode.OnDemand,
        MayOnDemand = spec.Rent != RentMode.Interruptible,
        Bid = spec.BidRule,
        ResultBytes = inputs.ResultBytes,
        CodeAndDataBytes = inputs.CodeBytes + (inputs.DataBytes ?? 0),
        ImageBytes = inputs.ImageBytes,
        BootExpected = Planner.ContainerStart,
        DiskGb = spec.DiskGb,
        WorkAtRisk = AtRisk(spec),
    };

    /// <summary>What a preemption can lose: the cadence on a bid at the reference margin and the lag of the copies; everything, of a job that writes no checkpoints.</summary>
    public static TimeSpan AtRisk(JobSpec spec) => spec.Checkpoints.Count == 0
        ? spec.Work ?? TimeSpan.FromHours(1)
        : CheckpointCadence.Decide(new() { Hazard = PreemptionHazard.Of(PreemptionHistory.None, new(Preemptions.Prior.Mean, Preemptions.Prior.Count)) }).Every + Planner.MirrorEvery;
}
