using Lodger.Domain.Policy.Deadlines;

namespace Lodger.Domain.Tests.Policy.Deadlines;

/// <summary>When spells end by their age, and what is learned of that from traces whose law is known.</summary>
public sealed class AgeHazardTests
{
    /// <summary>One an hour in the first hour, half of one in the next two, then a quarter and falling as 1/age.</summary>
    private static readonly AgeHazard Falling = new([0, 1, 3], [1, 0.5, 0.25]);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.5, 0.5)]
    [InlineData(1, 1)]
    [InlineData(2, 1.5)]
    [InlineData(3, 2)]
    [InlineData(6, 2 + (0.75 * 0.693147180559945))]
    public void Ends_add_up_from_age_to_age(double age, double sum)
    {
        Falling.At(age).ShouldBe(sum, 1e-12);
        Falling.AgeAt(sum).ShouldBe(age, 1e-9, "and back");
        Falling.Times(3).At(age).ShouldBe(3 * sum, 1e-12);
        Falling.Ends(0, age).ShouldBe(1 - Math.Exp(-sum), 1e-12);
        Falling.Ends(age, age).ShouldBe(0);
    }

    [Fact]
    public void A_spell_that_is_met_at_a_random_moment_is_as_old_as_half_of_the_time_in_spells()
    {
        // No spell ends before its fourth hour: any age up to there is as likely as any other.
        new AgeHazard([0, 1, 2, 4], [1e-12, 1e-12, 1e-12, 1]).MedianAge().ShouldBe(2, 1e-9);
        // All end in their second hour, evenly: an hour and a half hour are spent.
        new AgeHazard([0, 1, 2, 4], [0, 50, 50, 50]).MedianAge().ShouldBe(0.75, 0.01);
    }

    [Fact]
    public void Odds_before_anything_was_seen_are_even_and_worth_six_hours()
    {
        SpotLaws.LogOdds(0, 0).ShouldBe(0);
        SpotLaws.LogOdds(3, 0).ShouldBe(Math.Log(2), 1e-12);
        SpotLaws.LogOdds(0, 9).ShouldBe(-Math.Log(4), 1e-12);
        var usual = SpotLaws.Usual;
        usual.At(0).Goes.At(5).ShouldBe(usual.Goes.At(5), 1e-12);
        usual.At(2).Goes.At(5).ShouldBe(usual.Goes.At(5) * Math.Exp(2 * usual.GoesPower), 1e-12);
        usual.At(2).Comes.At(5).ShouldBe(usual.Comes.At(5) * Math.Exp(2 * usual.ComesPower), 1e-12);
        usual.At(2).Goes.At(5).ShouldBeLessThan(usual.Goes.At(5), "what was up for long stays");
    }

    [Fact]
    public void Ages_are_told_apart_evenly_at_first_and_then_by_a_part_of_the_age()
    {
        var ages = SpotKinds.Ages(0.5);
        ages[..4].ShouldBe([0, 0.5, 1, 1.5]);
        for (var i = 4; i < ages.Length; i++)
            (ages[i] - ages[i - 1]).ShouldBe(Math.Max(0.5, 0.3 * ages[i - 1]), 1e-9);
        (ages[^2] < 36, ages[^1] >= 36).ShouldBe((true, true));
        // A minute is the finest for as long as a spell is young.
        var fine = SpotKinds.Ages(1 / 60d);
        fine[24].ShouldBe(24 / 60d, 1e-9);
        (fine[27] - fine[26]).ShouldBe(0.3 * fine[26], 1e-9);
    }

    /// <summary>Two zones whose spells end evenly, in one four times as soon as in the other.</summary>
    [Fact]
    public void From_traces_the_shape_and_the_factor_of_each_zone_are_learned()
    {
        var figures = SpotKinds.Figures([Zone(2, 1, seed: 1), Zone(0.5, 0.25, seed: 2)]);
        (figures.Factors[0].Goes / figures.Factors[1].Goes).ShouldBe(4, 0.3);
        (figures.Factors[0].Comes / figures.Factors[1].Comes).ShouldBe(4, 0.3);
        for (var age = 0; age < 5; age++)
        {
            (figures.Goes[age] * figures.Factors[0].Goes).ShouldBe(2, 0.3, $"age {age}");
            (figures.Comes[age] * figures.Factors[0].Comes).ShouldBe(1, 0.15, $"age {age}");
        }

        SpotKinds.Figures([new SpotTrace("never", 1 / 60d, new bool[1000])]).Factors[0].Comes.ShouldBe(1, 1e-9, "of a trace that never changes nothing is learned");
    }

    [Fact]
    public void An_even_law_is_learned_as_one_that_no_odds_change()
    {
        var figures = SpotLaws.Figures([Zone(2, 1, seed: 3), Zone(2, 1, seed: 4)]);
        for (var age = 0; age < 5; age++)
        {
            // At the odds of this market, one up to two away.
            (figures.Goes[age] * Math.Exp(figures.GoesPower * -Math.Log(2))).ShouldBe(2, 0.3, $"age {age}");
            (figures.Comes[age] * Math.Exp(figures.ComesPower * -Math.Log(2))).ShouldBe(1, 0.15, $"age {age}");
        }

        Math.Abs(figures.GoesPower).ShouldBeLessThan(0.2);
        Math.Abs(figures.ComesPower).ShouldBeLessThan(0.2);
    }

    /// <summary>Hazards per hour, in ticks of a minute, for two hundred days.</summary>
    private static SpotTrace Zone(double goes, double comes, int seed)
    {
        var random = new Random(seed);
        var available = new bool[200 * 24 * 60];
        for (var i = 1; i < available.Length; i++)
            available[i] = random.NextDouble() < 1 - Math.Exp(-(available[i - 1] ? goes : comes) / 60) ? !available[i - 1] : available[i - 1];
        return new($"zone-{seed}", 1 / 60d, available);
    }
}
