using Lodger.Domain.Cadence;

namespace Lodger.Domain.Tests.Cadence;

public sealed class PreemptionHazardTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(1, 5)]
    [InlineData(12, 60)]
    [InlineData(100, 200)]
    public void What_was_seen_outvotes_a_prior_that_is_wrong(double priorHours, int preemptions)
    {
        // Run lengths as an exponential law has them at a mean of one hour, at its evenly spaced quantiles.
        var runs = Enumerable.Range(0, preemptions).Select(i => Hour * -Math.Log(1 - ((i + 0.5) / preemptions))).ToList();
        var mean = PreemptionHazard.Of(new() { Preempted = runs }, new(TimeSpan.FromHours(priorHours), 2)).Mean(TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(10));
        mean.TotalHours.ShouldBe(1, preemptions < 50 ? 0.5 : 0.25);
    }

    [Fact]
    public void Before_anything_was_seen_the_prior_holds_on_the_cautious_side() =>
        PreemptionHazard.Of(PreemptionHistory.None, new(TimeSpan.FromHours(6), 2)).Mean(TimeSpan.Zero, Hour).TotalHours.ShouldBeInRange(2.5, 6);

    [Fact]
    public void A_run_that_lives_on_looks_safer_by_the_hour()
    {
        var hazard = PreemptionHazard.Of(PreemptionHistory.None, new(TimeSpan.FromHours(1), 2));
        var means = new[] { 0, 1, 4, 16, 64 }.Select(hours => hazard.Mean(TimeSpan.FromHours(hours), Hour)).ToList();
        means.ShouldBe(means.Order());
        means[^1].ShouldBeGreaterThan(TimeSpan.FromHours(10));
    }

    [Fact]
    public void Runs_that_mostly_die_young_and_else_live_long_are_told_from_runs_that_die_evenly()
    {
        // Weibull, shape 1/2, against exponential with the same mean.
        double[] quantiles = [.. Enumerable.Range(0, 60).Select(i => -Math.Log(1 - ((i + 0.5) / 60)))];
        var heavy = PreemptionHazard.Of(new() { Preempted = [.. quantiles.Select(q => Hour * q * q / 2)] }, new(Hour, 2));
        var even = PreemptionHazard.Of(new() { Preempted = [.. quantiles.Select(q => Hour * q)] }, new(Hour, 2));
        var window = TimeSpan.FromMinutes(5);
        (heavy.Mean(TimeSpan.FromHours(3), window) / heavy.Mean(TimeSpan.Zero, window)).ShouldBeGreaterThan(4);
        (even.Mean(TimeSpan.FromHours(3), window) / even.Mean(TimeSpan.Zero, window)).ShouldBeLessThan(1.5);
    }

    [Fact]
    public void Only_sums_say_the_mean_and_nothing_of_age()
    {
        var hazard = PreemptionHazard.Of(PreemptionHistory.Of(TimeSpan.FromHours(100), 50), new(TimeSpan.FromHours(2), 2));
        hazard.Mean(TimeSpan.Zero, Hour).TotalHours.ShouldBe(2, 0.1);
        hazard.Mean(TimeSpan.FromHours(1), Hour).TotalHours.ShouldBe(2, 0.1);
    }

    [Fact]
    public void A_prior_that_is_worth_more_is_outvoted_later()
    {
        TimeSpan Mean(double worth) => PreemptionHazard.Of(new() { EndedOtherwise = [Hour * 100] }, new(Hour, worth)).Mean(TimeSpan.Zero, Hour);
        Mean(0.1).ShouldBeGreaterThan(Mean(2));
        Mean(2).ShouldBeGreaterThan(Mean(100) * 2);
        Mean(double.NaN).ShouldBe(Mean(1));
        Mean(1e9).ShouldBe(Mean(100));
    }

    [Fact]
    public void Hours_without_a_preemption_speak_for_a_market_of_which_only_sums_are_known()
    {
        TimeSpan Mean(double hours, int preemptions) => PreemptionHazard.Of(PreemptionHistory.Of(TimeSpan.FromHours(hours), preemptions), new(Hour, 1)).Mean(TimeSpan.Zero, Hour);
        Mean(100, 0).ShouldBeGreaterThan(Mean(1, 0) * 10);
        Mean(100, 0).ShouldBeGreaterThan(Mean(100, 1));
        PreemptionHistory.Of(TimeSpan.FromHours(6), 3).Preempted.ShouldBe([TimeSpan.FromHours(2), TimeSpan.FromHours(2), TimeSpan.FromHours(2)]);
        PreemptionHistory.Of(TimeSpan.FromHours(6), -1).ShouldSatisfyAllConditions(h => h.Preempted.ShouldBeEmpty(), h => h.EndedOtherwise.ShouldBe([TimeSpan.FromHours(6)]));
    }
}
