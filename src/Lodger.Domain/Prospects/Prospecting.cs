using Lodger.Domain.Plan;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Prospects;

/// <summary>Lives a job many times under each strategy, in markets drawn by seed; pure, and the same for the same seed. The model: docs/policy.md.</summary>
public static class Prospecting
{
    /// <summary>Of each strategy; the quantiles of so many are within two or three per cent.</summary>
    private const int LivesMost = 400;

    /// <summary>Of each further point of the frontier.</summary>
    private const int PointLives = 120;

    /// <summary>Where a job asks the policy very often, fewer lives are lived, so that a plan is there at once: each life may ask so often, on average.</summary>
    private const int DecisionsOfLife = 20;

    /// <summary>But no fewer than one in so many.</summary>
    private const int FewerMost = 4;

    /// <summary>The frontier is looked at with deadlines at these multiples of what on-demand takes, and without.</summary>
    private static readonly double[] Deadlines = [1.03, 1.1, 1.2, 1.4, 1.7, 2.2, 3, 5];

    /// <param name="now">For a deadline that is a moment.</param>
    /// <returns>Null when there is no offer.</returns>
    public static JobProspects? Of(JobSpec spec, JobPlan plan, PlanInputs inputs, SpotRecord record, DateTimeOffset now, int seed)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(record);
        if (plan.Offers.Count == 0)
            return null;
        double? deadline = spec.Deadline is { } due ? (due.From(now) - now).TotalHours : null;
        var terms = new ProspectTerms(spec, plan, inputs, record, deadline);
        // What money buys in time is looked at without the budget, which is shown beside it.
        var free = new ProspectTerms(spec with { BudgetUsd = null }, plan, inputs, record, deadline);
        Strategy[] strategies = terms.Bids.Count switch
        {
            0 => [Strategy.OnDemand],
            1 => [.. Enum.GetValues<Strategy>().Where(s => s != Strategy.BidAndMove)],
            _ => Enum.GetValues<Strategy>(),
        };
        var lived = strategies.ToDictionary(s => s, s => Live(terms, s, deadline, seed, LivesMost));
        return new(
            seed,
            lived.Where(l => l.Key != Strategy.OnDemand).Select(l => l.Value.Count).DefaultIfEmpty(1).Min(),
            terms.WorkHours,
            deadline,
            spec.BudgetUsd,
            [.. lived.Select(l => Figures(terms, l.Key, l.Value))],
            Frontier(free, lived, seed),
            Basis(terms));
    }

    private static List<LifeEnd> Live(ProspectTerms terms, Strategy strategy, double? deadline, int seed, int most)
    {
        // Nothing of on-demand is left to chance.
        var lives = strategy == Strategy.OnDemand ? 1 : most;
        var fresh = Life.Fresh(terms, strategy, deadline);
        var ends = new List<LifeEnd>(lives);
        for (int i = 0, decisions = 0; i < lives && (i < lives / FewerMost || decisions < most * DecisionsOfLife); i++)
        {
            ends.Add(new Life(terms, strategy, deadline, fresh, new Draws(seed, i)).Live());
            decisions += ends[^1].Decisions;
        }

        return ends;
    }

    private static Prospect Figures(ProspectTerms terms, Strategy strategy, List<LifeEnd> lives)
    {
        double[] usd = [.. lives.Select(l => l.Usd).Order()];
        double[] hours = [.. lives.Select(l => l.Hours).Order()];
        return new(
            strategy,
            new(Usd(Quantile(usd, 0.1)), Usd(Quantile(usd, 0.5)), Usd(Quantile(usd, 0.9)), Usd(usd.Average())),
            new(Finite(Quantile(hours, 0.1)), Finite(Quantile(hours, 0.5)), Finite(Quantile(hours, 0.9))),
            terms.DeadlineHours is { } due ? Share(lives, l => l.Hours > due) : null,
            terms.Spec.BudgetUsd is { } budget ? Share(lives, l => l.Usd + l.KeptUsd > (double)budget) : null,
            Math.Round(lives.Average(l => l.Preemptions), 3),
            strategy == terms.Spec.Rent switch
            {
                RentMode.Interruptible => Strategy.Interruptible,
                RentMode.Auto => Strategy.Auto,
                _ => Strategy.OnDemand,
            });
    }

    private static List<FrontierPoint> Frontier(ProspectTerms terms, Dictionary<Strategy, List<LifeEnd>> lived, int seed)
    {
        var points = new List<FrontierPoint>();
        foreach (var place in terms.OnDemand)
        {
            var hours = place.BootHours + place.SendHours(withCheckpoint: false) + terms.WorkHours + place.HomeHours;
            var billed = hours - place.BootHours;
            var usd = (place.UsdPerHour * billed) + (place.DiskUsdPerHour * hours) + place.SendUsd(withCheckpoint: false) + place.HomeUsd + (place.MirrorUsdPerHour * terms.WorkHours);
            points.Add(new(Strategy.OnDemand, null, Hours(hours), Usd(usd), place.Offer.Id));
        }

        foreach (var (strategy, lives) in lived.Where(l => l.Key != Strategy.OnDemand))
            Add(strategy, terms.DeadlineHours, lives);
        if (terms.Bids.Count > 0)
        {
            var steady = points.Min(p => p.FinishHours);
            foreach (var deadline in Deadlines.Select(d => (double?)(d * steady)).Append(null))
                Add(Strategy.Auto, deadline, Live(terms, Strategy.Auto, deadline, seed, PointLives));
        }

        // Not beaten: nothing else is as soon and as cheap.
        var frontier = new List<FrontierPoint>();
        foreach (var point in points.OrderBy(p => p.FinishHours).ThenBy(p => p.Usd).ThenBy(p => p.Strategy))
        {
            if (frontier.Count == 0 || point.Usd < frontier[^1].Usd)
                frontier.Add(point);
        }

        return frontier;

        void Add(Strategy strategy, double? deadline, List<LifeEnd> lives)
        {
            var hours = Quantile([.. lives.Select(l => l.Hours).Order()], 0.9);
            if (double.IsFinite(hours))
                points.Add(new(strategy, strategy is Strategy.Auto or Strategy.Interruptible && deadline is { } d ? Hours(d) : null, Hours(hours), Usd(lives.Average(l => l.Usd)), null));
        }
    }

    private static List<string> Basis(ProspectTerms terms)
    {
        if (terms.Bids.Count == 0)
            return ["nothing that fits takes bids just now, so on-demand is all there is"];
        var record = terms.Record;
        var ended = record.Runs.Count(r => r.Ended);
        List<string> said =
        [
            record.IsEmpty
                ? "bids are lost and machines return as spot did in nine public zones of another cloud, since no job here has bid on this market lately"
                : $"bids are lost and machines return as this market's did to the jobs here lately ({ended} preemption{(ended == 1 ? "" : "s")} in {record.Runs.Sum(r => r.Hours):0.#} h under bids), together with nine public zones of another cloud",
            "prices stay as they are, every machine is lost and returns by itself, and all are as fast as the work in the job's file supposes",
        ];
        said.Add(terms.EveryHours is { } every
            ? $"a checkpoint every {every * 60:0} min on a bid"
            : "the file names no checkpoints, so a preempted job begins again from nothing");
        return said;
    }

    private static double Share(List<LifeEnd> lives, Func<LifeEnd, bool> which) => (double)lives.Count(which) / lives.Count;

    /// <summary>The smallest value that so many do not pass.</summary>
    private static double Quantile(double[] sorted, double share) => sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];

    private static double? Finite(double hours) => double.IsFinite(hours) ? Hours(hours) : null;

    private static double Hours(double hours) => Math.Round(hours, 4);

    private static decimal Usd(double usd) => Math.Round((decimal)Math.Clamp(usd, 0, 1e12), 4);
}
