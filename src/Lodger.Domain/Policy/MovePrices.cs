using Lodger.Domain.Market;
using Lodger.Domain.Money;

namespace Lodger.Domain.Policy;

/// <summary>
/// Prices moves: boot and image pull, the rescue, transfers both ways at that host's prices, work done again, the GPU's hour and speed, the disk, further preemptions, and the chance that
/// the host fails as it did before. What is the same for all offers is reckoned once.
/// </summary>
internal sealed class MovePrices(PreemptionFacts f)
{
    private const double HoursPerMonth = 720;

    /// <summary>Rescued or from the mirror, bid or on-demand.</summary>
    public const int WaysMost = 4;

    private readonly double left = Moving.Hours(f.WorkLeft);
    private readonly double rework = Moving.Hours(f.Rework);
    private readonly double reworkOnReturn = Moving.Hours(f.ReworkOnReturn);
    private readonly double lost = Moving.LostHours(f);
    private readonly double atRisk = Moving.AtRiskHours(f);
    private readonly double between = Preemptions.Of(f.PreemptionsSoFar, f.PaidRunTimeSoFar).Mean.TotalHours;
    private readonly double pause = Moving.PauseHours(f);
    private readonly double boots = Moving.Hours(f.BootExpected);
    private readonly double rescueHours = Moving.TransferHours(f.CheckpointBytes, f.OldUploadMbps);
    private readonly double rescueUsd = Moving.Gb(f.CheckpointBytes) * (double)f.OldUploadUsdPerGb;
    private readonly double oldDiskUsd = f.HostOffline ? 0 : (double)f.OldDiskUsdPerHour;
    private readonly double oldKept = Moving.OldKeptUsd(f);
    private readonly bool mayRescue = f.OldDiskReachable && !f.HostOffline;
    private readonly BidRule rule = f.Bid ?? (f.BidCapUsdPerHour is { } cap ? new BidRule.Cap(cap) : new BidRule.Market());

    /// <summary>Adds every way to take this offer; none when it cannot be taken. Of each way the rescue comes first.</summary>
    /// <returns>How many there are then.</returns>
    public int Add(Offer o, double penalty, Span<Move> to, int count)
    {
        if (f.MaySpot && o.MinBidUsdPerHour is { } least and >= 0)
            count = Add(o, penalty, (double)least, to, count);
        return f.MayOnDemand ? Add(o, penalty, double.NaN, to, count) : count;
    }

    /// <param name="least">Lowest bid that would run; NaN: on-demand.</param>
    private int Add(Offer o, double penalty, double least, Span<Move> to, int count)
    {
        var speed = f.OldDlPerf > 0 && o.DlPerf > 0 ? Math.Clamp(o.DlPerf / f.OldDlPerf, 0.1, 10) : 1;
        var onVolume = f.VolumeMachineId is { } machine && o.MachineId == machine;
        var canRescue = mayRescue && !onVolume;
        var gpu = (double)o.GpuUsdPerHour;
        var diskPerHour = (double)o.StorageUsdPerGbMonth * f.DiskGb / HoursPerMonth;
        var (upload, download) = ((double)o.UploadUsdPerGb, (double)o.DownloadUsdPerGb);
        var pull = o.MachineId == f.OldMachineId ? 0 : Moving.TransferHours(f.ImageBytes, o.DownloadMbps);
        var sent = (onVolume ? 0 : f.CheckpointBytes) + f.CodeAndDataBytes;
        var send = Math.Max(Moving.TransferHours(sent, o.DownloadMbps), onVolume ? 0 : Moving.Hours(f.SendTook));
        var home = Moving.TransferHours(f.CheckpointBytes + f.ResultBytes, o.UploadMbps);
        var sentUsd = Moving.Gb(sent) * download;
        var homeUsd = Moving.Gb(f.CheckpointBytes + f.ResultBytes) * upload;
        var kept = Reserve.Usd(upload, diskPerHour, f.DiskGb) + oldKept;
        var fails = Math.Clamp(penalty, 0, 0.95);
        for (var rescue = canRescue; ; rescue = false)
        {
            var again = rescue ? 0 : onVolume ? reworkOnReturn : rework;
            var work = (left + again) / speed;
            var worst = (left + Math.Max(again, rework)) / speed;

            // 1. What may be bid.
            var bid = double.IsNaN(least) ? double.NaN : Bidding.BidUsd(least, gpu, rule, work, lost, between);
            if (double.IsNaN(bid) && !double.IsNaN(least))
                return count;
            var usdPerHour = double.IsNaN(bid) ? gpu : bid;

            // 2. Until it computes: boot and rescue side by side, then what is sent, while the GPU bills.
            var boot = Math.Max(boots + pull, rescue ? rescueHours : 0);
            var bytesUsd = sentUsd + homeUsd + (rescue ? rescueUsd : 0);

            // 3. What still goes wrong: further preemptions, the contract's end, a host that failed before (a move for nothing).
            var preempted = double.IsNaN(bid) ? 0 : work / (between * Bidding.Lasts(bid, least));
            if (o.ContractEnd is { } end && end < f.Now + TimeSpan.FromHours(boot + send + work + home))
                preempted++;
            var start = boot + send;
            var finish = start + work + home + (preempted * (lost + pause)) + (fails * (start + atRisk));
            var usd = (usdPerHour * (send + work + home + (preempted * lost) + (fails * (send + atRisk))))
                + (diskPerHour * finish) + bytesUsd + (fails * sentUsd)
                + (oldDiskUsd * (start + Moving.OldDiskKeptHours));
            var startUsd = (usdPerHour * send) + (diskPerHour * start) + sentUsd + (rescue ? rescueUsd : 0);
            to[count++] = new(o, bid, rescue, onVolume, start, work, worst, home, startUsd, kept, usd, finish, penalty);
            if (!rescue)
                return count;
        }
    }
}
