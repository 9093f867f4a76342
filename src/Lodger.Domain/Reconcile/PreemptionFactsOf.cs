using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Plan;
using Lodger.Domain.Policy;
using Lodger.Domain.Progress;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Reconcile;

/// <summary>Gathers what the policy weighs from the job's journal and from what was just seen.</summary>
internal static class PreemptionFactsOf
{
    private static readonly TimeSpan UnknownWork = TimeSpan.FromHours(1);

    /// <summary>The rental is there, paused.</summary>
    public static PreemptionFacts Paused(Situation s, IReadOnlyList<Offer> offers)
    {
        var rental = s.Rental!;
        var risk = WorkAtRisk.Of(s.Job, s.Attempt, s.Seen.Report, s.Seen.ReportAt, s.Attempt.LastStatusAt ?? s.Now);
        var offline = rental.Status == RentalStatus.Offline;
        return Base(s.Job, s.Seen, offers, s.Now) with
        {
            PreemptedAt = s.Attempt.LastStatusAt ?? s.Now,
            ReworkOnReturn = risk.IfPreempted ?? TimeSpan.Zero,
            Rework = risk.IfDiskLost ?? TimeSpan.Zero,
            OldUsdPerHour = rental.GpuUsdPerHour,
            OldUploadUsdPerGb = rental.UploadUsdPerGb,
            OldUploadMbps = s.OfferOfAttempt.UploadMbps,
            OldDlPerf = s.OfferOfAttempt.DlPerf,
            OldDiskUsdPerHour = rental.DiskUsdPerHour,
            OldDiskReachable = !offline && !s.Seen.HostFailingSince.ContainsKey(s.Attempt.Number),
            HostOffline = offline,
            OldMachineId = rental.MachineId,
            RaiseCapUsdPerHour = s.Job.Submission.Spec.Bid is { MayRaise: true, CapUsdPerHour: { } cap }
                && rental is { Status: RentalStatus.Preempted, Interruptible: true } && s.Attempt is { RaiseRefused: false, StopIntendedAt: null, Raises: < PreemptStage.MaxRaises }
                    ? cap
                    : null,
            VolumeMachineId = s.Job.IsOnVolume(s.Attempt) ? rental.MachineId : null,
            OldMachineMinBid = offers.Where(o => o.MachineId == rental.MachineId && o.GpuCount == rental.GpuCount).Min(o => o.MinBidUsdPerHour),
        };
    }

    /// <summary>The rental runs on on-demand, and is weighed against a bid: left, it is stopped first and fetched from as if it were paused, and what is on no checkpoint is done again.</summary>
    public static PreemptionFacts Running(Situation s, IReadOnlyList<Offer> offers)
    {
        var rental = s.Rental!;
        var risk = WorkAtRisk.Of(s.Job, s.Attempt, s.Seen.Report, s.Seen.ReportAt, s.Now);
        var (unsaved, copied) = (risk.IfPreempted ?? TimeSpan.Zero, risk.IfDiskLost ?? TimeSpan.Zero);
        var facts = Base(s.Job, s.Seen, offers, s.Now);
        return facts with
        {
            ReworkOnReturn = unsaved,
            WorkLeft = facts.WorkLeft + unsaved,
            Rework = copied > unsaved ? copied - unsaved : TimeSpan.Zero,
            // Under a bid checkpoints are as frequent as bids need them; none is lost that is older than this one.
            WorkAtRisk = new[] { FirstRent.AtRisk(s.Job.Submission.Spec), unsaved, copied }.Max(),
            OldUsdPerHour = rental.GpuUsdPerHour,
            OldUploadUsdPerGb = rental.UploadUsdPerGb,
            OldUploadMbps = s.OfferOfAttempt.UploadMbps,
            OldDlPerf = s.OfferOfAttempt.DlPerf,
            OldDiskUsdPerHour = rental.DiskUsdPerHour,
            OldDiskReachable = !s.Seen.HostFailingSince.ContainsKey(s.Attempt.Number),
            OldMachineId = rental.MachineId,
            VolumeMachineId = s.Job.IsOnVolume(s.Attempt) ? rental.MachineId : null,
        };
    }

    /// <summary>There is no rental that could be waited for.</summary>
    public static PreemptionFacts Lost(JobState job, Observation seen, IReadOnlyList<Offer> offers, DateTimeOffset now) =>
        Base(job, seen, offers, now) with
        {
            HostOffline = true,
            NothingReturns = true,
            Patience = TimeSpan.Zero,
            // How far it was is known, and what of that no copy holds is gone with its machine.
            Rework = seen.Report is not null && job.Current is { } gone ? WorkAtRisk.Of(job, gone, seen.Report, seen.ReportAt, gone.VanishedAt ?? now).IfDiskLost ?? TimeSpan.Zero : TimeSpan.Zero,
            VolumeMachineId = job.Attempts.LastOrDefault(a => a.PayloadIntended) is { } last && job.IsOnVolume(last) ? job.VolumeMachineId : null,
        };

    private static PreemptionFacts Base(JobState job, Observation seen, IReadOnlyList<Offer> offers, DateTimeOffset now)
    {
        var spec = job.Submission.Spec;
        var ran = job.Attempts.Aggregate(TimeSpan.Zero, (sum, a) => sum + a.RanFor(now));
        var left = WorkLeft(job, seen, now);
        return new()
        {
            Now = now,
            PreemptedAt = now,
            WorkLeft = left,
            OldUsdPerHour = 0,
            OldDiskUsdPerHour = 0,
            Offers = [.. offers.Where(o => Planner.Fits(spec, o) && !seen.Held.Contains(o.Id) && !OwnBids.Displaces(o, spec.Rent == RentMode.Auto, seen.Listing.Rentals, but: job.Current?.RentalId))],
            PreemptionsSoFar = job.Attempts.Sum(a => a.Preemptions),
            PaidRunTimeSoFar = ran,
            ReturnsSoFar = job.Attempts.Sum(a => a.Pauses.Count),
            PausedSoFar = job.Attempts.Aggregate(TimeSpan.Zero, (sum, a) => sum + a.Pauses.Aggregate(a.Move is null ? TimeSpan.Zero : a.PauseWithoutReturn(now) ?? TimeSpan.Zero, (of, pause) => of + pause)),
            Patience = spec.Patience,
            Deadline = job.Deadline,
            BudgetLeftUsd = job.BudgetUsd - Reserve.SpentUsd(job, seen.Charges, seen.MarketNow)
                - BudgetHold.KeptBackUsd(job, seen.Listing.Rentals, but: job.Current?.RentalId),
            MaySpot = true,
            MayOnDemand = spec.Rent == RentMode.Auto,
            Bid = spec.BidRule,
            CheckpointBytes = KeptCopies.Of(job).Sum(m => m.Bytes),
            DiskGb = spec.DiskGb,
            BootExpected = BootExpected(job),
            SendTook = SendTook(job),
            HostPenalty = Penalties(job, now),
            WorkAtRisk = AtRisk(job, seen, left),
        };
    }

    /// <summary>The most that one preemption can lose from here on: an interval of checkpoints with the lag of their copies, also while none was told yet; everything, of a job that writes none.</summary>
    private static TimeSpan AtRisk(JobState job, Observation seen, TimeSpan left)
    {
        var most = job.Submission.Spec.Checkpoints.Count == 0
            ? FirstRent.AtRisk(job.Submission.Spec)
            : CheckpointPace.Longest(job, seen.MarketSpeed, left) + (job.Current?.MirrorPace?.Spacing ?? TimeSpan.Zero);
        return most < left ? most : left;
    }

    private static TimeSpan WorkLeft(JobState job, Observation seen, DateTimeOffset now)
    {
        var spec = job.Submission.Spec;
        var whole = spec.Work ?? UnknownWork;
        if (seen.Report is { } report && ProgressReader.Read(spec.Progress, report.ProgressText)?.Fraction is { } done)
            return whole * (1 - done);
        var left = whole - job.Attempts.Aggregate(TimeSpan.Zero, (sum, a) => sum + Kept(job, a, now));
        return left > whole * 0.05 ? left : whole * 0.05;
    }

    /// <summary>
    /// What an attempt computed and is still there, of a job that says nothing of it just now: nothing before its command began; and of each run that was lost, but for the one that <see cref="WorkAtRisk"/> reckons, neither the
    /// command's own start nor what came after its newest checkpoint, which is at most an interval of them.
    /// </summary>
    private static TimeSpan Kept(JobState job, AttemptState a, DateTimeOffset now)
    {
        if (a.StartedAt is not { } started)
            return TimeSpan.Zero;
        var isLast = ReferenceEquals(job.Current, a) && a.Move is null;
        if (job.Submission.Spec.Checkpoints.Count == 0)
            return !isLast ? TimeSpan.Zero : a.RunningSince is { } since ? now - since : (a.PreemptedRuns is [.., var last] ? last : TimeSpan.Zero);
        var lost = !isLast ? Math.Max(1, a.Preemptions) : a.RunningSince is null ? Math.Max(0, a.Preemptions - 1) : a.Preemptions;
        var each = TimeSpan.FromHours(Moving.JobStartHours) + (a.Cadence is { } told ? told.Every + (told.WriteTime ?? TimeSpan.Zero) : FirstRent.AtRisk(job.Submission.Spec));
        var kept = a.RanFor(now) - (started - (a.RunningSeenAt ?? started)) - (each * lost);
        return kept > TimeSpan.Zero ? kept : TimeSpan.Zero;
    }

    /// <summary>As this job's own boots took; else what images usually take.</summary>
    private static TimeSpan BootExpected(JobState job)
    {
        TimeSpan[] boots = [.. job.Attempts.Where(a => a.RunningSeenAt is not null && a.RentedAt is not null).Select(a => a.RunningSeenAt!.Value - a.RentedAt!.Value)];
        return boots.Length == 0 ? TimeSpan.FromMinutes(3) : TimeSpan.FromSeconds(boots.Average(b => b.TotalSeconds));
    }

    /// <summary>From a machine that runs to a command that runs there, as this job's own took: what was sent, fetched and set up. Of several the mean; those that were interrupted do not count.</summary>
    private static TimeSpan SendTook(JobState job)
    {
        double[] took =
        [
            .. job.Attempts.Where(a => a is { StartedAt: not null, RunningSeenAt: not null }).Select(a => (Run: a.PreemptedRuns is [var first, ..] ? first : TimeSpan.MaxValue, Took: a.StartedAt!.Value - a.RunningSeenAt!.Value))
                .Where(a => a.Took <= a.Run).Select(a => a.Took.TotalSeconds),
        ];
        return took.Length == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(took.Average());
    }

    /// <summary>Hosts on which an attempt of this job failed; being outbid is no failure of the host.</summary>
    public static IReadOnlyDictionary<string, double> Penalties(JobState job, DateTimeOffset now) => HostMemory.At(now, job.Attempts
        .Where(a => a.GivenUp is { Id: not NextRent.OutbidBeforeStart } || a.Vanished || a.Ended is { Reason: EndReason.Refused } || a.LeftOffline)
        .Select(a => new HostFailure((a.Offer ?? job.Submission.Offer).HostId, a.MovedAt ?? a.VanishedAt ?? a.LastStatusAt ?? a.RentIntendedAt))
        .Where(f => f.HostId.Length > 0));
}
