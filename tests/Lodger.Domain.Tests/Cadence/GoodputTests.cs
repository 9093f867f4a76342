using Lodger.Bench.Goodput;

namespace Lodger.Domain.Tests.Cadence;

/// <summary>A seeded sample of what bench/run goodput measures in full.</summary>
public sealed class GoodputTests
{
    public static TheoryData<string, double, double> Cells => new()
    {
        { "exponential", 10, 1 },
        { "exponential", 10, 300 },
        { "exponential", 60, 30 },
        { "exponential", 1440, 30 },
        { "Weibull 0.5", 10, 300 },
        { "Weibull 0.5", 60, 30 },
        { "Weibull 0.5", 1440, 30 },
        { "Lomax 1.5", 10, 30 },
        { "Lomax 1.5", 360, 30 },
    };

    [Theory]
    [MemberData(nameof(Cells))]
    public void The_cadence_that_learns_is_within_one_percent_of_the_best_fixed_interval_found_by_search(string law, double meanMinutes, double writeSeconds)
    {
        Trial Of(int jobs, int seed) => new(
            RunLengths.All.Single(l => l.Name == law), TimeSpan.FromMinutes(meanMinutes), TimeSpan.FromSeconds(writeSeconds), TimeSpan.FromMinutes(2), TimeSpan.FromHours(96), jobs, seed);
        var best = Of(jobs: 200, seed: 6).BestFixed();
        var trial = Of(jobs: meanMinutes < 60 && writeSeconds > 60 ? 60 : 12, seed: 5);
        var ratio = Ratio.Of(trial.Cadence(new(TimeSpan.FromMinutes(meanMinutes), 2)), trial.Fixed(best));
        ratio.Low.ShouldBeGreaterThan(0.99, $"99 % bounds {ratio.Low:0.0000} to {ratio.High:0.0000}, best fixed {best:0} s");
    }
}
