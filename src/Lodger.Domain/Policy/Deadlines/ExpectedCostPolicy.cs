using System.Collections.Concurrent;

namespace Lodger.Domain.Policy.Deadlines;

/// <summary>
/// Chooses by expected cost. Nobody tells a job what its market is like: it counts for how long it saw spot up and away, takes the laws of a market with such odds, and answers by the bounds (<see cref="SlackTable"/>) of the odds
/// below and above, interpolated. The tables are computed once for a job. Above everything stands <see cref="DeadlineSafety"/>. Derivation and figures: docs/policy.md.
/// </summary>
public sealed class ExpectedCostPolicy(string name, SpotLaws laws) : IDeadlinePolicy
{
    private readonly ConcurrentDictionary<DeadlineTerms, Prepared> prepared = new();

    public string Name => name;

    public IDeadlinePolicy ForJob(DeadlineTerms terms) => new Job(name, terms, prepared.GetOrAdd(terms, t => new(t, laws)));

    /// <summary>Of a job that is seen for the first time: nothing was learned yet.</summary>
    public Mode Choose(DeadlineTerms terms, in DeadlineView now) => ForJob(terms).Choose(terms, now);

    /// <summary>What can be computed before a job starts; the same for all jobs with its terms.</summary>
    private sealed class Prepared
    {
        public Prepared(DeadlineTerms terms, SpotLaws laws)
        {
            Levels = [.. laws.Levels];
            SpotKind[] kinds = [.. Levels.Select(laws.At)];
            Tables = [.. kinds.Select(k => SlackTable.Of(terms, k))];
            MetUpHours = kinds.Average(k => k.Goes.MedianAge());
            MetDownHours = kinds.Average(k => k.Comes.MedianAge());
        }

        /// <summary>Log odds of spot being up, rising, and the table of each.</summary>
        public double[] Levels { get; }

        public SlackTable[] Tables { get; }

        /// <summary>How much older than it looks the first spell is taken to be, which began before the job could see it, when spot is up; and when it is not.</summary>
        public double MetUpHours { get; }

        public double MetDownHours { get; }
    }

    private sealed class Job(string name, DeadlineTerms terms, Prepared prepared) : IDeadlinePolicy
    {
        private double upHours;
        private double downHours;
        private bool begun;
        private bool changed;
        private double ageHours;
        private bool wasUp;

        /// <summary>Between which tables the odds lie, and how far to the second.</summary>
        private int level;
        private double part;

        public string Name => name;

        public Mode Choose(DeadlineTerms _, in DeadlineView now)
        {
            Learn(now);
            var wish = Wish(now);
            return DeadlineSafety.IsSafe(terms, now, wish) ? wish : Mode.OnDemand;
        }

        private void Learn(in DeadlineView now)
        {
            changed |= begun && wasUp != now.SpotUp;
            (begun, wasUp) = (true, now.SpotUp);
            ageHours = now.AgeHours + (changed ? 0 : wasUp ? prepared.MetUpHours : prepared.MetDownHours);
            upHours += wasUp ? terms.TickHours : 0;
            downHours += wasUp ? 0 : terms.TickHours;
            var (levels, odds) = (prepared.Levels, SpotLaws.LogOdds(upHours, downHours));
            for (level = 0; level + 2 < levels.Length && levels[level + 1] <= odds;)
                level++;
            part = levels.Length == 1 ? 0 : Math.Clamp((odds - levels[level]) / (levels[level + 1] - levels[level]), 0, 1);
        }

        private Mode Wish(in DeadlineView now)
        {
            switch (now.SpotUp, now.Mode)
            {
                case (true, Mode.Spot):
                    return Mode.Spot;
                case (true, Mode.OnDemand):
                    return Enough(Question.Return, now) ? Mode.Spot : Mode.OnDemand;
                case (true, _):
                    return Enough(Question.Watch, now) ? Mode.Idle : Enough(Question.Start, now) ? Mode.Spot : Mode.OnDemand;
                case (false, Mode.OnDemand):
                    return Mode.OnDemand;
                default:
                    return Enough(Question.Wait, now) ? Mode.Idle : Mode.OnDemand;
            }
        }

        private bool Enough(Question question, in DeadlineView now)
        {
            var left = now.TicksLeft * terms.TickHours;
            var below = prepared.Tables[level];
            var above = prepared.Tables[Math.Min(level + 1, prepared.Tables.Length - 1)];
            var bin = below.BinOf(ageHours);
            var overhead = now.Mode == Mode.Idle ? 0 : now.OverheadHours;
            var slack = left - now.WorkHours - (below.IsApart(question, overhead) ? 0 : overhead);
            var (fromBelow, toBelow) = below.Yes(question, left, bin, overhead);
            var (fromAbove, toAbove) = above.Yes(question, left, bin, overhead);
            var notTooMuch = (slack < toBelow ? 1 - part : 0) + (slack < toAbove ? part : 0);
            return slack > fromBelow + ((fromAbove - fromBelow) * part) && 2 * notTooMuch > 1;
        }
    }
}
