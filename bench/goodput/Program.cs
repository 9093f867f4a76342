using System.Globalization;
using Lodger.Bench.Goodput;
using Lodger.Domain.Cadence;

// goodput [JOBS [SEED]]: prints the table of bench/README.md. The same numbers every time for the same seed.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var jobs = args.Length > 0 ? int.Parse(args[0]) : 200;
var seed = args.Length > 1 ? int.Parse(args[1]) : 1;
TimeSpan[] means = [TimeSpan.FromMinutes(10), TimeSpan.FromHours(1), TimeSpan.FromHours(6), TimeSpan.FromHours(24)];
TimeSpan[] writes = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5)];
TimeSpan restart = TimeSpan.FromMinutes(2), paid = TimeSpan.FromHours(96);

double[] priorFactors = [0.25, 1, 4];

Console.WriteLine($"{jobs} jobs a row, each {paid.TotalHours:0} h paid, restart {restart.TotalMinutes:0} min, seed {seed}");
Console.WriteLine();
Console.WriteLine("| run lengths | mean | write | best fixed | its goodput | Daly, mean known | Lodger, prior / 4 | **Lodger** | 99 % bounds | prior x 4 |");
Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: |");
double worst = double.PositiveInfinity;
foreach (var law in RunLengths.All)
{
    foreach (var mean in means)
    {
        foreach (var write in writes)
        {
            var trial = new Trial(law, mean, write, restart, paid, jobs, seed);
            // Searched on other jobs of the same law: on these very ones it would also fit their luck.
            var best = new Trial(law, mean, write, restart, paid, 1000, seed + 1).BestFixed();
            var most = trial.Fixed(best);
            var daly = Ratio.Of(trial.Fixed(CheckpointInterval.Best(write.TotalSeconds, mean.TotalSeconds)), most);
            var ours = priorFactors.Select(factor => Ratio.Of(trial.Cadence(new(mean * factor, 2)), most)).ToArray();
            worst = Math.Min(worst, ours[1].Value);
            Console.WriteLine(
                $"| {law.Name} | {mean.TotalMinutes:0} min | {write.TotalSeconds:0} s | {best:0} s | {most.Sum() / jobs / trial.Paid:0.0000} | {daly.Value:0.0000} | "
                + $"{ours[0].Value:0.0000} | **{ours[1].Value:0.0000}** | {ours[1].Low:0.0000} - {ours[1].High:0.0000} | {ours[2].Value:0.0000} |");
        }
    }
}

Console.WriteLine();
Console.WriteLine($"worst ratio with a right prior {worst:0.0000}");
return worst >= 0.99 ? 0 : 1;
