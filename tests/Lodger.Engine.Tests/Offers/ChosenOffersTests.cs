using Lodger.Domain.Market;
using Lodger.Engine.Offers;
using Lodger.Tests.Shared;

namespace Lodger.Engine.Tests.Offers;

/// <summary>Jobs that choose from the same list at the same time.</summary>
public sealed class ChosenOffersTests
{
    private static readonly DateTimeOffset T0 = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);
    private static readonly Offer[] List = [Named("1"), Named("2"), Named("3")];

    private readonly ChosenOffers chosen = new();

    [Fact]
    public void An_offer_is_chosen_by_one_job_alone_until_a_list_that_was_asked_for_after_its_rent()
    {
        chosen.TryChoose("a", "1", T0, T0).ShouldBeTrue();
        chosen.TryChoose("b", "1", T0, T0).ShouldBeFalse();
        Left("b", T0).ShouldBe(["2", "3"]);
        Left("a", T0).ShouldBe(["1", "2", "3"], "its own choice is left to it");

        // It rents, and the list of before says nothing of it.
        chosen.Set("a", null, Seconds(5));
        Left("b", T0).ShouldBe(["2", "3"]);
        Left("b", Seconds(5)).ShouldBe(["2", "3"]);
        Left("b", Seconds(6)).ShouldBe(["1", "2", "3"], "the platform would not list it if it were gone");
        chosen.TryChoose("b", "1", Seconds(6), Seconds(6)).ShouldBeTrue();
    }

    [Fact]
    public void What_is_left_over_in_a_list_can_be_chosen()
    {
        // A decision that is refused is made anew at once: were the two of different opinions, it would be made for ever.
        chosen.TryChoose("a", "2", T0, T0).ShouldBeTrue();
        chosen.Set("c", "3", T0);
        chosen.Set("c", null, Seconds(1));
        foreach (var left in Left("b", T0, Seconds(2)))
            chosen.TryChoose("b", left, T0, Seconds(2)).ShouldBeTrue();
    }

    [Fact]
    public void A_job_that_chooses_something_else_leaves_what_it_had_chosen()
    {
        chosen.TryChoose("a", "1", T0, T0).ShouldBeTrue();
        chosen.TryChoose("a", "2", T0, Seconds(1)).ShouldBeTrue();
        Left("b", Seconds(2)).ShouldBe(["1", "3"]);
    }

    [Fact]
    public void A_list_that_nothing_is_decided_by_any_more_is_left_as_it_is()
    {
        chosen.TryChoose("a", "1", T0, T0).ShouldBeTrue();
        Left("b", T0, T0.AddMinutes(11)).ShouldBe(["1", "2", "3"]);
        chosen.TryChoose("b", "1", T0, T0.AddMinutes(11)).ShouldBeTrue();
    }

    [Fact]
    public void A_person_may_choose_what_a_job_goes_for_and_the_first_keeps_it()
    {
        chosen.TryChoose("a", "1", T0, T0).ShouldBeTrue();
        chosen.Set("b", "1", Seconds(1));
        chosen.Set("b", null, Seconds(2));
        Left("c", Seconds(3)).ShouldBe(["2", "3"], "a still goes for it");
    }

    [Fact]
    public void A_job_that_cannot_rent_for_long_leaves_its_offer_to_others()
    {
        chosen.TryChoose("a", "1", T0, T0).ShouldBeTrue();
        Left("b", T0.AddMinutes(10)).ShouldBe(["2", "3"]);
        Left("b", T0.AddMinutes(11)).ShouldBe(["1", "2", "3"]);

        // Then it is the other's alone.
        chosen.TryChoose("b", "1", T0.AddMinutes(11), T0.AddMinutes(11)).ShouldBeTrue();
        chosen.TryChoose("c", "1", T0.AddMinutes(11), T0.AddMinutes(11)).ShouldBeFalse();
        chosen.Set("a", null, T0.AddMinutes(12));
        Left("c", T0.AddMinutes(13)).ShouldBe(["2", "3"]);
    }

    [Fact]
    public void What_is_long_over_is_forgotten()
    {
        for (var i = 0; i < 100; i++)
        {
            chosen.Set("a", $"{i}", T0.AddMinutes(i));
            chosen.Set("a", null, T0.AddMinutes(i));
        }

        chosen.Known.ShouldBeLessThanOrEqualTo(12);
    }

    private string[] Left(string job, DateTimeOffset listedAt, DateTimeOffset? now = null) => [.. List.Select(o => o.Id).Except(chosen.HeldFrom(job, List, listedAt, now ?? listedAt))];

    private static DateTimeOffset Seconds(int s) => T0.AddSeconds(s);

    private static Offer Named(string id) => SampleOffer.OnDemand with { Id = id, MachineId = "m" + id, HostId = "h" + id };
}
