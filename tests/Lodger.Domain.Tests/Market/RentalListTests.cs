using Lodger.Domain.Market;

namespace Lodger.Domain.Tests.Market;

public sealed class RentalListTests
{
    private static Rental Of(string id, string? label, string machine = "m1", bool isBid = false) =>
        Samples.Rental with { Id = id, Label = label, MachineId = machine, Interruptible = isBid };

    private static RentalList List { get; } = new([Of("r9", "lodger/a/1"), Of("r2", "lodger/a/1"), Of("r3", "by hand", isBid: true), Of("r4", null, "m2", isBid: true), Of("r5", null)]);

    [Fact]
    public void Every_rental_with_the_label_is_found_and_the_one_with_the_id_whatever_it_is_called_and_none_twice()
    {
        List.WithIdOrLabel(null, "lodger/a/1").Select(r => r.Id).ShouldBe(["r2", "r9"]);
        List.WithIdOrLabel("r3", "lodger/a/1").Select(r => r.Id).ShouldBe(["r2", "r3", "r9"]);
        List.WithIdOrLabel("r9", "lodger/a/1").Select(r => r.Id).ShouldBe(["r2", "r9"]);
        List.WithIdOrLabel("r4", "lodger/b/1").Select(r => r.Id).ShouldBe(["r4"]);
        List.WithIdOrLabel("r7", "lodger/b/1").ShouldBeEmpty();
    }

    [Fact]
    public void A_rental_that_the_listing_does_not_show_is_none()
    {
        List.WithId("r3")!.Label.ShouldBe("by hand");
        List.WithId("r7").ShouldBeNull();
        List.WithId(null).ShouldBeNull();
        (List.Count, List[1].Id).ShouldBe((5, "r2"));
    }

    [Fact]
    public void Bids_are_found_by_their_machine_and_what_is_on_demand_is_none()
    {
        List.BidsOn("m1").Select(r => r.Id).ShouldBe(["r3"]);
        List.BidsOn("m2").Select(r => r.Id).ShouldBe(["r4"]);
        List.BidsOn("m3").ShouldBeEmpty();
    }

    [Fact]
    public void What_a_rental_was_charged_is_the_sum_of_its_parts() => new Charges("r1", 1m, 0.2m, 0.03m, 0.004m).TotalUsd.ShouldBe(1.234m);
}
