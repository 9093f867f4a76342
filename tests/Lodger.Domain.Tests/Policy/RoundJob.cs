using Lodger.Domain.Market;
using Lodger.Domain.Policy;

namespace Lodger.Domain.Tests.Policy;

/// <summary>
/// A paused job whose prices can be reckoned by hand: ten hours of work and half an hour done again, six minutes for a boot, for the image and for what is sent, twelve for what comes home; each way of the bytes $0.45; a cent an hour
/// for each disk; a preemption expected in ten and a half hours at the bid of $0.25.
/// </summary>
internal static class RoundJob
{
    public static readonly DateTimeOffset Now = PausedJob.Now;

    public static Offer Other { get; } = PausedJob.Other with { StorageUsdPerGbMonth = 0.18m };

    public static PreemptionFacts Facts { get; } = PausedJob.Facts with
    {
        PreemptedAt = Now,
        ReworkOnReturn = TimeSpan.FromMinutes(30),
        OldUsdPerHour = 0.2m,
        OldDiskReachable = false,
        Offers = [Other],
        Bid = new BidRule.Fixed(0.25m),
        ImageBytes = 45_000_000_000,
        CheckpointBytes = 9_000_000_000,
        CodeAndDataBytes = 36_000_000_000,
        ResultBytes = 36_000_000_000,
        BootExpected = TimeSpan.FromMinutes(6),
        PreemptionsSoFar = 3,
        PaidRunTimeSoFar = TimeSpan.FromHours((10.5 * 4.25) - 2.9),
    };

    /// <summary>Neither a bid nor a wait beside it.</summary>
    public static PreemptionFacts OnDemand { get; } = Facts with { MaySpot = false, Patience = TimeSpan.Zero };

    public static PreemptionFacts Spot { get; } = Facts with { MayOnDemand = false, Patience = TimeSpan.Zero };

    public static WayPrice Price(this PreemptionFacts facts, WayOn way)
    {
        var choice = PreemptionPolicy.Choose(facts);
        return choice.Alternatives.Prepend(choice.Chosen).First(w => w.Way == way);
    }

    public static void ShouldCost(this PreemptionFacts facts, WayOn way, double usd, double hours, string? because = null)
    {
        var price = facts.Price(way);
        ((double)price.ExpectedUsd).ShouldBe(usd, 0.00006, because);
        (price.ExpectedFinish - Now).TotalHours.ShouldBe(hours, 0.00001, because);
    }
}
