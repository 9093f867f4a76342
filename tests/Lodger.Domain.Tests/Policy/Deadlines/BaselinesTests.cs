using Lodger.Domain.Policy.Deadlines;

namespace Lodger.Domain.Tests.Policy.Deadlines;

/// <summary>What Lodger's rule is compared with does what was published, and the guarantee holds to the tick.</summary>
public sealed class BaselinesTests
{
    /// <summary>Ticks of an hour, ten hours of work in forty, half an hour of restart: a quarter of an hour of work an hour is the line.</summary>
    private static readonly DeadlineTerms Terms = new(1, 40, 10, 0.5, 0.3);

    private static DeadlineView View(int left, double work, Mode mode, bool up) => new(left, work, 0, mode, up, 1);

    [Theory]
    [InlineData(30, 5, true, Mode.Spot)]
    [InlineData(30, 5, false, Mode.Idle)]
    [InlineData(7, 5, true, Mode.Spot)] // what is left is just the work and two ticks
    [InlineData(7, 5, false, Mode.Idle)]
    [InlineData(7, 5.1, true, Mode.OnDemand)]
    [InlineData(6, 5, false, Mode.OnDemand)]
    public void Greedy_takes_spot_or_nothing_until_on_demand_has_to_be_started(int left, double work, bool up, Mode expected) =>
        new GreedySpot().Choose(Terms, View(left, work, Mode.Idle, up)).ShouldBe(expected);

    [Theory]
    // 20 h passed: the line is at 5 h of work.
    [InlineData(20, 5, Mode.Idle, false, Mode.Idle)]
    [InlineData(20, 5.1, Mode.Idle, false, Mode.OnDemand)]
    [InlineData(20, 5.1, Mode.Idle, true, Mode.Spot)]
    [InlineData(20, 4, Mode.Spot, true, Mode.Spot)]
    [InlineData(20, 4.9, Mode.OnDemand, true, Mode.OnDemand)] // until the line is passed by an hour's worth, two restarts
    [InlineData(20, 4.9, Mode.OnDemand, false, Mode.OnDemand)]
    [InlineData(20, 4.75, Mode.OnDemand, true, Mode.Spot)]
    [InlineData(20, 4.75, Mode.OnDemand, false, Mode.Idle)]
    [InlineData(7, 5.1, Mode.Spot, true, Mode.OnDemand)]
    public void Uniform_progress_holds_to_the_line_from_start_to_deadline(int left, double work, Mode mode, bool up, Mode expected) =>
        new UniformProgress().Choose(Terms, View(left, work, mode, up)).ShouldBe(expected);

    [Theory]
    // Five hours of work and a start need six ticks.
    [InlineData(Mode.Idle, 7, 0, Mode.Idle, true)]
    [InlineData(Mode.Idle, 6, 0, Mode.Idle, false)]
    [InlineData(Mode.OnDemand, 1, 0, Mode.Idle, true)]
    // On spot half an hour of this tick goes into its start, or nothing where it runs.
    [InlineData(Mode.Spot, 6, 0, Mode.Idle, true)]
    [InlineData(Mode.Spot, 5, 0, Mode.Spot, false)]
    [InlineData(Mode.Spot, 6, 0, Mode.Spot, true)]
    [InlineData(Mode.Spot, 6, 0.75, Mode.Spot, false)]
    [InlineData(Mode.Spot, 7, 0.75, Mode.Spot, true)]
    public void A_choice_is_safe_while_on_demand_can_still_begin_after_it(Mode wish, int left, double overhead, Mode mode, bool safe) =>
        DeadlineSafety.IsSafe(Terms, new DeadlineView(left, 5, overhead, mode, true, 1), wish).ShouldBe(safe);

    [Theory]
    [InlineData(0.5, Mode.Idle, true)] // all of it in the half hour after the start
    [InlineData(0.6, Mode.Idle, false)]
    [InlineData(1, Mode.Spot, true)]
    public void In_the_last_tick_spot_is_safe_when_the_work_ends_in_it(double work, Mode mode, bool safe) =>
        DeadlineSafety.IsSafe(Terms, new DeadlineView(1, work, 0, mode, true, 1), Mode.Spot).ShouldBe(safe);

    [Fact]
    public void A_start_that_takes_longer_than_a_tick_takes_nothing_from_the_work_in_it() =>
        DeadlineSafety.IsSafe(Terms with { RestartHours = 2.5 }, new DeadlineView(8, 5, 0, Mode.Idle, true, 1), Mode.Spot).ShouldBeFalse("five hours and a start of two and a half need eight ticks after it");

    [Theory]
    [InlineData(2, 12.706)]
    [InlineData(21, 2.086)]
    [InlineData(22, 1.96 + (2.5 / 21))]
    [InlineData(101, 1.985)]
    public void Bounds_are_students_for_as_many_clusters(int clusters, double student)
    {
        // One sample a cluster, half of them 0 and half 2, the odd one 1: the standard error of a mean of independent samples.
        double[] samples = [.. Enumerable.Range(0, clusters).Select(i => clusters % 2 == 1 && i == clusters - 1 ? 1d : i % 2 == 0 ? 0 : 2)];
        var estimate = Estimate.Of(samples, [.. Enumerable.Range(0, clusters)], clusters);
        var error = Math.Sqrt(samples.Sum(s => (s - 1) * (s - 1)) / (clusters - 1) / clusters);
        estimate.Mean.ShouldBe(1, 1e-12);
        (estimate.High!.Value - 1).ShouldBe(student * error, 0.002 * error);
        (1 - estimate.Low!.Value).ShouldBe(student * error, 0.002 * error);
    }

    [Fact]
    public void A_larger_cluster_counts_for_more()
    {
        var estimate = Estimate.Of([0, 0, 0, 4], [0, 0, 0, 1], 2);
        // The clusters' means are 1 below and 3 above, weighing three quarters and one.
        (estimate.High!.Value - 1).ShouldBe(12.706 * Math.Sqrt(2 * ((0.75 * 0.75) + (0.25 * 3 * 0.25 * 3))), 1e-9);
    }
}
