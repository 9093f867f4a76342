using System.Diagnostics;
using System.Globalization;
using Lodger.Bench.Policy;
using Lodger.Domain.Policy.Deadlines;

// Replays deadline policies on traces of spot availability and prints what they cost over hindsight. Called by bench/run policy.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var options = new Dictionary<string, string> { ["--traces"] = "", ["--starts"] = "100", ["--work"] = "48", ["--deadlines"] = "52,70", ["--restarts"] = "3,12", ["--spot"] = "0.318", ["--available-when"] = "1" };
for (var i = 0; i < args.Length; i += 2)
{
    if (i + 1 == args.Length || !options.ContainsKey(args[i]))
    {
        await Console.Error.WriteLineAsync("bench/run policy --traces DIR [--starts 100] [--work HOURS] [--deadlines HOURS,...] [--restarts MINUTES,...] [--spot RATIO] [--available-when 0|1]");
        return 2;
    }

    options[args[i]] = args[i + 1];
}

double[] Numbers(string name) => [.. options[name].Split(',').Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
var starts = (int)Numbers("--starts")[0];
var work = Numbers("--work")[0];
var spot = Numbers("--spot")[0];
var traces = Directory.GetFiles(options["--traces"], "*.json").Order(StringComparer.Ordinal).Select(f => TraceFile.Read(f, (int)Numbers("--available-when")[0])).ToList();
var settings = Numbers("--deadlines").SelectMany(d => Numbers("--restarts").Select(r => (Deadline: d, Restart: r))).ToList();
IDeadlinePolicy[] policies = [new OnDemandOnly(), new GreedySpot(), new UniformProgress(), new DeadlinePolicy()];

Console.WriteLine($"{traces.Count} zones, {starts} starts each, {work:0.#} h of work, spot at {spot} of on-demand; mean cost over hindsight in %, worst zone in brackets\n");
Console.WriteLine($"| policy | {string.Join(" | ", settings.Select(s => $"{s.Deadline:0.#} h, restart {s.Restart:0.##} min"))} | missed | decisions/s |");
Console.WriteLine($"| --- | {string.Concat(settings.Select(_ => "---: | "))}---: | ---: |");
var bounds = settings.ToDictionary(s => s, s => traces.ConvertAll(t => Cases(t, s).Select(c => Hindsight.Cost(c.Terms, c.Span.Span)).ToList()));
foreach (var policy in policies)
{
    var missed = 0;
    var decisions = 0L;
    var clock = Stopwatch.StartNew();
    var cells = new List<string>();
    foreach (var setting in settings)
    {
        if (!Feasible(setting))
        {
            cells.Add("");
            continue;
        }

        var zones = new List<double>();
        for (var z = 0; z < traces.Count; z++)
        {
            var over = new List<double>();
            var n = 0;
            foreach (var (terms, span) in Cases(traces[z], setting))
            {
                var result = Replay.Run(policy, terms, span.Span);
                over.Add((result.Cost / bounds[setting][z][n++]) - 1);
                decisions += result.Decisions;
                if (result.LateHours > 0)
                    missed++;
            }

            zones.Add(over.Average());
        }

        cells.Add($"{100 * zones.Average():0.0} ({100 * zones.Max():0.0})");
    }

    Console.WriteLine($"| {policy.Name} | {string.Join(" | ", cells)} | {missed} of {settings.Count(Feasible) * starts * traces.Count} | {decisions / clock.Elapsed.TotalSeconds / 1e6:0.0} M |");
}

return 0;

// A deadline that on-demand cannot meet says nothing about policies.
bool Feasible((double Deadline, double Restart) s) => traces.TrueForAll(t => Cases(t, s).All(c => c.Terms.Need(work) <= c.Terms.Ticks));

IEnumerable<(DeadlineTerms Terms, ReadOnlyMemory<bool> Span)> Cases(TraceFile trace, (double Deadline, double Restart) s)
{
    var ticks = (int)Math.Floor((s.Deadline / trace.TickHours) + 1e-9);
    var terms = new DeadlineTerms(trace.TickHours, ticks, work, s.Restart / 60, spot);
    for (var i = 0; i < starts; i++)
    {
        var from = (int)((trace.Available.Length - ticks) * (long)i / Math.Max(1, starts - 1));
        yield return (terms, trace.Available.AsMemory(from, ticks));
    }
}
