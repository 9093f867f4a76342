using System.Globalization;
using Lodger.Domain.Policy.Deadlines;

namespace Lodger.Bench.Policy;

/// <summary>Uniform Progress and our policy over many jobs, restarts and prices: is there any in which ours is the worse one? Each zone is judged by what zones of other regions teach.</summary>
internal static class Grid
{
    private static readonly (double Work, double Deadline, int Starts)[] Jobs = [(2, 2.5, 20), (2, 4, 20), (12, 13, 20), (12, 17.5, 20), (48, 52, 20), (48, 70, 10), (240, 260, 4)];
    private static readonly double[] RestartMinutes = [0.5, 3, 12, 60];
    private static readonly double[] Prices = [0.2, 0.45, 0.7];

    public static void Print(IReadOnlyList<SpotTrace> traces)
    {
        var byRegion = Enumerable.Range(0, traces.Count).GroupBy(z => Region(traces[z])).ToList();
        var policies = new IDeadlinePolicy[traces.Count];
        foreach (var region in byRegion)
        {
            var policy = new ExpectedCostPolicy("Lodger", SpotLaws.Learn([.. traces.Where(t => Region(t) != region.Key)], 1 / 3d));
            foreach (var z in region)
                policies[z] = policy;
        }

        Console.WriteLine($"| work, deadline, restart | starts a zone | {string.Join(" | ", Prices.Select(p => $"spot at {p}"))} |");
        Console.WriteLine($"| --- | ---: | {string.Join(" | ", Prices.Select(_ => "---:"))} |");
        var (cells, worse, missed, runs) = (0, 0, 0, 0);
        foreach (var job in Jobs)
        {
            foreach (var restart in RestartMinutes)
            {
                var row = new List<string>();
                foreach (var price in Prices)
                {
                    if (!Backtest.Prepare(new(job.Work, job.Deadline, restart / 60, price, job.Starts), traces).TryGet(out var backtest, out _))
                        continue;
                    var report = backtest.Run([_ => new UniformProgress(), z => policies[z]]);
                    var (theirs, ours) = (report.Policies[0], report.Policies[1]);
                    cells++;
                    runs += report.Runs;
                    missed += ours.Missed;
                    worse += ours.OverHindsight.Mean > theirs.OverHindsight.Mean + 5e-4 ? 1 : 0;
                    row.Add(string.Create(CultureInfo.InvariantCulture, $"{100 * theirs.OverHindsight.Mean:0.0} / {100 * ours.OverHindsight.Mean:0.0}"));
                }

                if (row.Count > 0)
                    Console.WriteLine($"| {job.Work:0.#} h, {job.Deadline:0.#} h, {(restart < 1 ? $"{restart * 60:0} s" : $"{restart:0} min")} | {job.Starts} | {string.Join(" | ", row)} |");
            }
        }

        Console.WriteLine($"\n{cells} settings; ours costs more than Uniform Progress in {worse}; deadlines missed: {missed} of {runs}");
    }

    /// <summary><c>us-east-1</c> of <c>us-east-1a_v100_1</c>: what stands before the zone's letter.</summary>
    private static string Region(SpotTrace trace) => trace.Zone.Split('_')[0].TrimEnd([.. "abcdefghijklmnopqrstuvwxyz"]);
}
