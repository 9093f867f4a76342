using Lodger.Domain.Jobs;
using Lodger.Domain.Policy;
using Lodger.Domain.Policy.Deadlines;

namespace Lodger.Domain.Prospects;

/// <summary>One run under a bid, or one pause of it.</summary>
/// <param name="Hours">Market time.</param>
/// <param name="Ended">By a preemption, or by the machine's return; false: it ended otherwise, or goes on.</param>
/// <param name="Lasts">How many times as long as at the reference margin its bid lasts; 1 for a pause.</param>
public readonly record struct SeenSpell(double Hours, bool Ended, double Lasts = 1);

/// <summary>What was seen of a market's bids lately, by the jobs that ran there.</summary>
public sealed record SpotRecord(IReadOnlyList<SeenSpell> Runs, IReadOnlyList<SeenSpell> Pauses)
{
    /// <summary>Before anything was seen, a market is as the nine public zones are on average, and the next may easily be half or twice that: worth two events that were seen. Assumed.</summary>
    private const double PriorEvents = 2;

    public static SpotRecord None { get; } = new([], []);

    /// <summary>What jobs on one market saw under their bids.</summary>
    /// <param name="jobs">Of one account, those of the last weeks.</param>
    /// <param name="marketSpeed">Market seconds in one of ours; journals count ours.</param>
    public static SpotRecord Of(IEnumerable<JobState> jobs, DateTimeOffset now, double marketSpeed)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        var speed = double.IsFinite(marketSpeed) && marketSpeed > 0 ? marketSpeed : 1;
        List<SeenSpell> runs = [];
        List<SeenSpell> pauses = [];
        foreach (var job in jobs)
        {
            foreach (var attempt in job.Attempts)
            {
                if (attempt.BidUsdPerHour is not { } bid)
                    continue;
                var lasts = Bidding.Lasts(bid, (attempt.Offer ?? job.Submission.Offer).MinBidUsdPerHour);
                var preempted = attempt.PreemptedRuns.Aggregate(TimeSpan.Zero, (sum, run) => sum + run);
                runs.AddRange(attempt.PreemptedRuns.Select(run => new SeenSpell(run.TotalHours * speed, true, lasts)));
                if (attempt.RanFor(now) - preempted is { Ticks: > 0 } rest)
                    runs.Add(new(rest.TotalHours * speed, false, lasts));
                pauses.AddRange(attempt.Pauses.Select(pause => new SeenSpell(pause.TotalHours * speed, true)));
                if (attempt.PauseWithoutReturn(now) is { } open)
                    pauses.Add(new(open.TotalHours * speed, false));
            }
        }

        return new(runs, pauses);
    }

    public bool IsEmpty => Runs.Count == 0 && Pauses.Count == 0;

    /// <summary>
    /// How soon bids are lost here, against the shape of the nine zones (docs/policy.md): Gamma(events, exposure), the exposure being the ends that the shape expects. What was seen adds to what is supposed.
    /// </summary>
    internal (double Events, double Exposure) Goes => Posterior(Runs, SpotKinds.UsualShape.Goes, SpotKinds.UsualFactor.Goes);

    /// <summary>The same for returns.</summary>
    internal (double Events, double Exposure) Comes => Posterior(Pauses, SpotKinds.UsualShape.Comes, SpotKinds.UsualFactor.Comes);

    private static (double Events, double Exposure) Posterior(IReadOnlyList<SeenSpell> seen, AgeHazard shape, double usual) =>
        (PriorEvents + seen.Count(s => s.Ended), (PriorEvents / usual) + seen.Sum(s => shape.At(Math.Clamp(s.Hours, 0, 1e4)) / Math.Clamp(s.Lasts, 0.01, 100)));
}
