using Lodger.Domain.Market;
using Lodger.Domain.Money;

namespace Lodger.Domain.Policy;

/// <summary>One move, priced. Hours from now. A value, since thousands are looked at for one choice.</summary>
/// <param name="BidUsd">What is bid; NaN on-demand.</param>
/// <param name="Rescue">The stopped disk is fetched first; otherwise the newest mirror is taken.</param>
/// <param name="OnVolume">On the old machine, with the volume that holds the state: nothing is fetched, and nothing but code is sent.</param>
/// <param name="StartHours">Until the job computes again: boot, image, rescue, transfers.</param>
/// <param name="WorkHours">Work on this machine, with what is done again, without preemptions.</param>
/// <param name="WorstWorkHours">The same when the rescue fails.</param>
/// <param name="HomeHours">Bringing home at the end.</param>
/// <param name="StartUsd">Paid before it computes.</param>
/// <param name="KeptUsd">What the budget keeps back (<see cref="Reserve"/>): there, and for the old machine.</param>
/// <param name="Usd">Expected, to the end.</param>
/// <param name="FinishHours">Expected end.</param>
/// <param name="Fails">Weight of its host's remembered failures, 0 to 1.</param>
internal readonly record struct Move(
    Offer Offer, double BidUsd, bool Rescue, bool OnVolume, double StartHours, double WorkHours, double WorstWorkHours, double HomeHours, double StartUsd, double KeptUsd, double Usd, double FinishHours,
    double Fails)
{
    public WayOn Way => InPlace ? WayOn.RaiseBid : IsOnDemand ? WayOn.MoveToOnDemand : WayOn.MoveToSpot;

    public bool IsOnDemand => double.IsNaN(BidUsd);

    /// <summary>Null on-demand.</summary>
    public decimal? Bid => IsOnDemand ? null : (decimal)BidUsd;

    /// <summary>No move at all: the paused rental's own bid is raised.</summary>
    public bool InPlace { get; init; }
}

/// <summary>What every way on has to do with: transfers, what a preemption loses, the old machine; and the bid that is raised where it is.</summary>
internal static class Moving
{
    /// <summary>A preempted job starts again: libraries, data loaders, compilation. Assumed.</summary>
    public const double JobStartHours = 2 / 60d;

    /// <summary>A container that starts again where its image is takes no longer. Assumed.</summary>
    private const double RestartHours = 1 / 60d;

    /// <summary>After a move the old disk bills until what is on it is home, proven, and somebody has said yes.</summary>
    public const double OldDiskKeptHours = 1;

    /// <summary>The paused rental with a bid that wins its machine back; null when it may not be raised, or the market does not list the machine, or our bid wins already.</summary>
    public static Move? Raise(PreemptionFacts f)
    {
        if (f.RaiseCapUsdPerHour is not { } cap || f.HostOffline
            || f.Offers.Where(o => o.MachineId == f.OldMachineId && o.MinBidUsdPerHour > f.OldUsdPerHour).MinBy(o => o.MinBidUsdPerHour) is not { } offer)
            return null;
        var work = Hours(f.WorkLeft) + Hours(f.ReworkOnReturn);
        var lost = LostHours(f);
        var seen = Preemptions.Of(f.PreemptionsSoFar, f.PaidRunTimeSoFar);
        var least = (double)offer.MinBidUsdPerHour!.Value;
        var bid = Bidding.BidUsd(least, (double)offer.GpuUsdPerHour, new BidRule.Cap(cap), work, lost, seen.Mean.TotalHours);
        if (double.IsNaN(bid))
            return null;
        var home = HomeHours(f);
        var preempted = work / (seen.Mean.TotalHours * Bidding.Lasts(bid, least));
        var start = Math.Min(Hours(f.BootExpected), RestartHours);
        var finish = start + work + home + (preempted * (lost + PauseHours(f)));
        var usd = (bid * (start + work + home + (preempted * lost))) + ((double)f.OldDiskUsdPerHour * finish) + (Gb(f.CheckpointBytes + f.ResultBytes) * (double)f.OldUploadUsdPerGb);
        return new(offer, bid, Rescue: true, OnVolume: false, start, work, work, home, bid * start, OldKeptUsd(f), usd, finish, 0) { InPlace = true };
    }

    /// <summary>Paid time that one preemption loses: on average half of what is at risk, and the job's own start.</summary>
    public static double LostHours(PreemptionFacts f) => (AtRiskHours(f) / 2) + JobStartHours;

    public static double AtRiskHours(PreemptionFacts f) => Hours(f.WorkAtRisk ?? (f.Rework > f.ReworkOnReturn ? f.Rework : f.ReworkOnReturn));

    /// <summary>Unpaid time of one preemption: waited out, but no longer than a move would take.</summary>
    public static double PauseHours(PreemptionFacts f) => Chance.OfReturn.MeanWait(Math.Max(Hours(f.BootExpected), 1 / 6d));

    /// <summary>What the budget keeps back for the old machine, as long as it is there: also while the work goes on elsewhere.</summary>
    public static double OldKeptUsd(PreemptionFacts f) => (double)Reserve.Usd(f.OldUploadUsdPerGb, f.OldDiskUsdPerHour, f.DiskGb);

    /// <summary>Bringing home at the end, from the old machine.</summary>
    public static double HomeHours(PreemptionFacts f) => TransferHours(f.CheckpointBytes + f.ResultBytes, f.OldUploadMbps);

    public static double Hours(TimeSpan t) => Math.Clamp(t.TotalHours, 0, 100_000);

    public static double Gb(long bytes) => Math.Max(0, bytes) / 1e9;

    /// <summary>At most a day: a bandwidth that makes no sense is none, and an unknown one counts as 100 Mbit/s.</summary>
    public static double TransferHours(long bytes, double mbps) => Math.Min(Gb(bytes) * 8_000 / (mbps is > 0 and < 1e9 ? mbps : 100) / 3600, 24);
}
