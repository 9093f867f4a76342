using Lodger.Domain.Market;
using Lodger.Domain.Plan;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Plan;

public sealed class OwnBidsTests
{
    private static readonly Offer Beside = Samples.Offer with { Id = "beside", GpuUsdPerHour = 0.3m, MinBidUsdPerHour = 0.25m };
    private static readonly Offer Elsewhere = Samples.Offer with { Id = "elsewhere", MachineId = "m2", MinBidUsdPerHour = 0.25m };

    private static Rental Bid { get; } = Samples.Rental with { Interruptible = true, BidUsdPerHour = 0.2m, GpuUsdPerHour = 0.2m };

    private static JobPlan Spared(JobSpec spec, Rental own, params Offer[] offers) =>
        OwnBids.Spare(Planner.Make(spec, offers, new PlanInputs()), new RentalList([own]));

    [Fact]
    public void What_is_rented_on_demand_is_not_taken_from_a_bid_of_the_same_account()
    {
        var plan = Spared(Samples.Spec, Bid, Beside, Elsewhere);
        plan.Best!.Offer.Id.ShouldBe("elsewhere");
        plan.Best.WhyNot.ShouldBeEmpty();
        plan.LeftOut.ShouldHaveSingleItem().ShouldBe(new LeftOut(Beside, OwnBids.Why));
        plan.BeatsOwnBid.ShouldBeFalse();
    }

    [Fact]
    public void Where_nothing_else_fits_it_is_taken_and_said()
    {
        var plan = Spared(Samples.Spec, Bid, Beside);
        (plan.Best!.Offer.Id, plan.BeatsOwnBid).ShouldBe(("beside", true));
        plan.LeftOut.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0.25, "elsewhere", "it would have to be higher than ours")]
    [InlineData(0.15, "beside", "another GPU of the machine")]
    [InlineData(null, "elsewhere", "nobody can bid there")]
    public void A_bid_goes_beside_one_of_ours_only_where_it_need_not_be_higher(double? least, string taken, string why) =>
        Spared(Samples.Spec with { Rent = RentMode.Interruptible }, Bid, Beside with { MinBidUsdPerHour = (decimal?)least }, Elsewhere).Best!.Offer.Id.ShouldBe(taken, why);

    [Fact]
    public void On_demand_rentals_of_ours_and_bids_that_are_stopped_lose_nothing()
    {
        Spared(Samples.Spec, Samples.Rental, Beside, Elsewhere).Best!.Offer.Id.ShouldBe("beside");
        Spared(Samples.Spec, Bid with { Status = RentalStatus.Stopped }, Beside, Elsewhere).Best!.Offer.Id.ShouldBe("beside");
        Spared(Samples.Spec, Bid with { Status = RentalStatus.Preempted }, Beside, Elsewhere).Best!.Offer.Id.ShouldBe("elsewhere", "it waits for that very GPU");
    }

    [Fact]
    public void A_job_that_looks_for_another_machine_takes_none_from_a_bid_of_its_account_but_its_own()
    {
        RentalList ours = new([Bid]);
        OwnBids.Displaces(Beside, onDemand: false, ours).ShouldBeTrue();
        OwnBids.Displaces(Beside, onDemand: false, ours, but: Bid.Id).ShouldBeFalse();
        OwnBids.Displaces(Elsewhere, onDemand: false, ours).ShouldBeFalse();
        OwnBids.Displaces(Beside, onDemand: false, null).ShouldBeFalse("nothing is known of what is rented");
        OwnBids.Displaces(Beside, onDemand: false, new RentalList([Bid with { Status = RentalStatus.Preempted }])).ShouldBeFalse("it has no GPU that could be taken");
        OwnBids.Displaces(Beside with { MinBidUsdPerHour = 0.2001m }, onDemand: false, ours).ShouldBeTrue();
        var another = Beside with { MinBidUsdPerHour = 0.2m };
        OwnBids.Displaces(another, onDemand: false, ours).ShouldBeFalse("another GPU of the machine");
        OwnBids.Displaces(another, onDemand: true, ours).ShouldBeTrue("on demand the platform takes the GPU that it likes");
    }
}
