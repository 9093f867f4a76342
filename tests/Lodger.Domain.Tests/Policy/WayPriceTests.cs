using Lodger.Domain.Market;
using Lodger.Domain.Plan;
using Lodger.Domain.Policy;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Policy;

/// <summary>What each way on costs and when it ends, by the table in docs/policy.md, reckoned by hand.</summary>
public sealed class WayPriceTests
{
    private static PreemptionFacts With(Offer offer) => RoundJob.OnDemand with { Offers = [offer] };

    [Fact]
    public void On_demand_is_paid_from_sending_to_bringing_home_and_the_disks_longer()
    {
        // $0.60 for 6 min, 10.5 h and 12 min; two disks; bytes there and home. Computing after 18 min.
        RoundJob.OnDemand.ShouldCost(WayOn.MoveToOnDemand, (0.6 * 10.8) + (0.01 * 11) + 0.9 + (0.01 * 1.3), 11);
        RoundJob.OnDemand.Price(WayOn.MoveToOnDemand).Why.ShouldBe("on-demand $7.50 on other ($0.60/h): newest mirror, 30 min done again, computing in 18 min");
        (RoundJob.OnDemand with { Rework = TimeSpan.Zero }).Price(WayOn.MoveToOnDemand).Why.ShouldEndWith(": newest mirror, computing in 18 min");
    }

    [Fact]
    public void A_disk_that_can_be_reached_is_fetched_while_the_machine_boots_and_nothing_is_done_again()
    {
        var rescued = RoundJob.OnDemand with { OldDiskReachable = true, OldUploadMbps = 50, OldUploadUsdPerGb = 0.02m };
        rescued.ShouldCost(WayOn.MoveToOnDemand, (0.6 * 10.3) + (0.01 * 10.7) + 0.9 + 0.18 + (0.01 * 1.5), 10.7, "24 min for the rescue, which is longer than boot and image");
        rescued.Price(WayOn.MoveToOnDemand).Why.ShouldEndWith(": rescued state, computing in 30 min");
    }

    [Fact]
    public void On_the_volumes_machine_the_code_alone_is_sent_and_no_image_pulled()
    {
        var onVolume = With(RoundJob.Other with { MachineId = "m1" }) with { VolumeMachineId = "m1", SendTook = TimeSpan.FromHours(3) };
        onVolume.ShouldCost(WayOn.MoveToOnDemand, (0.6 * (0.08 + 10.7)) + (0.01 * 10.88) + 0.36 + 0.45 + (0.01 * 1.18), 10.88, "what other machines took to be sent everything says nothing of it");
        onVolume.Price(WayOn.MoveToOnDemand).Why.ShouldEndWith(": the same machine, with its volume, computing in 11 min");
    }

    [Fact]
    public void Sending_takes_at_least_as_long_as_it_took_on_this_jobs_machines() =>
        (RoundJob.OnDemand with { SendTook = TimeSpan.FromMinutes(30) }).ShouldCost(WayOn.MoveToOnDemand, (0.6 * 11.2) + (0.01 * 11.4) + 0.9 + (0.01 * 1.7), 11.4);

    [Theory]
    [InlineData(100, 200, 5.25)]
    [InlineData(100, 0, 10.5)]
    [InlineData(0, 200, 10.5)]
    [InlineData(100, 100_000, 1.05)]
    [InlineData(100, 1, 105)]
    public void A_faster_machine_works_shorter_as_far_as_the_scores_are_known_and_make_sense(double old, double offered, double work) =>
        (With(RoundJob.Other with { DlPerf = offered }) with { OldDlPerf = old }).ShouldCost(WayOn.MoveToOnDemand, (0.6 * (work + 0.3)) + (0.01 * (work + 0.5)) + 0.9 + 0.013, work + 0.5);

    [Fact]
    public void A_host_that_failed_may_fail_again_after_everything_was_sent() =>
        (RoundJob.OnDemand with { HostPenalty = new Dictionary<string, double> { ["h2"] = 0.4 } })
            .ShouldCost(WayOn.MoveToOnDemand, (0.6 * (10.8 + (0.4 * 0.6))) + (0.01 * 11.32) + 0.9 + 0.18 + 0.013, 11.32, "0.4 of the start and of what is at risk");

    [Fact]
    public void The_disk_of_a_host_that_is_offline_bills_nothing() =>
        (RoundJob.OnDemand with { HostOffline = true }).ShouldCost(WayOn.MoveToOnDemand, (0.6 * 10.8) + (0.01 * 11) + 0.9, 11);

    [Fact]
    public void A_contract_that_ends_before_the_job_costs_what_a_preemption_costs()
    {
        With(RoundJob.Other with { ContractEnd = RoundJob.Now.AddHours(11).AddSeconds(1) }).ShouldCost(WayOn.MoveToOnDemand, 7.503, 11);
        // Lost: half of the half hour at risk and two minutes' start, then nine minutes' pause.
        With(RoundJob.Other with { ContractEnd = RoundJob.Now.AddHours(11).AddSeconds(-1) }).ShouldCost(WayOn.MoveToOnDemand, 7.503 + (0.6 * 0.28333) + (0.01 * 0.43279), 11.43279);
    }

    [Fact]
    public void A_bid_is_paid_with_the_preemptions_to_expect_and_a_higher_one_lasts_longer()
    {
        RoundJob.Spot.ShouldCost(WayOn.MoveToSpot, (0.25 * (10.8 + 0.28333)) + (0.01 * 11.43279) + 0.9 + 0.013, 11.43279);
        RoundJob.Spot.Price(WayOn.MoveToSpot).Why.ShouldStartWith("move $3.80 to other (bid $0.25): newest mirror");
        var lasting = RoundJob.Spot with { Offers = [RoundJob.Other with { MinBidUsdPerHour = 0.16m }] };
        lasting.ShouldCost(WayOn.MoveToSpot, (0.25 * (10.8 + (0.28333 / 2.25))) + (0.01 * 11.19235) + 0.9 + 0.013, 11.19235, "at 9/16 above the least instead of a quarter");
    }

    [Fact]
    public void A_raised_bid_is_paid_on_the_same_machine_from_a_minute_on()
    {
        Offer Own(decimal least) => RoundJob.Other with { Id = $"own-{least}", MachineId = "m1", HostId = "h1", MinBidUsdPerHour = least };
        var raise = RoundJob.Spot with { MaySpot = false, RaiseCapUsdPerHour = 0.21m, Offers = [Own(0.205m), Own(0.2m), Own(0.204m)], OldUsdPerHour = 0.15m };
        // A twentieth above the least lasts a fifth as long: five preemptions.
        raise.ShouldCost(WayOn.RaiseBid, (0.21 * (0.016667 + 10.7 + (5 * 0.28333))) + (0.01 * 12.88062) + 0.45, 12.88062);
        var price = raise.Price(WayOn.RaiseBid);
        (price.Offer!.Id, price.BidUsdPerHour).ShouldBe(("own-0.2", 0.21m));
        price.Why.ShouldBe("raise $3.13 with a bid of $0.21 where $0.15 lost: the state on its disk, 30 min done again, computing in 1 min");
        price.Label.ShouldBe("raise $3.13");
        var even = PreemptionPolicy.Choose(raise with { OldUsdPerHour = 0.205m });
        even.Alternatives.Append(even.Chosen).ShouldNotContain(w => w.Way == WayOn.RaiseBid, "our bid is what the machine asks: it wins already");
    }

    [Fact]
    public void Waiting_is_paid_with_the_chance_of_a_return_and_what_is_done_without_one()
    {
        // Back with 62.6 % within the hour, 36 min of it waited on average: the work at the old bid; else on-demand.
        const double back = (0.2 * (10.7 + 0.28333)) + (0.01 * 11.13279) + 0.45;
        RoundJob.OnDemand.ShouldCost(WayOn.Wait, (0.626001 * back) + (0.373999 * 7.503) + (0.01 * 0.602775), 0.602775 + (0.626001 * 11.13279) + (0.373999 * 11));
        RoundJob.OnDemand.Price(WayOn.Wait).Why.ShouldBe("wait $4.54 expected: back with 63 % within the hour, but patience is over");
        (RoundJob.OnDemand with { Offers = [] }).Price(WayOn.Wait).Why.ShouldEndWith("; nothing else fits");
    }

    [Fact]
    public void A_machine_whose_price_our_bid_passes_is_expected_to_last_longer_when_it_is_back()
    {
        var back = RoundJob.OnDemand with { Offers = [], OldMachineMinBid = 0.16m };
        // A quarter above the least, as in the prior: one preemption; at exactly the least, the smallest margin there is: 12.5.
        var plain = (double)back.Price(WayOn.Wait).ExpectedUsd;
        var bare = (double)(back with { OldMachineMinBid = 0.2m }).Price(WayOn.Wait).ExpectedUsd;
        (bare - plain).ShouldBe(11.5 * ((0.2 * 0.28333) + (0.01 * 0.43279)), 0.001);
    }

    [Theory]
    [InlineData(0.1, "given up in 2.6 days")]
    [InlineData(0.5, "given up in 12.4 h")]
    public void It_is_waited_until_the_chance_of_a_return_no_longer_pays_for_the_disk_and_the_delay(double hourLater, string until)
    {
        var facts = RoundJob.OnDemand with { Patience = null, UsdPerHourLater = (decimal)hourLater };
        facts.Price(WayOn.Wait).Why.ShouldContain($" %, {until}");
        // Ten hours later the same moment is ten hours nearer.
        if (hourLater == 0.5)
            (facts with { PreemptedAt = RoundJob.Now.AddHours(-10) }).Price(WayOn.Wait).Why.ShouldContain(" %, given up in 2.4 h");
    }

    [Fact]
    public void Less_than_a_tick_of_waiting_is_none_and_a_whole_one_is()
    {
        var facts = RoundJob.OnDemand with { Patience = TimeSpan.FromSeconds(59) };
        facts.Way().ShouldBe(WayOn.MoveToOnDemand);
        (facts with { Patience = TimeSpan.FromMinutes(1) }).Way().ShouldBe(WayOn.Wait);
        facts.Price(WayOn.Wait).Why.ShouldEndWith(" within the hour", customMessage: "patience is not over yet");
    }

    [Fact]
    public void A_long_wait_is_paid_for_as_long_as_it_lasts_and_nothing_while_the_host_is_offline()
    {
        const double back = (0.2 * (10.7 + 0.28333)) + (0.01 * 11.13279) + 0.45;
        // Given up in 12.4 h: 2.3 % not back by then, 1.6 h waited on average.
        (RoundJob.OnDemand with { Patience = null, UsdPerHourLater = 0.5m }).ShouldCost(WayOn.Wait, (0.976544 * back) + (0.023456 * 7.503) + (0.01 * 1.560995), 12.690719);
        (RoundJob.OnDemand with { HostOffline = true, Offers = [] }).ShouldCost(WayOn.Wait, back, 0.898979 + 11.13279);
    }

    [Fact]
    public void What_the_next_preemption_loses_is_the_larger_of_what_is_done_again_here_and_elsewhere()
    {
        const double preempted = 10 / 10.5;
        (RoundJob.Spot with { Rework = TimeSpan.Zero }).ShouldCost(WayOn.MoveToSpot, (0.25 * (10.3 + (preempted * 0.28333))) + (0.01 * (10.5 + (preempted * 0.43279))) + 0.913, 10.5 + (preempted * 0.43279));
        (RoundJob.Spot with { ReworkOnReturn = TimeSpan.Zero }).ShouldCost(WayOn.MoveToSpot, (0.25 * (10.8 + 0.28333)) + (0.01 * 11.43279) + 0.913, 11.43279);
    }

    [Fact]
    public void What_is_lived_through_by_the_thousand_is_what_is_chosen_and_said()
    {
        foreach (var facts in (PreemptionFacts[])[RoundJob.Facts, RoundJob.OnDemand, RoundJob.Spot, RoundJob.OnDemand with { Offers = [] }, RoundJob.OnDemand with { BudgetLeftUsd = 1 }])
        {
            var choice = PreemptionPolicy.Choose(facts);
            var (move, lookAgainIn, isOut) = PreemptionPolicy.Judge(facts);
            (move?.Way ?? WayOn.Wait, move?.Offer, lookAgainIn, isOut).ShouldBe((choice.Chosen.Way, choice.Chosen.Offer, choice.LookAgainIn, choice.IsOutOfBudget));
        }
    }

    public static TheoryData<string, PreemptionFacts, string> Returns => new()
    {
        { "just paused", RoundJob.OnDemand, "63 %" },
        { "away for two hours", RoundJob.OnDemand with { PreemptedAt = RoundJob.Now.AddHours(-2) }, "34 %" },
        { "three hours of pauses before, one of which ended by itself", RoundJob.OnDemand with { ReturnsSoFar = 1, PausedSoFar = TimeSpan.FromHours(3) }, "42 %" },
        { "its host is offline, whatever its price and its pauses were", RoundJob.OnDemand with { HostOffline = true, OldMachineMinBid = 0.1m, ReturnsSoFar = 9 }, "18 %" },
        { "our bid would win now", RoundJob.OnDemand with { OldMachineMinBid = 0.2m }, "98 %" },
        { "our bid is half of what it takes", RoundJob.OnDemand with { OldMachineMinBid = 0.4m }, "39 %" },
        { "our bid is next to nothing there", RoundJob.OnDemand with { OldMachineMinBid = 40 }, "5 %" },
        { "a price that makes no sense", RoundJob.OnDemand with { OldMachineMinBid = 0 }, "63 %" },
    };

    [Theory]
    [MemberData(nameof(Returns), DisableDiscoveryEnumeration = true)]
    public void The_chance_of_a_return_within_the_hour(string when, PreemptionFacts facts, string chance) => facts.Price(WayOn.Wait).Why.ShouldContain($"back with {chance}", customMessage: when);

    [Theory]
    [InlineData(0.005, "18 s")]
    [InlineData(1 / 60d, "1 min")]
    [InlineData(1.5, "90 min")]
    [InlineData(2, "2 h")]
    [InlineData(47.5, "47.5 h")]
    [InlineData(48, "2 days")]
    [InlineData(60, "2.5 days")]
    public void A_span_is_said_in_the_unit_that_a_person_would_take(double hours, string said) => PolicyWords.Span(hours).ShouldBe(said);

    [Theory]
    [InlineData(1_000_000_000, 1000, 8 / 3600d)]
    [InlineData(1_000_000_000, 0, 80 / 3600d)]
    [InlineData(1_000_000_000, -5, 80 / 3600d)]
    [InlineData(1_000_000_000, 2e9, 80 / 3600d)]
    [InlineData(long.MaxValue, 1, 24)]
    [InlineData(-1, 1000, 0)]
    public void A_line_that_is_not_known_or_makes_no_sense_counts_as_a_hundred_megabits(long bytes, double mbps, double hours) =>
        Moving.TransferHours(bytes, mbps).ShouldBe(hours, 1e-9);

    [Fact]
    public void Before_anything_is_rented_everything_is_sent_and_what_a_preemption_can_lose_follows_from_the_checkpoints()
    {
        var spec = Samples.Spec with { Rent = RentMode.Auto, Work = TimeSpan.FromHours(10), BudgetUsd = 7 };
        var inputs = new PlanInputs { CodeBytes = 5, DataBytes = 20, ResultBytes = 300, ImageBytes = 4000 };
        var facts = FirstRent.Facts(spec, inputs, [RoundJob.Other], RoundJob.Now);
        (facts.CodeAndDataBytes, facts.ResultBytes, facts.ImageBytes, facts.BudgetLeftUsd, facts.WorkLeft).ShouldBe((25, 300, 4000, 7, TimeSpan.FromHours(10)));
        (facts.MaySpot, facts.MayOnDemand).ShouldBe((true, true));
        FirstRent.Facts(spec, inputs with { DataBytes = null }, [], RoundJob.Now).CodeAndDataBytes.ShouldBe(5);
        facts.WorkAtRisk.ShouldBe(TimeSpan.FromHours(10), "without checkpoints all of it");
        FirstRent.AtRisk(spec with { Work = null }).ShouldBe(TimeSpan.FromHours(1));
        FirstRent.AtRisk(spec with { Checkpoints = ["c.pt"] }).ShouldBeInRange(Planner.MirrorEvery, TimeSpan.FromHours(1), "an interval and the lag of the copies");
        FirstRent.Facts(spec with { Rent = RentMode.OnDemand }, inputs, [], RoundJob.Now).MaySpot.ShouldBeFalse();
        FirstRent.Facts(spec with { Rent = RentMode.Interruptible }, inputs, [], RoundJob.Now).MayOnDemand.ShouldBeFalse();
    }
}
