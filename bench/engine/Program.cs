using System.Globalization;
using Lodger.Bench.Engine;

// engine doctor: how long all rules take on 200 running jobs.
// engine scale [JOBS]: what so many supervised jobs cost one process: memory, processor, journal, and how soon a preemption that was seen is decided on.
// engine [SECONDS]: the real engine against a market and machines that answer at once. Prints the two tables of bench/README.md.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["doctor"])
{
    await using var stage = new EngineBench();
    await stage.RunJobsAsync(200);
    List<double> took = [];
    var findings = 0;
    for (var i = 0; i < 20; i++)
    {
        var start = System.Diagnostics.Stopwatch.GetTimestamp();
        findings = stage.Doctor();
        took.Add(System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    Console.WriteLine($"the doctor on 200 running jobs, as last seen: {took.Order().ElementAt(took.Count / 2):0.0} ms (first {took[0]:0} ms, largest {took.Max():0} ms of {took.Count}), {findings} findings");
    return;
}

if (args is ["scale", .. var sizes])
{
    await Scale.RunAsync(sizes.Length > 0 ? int.Parse(sizes[0]) : 10_000);
    return;
}

var watched = TimeSpan.FromSeconds(args.Length > 0 ? int.Parse(args[0]) : 60);

Console.WriteLine($"Calls to the platform, each size watched for {watched.TotalSeconds:0} s after every job runs, sweeps as they are, in pages of 25:");
Console.WriteLine();
Console.WriteLine("| rentals | listing pages an hour | other listings | charges | the rest | all | a rental and hour |");
Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
foreach (var rentals in (int[])[1, 100, 1000])
{
    await using var stage = new EngineBench();
    await stage.RunJobsAsync(rentals);
    var before = stage.Market.Calls;
    await Task.Delay(watched);
    var calls = stage.Market.Calls - before;
    var hour = TimeSpan.FromHours(1) / watched;
    Console.WriteLine($"| {rentals} | {calls.Pages * hour:0} | {calls.Shows * hour:0} | {calls.Charges * hour:0} | {calls.Other * hour:0} | {calls.All * hour:0} | {calls.All * hour / rentals:0.0} |");
}

Console.WriteLine();
Console.WriteLine("From a preemption, at a random moment, to what follows; 20 each, median (largest), seconds:");
Console.WriteLine();
Console.WriteLine("| sweep every | seen and journaled | the choice made | the next rental asked for | the command runs there |");
Console.WriteLine("| --- | ---: | ---: | ---: | ---: |");
foreach (var (every, pushed) in ((double?, bool)[])[(0.5, false), (1, false), (3, false), (10, false), (30, false), (null, false), (null, true)])
{
    List<double> seen = [], chosen = [], rented = [], resumed = [];
    await using (var stage = new EngineBench(every is { } seconds ? TimeSpan.FromSeconds(seconds) : null, pushed))
    {
        // One after the other where another's push would be a look for this one too; else all within one interval.
        var random = new Random(1);
        List<Task<(TimeSpan Seen, TimeSpan Chosen, TimeSpan Rented, TimeSpan Resumed)>> preempted = [];
        for (var i = 0; i < 20; i++)
        {
            preempted.Add(stage.PreemptAsync($"spot{i}", TimeSpan.FromSeconds((every ?? 3) * random.NextDouble())));
            if (pushed)
                await preempted[^1];
        }

        foreach (var (see, choose, rent, resume) in await Task.WhenAll(preempted))
        {
            seen.Add(see.TotalSeconds);
            chosen.Add(choose.TotalSeconds);
            rented.Add(rent.TotalSeconds);
            resumed.Add(resume.TotalSeconds);
        }
    }

    static string Text(List<double> of) => $"{of.Order().ElementAt(of.Count / 2):0.00} ({of.Max():0.00})";
    Console.WriteLine($"| {(every is { } s ? $"{s:0.#} s" : "as it is")}{(pushed ? ", pushed" : "")} | {Text(seen)} | {Text(chosen)} | {Text(rented)} | {Text(resumed)} |");
}
