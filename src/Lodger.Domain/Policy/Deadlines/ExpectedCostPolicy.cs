using System.Collections.Concurrent;

namespace Lodger.Domain.Policy.Deadlines;

/// <summary>
/// Chooses by expected cost. Nobody tells a job which kind of market it is in: it begins with all kinds alike, weighs each by how likely it makes what was seen since (Bayes), and answers by
/// the mean of the kinds' bounds (<see cref="SlackTable"/>), unless most of the weight says that it is never so. The tables are computed once for a job. Above everything stands <see cref="DeadlineSafety"/>. Derivation and figures: docs/policy.md.
/// </summary>
/// <param name="kinds">At least one; a job supposes that its market is one of them.</param>
public sealed class ExpectedCostPolicy(string name, IReadOnlyList<SpotKind> kinds) : IDeadlinePolicy
{
    private readonly ConcurrentDictionary<DeadlineTerms, Prepared> prepared = new();

    public string Name => name;

    public IDeadlinePolicy ForJob(DeadlineTerms terms) => new Job(name, terms, prepared.GetOrAdd(terms, t => new(t, kinds)));

    /// <summary>Of a job that is seen for the first time: nothing was learned yet.</summary>
    public Mode Choose(DeadlineTerms terms, in DeadlineView now) => ForJob(terms).Choose(terms, now);

    /// <summary>What can be computed before a job starts; the same for all jobs with its terms.</summary>
    private sealed class Prepared
    {
        /// <summary>Ticks; older spells count as so old.</summary>
        private const int AgesMost = 2_048;

        private readonly double[] logLikelihood;

        public Prepared(DeadlineTerms terms, IReadOnlyList<SpotKind> kinds)
        {
            Tables = [.. kinds.Select(k => SlackTable.Of(terms, k))];
            MetUpHours = kinds.Average(k => k.Goes.MedianAge());
            MetDownHours = kinds.Average(k => k.Comes.MedianAge());
            logLikelihood = new double[AgesMost * 4 * kinds.Count];
            for (var age = 1; age < AgesMost; age++)
            {
                for (var k = 0; k < kinds.Count; k++)
                {
                    foreach (var up in (bool[])[false, true])
                    {
                        var ends = Math.Clamp((up ? kinds[k].Goes : kinds[k].Comes).Ends((age - 1) * terms.TickHours, age * terms.TickHours), 1e-9, 1 - 1e-9);
                        logLikelihood[Place(up, false, age) + k] = Math.Log(1 - ends);
                        logLikelihood[Place(up, true, age) + k] = Math.Log(ends);
                    }
                }
            }
        }

        public SlackTable[] Tables { get; }

        /// <summary>How much older than it looks the first spell is taken to be, which began before the job could see it, when spot is up; and when it is not.</summary>
        public double MetUpHours { get; }

        public double MetDownHours { get; }

        /// <summary>By kind, of a spell that did or did not end at this age.</summary>
        public ReadOnlySpan<double> LogLikelihood(bool up, bool ended, int age) => logLikelihood.AsSpan(Place(up, ended, Math.Min(age, AgesMost - 1)), Tables.Length);

        private int Place(bool up, bool ended, int age) => ((age * 4) + (up ? 2 : 0) + (ended ? 1 : 0)) * Tables.Length;
    }

    private sealed class Job(string name, DeadlineTerms terms, Prepared prepared) : IDeadlinePolicy
    {
        private readonly double[] logWeight = new double[prepared.Tables.Length];
        private bool begun;
        private bool changed;
        private double ageHours;
        private bool wasUp;

        public string Name => name;

        public Mode Choose(DeadlineTerms _, in DeadlineView now)
        {
            Learn(now);
            var wish = Wish(now);
            return DeadlineSafety.IsSafe(terms, now, wish) ? wish : Mode.OnDemand;
        }

        private void Learn(in DeadlineView now)
        {
            if (begun)
            {
                var seen = prepared.LogLikelihood(wasUp, wasUp != now.SpotUp, Math.Max(1, (int)Math.Round(ageHours / terms.TickHours)));
                for (var k = 0; k < seen.Length; k++)
                    logWeight[k] += seen[k];
                changed |= wasUp != now.SpotUp;
            }

            (begun, wasUp) = (true, now.SpotUp);
            ageHours = now.AgeHours + (changed ? 0 : wasUp ? prepared.MetUpHours : prepared.MetDownHours);
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
            var slack = left - now.WorkHours - (now.Mode == Mode.Idle ? 0 : now.OverheadHours);
            var likeliest = double.NegativeInfinity;
            foreach (var w in logWeight)
                likeliest = Math.Max(likeliest, w);
            double enough = 0, notTooMuch = 0, weights = 0;
            var bin = prepared.Tables[0].BinOf(ageHours);
            for (var k = 0; k < logWeight.Length; k++)
            {
                if (logWeight[k] < likeliest - 12)
                    continue;
                var weight = Math.Exp(logWeight[k] - likeliest);
                weights += weight;
                var (from, to) = prepared.Tables[k].Yes(question, left, bin);
                enough += weight * from;
                notTooMuch += slack < to ? weight : 0;
            }

            return slack * weights > enough && 2 * notTooMuch > weights;
        }
    }
}
