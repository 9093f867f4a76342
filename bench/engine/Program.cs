using System.Globalization;
using Lodger.Bench.Engine;

// engine [SECONDS]: the real engine against a market and machines that answer at once. Prints the two tables of bench/README.md.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var watched = TimeSpan.FromSeconds(args.Length > 0 ? int.Parse(args[0]) : 60);

Console.WriteLine($"Calls to the platform, each size watched for {watched.TotalSeconds:0} s after every job runs, sweep every 3 s (as it is), looked at in pages of 25:");
Console.WriteLine();
Console.WriteLine("| rentals | listing pages an hour | other listings | charges | the rest | all | a rental and hour |");
Console.WriteLine("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
foreach (var rentals in (int[])[1, 100, 1000])
{
    await using var stage = new EngineBench(TimeSpan.FromSeconds(3));
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
Console.WriteLine("| sweep every | seen and journaled | the choice made | the next rental asked for | over the sweep's interval, median |");
Console.WriteLine("| ---: | ---: | ---: | ---: | ---: |");
foreach (var every in (double[])[0.5, 1, 3])
{
    List<double> seen = [], chosen = [], rented = [];
    await using (var stage = new EngineBench(TimeSpan.FromSeconds(every)))
    {
        var random = new Random(1);
        for (var i = 0; i < 20; i++)
        {
            var (see, choose, rent) = await stage.PreemptAsync($"spot{i}", TimeSpan.FromSeconds(every * random.NextDouble()));
            seen.Add(see.TotalSeconds);
            chosen.Add(choose.TotalSeconds);
            rented.Add(rent.TotalSeconds);
        }
    }

    static double Middle(List<double> of) => of.Order().ElementAt(of.Count / 2);
    static string Text(List<double> of) => $"{Middle(of):0.00} ({of.Max():0.00})";
    Console.WriteLine($"| {every:0.#} s | {Text(seen)} | {Text(chosen)} | {Text(rented)} | {Middle(seen) / every:0.00} |");
}
