using Lodger.Domain.Policy.Deadlines;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Tests.Policy.Deadlines;

public sealed class BacktestTests
{
    private static readonly SpotTrace Real = new("real", RealTrace.TickHours, RealTrace.Available);
    private static readonly SpotTrace Other = new("other", RealTrace.TickHours, [.. RealTrace.Available.Reverse()]);

    private static readonly BacktestTerms Terms = new(10, 14, 0.1, 0.3, 12);

    private static BacktestReport Run(BacktestTerms terms, params SpotTrace[] traces) => Run("on-demand,greedy,rule", terms, traces);

    private static BacktestReport Run(string policies, BacktestTerms terms, params SpotTrace[] traces) => Backtest.Prepare(terms, traces, terms.Seed is { } seed ? new Random(seed) : null).Value.Run(DeadlinePolicies.Named(policies, traces).Value);

    [Fact]
    public void The_same_terms_give_the_same_figures_and_another_seed_gives_others()
    {
        static IEnumerable<Estimate> Figures(int? seed) => Run(Terms with { Seed = seed }, Real, Other).Policies.Select(p => p.OverHindsight);
        Figures(7).ShouldBe(Figures(7));
        Figures(7).ShouldNotBe(Figures(8));
        Figures(null).ShouldBe(Figures(null));
    }

    [Fact]
    public void Every_policy_lives_through_every_start_and_none_pays_less_than_hindsight()
    {
        var report = Run("all", Terms, Real, Other);
        report.Runs.ShouldBe(24);
        report.Policies.Select(p => p.Policy).ShouldBe(["on-demand only", "greedy spot", "Uniform Progress", "closed-form rule", "Lodger", "Lodger, learned"]);
        foreach (var p in report.Policies)
        {
            p.Missed.ShouldBe(0);
            p.Zones.Count.ShouldBe(2);
            p.OverHindsight.Mean.ShouldBe(p.Zones.Average(), 1e-12);
            p.Zones.Min().ShouldBeGreaterThanOrEqualTo(-1e-9);
        }

        report.Policies[0].OfOnDemand.Mean.ShouldBe(1, 1e-9);
        report.Policies[0].Starts.Mean.ShouldBe(1);
        report.HindsightOfOnDemand.Mean.ShouldBeInRange(0.3, 1);
    }

    [Fact]
    public void Prices_of_the_trace_count_against_on_demands()
    {
        // Five hours up at a dollar, then at two; on-demand costs four: 1 h of restart and 6 h of work from the first moment are 5 h at 0.25 and 2 h at 0.5.
        var trace = new SpotTrace("priced", 1, [.. Enumerable.Repeat(true, 10)], [.. Enumerable.Range(0, 10).Select(t => t < 5 ? 1d : 2d)]);
        var report = Run(new(6, 10, 1, 0.9, 1, OnDemandUsdPerHour: 4), trace);
        report.Policies.Single(p => p.Policy == "greedy spot").OfOnDemand.Mean.ShouldBe(2.25 / 7, 1e-9);
        report.HindsightOfOnDemand.Mean.ShouldBe(2.25 / 7, 1e-9);
    }

    [Fact]
    public void Jobs_of_one_zone_are_no_independent_samples()
    {
        Run(Terms, Real, Other).Clusters.ShouldBe(2);
        // 87 hours hold six jobs of 14 h side by side.
        Run(Terms with { Starts = 50 }, Real).Clusters.ShouldBe(6);
        var one = Run(Terms with { DeadlineHours = 60 }, Real);
        one.Clusters.ShouldBe(1);
        one.Policies[1].OverHindsight.Low.ShouldBeNull();
    }

    [Fact]
    public void Bounds_come_from_the_spread_of_the_clusters()
    {
        // Two clusters with means 1 and 3: standard error 1, one degree of freedom.
        var estimate = Estimate.Of([1, 1, 3, 3], [0, 0, 1, 1], 2);
        (estimate.Mean, estimate.Low!.Value, estimate.High!.Value).ShouldBe((2, 2 - 12.706, 2 + 12.706));
        Estimate.Of([1, 3], [0, 0], 1).ShouldBe(new Estimate(2, null, null));
    }

    [Theory]
    [InlineData(14, 14, "do not fit into 14 h")]
    [InlineData(10, 100, "less than the deadline")]
    [InlineData(10, 10_000, "more than 20000 ticks")]
    public void What_cannot_be_simulated_says_why(double work, double deadline, string why)
    {
        var problem = Backtest.Prepare(Terms with { WorkHours = work, DeadlineHours = deadline }, [Real], null, null, TestContext.Current.CancellationToken).Problem!;
        problem.Message.ShouldContain(why);
        problem.ExitCode.ShouldBe(ExitCode.BadInput);
    }

    [Fact]
    public void Prices_without_on_demands_price_say_nothing() =>
        Backtest.Prepare(Terms, [Real with { UsdPerHour = new double[Real.Available.Length] }], null, null, TestContext.Current.CancellationToken).Problem!.Message.ShouldContain("what on-demand costs is not known");

    [Fact]
    public void A_policy_that_nobody_knows_is_refused_with_the_names_that_there_are()
    {
        SpotTrace[] two = [Real, Other];
        DeadlinePolicies.Named("greedy, lodger", two).Value.Select(p => p(0).Name).ShouldBe(["greedy spot", "Lodger"]);
        DeadlinePolicies.Named("greedy,brave", two).Problem!.Fix.ShouldBe("Policies: all, on-demand, greedy, uniform-progress, rule, lodger, learned.");
        DeadlinePolicies.Named(",", two).IsOk.ShouldBeFalse();
        DeadlinePolicies.Named("learned", [Real]).Problem!.Message.ShouldContain("there is only one");
        DeadlinePolicies.Named("all", [Real]).Value.Count.ShouldBe(5);
    }
}
