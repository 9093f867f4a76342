using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Plan;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Plan;

public sealed class PlannerTests
{
    private static readonly PlanInputs Inputs = new() { ResultBytes = 10_000_000_000 };

    private static JobPlan Make(params Offer[] offers) => Planner.Make(Samples.Spec with { Work = TimeSpan.FromHours(10) }, offers, Inputs);

    [Fact]
    public void Offers_are_ranked_by_the_whole_jobs_cost_and_not_by_the_hour()
    {
        var cheapHour = Samples.Offer with { Id = "cheap-hour", GpuUsdPerHour = 0.3m, UploadUsdPerGb = 1 };
        var plan = Make(cheapHour, Samples.Offer with { Id = "cheap-total" });
        plan.Best!.Offer.Id.ShouldBe("cheap-total");
        plan.Best.WhyNot.ShouldBeEmpty();
        plan.Offers[1].WhyNot.ShouldBe("bandwidth $1.000/GB");
    }

    [Fact]
    public void Each_price_is_work_disk_and_bytes()
    {
        var best = Make(Samples.Offer).Best!;
        best.GpuUsd.ShouldBe(4m);
        best.TransferUsd.ShouldBe(0.1m);
        best.Boot.ShouldBe(TimeSpan.FromSeconds(80));
        best.DiskUsd.ShouldBe(0.2m * 20 / 720 * (decimal)(TimeSpan.FromHours(10) + best.Boot).TotalHours);
        best.TotalUsd.ShouldBe(best.GpuUsd + best.DiskUsd + best.TransferUsd);
    }

    [Fact]
    public void The_reason_against_an_offer_is_its_dearest_difference()
    {
        var plan = Make(
            Samples.Offer with { Id = "a" },
            Samples.Offer with { Id = "b" },
            Samples.Offer with { Id = "c", GpuUsdPerHour = 0.5m },
            Samples.Offer with { Id = "d", StorageUsdPerGbMonth = 90m });
        plan.Offers.Select(p => (p.Offer.Id, p.WhyNot)).ShouldBe([("a", ""), ("b", "same total"), ("c", "$0.500/h GPU"), ("d", "disk $90.00/GB/month")]);
    }

    [Fact]
    public void The_offer_that_is_taken_has_its_reason_and_what_the_others_would_have_cost()
    {
        var plan = Make(Samples.Offer with { Id = "a" }, Samples.Offer with { Id = "b", GpuUsdPerHour = 0.5m }, Samples.Offer with { Id = "c", GpuUsdPerHour = 0.6m });
        plan.DecisionFor(plan.Best!).Choice.ShouldBe($"${plan.Best!.TotalUsd:0.00} in all, the least of 3 offers");
        plan.DecisionFor(plan.Best!).Alternatives.ShouldBe([$"offer b, on-demand: ${plan.Offers[1].TotalUsd:0.00} in all, $0.500/h GPU", $"offer c, on-demand: ${plan.Offers[2].TotalUsd:0.00} in all, $0.600/h GPU"]);
        plan.DecisionFor(plan.Offers[1]).Choice.ShouldEndWith("1 of 3 offers cost less");
        plan.DecisionFor(plan.Offers[1]).Alternatives[0].ShouldBe($"offer a, on-demand: ${plan.Best.TotalUsd:0.00} in all");
        Make(Samples.Offer).DecisionFor(Make(Samples.Offer).Best!).Choice.ShouldEndWith("the only offer that fits");
        var chosen = plan with { Choice = "on-demand $9.00 -> on-demand on b ($0.50/h)", Alternatives = ["move $4.00: could miss the deadline"] };
        chosen.DecisionFor(chosen.Best!).ShouldBe((chosen.Choice, chosen.Alternatives));
        chosen.DecisionFor(chosen.Offers[1]).Choice.ShouldEndWith("1 of 3 offers cost less");
    }

    [Fact]
    public void What_does_not_fit_is_left_out() =>
        Make(
            Samples.Offer with { Id = "name", GpuName = "RTX 3060" },
            Samples.Offer with { Id = "count", GpuCount = 2 },
            Samples.Offer with { Id = "memory", GpuMemoryMb = 12_000 },
            Samples.Offer with { Id = "disk", DiskGb = 19 }).Best.ShouldBeNull();

    [Theory]
    [InlineData(24, true)]
    [InlineData(10.4, false)]
    public void With_rent_auto_a_deadline_decides_whether_a_bid_is_rented_first_and_the_choice_is_said(double hours, bool isBid)
    {
        var spec = Samples.Spec with { Work = TimeSpan.FromHours(10), Rent = RentMode.Auto, Checkpoints = ["c.pt"], Deadline = new DeadlineSpec(TimeSpan.FromHours(hours), null) };
        var inputs = Inputs with { Now = Samples.T0 };
        Offer[] offers = [Samples.Offer with { MinBidUsdPerHour = 0.1m }, Samples.Offer with { Id = "dear", MachineId = "m2", GpuUsdPerHour = 0.7m, MinBidUsdPerHour = 0.2m }];
        var plan = Planner.ForDeadline(spec, Planner.Make(spec, offers, inputs), inputs);
        (plan.Best!.Offer.Id, plan.Best.BidUsdPerHour is not null, plan.Best.WhyNot).ShouldBe(("offer-1", isBid, ""));
        plan.Choice!.ShouldContain(isBid ? "-> move to offer-1" : "-> on-demand on offer-1");
        plan.Alternatives.ShouldNotBeEmpty();
        plan.Alternatives.ShouldAllBe(a => a.Contains(": "));
        plan.Alternatives.Append(plan.Choice!).ShouldAllBe(a => !a.Contains("wait"), "nothing is rented yet that could come back");
        (plan.Offers.Count, plan.Offers[1].Offer.Id).ShouldBe((2, "dear"));
        plan.Offers[1].WhyNot.ShouldBe(isBid ? "$0.221/h GPU" : "could miss the deadline");
        plan.Best.GpuUsd.ShouldBe(isBid ? plan.Best.BidUsdPerHour!.Value * 10.8m : 4m, 0.0001m, "on demand nothing is done twice");
    }

    [Fact]
    public void Without_a_deadline_or_with_one_way_of_renting_the_cheapest_stays_first()
    {
        var spec = Samples.Spec with { Work = TimeSpan.FromHours(10), Rent = RentMode.Auto };
        var inputs = Inputs with { Now = Samples.T0 };
        var plan = Planner.Make(spec, [Samples.Offer with { MinBidUsdPerHour = 0.1m }], inputs);
        Planner.ForDeadline(spec, plan, inputs).ShouldBeSameAs(plan);
        Planner.ForDeadline(spec with { Rent = RentMode.Interruptible, Deadline = new DeadlineSpec(TimeSpan.FromHours(10.4), null) }, plan, inputs).ShouldBeSameAs(plan);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-300)]
    [InlineData(double.NaN)]
    [InlineData(-5)]
    public void A_nonsensical_bandwidth_is_a_long_boot_and_no_crash(double mbps) =>
        Make(Samples.Offer with { DownloadMbps = mbps }).Best!.Boot.ShouldBeInRange(TimeSpan.FromMinutes(10), TimeSpan.FromDays(2));

    [Fact]
    public void What_was_assumed_is_said()
    {
        var said = Planner.Make(Samples.Spec, [Samples.Offer], Inputs).Assumptions;
        said.ShouldContain(s => s.Contains("one hour"));
        said.ShouldContain(s => s.Contains("no budget"));
        Planner.Make(Samples.Spec with { Work = TimeSpan.FromHours(1), BudgetUsd = 5, DiskGb = 40 }, [], Inputs).Assumptions.ShouldHaveSingleItem();
    }

    [Fact]
    public void A_contract_that_ends_before_the_work_is_done_and_home_is_left_out_with_its_reason()
    {
        var spec = Samples.Spec with { Work = TimeSpan.FromHours(10) };
        var now = Inputs with { MarketNow = Samples.T0 };
        var shortly = Samples.Offer with { Id = "short", GpuUsdPerHour = 0.1m, ContractEnd = Samples.T0.AddHours(10.5) };
        var plan = Planner.Make(spec, [shortly, Samples.Offer with { Id = "long", ContractEnd = Samples.T0.AddHours(12) }, Samples.Offer with { Id = "unknown" }], now);

        plan.Offers.Select(o => o.Offer.Id).ShouldBe(["long", "unknown"]);
        plan.LeftOut.ShouldHaveSingleItem().ShouldBe(new LeftOut(shortly, "its contract ends in 10.5 h, and the job needs 11 h"));
        Planner.Make(spec, [shortly], Inputs).Best.ShouldNotBeNull("without the platform's time nothing is too short");
    }

    [Fact]
    public void The_parts_of_a_price_add_up_and_copies_of_checkpoints_are_one_of_them()
    {
        var spec = Samples.Spec with { Work = TimeSpan.FromHours(10), Checkpoints = ["ckpt/*"], Rent = Lodger.Domain.Spec.RentMode.Interruptible };
        var offer = Samples.Offer with { MinBidUsdPerHour = 0.1m, UploadUsdPerGb = 0.05m };
        var best = Planner.Make(spec, [offer], Inputs with { CodeBytes = 1_000_000_000 }).Best!;

        // 10.8 hours with what is done again: 22 half hours begin.
        best.MirrorUsd.ShouldBe(22 * 0.5m * 0.05m);
        (best.InUsd, best.OutUsd).ShouldBe((0.01m, 0.5m));
        (best.InUsd + best.MirrorUsd + best.OutUsd).ShouldBe(best.TransferUsd);
        best.ReworkUsd.ShouldBe(best.GpuUsd * 0.08m / 1.08m, 0.0001m);
        Planner.Make(spec with { Checkpoints = [], Rent = Lodger.Domain.Spec.RentMode.OnDemand }, [offer], Inputs).Best!.ShouldSatisfyAllConditions(p => p.MirrorUsd.ShouldBe(0), p => p.ReworkUsd.ShouldBe(0));
    }

    [Fact]
    public void The_offer_that_is_cheapest_an_hour_and_lost_is_known()
    {
        var cheap = Samples.Offer with { Id = "cheap-hour", GpuUsdPerHour = 0.3m, UploadUsdPerGb = 1 };
        Make(cheap, Samples.Offer).CheapestHour!.Offer.Id.ShouldBe("cheap-hour");
        Make(Samples.Offer, Samples.Offer with { Id = "dear", GpuUsdPerHour = 0.5m }).CheapestHour.ShouldBeNull();
        Make().CheapestHour.ShouldBeNull();
    }

    [Fact]
    public void The_disk_is_reckoned_part_by_part()
    {
        var spec = Samples.Spec with { Checkpoints = ["ckpt/*"], DiskGb = 20 };
        var inputs = new PlanInputs { ImageBytes = 4_500_000_000, DataBytes = 4_000_000_000, CheckpointBytes = 6_000_000_000, ResultBytes = 1_000_000_000 };
        var plan = Planner.Make(spec, [], inputs);

        plan.Disk!.TotalGb.ShouldBe(9 + 4 + (3 * 6) + 1 + 3);
        plan.Disk.Arithmetic.ShouldBe("image 9, code and data 4, checkpoints 3 x 6, results 1, caches 3");
    }

    [Fact]
    public void The_reserve_pulls_everything_and_keeps_the_disk_a_week() =>
        Reserve.Usd(Samples.Rental, 20).ShouldBe((0.02m * 20) + (0.01m * 168));
}
