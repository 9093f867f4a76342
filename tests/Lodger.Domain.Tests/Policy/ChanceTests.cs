using Lodger.Domain.Policy;

namespace Lodger.Domain.Tests.Policy;

/// <summary>The chance of something whose rate nobody knows, by the formulas of docs/policy.md.</summary>
public sealed class ChanceTests
{
    private static readonly Chance Usual = Chance.OfReturn;

    [Fact]
    public void What_is_waited_on_average_is_the_sum_of_the_chances_of_still_waiting()
    {
        foreach (var chance in (Chance[])[Usual, Chance.OfHostReturn, new(1, 3), new(0.999_999_9, 3), Usual.Aged(5), Usual.Seen(4, 9), Usual.Times(4)])
        {
            foreach (var hours in (double[])[0.1, 1, 20])
            {
                const int Steps = 20_000;
                var sum = Enumerable.Range(0, Steps).Sum(i => chance.NotWithin((i + 0.5) * hours / Steps)) * hours / Steps;
                chance.MeanWait(hours).ShouldBe(sum, sum * 1e-5, $"{chance} for {hours} h");
            }
        }
    }

    [Fact]
    public void It_falls_with_age_as_one_by_the_age_and_is_multiplied_at_every_age()
    {
        Usual.NotWithin(1).ShouldBe(Math.Pow(1.05 / 2.05, 1.47), 1e-12);
        Usual.Aged(3).NotWithin(1).ShouldBe(Usual.NotWithin(4) / Usual.NotWithin(3), 1e-12);
        Usual.Times(2).NotWithin(1).ShouldBe(Math.Pow(Usual.NotWithin(1), 2), 1e-12);
        (Usual.Aged(-1), Usual.Seen(-1, -1)).ShouldBe((Usual, Usual));
    }

    [Fact]
    public void Until_the_chance_of_a_moment_has_fallen_to_a_price_it_takes_the_events_by_it_less_the_hours()
    {
        Usual.HoursUntil(0.147).ShouldBe(10 - 1.05, 1e-9);
        Usual.Aged(5).HoursUntil(0.147).ShouldBe(10 - 6.05, 1e-9);
        Usual.Aged(50).HoursUntil(0.147).ShouldBe(0, "it has long");
        Usual.HoursUntil(0).ShouldBe(double.PositiveInfinity);
        Usual.HoursUntil(-1).ShouldBe(double.PositiveInfinity, "what costs nothing is waited for without end");
    }
}
