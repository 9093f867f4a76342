using System.Diagnostics;
using System.Globalization;
using Lodger.Bench.Month;

// A month of the local marketplace with the same jobs under several ways of paying, and carried by the engine. Called by bench/run month [JOBS [SEED [tell]]]; tell: with the journals of jobs that were late.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var jobs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 100;
var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1;
var terms = JobTerms.Draw(jobs, seed);
Console.WriteLine($"{jobs} jobs, {terms.Sum(t => t.WorkHours):0} h of work in all, market and jobs of seed {seed}; load {(await File.ReadAllTextAsync("/proc/loadavg")).Trim()}\n");
var clock = Stopwatch.StartNew();
IWay[] ways = [new OnDemandWay(), new CheapestOfferWay(), new GreedyWay(), new LodgerWay()];
var hindsight = Task.Run(async () => new Month(seed, terms) is var month ? month.Hindsight(await month.RecordAsync()) : 0);
var lived = (await Task.WhenAll(ways.Select(way => Task.Run(() => new Month(seed, terms).LiveAsync(way))))).ToList();
var least = await hindsight;
var tale = new List<string>();
// Alone, and on a thread of its own: it waits until nothing else is at work.
lived.Add(await Task.Factory.StartNew(
    () =>
    {
        using var month = new EngineMonth(seed, terms);
        var figures = month.Live();
        foreach (var job in month.Late)
            tale.AddRange([$"{job.Name}: {job.Submission.Spec.Work!.Value.TotalHours:0.00} h of work, deadline {(job.Deadline - job.SubmittedAt)!.Value.TotalHours:0.00} h", .. month.Tell(job)]);
        return figures;
    },
    TaskCreationOptions.LongRunning));
Console.WriteLine("| way | USD | of on-demand | over hindsight's bound | deadlines missed | after an on-demand host failed | latest | preempted | moved |");
Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
foreach (var m in lived)
{
    Console.WriteLine(
        $"| {m.Way} | {m.Usd:0.00} | {100 * m.Usd / lived[0].Usd:0.0} % | {100 * ((m.Usd / least) - 1):0.0} % | {m.Missed} of {jobs} | {m.MissedByHost} | {m.LateHoursMost:0.0} h | {m.Preemptions} | {m.Moves} |");
}

Console.WriteLine($"| hindsight's bound | {least:0.00} | {100 * least / lived[0].Usd:0.0} % | | | | | | |");
if (args is [_, _, "tell"])
    tale.ForEach(Console.WriteLine);
Console.WriteLine($"\n{clock.Elapsed.TotalSeconds:0} s; load at the end {(await File.ReadAllTextAsync("/proc/loadavg")).Trim()}");
return 0;
