using Lodger.Domain.Market;
using Lodger.Domain.Policy;

namespace Lodger.Bench.Month;

/// <summary>How a job is paid for.</summary>
internal interface IWay
{
    string Name { get; }

    /// <summary>Where it goes on, or begins; null: it stays, or waits.</summary>
    (Offer Offer, decimal? Bid)? Next(MonthJob job, IReadOnlyList<Offer> offers, DateTimeOffset now);
}

/// <summary>The cheapest on-demand offer.</summary>
internal sealed class OnDemandWay : IWay
{
    public string Name => "on-demand only";

    public (Offer Offer, decimal? Bid)? Next(MonthJob job, IReadOnlyList<Offer> offers, DateTimeOffset now) =>
        job.DownSince is null && job.RentalId is not null ? null : Cheapest(offers);

    public static (Offer Offer, decimal? Bid)? Cheapest(IReadOnlyList<Offer> offers) => offers.MinBy(o => o.GpuUsdPerHour) is { } offer ? (offer, null) : null;
}

/// <summary>The lowest price an hour that runs now, at exactly that; elsewhere as soon as it is lost. No deadline.</summary>
internal sealed class CheapestOfferWay : IWay
{
    public string Name => "always the cheapest offer";

    public (Offer Offer, decimal? Bid)? Next(MonthJob job, IReadOnlyList<Offer> offers, DateTimeOffset now)
    {
        if (job.DownSince is null && job.RentalId is not null)
            return null;
        return offers.Where(o => o.MinBidUsdPerHour is not null).MinBy(o => o.MinBidUsdPerHour) is { } offer ? (offer, Math.Ceiling(offer.MinBidUsdPerHour!.Value * 1000) / 1000) : null;
    }
}

/// <summary>The cheapest bid with a margin; elsewhere as soon as it is lost; on-demand for good when only that is left in time.</summary>
internal sealed class GreedyWay : IWay
{
    private const decimal Margin = 1.25m;

    /// <summary>Two starts, and two looks.</summary>
    private static readonly TimeSpan Net = TimeSpan.FromMinutes(30);

    public string Name => "greedy";

    public (Offer Offer, decimal? Bid)? Next(MonthJob job, IReadOnlyList<Offer> offers, DateTimeOffset now)
    {
        var down = job.DownSince is not null || job.RentalId is null;
        var unsaved = job.Done - job.Saved;
        if (job.Deadline - now < job.Left + unsaved + Net)
            return down || job.Bid is not null ? OnDemandWay.Cheapest(offers) : null;
        if (!down)
            return null;
        return offers.Where(o => o.MinBidUsdPerHour is not null).MinBy(o => o.MinBidUsdPerHour) is { } offer
            ? (offer, Math.Min(Math.Ceiling(offer.MinBidUsdPerHour!.Value * Margin * 1000) / 1000, offer.GpuUsdPerHour))
            : null;
    }
}

/// <summary><c>rent: auto</c>: the policy that the engine asks, at its first rental, after a preemption, and every ten minutes on on-demand.</summary>
internal sealed class LodgerWay : IWay
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(10);

    public string Name => "Lodger's policy alone";

    public (Offer Offer, decimal? Bid)? Next(MonthJob job, IReadOnlyList<Offer> offers, DateTimeOffset now)
    {
        var facts = Facts(job, offers, now);
        if (job.RentalId is null || (job.DownSince is not null && !job.IsPaused))
            return Of(PreemptionPolicy.Choose(facts with { HostOffline = true, Patience = TimeSpan.Zero, OldUsdPerHour = 0, OldDiskUsdPerHour = 0 }).Chosen);
        if (job.IsPaused)
            return Of(PreemptionPolicy.Choose(facts).Chosen);
        if (job.Bid is not null || now - job.LookedAt < LookEvery || job.Done == TimeSpan.Zero)
            return null;
        job.LookedAt = now;
        return ReturnPolicy.Choose(facts, now - (job.LostAt ?? job.Begin)) is { Move: var move } ? Of(move) : null;
    }

    private static (Offer Offer, decimal? Bid)? Of(WayPrice chosen) => chosen is { Way: not WayOn.Wait, Offer: { } offer } ? (offer, chosen.BidUsdPerHour) : null;

    private static PreemptionFacts Facts(MonthJob job, IReadOnlyList<Offer> offers, DateTimeOffset now) => new()
    {
        Now = now,
        PreemptedAt = job.DownSince ?? now,
        WorkLeft = job.Left + (job.Done - job.Saved),
        ReworkOnReturn = job.Done - job.Saved,
        WorkAtRisk = MonthJob.Every + Month.Tick,
        OldUsdPerHour = job.Bid ?? job.Offer?.GpuUsdPerHour ?? 0,
        OldDiskUsdPerHour = (job.Offer?.StorageUsdPerGbMonth ?? 0) * Month.DiskGb / 720,
        OldUploadMbps = 1000,
        OldDiskReachable = true,
        OldMachineId = job.Offer?.MachineId,
        OldMachineMinBid = offers.Where(o => o.MachineId == job.Offer?.MachineId).Min(o => o.MinBidUsdPerHour),
        Offers = offers,
        PreemptionsSoFar = job.Preemptions,
        PaidRunTimeSoFar = job.RanOnBids,
        ReturnsSoFar = job.Returns,
        PausedSoFar = job.Paused,
        Deadline = job.Deadline,
        MaySpot = true,
        MayOnDemand = true,
        DiskGb = Month.DiskGb,
        BootExpected = MonthJob.Start + TimeSpan.FromMinutes(1),
        Tick = Month.Tick,
    };
}
