using Lodger.Domain.Box;
using Lodger.Domain.Cadence;
using Lodger.Domain.Jobs;
using Lodger.Domain.Policy;

namespace Lodger.Domain.Reconcile;

/// <summary>
/// How often a job should write its checkpoint, from its own journal: what the market lets expect of preemptions, what was seen of them, how long a write
/// takes. Times are wall time; what the market says of hours is market time, and divided by its speed.
/// </summary>
public static class CheckpointPace
{
    /// <summary>A rental that no bid can end still loses its host now and then: the same assumption as <see cref="MirrorInputs.HostLossesPerHour"/>.</summary>
    private static readonly TimeSpan BetweenHostLosses = TimeSpan.FromHours(500);

    /// <summary>What the lodge script and the job take.</summary>
    private static readonly TimeSpan LongestTold = TimeSpan.FromDays(7);

    /// <summary>A measured write that differs from the last is no reason to speak to the machine more often than this.</summary>
    private static readonly TimeSpan TellAgain = TimeSpan.FromMinutes(10);

    /// <summary>Null for a job that writes no checkpoints.</summary>
    /// <param name="attempt">The rental it runs on, or is about to.</param>
    /// <param name="report">The machine's newest; null: none yet.</param>
    /// <param name="marketSpeed">Market seconds in one of ours.</param>
    public static CadenceTold? Decide(JobState job, AttemptState attempt, BoxReport? report, double marketSpeed, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(attempt);
        if (job.Submission.Spec.Checkpoints.Count == 0)
            return null;
        var before = job.Attempts.Select(a => a.Cadence).LastOrDefault(c => c is not null);
        var write = Steadied(before?.WriteTime, report?.CheckpointWriteTime);
        var step = report?.StepTime ?? before?.StepTime;
        var age = attempt.RunningSince is { } since && now > since ? now - since : TimeSpan.Zero;
        var advice = Advise(job, Prior(job, attempt, marketSpeed), age, write, step);
        var every = advice.Every < LongestTold ? advice.Every : LongestTold;
        return new(attempt.Number, every, advice.Mean, write, step, advice.Why);
    }

    /// <summary>The most work that may lie between two checkpoints of a run on a bid that is not lost for so long: the calmer the market looks, the fewer are asked for.</summary>
    internal static TimeSpan Longest(JobState job, double marketSpeed, TimeSpan run)
    {
        var before = job.Attempts.Select(a => a.Cadence).LastOrDefault(c => c is not null);
        var every = Advise(job, new(Preemptions.Prior.Mean / Speed(marketSpeed), Preemptions.Prior.Count), run, before?.WriteTime, before?.StepTime).Every;
        var told = before is { } last && last.Every > every ? last.Every : every;
        return (told < LongestTold ? told : LongestTold) + (before?.WriteTime ?? TimeSpan.Zero);
    }

    private static CadenceAdvice Advise(JobState job, PreemptionPrior prior, TimeSpan age, TimeSpan? write, TimeSpan? step) => CheckpointCadence.Decide(new CadenceInputs
    {
        Hazard = PreemptionHazard.Of(History(job), prior),
        Age = age,
        WriteTime = write,
        StepTime = step,
    });

    /// <summary>Null when what the job was told last is still good enough, or when it was told only just now.</summary>
    internal static TellCadence? Tell(Situation s, BoxReport report)
    {
        if (report.Phase is not BoxPhase.Running || Decide(s.Job, s.Attempt, report, s.Seen.MarketSpeed, s.Now) is not { } due)
            return null;
        var last = s.Attempt.Cadence;
        var known = last is not null && s.Attempt.CadenceToldAt >= s.Seen.ReportAt ? last.Every : report.CheckpointEvery;
        if (!new CadenceAdvice(due.Every, due.Mean, 0, due.Why).IsNews(known))
            return null;
        var spacing = last?.Every < TellAgain ? last.Every : TellAgain;
        var firstMeasured = last is { WriteTime: null } && due.WriteTime is not null;
        return last is null || firstMeasured || s.Now - s.Attempt.CadenceToldAt >= spacing ? new TellCadence(s.Attempt.Number, due) : null;
    }

    /// <summary>Runs that a preemption ended, and the rest of what ran before.</summary>
    internal static PreemptionHistory History(JobState job) => new()
    {
        Preempted = [.. job.Attempts.SelectMany(a => a.PreemptedRuns)],
        EndedOtherwise = [.. job.Attempts.Select(a => a.RanBefore - a.PreemptedRuns.Aggregate(TimeSpan.Zero, (sum, run) => sum + run)).Where(rest => rest > TimeSpan.FromSeconds(1))],
    };

    /// <summary>A bid far above what runs now is outbid later: as the bids themselves are reckoned (docs/policy.md).</summary>
    private static PreemptionPrior Prior(JobState job, AttemptState attempt, double marketSpeed)
    {
        var speed = Speed(marketSpeed);
        var offer = attempt.Offer ?? job.Submission.Offer;
        return attempt.BidUsdPerHour is { } bid
            ? new(Preemptions.Prior.Mean * Bidding.Lasts(bid, offer.MinBidUsdPerHour) / speed, Preemptions.Prior.Count)
            : new(BetweenHostLosses / speed, PreemptionPrior.Default.Worth);
    }

    private static double Speed(double marketSpeed) => double.IsFinite(marketSpeed) && marketSpeed > 0 ? marketSpeed : 1;

    /// <summary>Half the new measurement, half what was reckoned with: one slow write is no law.</summary>
    private static TimeSpan? Steadied(TimeSpan? before, TimeSpan? measured) => before is { } b && measured is { } m ? (b + m) / 2 : measured ?? before;
}
