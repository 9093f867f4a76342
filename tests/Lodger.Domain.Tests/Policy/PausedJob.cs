using Lodger.Domain.Market;
using Lodger.Domain.Policy;

namespace Lodger.Domain.Tests.Policy;

/// <summary>The plain case: ten hours of work left, paused ten minutes ago, one other machine as cheap as the old one. Tests change what they are about.</summary>
internal static class PausedJob
{
    public static readonly DateTimeOffset Now = Samples.T0.AddMinutes(10);

    public static Offer Other { get; } = Samples.Offer with { Id = "other", MachineId = "m2", HostId = "h2", MinBidUsdPerHour = 0.2m, GpuUsdPerHour = 0.6m };

    public static PreemptionFacts Facts { get; } = new()
    {
        Now = Now,
        PreemptedAt = Samples.T0,
        WorkLeft = TimeSpan.FromHours(10),
        Rework = TimeSpan.FromMinutes(30),
        ReworkOnReturn = TimeSpan.FromMinutes(5),
        OldUsdPerHour = 0.22m,
        OldDiskUsdPerHour = 0.01m,
        OldUploadUsdPerGb = 0.01m,
        OldUploadMbps = 500,
        OldDiskReachable = true,
        Offers = [Other],
        OldMachineId = "m1",
        MaySpot = true,
        MayOnDemand = true,
        CheckpointBytes = 1_000_000_000,
        CodeAndDataBytes = 2_000_000_000,
        DiskGb = 40,
        BootExpected = TimeSpan.FromMinutes(5),
    };

    public static WayOn Way(this PreemptionFacts facts) => PreemptionPolicy.Choose(facts).Chosen.Way;

    public static decimal UsdOf(this PreemptionFacts facts, WayOn way)
    {
        var choice = PreemptionPolicy.Choose(facts);
        return choice.Alternatives.Prepend(choice.Chosen).First(w => w.Way == way).ExpectedUsd;
    }
}
