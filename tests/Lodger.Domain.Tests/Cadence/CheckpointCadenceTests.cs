using FsCheck;
using FsCheck.Fluent;
using Lodger.Domain.Cadence;

namespace Lodger.Domain.Tests.Cadence;

public sealed class CheckpointCadenceTests
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(2_000);

    /// <summary>From a hundredth of a second to a year, evenly in the logarithm.</summary>
    private static readonly Gen<double> Seconds = Gen.Choose(-2_000, 7_500).Select(x => Math.Pow(10, x / 1000d));

    private static readonly Gen<TimeSpan> Silly = Gen.OneOf(
        Seconds.Select(TimeSpan.FromSeconds), Gen.Elements(TimeSpan.Zero, TimeSpan.MaxValue, TimeSpan.MinValue, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(-1)));

    [Theory]
    [InlineData(1, 86_400, 415)]
    [InlineData(30, 3_600, 434.76)]
    public void Youngs_formula_is_the_root_of_twice_the_product(double write, double mean, double expected) =>
        CheckpointInterval.Young(write, mean).ShouldBe(Math.Sqrt(2 * write * mean), expected / 1000);

    [Theory]
    [InlineData(300, 600, 416.6)] // sqrt(2 * 300 * 600) * (1 + 1/6 + 1/36) - 300
    [InlineData(30, 3_600, 444.9)]
    [InlineData(2_000, 1_000, 1_000)]
    public void Dalys_estimate_has_the_published_terms(double write, double mean, double expected) =>
        CheckpointInterval.Daly(write, mean).ShouldBe(expected, 0.5);

    [Fact]
    public void No_interval_has_more_goodput_than_the_best_one() =>
        Prop.ForAll(
            Gen.Choose(-4_000, 300).Select(x => Math.Pow(10, x / 1000d)).ToArbitrary(),
            Gen.Choose(-1_000, 1_000).Select(x => Math.Exp(x / 500d)).ToArbitrary(),
            (write, factor) =>
            {
                var best = CheckpointInterval.Best(write, 1);
                return CheckpointInterval.Goodput(best * factor, write, 0.1, 1) <= CheckpointInterval.Goodput(best, write, 0.1, 1) * (1 + 1e-9);
            }).Check(Thorough);

    [Fact]
    public void Dalys_estimate_is_within_one_percent_of_the_best_interval_while_a_write_takes_less_than_half_the_mean() =>
        Prop.ForAll(Gen.Choose(-6_000, -302).Select(x => Math.Pow(10, x / 1000d)).ToArbitrary(), write =>
            Math.Abs((CheckpointInterval.Daly(write, 1) / CheckpointInterval.Best(write, 1)) - 1) < 0.01).Check(Thorough);

    [Fact]
    public void A_longer_write_or_a_longer_mean_never_shortens_the_interval() =>
        Prop.ForAll(Seconds.Three().ToArbitrary(), three =>
        {
            var (a, b, mean) = three;
            var (less, more) = (Math.Min(a, b), Math.Max(a, b));
            return Every(less, mean) <= Every(more, mean) * (1 + 1e-6) && Every(mean, less) <= Every(mean, more) * (1 + 1e-6);
        }).Check(Thorough);

    /// <summary>Within what happens: the shapes' weights also move with age, and at writes of weeks or runs of milliseconds that can outweigh the falling hazard.</summary>
    [Fact]
    public void An_older_run_is_never_told_to_write_more_often()
    {
        var real = Gen.Choose(1_700, 6_000).Select(x => Math.Pow(10, x / 1000d));
        var inputs = from runs in Gen.ListOf(real.Select(TimeSpan.FromSeconds)) from ages in real.Two() from write in Gen.Choose(1, 600) select (runs, ages, write);
        Prop.ForAll(inputs.ToArbitrary(), x =>
        {
            var hazard = PreemptionHazard.Of(new() { Preempted = [.. x.runs] }, PreemptionPrior.Default);
            TimeSpan At(double age) => CheckpointCadence.Decide(new() { Hazard = hazard, Age = TimeSpan.FromSeconds(age), WriteTime = TimeSpan.FromSeconds(x.write) }).Every;
            return At(Math.Min(x.ages.Item1, x.ages.Item2)) <= At(Math.Max(x.ages.Item1, x.ages.Item2)) * 1.02;
        }).Check(Thorough);
    }

    /// <summary>From five on, and at least twice as many: the first few that come evenly also say that the hazard does not fall, which is good news for a young run.</summary>
    [Fact]
    public void Many_more_preemptions_in_the_same_paid_time_shorten_the_interval() =>
        Prop.ForAll(Gen.Choose(5, 60).ToArbitrary(), Gen.Choose(3, 80).ToArbitrary(), Gen.Choose(1, 500).ToArbitrary(), (few, more, hours) =>
        {
            TimeSpan After(int preemptions) => CheckpointCadence.Decide(new()
            {
                Hazard = PreemptionHazard.Of(PreemptionHistory.Of(TimeSpan.FromHours(hours), preemptions), PreemptionPrior.Default),
                Age = TimeSpan.FromMinutes(10),
                WriteTime = TimeSpan.FromSeconds(30),
            }).Every;
            return After((few * 2) + more) < After(few);
        }).Check(Thorough);

    [Fact]
    public void Whatever_is_put_in_the_answer_is_whole_steps_between_the_floor_and_the_ceiling() =>
        Prop.ForAll(Silly.Four().ToArbitrary(), Gen.ListOf(Silly).ToArbitrary(), Gen.Elements(0, 1, -5, 1e9, double.NaN).ToArbitrary(), (four, runs, worth) =>
        {
            var (age, write, restart, step) = four;
            var hazard = PreemptionHazard.Of(new() { Preempted = [.. runs], EndedOtherwise = [.. runs.Take(3)] }, new(write, worth));
            var free = CheckpointCadence.Decide(new() { Hazard = hazard, Age = age, WriteTime = write, Restart = restart });
            var stepped = CheckpointCadence.Decide(new() { Hazard = hazard, Age = age, WriteTime = write, Restart = restart, StepTime = step });
            return free.Every >= CheckpointCadence.Floor && free.Every <= CheckpointCadence.Ceiling
                && free.Goodput is >= 0 and <= 1 && free.Mean > TimeSpan.Zero
                && stepped.Every > TimeSpan.Zero && (stepped.Every <= free.Every || step > free.Every);
        }).Check(Thorough);

    [Theory]
    [InlineData(7, 441)]
    [InlineData(0.1, 444.9)]
    [InlineData(500, 500)]
    public void The_interval_is_rounded_down_to_whole_steps_and_is_one_at_least(double stepSeconds, double expected) =>
        CheckpointCadence.Decide(new()
        {
            Hazard = PreemptionHazard.Constant(TimeSpan.FromHours(1)),
            WriteTime = TimeSpan.FromSeconds(30),
            StepTime = TimeSpan.FromSeconds(stepSeconds),
        }).Every.TotalSeconds.ShouldBe(expected, 0.05);

    [Fact]
    public void Only_a_change_that_matters_is_news()
    {
        var advice = new CadenceAdvice(TimeSpan.FromSeconds(100), TimeSpan.FromHours(1), 0.9, "");
        advice.IsNews(null).ShouldBeTrue();
        advice.IsNews(TimeSpan.FromSeconds(95)).ShouldBeFalse();
        advice.IsNews(TimeSpan.FromSeconds(106)).ShouldBeFalse();
        advice.IsNews(TimeSpan.FromSeconds(90)).ShouldBeTrue();
        advice.IsNews(TimeSpan.FromSeconds(110)).ShouldBeTrue();
        advice.IsNews(TimeSpan.FromSeconds(108)).ShouldBeFalse();
        (advice with { Every = TimeSpan.FromSeconds(108) }).IsNews(TimeSpan.FromSeconds(100)).ShouldBeFalse();
        advice.IsNews(TimeSpan.Zero).ShouldBeTrue("that is as if nothing was told");
    }

    [Fact]
    public void The_reason_names_what_it_reckoned_with() =>
        CheckpointCadence.Decide(new() { Hazard = PreemptionHazard.Constant(TimeSpan.FromHours(1)) }).Why
            .ShouldBe("a write of 20 s (assumed) and 60 min between preemptions at this age: 366 s is best");

    [Theory]
    [InlineData(60, 1_000_000, ", not above the ceiling")]
    [InlineData(60, 60, "")]
    [InlineData(0.01, 60, ", not below the floor")]
    public void A_bound_that_holds_is_named(double write, double meanMinutes, string bound)
    {
        var advice = CheckpointCadence.Decide(new() { Hazard = PreemptionHazard.Constant(TimeSpan.FromMinutes(meanMinutes)), WriteTime = TimeSpan.FromSeconds(write) });
        advice.Why.ShouldStartWith(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"a write of {write:0.#} s (measured) and "));
        advice.Why.ShouldEndWith($" s is best{bound}");
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.2)]
    [InlineData(0.9)]
    [InlineData(3)]
    [InlineData(30)]
    public void At_the_best_interval_Dalys_exact_condition_holds(double write)
    {
        var share = CheckpointInterval.Best(write, 1);
        (1 - share).ShouldBe(Math.Exp(-(share + write)), 1e-9);
        CheckpointInterval.Best(write * 7, 7).ShouldBe(share * 7, 1e-9, "in whatever unit");
    }

    [Fact]
    public void Goodput_is_the_work_of_a_run_that_outlives_start_and_interval()
    {
        // As long as it takes to be preempted with one chance in two, half of the mean of it work.
        var half = Math.Log(2);
        CheckpointInterval.Goodput(0.5, half - 0.5, 0, 1).ShouldBe(0.5, 1e-12);
        CheckpointInterval.Goodput(0.5, half - 0.5, half, 1).ShouldBe(0.25, 1e-12, "every second start is preempted before it works");
        CheckpointInterval.Goodput(1800, (half - 0.5) * 3600, half * 3600, 3600).ShouldBe(0.25, 1e-12, "in whatever unit");
        CheckpointInterval.Goodput(0, 0, 0, 1).ShouldBe(0);
        CheckpointInterval.Goodput(1e6, 1, 0, 1).ShouldBe(0);
    }

    [Fact]
    public void What_a_start_takes_lowers_the_goodput_and_not_the_interval()
    {
        CadenceAdvice With(double minutes) => CheckpointCadence.Decide(new() { Hazard = PreemptionHazard.Constant(TimeSpan.FromHours(1)), Restart = TimeSpan.FromMinutes(minutes) });
        With(60).Every.ShouldBe(With(0).Every);
        With(60).Goodput.ShouldBe(With(0).Goodput / Math.E, 1e-6);
    }

    [Fact]
    public void The_interval_is_the_best_one_at_the_mean_over_that_very_interval()
    {
        var hazard = PreemptionHazard.Of(new() { Preempted = [.. Enumerable.Range(1, 60).Select(i => TimeSpan.FromMinutes(Math.Pow(Math.Log(61d / i), 3)))] }, PreemptionPrior.Default);
        foreach (var write in (double[])[5, 60, 600])
        {
            var advice = CheckpointCadence.Decide(new() { Hazard = hazard, WriteTime = TimeSpan.FromSeconds(write) });
            var mean = hazard.Mean(TimeSpan.Zero, advice.Every + TimeSpan.FromSeconds(write));
            advice.Every.TotalSeconds.ShouldBe(Every(write, mean.TotalSeconds), advice.Every.TotalSeconds * 2e-3);
        }
    }

    private static double Every(double write, double mean) => CheckpointInterval.Best(write, mean);
}
