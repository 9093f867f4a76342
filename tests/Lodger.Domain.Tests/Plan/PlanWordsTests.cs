using Lodger.Domain.Box;
using Lodger.Domain.Plan;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Plan;

/// <summary>What a plan says of an offer, and at which figure it says something else.</summary>
public sealed class PlanWordsTests
{
    private static readonly PlanInputs Inputs = new() { ResultBytes = 10_000_000_000 };

    private static readonly JobSpec TenHours = Samples.Spec with { Work = TimeSpan.FromHours(10) };

    [Theory]
    [InlineData(0.41, 10, 0.5, "$0.410/h GPU")]
    [InlineData(0.4, 11, 0.5, "disk $11.00/GB/month")]
    [InlineData(0.4, 10, 0.51, "bandwidth $0.510/GB")]
    [InlineData(0.42, 9.99, 0.5, "$0.420/h GPU")]
    public void The_reason_is_where_it_costs_more_and_not_where_both_cost_much(double gpu, double storage, double upload, string why)
    {
        var best = Samples.Offer with { StorageUsdPerGbMonth = 10, UploadUsdPerGb = 0.5m };
        var other = best with { Id = "z", GpuUsdPerHour = (decimal)gpu, StorageUsdPerGbMonth = (decimal)storage, UploadUsdPerGb = (decimal)upload };
        Planner.Make(TenHours, [best, other], Inputs).Offers[1].WhyNot.ShouldBe(why);
    }

    [Fact]
    public void Data_that_the_machine_fetches_is_paid_for_and_lies_on_its_disk()
    {
        var inputs = Inputs with { CodeBytes = 1_000_000_000, DataBytes = 4_000_000_000 };
        var plan = Planner.Make(TenHours, [Samples.Offer], inputs);
        plan.Best!.InUsd.ShouldBe(0.05m);
        plan.Disk!.CodeAndDataGb.ShouldBe(5);
        Planner.Make(TenHours, [Samples.Offer], inputs with { DataBytes = null }).Best!.InUsd.ShouldBe(0.01m);
    }

    [Fact]
    public void What_was_assumed_is_said_in_the_jobs_own_figures()
    {
        var inputs = Inputs with { CheckpointBytes = 2_500_000_000 };
        var spec = TenHours with { BudgetUsd = 5 };
        Planner.Make(spec, [], inputs).Assumptions.ShouldBe(["results and checkpoints of 10 GB brought home, image of 5 GB"]);
        Planner.Make(spec with { Checkpoints = ["ckpt/*"] }, [], inputs).Assumptions[1].ShouldBe("a checkpoint of 2.5 GB copied off the machine every 30 min");
        Planner.Make(spec with { Rent = RentMode.Auto }, [], inputs).Assumptions[1].ShouldBe("preemptions cost 8 % of the work, done again from the newest checkpoint");
        var fetching = spec with { Data = [new DataSource("https://example.org/a", "a", null)] };
        Planner.Make(fetching, [], inputs).Assumptions[1].ShouldStartWith("the size of data: is not known");
        Planner.Make(fetching, [], inputs with { DataBytes = 5 }).Assumptions.ShouldHaveSingleItem();
    }

    [Fact]
    public void A_disk_without_checkpoints_is_reckoned_without_them()
    {
        var disk = DiskNeed.Of(Samples.Spec, new PlanInputs { ImageBytes = 4_500_000_000 });
        (disk.TotalGb, disk.Arithmetic).ShouldBe((13, "image 9, code and data 0, results 1, caches 3"));
    }

    [Fact]
    public void An_offer_with_exactly_the_disk_that_is_asked_for_fits()
    {
        Planner.Fits(Samples.Spec, Samples.Offer with { DiskGb = 20 }).ShouldBeTrue();
        Planner.Fits(Samples.Spec, Samples.Offer with { DiskGb = 19.9 }).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0.54, false)]
    [InlineData(0.55, true)]
    public void Work_is_rented_on_a_bid_only_where_that_is_cheaper_with_what_is_done_again(double onDemand, bool isBid)
    {
        var offer = Samples.Offer with { GpuUsdPerHour = (decimal)onDemand, MinBidUsdPerHour = 0.4m, StorageUsdPerGbMonth = 0 };
        var spec = Samples.Spec with { Rent = RentMode.Auto, Bid = new(0.5m, null), Work = TimeSpan.FromHours(1) };
        var best = Planner.Make(spec, [offer], Inputs).Best!;
        (best.BidUsdPerHour is not null).ShouldBe(isBid);
        best.UsdPerHour.ShouldBe(isBid ? 0.5m : 0.54m);
    }

    [Fact]
    public void A_line_whose_speed_is_not_known_is_taken_for_ten_minutes_of_loading() =>
        Planner.Make(TenHours, [Samples.Offer with { DownloadMbps = 0 }], Inputs).Best!.Boot.ShouldBe(TimeSpan.FromSeconds(640));

    [Theory]
    [InlineData(30, 23, "its contract ends in 23 h, and the job needs 31 h")]
    [InlineData(100, 60, "its contract ends in 2.5 d, and the job needs 4.2 d")]
    [InlineData(1, -5, "its contract ends in 0 h, and the job needs 2 h")]
    public void How_long_a_contract_lasts_is_said_in_hours_and_beyond_two_days_in_days(double hours, double ends, string why)
    {
        var offer = Samples.Offer with { ContractEnd = Samples.T0.AddHours(ends) };
        Planner.Make(Samples.Spec with { Work = TimeSpan.FromHours(hours) }, [offer], Inputs with { MarketNow = Samples.T0 }).LeftOut.ShouldHaveSingleItem().Why.ShouldBe(why);
    }

    [Fact]
    public void With_a_deadline_an_offer_that_costs_the_same_is_not_said_to_miss_it()
    {
        var spec = TenHours with { Rent = RentMode.Auto, Checkpoints = ["c.pt"], Deadline = new DeadlineSpec(TimeSpan.FromHours(24), null) };
        var inputs = Inputs with { Now = Samples.T0 };
        var offer = Samples.Offer with { MinBidUsdPerHour = 0.1m };
        var plan = Planner.ForDeadline(spec, Planner.Make(spec, [offer, offer with { Id = "offer-2", MachineId = "m2" }], inputs), inputs);
        plan.Choice.ShouldNotBeNull();
        plan.Offers.Select(p => p.WhyNot).ShouldBe(["", "same total"]);
    }

    [Fact]
    public void A_bid_that_is_chosen_for_the_deadline_is_priced_with_what_is_done_again()
    {
        var spec = Samples.Spec with { Work = TimeSpan.FromMinutes(30), Rent = RentMode.Auto, Checkpoints = ["c.pt"], Deadline = new DeadlineSpec(TimeSpan.FromHours(2), null) };
        var inputs = Inputs with { Now = Samples.T0, CheckpointBytes = 5_000_000_000 };
        var cheapest = Planner.Make(spec, [Samples.Offer with { MinBidUsdPerHour = 0.2m, UploadUsdPerGb = 1 }], inputs);
        cheapest.Best!.BidUsdPerHour.ShouldBeNull("the copies of half an hour and a little more are two");
        var best = Planner.ForDeadline(spec, cheapest, inputs).Best!;
        best.GpuUsd.ShouldBe(best.BidUsdPerHour.ShouldNotBeNull() * 0.54m, 0.0001m);
    }

    [Fact]
    public void An_alternative_on_a_bid_is_said_with_its_bid()
    {
        var spec = TenHours with { Rent = RentMode.Interruptible, Bid = new(0.25m, null) };
        var plan = Planner.Make(spec, [Samples.Offer with { MinBidUsdPerHour = 0.1m }, Samples.Offer with { Id = "z", MinBidUsdPerHour = 0.1m, StorageUsdPerGbMonth = 9 }], Inputs);
        plan.DecisionFor(plan.Best!).Alternatives.ShouldHaveSingleItem().ShouldStartWith("offer z, bid $0.25: $");
    }
}
