using Lodger.Domain.Market;
using Lodger.Domain.Money;

namespace Lodger.Domain.Policy;

/// <summary>One move, priced. Hours from now.</summary>
/// <param name="Bid">Null on-demand.</param>
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
internal sealed record Move(
    Offer Offer, decimal? Bid, bool Rescue, bool OnVolume, double StartHours, double WorkHours, double WorstWorkHours, double HomeHours, double StartUsd, double KeptUsd, double Usd, double FinishHours)
{
    public WayOn Way => InPlace ? WayOn.RaiseBid : Bid is null ? WayOn.MoveToOnDemand : WayOn.MoveToSpot;

    /// <summary>No move at all: the paused rental's own bid is raised.</summary>
    public bool InPlace { get; init; }
}

/// <summary>
/// Prices moves: boot and image pull, the rescue, transfers both ways at that host's prices, work done again, the GPU's hour and speed, the disk, further preemptions, and the chance that
/// the host fails as it did before.
/// </summary>
internal static class Moving
{
    private const double HoursPerMonth = 720;

    /// <summary>A preempted job starts again: libraries, data loaders, compilation. Assumed.</summary>
    public const double JobStartHours = 2 / 60d;

    /// <summary>A container that starts again where its image is takes no longer. Assumed.</summary>
    private const double RestartHours = 1 / 60d;

    /// <summary>After a move the old disk bills until what is on it is home, proven, and somebody has said yes.</summary>
    private const double OldDiskKeptHours = 1;

    /// <summary>Every way to take this offer; none when it cannot be taken.</summary>
    public static IEnumerable<Move> All(PreemptionFacts f, Offer offer)
    {
        var canRescue = f.OldDiskReachable && !f.HostOffline && !IsOnVolume(f, offer);
        foreach (var rescue in canRescue ? (bool[])[true, false] : [false])
        {
            if (f.MaySpot && Price(f, offer, spot: true, rescue) is { } spot)
                yield return spot;
            if (f.MayOnDemand && Price(f, offer, spot: false, rescue) is { } onDemand)
                yield return onDemand;
        }
    }

    /// <summary>The paused rental with a bid that wins its machine back; null when it may not be raised, or the market does not list the machine, or our bid wins already.</summary>
    public static Move? Raise(PreemptionFacts f)
    {
        if (f.RaiseCapUsdPerHour is not { } cap || f.HostOffline
            || f.Offers.Where(o => o.MachineId == f.OldMachineId && o.MinBidUsdPerHour > f.OldUsdPerHour).MinBy(o => o.MinBidUsdPerHour) is not { } offer)
            return null;
        var work = Hours(f.WorkLeft) + Hours(f.ReworkOnReturn);
        var lost = LostHours(f);
        var seen = Preemptions.Of(f.PreemptionsSoFar, f.PaidRunTimeSoFar);
        if (Bidding.BidFor(offer, new BidRule.Cap(cap), TimeSpan.FromHours(work), TimeSpan.FromHours(lost), seen.Mean) is not { } bid)
            return null;
        var home = HomeHours(f);
        var preempted = work / (seen.Mean.TotalHours * Bidding.Lasts(bid, offer.MinBidUsdPerHour));
        var start = Math.Min(Hours(f.BootExpected), RestartHours);
        var finish = start + work + home + (preempted * (lost + PauseHours(f)));
        var usd = ((double)bid * (start + work + home + (preempted * lost))) + ((double)f.OldDiskUsdPerHour * finish) + (Gb(f.CheckpointBytes + f.ResultBytes) * (double)f.OldUploadUsdPerGb);
        return new(offer, bid, Rescue: true, OnVolume: false, start, work, work, home, (double)bid * start, OldKeptUsd(f), usd, finish) { InPlace = true };
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

    private static bool IsOnVolume(PreemptionFacts f, Offer offer) => f.VolumeMachineId is { } machine && offer.MachineId == machine;

    private static Move? Price(PreemptionFacts f, Offer o, bool spot, bool rescue)
    {
        var speed = f.OldDlPerf > 0 && o.DlPerf > 0 ? Math.Clamp(o.DlPerf / f.OldDlPerf, 0.1, 10) : 1;
        var onVolume = IsOnVolume(f, o);
        var rework = rescue ? 0 : Hours(onVolume ? f.ReworkOnReturn : f.Rework);
        var work = (Hours(f.WorkLeft) + rework) / speed;
        var worst = (Hours(f.WorkLeft) + Math.Max(rework, Hours(f.Rework))) / speed;

        // 1. What may be bid.
        var lost = LostHours(f);
        var seen = Preemptions.Of(f.PreemptionsSoFar, f.PaidRunTimeSoFar);
        var rule = f.Bid ?? (f.BidCapUsdPerHour is { } cap ? new BidRule.Cap(cap) : new BidRule.Market());
        var bid = spot ? Bidding.BidFor(o, rule, TimeSpan.FromHours(work), TimeSpan.FromHours(lost), seen.Mean) : null;
        if (spot && bid is null)
            return null;
        var usdPerHour = (double)(bid ?? o.GpuUsdPerHour);
        var diskPerHour = (double)o.StorageUsdPerGbMonth * f.DiskGb / HoursPerMonth;

        // 2. Until it computes: boot and rescue side by side, then what is sent, while the GPU bills.
        var pull = o.MachineId == f.OldMachineId ? 0 : TransferHours(f.ImageBytes, o.DownloadMbps);
        var boot = Math.Max(Hours(f.BootExpected) + pull, rescue ? TransferHours(f.CheckpointBytes, f.OldUploadMbps) : 0);
        var sent = (onVolume ? 0 : f.CheckpointBytes) + f.CodeAndDataBytes;
        var send = TransferHours(sent, o.DownloadMbps);
        var home = TransferHours(f.CheckpointBytes + f.ResultBytes, o.UploadMbps);
        var sentUsd = Gb(sent) * (double)o.DownloadUsdPerGb;
        var bytesUsd = sentUsd + (Gb(f.CheckpointBytes + f.ResultBytes) * (double)o.UploadUsdPerGb) + (rescue ? Gb(f.CheckpointBytes) * (double)f.OldUploadUsdPerGb : 0);

        // 3. What still goes wrong: further preemptions, the contract's end, a host that failed before (a move for nothing).
        var preempted = bid is { } b ? work / (seen.Mean.TotalHours * Bidding.Lasts(b, o.MinBidUsdPerHour)) : 0;
        if (o.ContractEnd is { } end && end < f.Now + TimeSpan.FromHours(boot + send + work + home))
            preempted++;
        var fails = Math.Clamp(f.HostPenalty.TryGetValue(o.HostId, out var penalty) ? penalty : 0, 0, 0.95);
        var start = boot + send;
        var finish = start + work + home + (preempted * (lost + PauseHours(f))) + (fails * (start + AtRiskHours(f)));
        var usd = (usdPerHour * (send + work + home + (preempted * lost) + (fails * (send + AtRiskHours(f)))))
            + (diskPerHour * finish) + bytesUsd + (fails * sentUsd)
            + (f.HostOffline ? 0 : (double)f.OldDiskUsdPerHour * (start + OldDiskKeptHours));
        var startUsd = (usdPerHour * send) + (diskPerHour * start) + sentUsd + (rescue ? Gb(f.CheckpointBytes) * (double)f.OldUploadUsdPerGb : 0);
        return new(o, bid, rescue, onVolume, start, work, worst, home, startUsd, (double)Reserve.Usd(o, f.DiskGb) + OldKeptUsd(f), usd, finish);
    }
}
