using Lodger.Domain.Problems;

namespace Lodger.Domain.Policy.Deadlines;

/// <summary>What is simulated: one job, started at many moments of every trace.</summary>
/// <param name="SpotPrice">Of an hour on spot, on-demand being 1; where a trace has prices of its own they count instead, against <paramref name="OnDemandUsdPerHour"/>.</param>
/// <param name="Starts">Of each trace.</param>
/// <param name="Seed">Starts are drawn by it; null: evenly spaced from the first moment to the last from which the deadline is still inside the trace.</param>
public sealed record BacktestTerms(double WorkHours, double DeadlineHours, double RestartHours, double SpotPrice, int Starts, int? Seed = null, double? OnDemandUsdPerHour = null);

/// <summary>How one policy fared.</summary>
/// <param name="OverHindsight">Mean over runs of cost / hindsight's cost - 1.</param>
/// <param name="OverHindsightInAll">All runs' cost / all of hindsight's cost - 1.</param>
/// <param name="OfOnDemand">Mean over runs of cost / on-demand's cost.</param>
/// <param name="Missed">Runs that ended after the deadline.</param>
/// <param name="LateHoursMost">The latest of them, after the deadline.</param>
/// <param name="Zones"><paramref name="OverHindsight"/> by trace, in the order of the traces.</param>
public sealed record PolicyFigures(
    string Policy, Estimate OverHindsight, double OverHindsightInAll, Estimate OfOnDemand, int Missed, double LateHoursMost, Estimate Preemptions, Estimate Starts,
    IReadOnlyList<double> Zones, long Decisions);

/// <summary>The figures of all policies on the same runs.</summary>
/// <param name="Runs">Of each policy.</param>
/// <param name="Clusters">Independent samples behind the bounds: traces, or with one trace its stretches that are as long as the deadline.</param>
/// <param name="HindsightOfOnDemand">What hindsight pays of on-demand's cost.</param>
public sealed record BacktestReport(
    BacktestTerms Terms, IReadOnlyList<string> Zones, int Runs, int Clusters, Estimate HindsightOfOnDemand, IReadOnlyList<PolicyFigures> Policies);

/// <summary>
/// Lives the same job through traces of availability under several policies, and compares what they pay with on-demand and with hindsight. Pure, and the same for the same terms: the bench and
/// <c>lodger simulate</c> both print what this returns.
/// </summary>
public sealed class Backtest
{
    /// <summary>Hindsight looks at every tick times every amount of work left: more would take hours.</summary>
    private const int TicksMost = 20_000;

    private readonly BacktestTerms terms;
    private readonly IReadOnlyList<SpotTrace> traces;
    private readonly List<Case> cases = [];

    private Backtest(BacktestTerms terms, IReadOnlyList<SpotTrace> traces) => (this.terms, this.traces) = (terms, traces);

    private int Clusters { get; set; }

    /// <summary>One run's part of a trace.</summary>
    private sealed record Case(int Zone, int Cluster, DeadlineTerms Terms, ReadOnlyMemory<bool> Available, ReadOnlyMemory<double> SpotPrices)
    {
        public double Hindsight { get; set; }

        /// <summary>A start, and the work.</summary>
        public double OnDemand => Terms.WorkHours + Terms.RestartHours;
    }

    /// <summary>Checks that the job can be simulated, and finds what hindsight pays, which takes longest.</summary>
    /// <param name="starts">Draws the starts; made from the terms' seed, and there exactly when they have one.</param>
    /// <param name="progress">Told the part that is done, 0 to 1.</param>
    public static Outcome<Backtest> Prepare(BacktestTerms terms, IReadOnlyList<SpotTrace> traces, Random? starts = null, Action<double>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(terms);
        ArgumentNullException.ThrowIfNull(traces);
        if (terms.Seed is null != starts is null)
            throw new ArgumentException("starts are drawn exactly when the terms have a seed", nameof(starts));
        var backtest = new Backtest(terms, traces);
        if (backtest.Problem() is { } problem)
            return problem;
        backtest.Cut(starts);
        for (var i = 0; i < backtest.cases.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Invoke((double)i / backtest.cases.Count);
            var run = backtest.cases[i];
            run.Hindsight = Hindsight.Cost(run.Terms, run.Available.Span, run.SpotPrices.Span);
        }

        return backtest;
    }

    /// <param name="policies">Each by the place of the trace that it is judged on, so that none has learned from that: <see cref="DeadlinePolicies.Named"/>.</param>
    public BacktestReport Run(IReadOnlyList<Func<int, IDeadlinePolicy>> policies)
    {
        ArgumentNullException.ThrowIfNull(policies);
        return new(terms, [.. traces.Select(t => t.Zone)], cases.Count, Clusters, Over([.. cases.Select(c => c.Hindsight / c.OnDemand)]), [.. policies.Select(Figures)]);
    }

    private PolicyFigures Figures(Func<int, IDeadlinePolicy> make)
    {
        var byZone = Enumerable.Range(0, traces.Count).Select(make).ToArray();
        var results = cases.ConvertAll(c => Replay.Run(byZone[c.Zone], c.Terms, c.Available.Span, c.SpotPrices.Span));
        double[] over = [.. cases.Zip(results, (c, r) => (r.Cost / c.Hindsight) - 1)];
        return new(
            byZone[0].Name,
            Over(over),
            (results.Sum(r => r.Cost) / cases.Sum(c => c.Hindsight)) - 1,
            Over([.. cases.Zip(results, (c, r) => r.Cost / c.OnDemand)]),
            results.Count(r => r.LateHours > 0),
            results.Max(r => r.LateHours),
            Over([.. results.Select(r => (double)r.Preemptions)]),
            Over([.. results.Select(r => (double)r.Starts)]),
            [.. cases.Zip(over).GroupBy(x => x.First.Zone).OrderBy(g => g.Key).Select(g => g.Average(x => x.Second))],
            results.Sum(r => (long)r.Decisions));
    }

    private Estimate Over(double[] samples) => Estimate.Of(samples, cases.ConvertAll(c => c.Cluster).ToArray(), Clusters);

    private Problem? Problem()
    {
        static Problem Bad(string message, string fix) => new("simulation-impossible", message, fix, ExitCode.BadInput);
        if (traces.Count == 0)
            return Bad("No trace is named.", "Name at least one:  --trace FILE");
        foreach (var trace in traces)
        {
            if (terms.DeadlineHours / trace.TickHours > TicksMost)
                return Bad($"The deadline of {terms.DeadlineHours:0.##} h is more than {TicksMost} ticks of {trace.Zone}'s {trace.TickHours * 3600:0.##} s away.", "Name an earlier deadline, or a coarser trace.");
            var job = TermsOn(trace);
            if (job.Need(job.WorkHours) > job.Ticks)
                return Bad($"{terms.WorkHours:0.##} h of work and a start of {terms.RestartHours * 60:0.##} min do not fit into {terms.DeadlineHours:0.##} h, not even on on-demand.", "Name a later deadline.");
            if (trace.Available.Length < job.Ticks)
                return Bad($"{trace.Zone} has {trace.Available.Length} entries in data, {trace.Available.Length * trace.TickHours:0.#} h: less than the deadline of {terms.DeadlineHours:0.##} h.", "Name a longer trace, or an earlier deadline.");
            if (trace.UsdPerHour is not null && terms.OnDemandUsdPerHour is not > 0)
                return Bad($"{trace.Zone} has prices in USD per hour, and what on-demand costs is not known.", "Say it:  --on-demand 3.06");
        }

        return null;
    }

    private DeadlineTerms TermsOn(SpotTrace trace) =>
        new(trace.TickHours, (int)Math.Floor((terms.DeadlineHours / trace.TickHours) + 1e-9), terms.WorkHours, terms.RestartHours, terms.SpotPrice);

    /// <summary>Every run: its part of its trace, and the cluster that it belongs to.</summary>
    private void Cut(Random? random)
    {
        for (var z = 0; z < traces.Count; z++)
        {
            var trace = traces[z];
            var job = TermsOn(trace);
            var last = trace.Available.Length - job.Ticks;
            var prices = trace.UsdPerHour is { } usd ? Array.ConvertAll(usd, p => p / terms.OnDemandUsdPerHour!.Value) : null;
            var stretches = Math.Max(1, trace.Available.Length / job.Ticks);
            for (var i = 0; i < terms.Starts; i++)
            {
                var from = random?.Next(last + 1) ?? (int)(last * (long)i / Math.Max(1, terms.Starts - 1));
                var cluster = traces.Count > 1 ? z : (int)((long)from * stretches / (last + 1));
                cases.Add(prices is null
                    ? new(z, cluster, job, trace.Available.AsMemory(from, job.Ticks), default)
                    : new(z, cluster, job with { SpotPrice = prices[from] }, trace.Available.AsMemory(from, job.Ticks), prices.AsMemory(from, job.Ticks)));
            }
        }

        // Stretches in which no run begins are no samples.
        var used = cases.Select(c => c.Cluster).Distinct().Order().Select((cluster, i) => (cluster, i)).ToDictionary(x => x.cluster, x => x.i);
        Clusters = used.Count;
        for (var i = 0; i < cases.Count; i++)
            cases[i] = cases[i] with { Cluster = used[cases[i].Cluster] };
    }
}
