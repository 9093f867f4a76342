using System.Diagnostics;
using System.Globalization;
using Lodger.Bench.Policy;
using Lodger.Domain.Policy.Deadlines;

// Replays deadline policies on traces of spot availability and prints what they cost over hindsight. Called by bench/run policy.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var options = new Dictionary<string, string> { ["--traces"] = "", ["--starts"] = "100", ["--work"] = "48", ["--deadlines"] = "52,70", ["--restarts"] = "3,12", ["--spot"] = "0.318", ["--available-when"] = "1", ["--policy"] = "all", ["--kinds"] = "no", ["--laws"] = "no", ["--bound"] = "no", ["--grid"] = "no", ["--choices"] = "" };
for (var i = 0; i < args.Length; i += 2)
{
    if (i + 1 == args.Length || !options.ContainsKey(args[i]))
    {
        await Console.Error.WriteLineAsync("bench/run policy --traces DIR [--starts 100] [--work HOURS] [--deadlines HOURS,...] [--restarts MINUTES,...] [--spot RATIO] [--available-when 0|1] [--policy NAME,...] [--bound yes] [--grid yes] [--laws yes] [--kinds yes]\nbench/run policy --choices 1000");
        return 2;
    }

    options[args[i]] = args[i + 1];
}

if (options["--choices"] is { Length: > 0 } offers)
{
    Choices.Print(int.Parse(offers, CultureInfo.InvariantCulture));
    return 0;
}

double[] Numbers(string name) => [.. options[name].Split(',').Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
var starts = (int)Numbers("--starts")[0];
var work = Numbers("--work")[0];
var spot = Numbers("--spot")[0];
var traces = Directory.GetFiles(options["--traces"], "*.json").Order(StringComparer.Ordinal).Select(f => SpotTrace.Read(f, File.ReadAllBytes(f), (int)Numbers("--available-when")[0]).Value).ToList();

static string Row(IEnumerable<double> values) => string.Join(", ", values.Select(v => v.ToString("0.####", CultureInfo.InvariantCulture)));
if (options["--laws"] == "yes")
{
    var figures = SpotLaws.Figures(traces);
    Console.WriteLine($"[{Row(figures.Goes)}],\n[{Row(figures.Comes)}],\n{figures.GoesPower:0.####}, {figures.ComesPower:0.####}");
    return 0;
}

if (options["--kinds"] == "yes")
{
    var figures = SpotKinds.Figures(traces);
    Console.WriteLine($"[{Row(figures.Goes)}],\n[{Row(figures.Comes)}],\n[{string.Join(", ", figures.Factors.Select(f => $"({f.Goes:0.###}, {f.Comes:0.###})"))}]");
    return 0;
}

if (options["--grid"] == "yes")
{
    Grid.Print(traces);
    return 0;
}

if (!DeadlinePolicies.Named(options["--policy"], traces).TryGet(out var policies, out var unknown))
{
    await Console.Error.WriteLineAsync(unknown.ToString());
    return 2;
}

if (options["--bound"] == "yes")
{
    // For measurement only: nobody knows the laws of the very trace that is to come.
    var own = traces.ConvertAll(t => new ExpectedCostPolicy("told the zone's own laws", SpotLaws.Learn([t])));
    policies = [.. policies, z => own[z]];
}

Console.WriteLine($"{traces.Count} zones, {starts} starts each, {work:0.#} h of work, spot at {spot} of on-demand; mean cost over hindsight in %\n");
Console.WriteLine("| deadline, restart | policy | mean | 95 % by zone | worst zone | all cost / all of hindsight's | of on-demand | missed | decisions/s |");
Console.WriteLine("| --- | --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |");
foreach (var deadline in Numbers("--deadlines"))
{
    foreach (var restart in Numbers("--restarts"))
    {
        if (!Backtest.Prepare(new(work, deadline, restart / 60, spot, starts), traces).TryGet(out var backtest, out var problem))
        {
            Console.WriteLine($"| {deadline:0.#} h, {restart:0.##} min | {problem.Message} | | | | | | | |");
            continue;
        }

        foreach (var policy in policies)
        {
            // Tables are computed in the first run, and once for all jobs with the same terms.
            backtest.Run([policy]);
            var clock = Stopwatch.StartNew();
            var report = backtest.Run([policy]);
            var p = report.Policies[0];
            Console.WriteLine(
                $"| {deadline:0.#} h, {restart:0.##} min | {p.Policy} | {100 * p.OverHindsight.Mean:0.00} | {100 * p.OverHindsight.Low:0.0} to {100 * p.OverHindsight.High:0.0} | {100 * p.Zones.Max():0.0} "
                + $"| {100 * p.OverHindsightInAll:0.00} | {100 * p.OfOnDemand.Mean:0.0} | {p.Missed} of {report.Runs} | {p.Decisions / clock.Elapsed.TotalSeconds / 1e6:0.0} M |");
        }
    }
}

return 0;
