using Lodger.Domain.Money;
using Lodger.Domain.Policy;

namespace Lodger.Domain.Tests.Policy;

/// <summary>One test an input: the same paused job, one fact changed, another choice.</summary>
public sealed class PreemptionPolicyTests
{
    private static PreemptionFacts Fresh => PausedJob.Facts;

    /// <summary>Paused for five hours: about where waiting stops being worth it.</summary>
    private static PreemptionFacts Stale => Fresh with { PreemptedAt = Fresh.Now.AddHours(-5) };

    /// <summary>Paused for a day: it will hardly come back.</summary>
    private static PreemptionFacts Lost => Fresh with { PreemptedAt = Fresh.Now.AddHours(-24) };

    [Fact]
    public void A_fresh_pause_is_waited_out_and_an_old_one_is_left()
    {
        Fresh.Way().ShouldBe(WayOn.Wait);
        Stale.Way().ShouldBe(WayOn.MoveToSpot);
    }

    [Fact]
    public void A_cheaper_machine_elsewhere_ends_the_waiting_at_once() =>
        (Fresh with { Offers = [PausedJob.Other with { MinBidUsdPerHour = 0.12m }] }).Way().ShouldBe(WayOn.MoveToSpot);

    [Fact]
    public void A_dearer_machine_elsewhere_makes_waiting_longer_worth_it() =>
        (Stale with { Offers = [PausedJob.Other with { MinBidUsdPerHour = 0.26m }] }).Way().ShouldBe(WayOn.Wait);

    [Fact]
    public void A_bid_that_was_passed_by_far_is_waited_for_less_than_one_passed_narrowly()
    {
        var twoHours = Fresh with { PreemptedAt = Fresh.Now.AddHours(-2) };
        (twoHours with { OldMachineMinBid = 0.23m }).Way().ShouldBe(WayOn.Wait);
        (twoHours with { OldMachineMinBid = 0.8m }).Way().ShouldBe(WayOn.MoveToSpot);
    }

    [Fact]
    public void A_dear_disk_makes_waiting_too_dear() =>
        (Fresh with { OldDiskUsdPerHour = 0.5m }).Way().ShouldBe(WayOn.MoveToSpot);

    [Fact]
    public void With_little_work_left_a_dearer_machine_is_worth_it_and_with_much_it_is_not()
    {
        var dearer = Stale with { Offers = [PausedJob.Other with { MinBidUsdPerHour = 0.25m }] };
        (dearer with { WorkLeft = TimeSpan.FromHours(1) }).Way().ShouldBe(WayOn.MoveToSpot);
        (dearer with { WorkLeft = TimeSpan.FromHours(40) }).Way().ShouldBe(WayOn.Wait);
    }

    [Fact]
    public void Much_rework_keeps_a_job_waiting()
    {
        var unreachable = Stale with { OldDiskReachable = false, WorkAtRisk = TimeSpan.FromMinutes(30) };
        (unreachable with { Rework = TimeSpan.Zero }).Way().ShouldBe(WayOn.MoveToSpot);
        (unreachable with { Rework = TimeSpan.FromHours(3) }).Way().ShouldBe(WayOn.Wait);
    }

    [Fact]
    public void Rework_on_return_takes_away_what_waiting_saves() =>
        (Fresh with { ReworkOnReturn = TimeSpan.FromHours(3), WorkAtRisk = TimeSpan.FromMinutes(30) }).Way().ShouldBe(WayOn.MoveToSpot);

    [Fact]
    public void A_stopped_disk_that_can_be_reached_is_rescued_and_makes_moving_cheaper()
    {
        var old = Stale with { Rework = TimeSpan.FromHours(3), WorkAtRisk = TimeSpan.FromMinutes(30) };
        var choice = PreemptionPolicy.Choose(old);
        choice.Chosen.Way.ShouldBe(WayOn.MoveToSpot);
        choice.Chosen.Why.ShouldContain("rescued state");
        (old with { OldDiskReachable = false }).Way().ShouldBe(WayOn.Wait);
    }

    [Fact]
    public void A_rescue_that_costs_more_than_the_rework_is_left_undone() =>
        PreemptionPolicy.Choose(Stale with { OldUploadUsdPerGb = 1, Rework = TimeSpan.FromMinutes(5) }).Chosen.Why.ShouldContain("newest mirror, 5 min done again");

    /// <summary>A day later, a free GPU beside the taken one on the volume's machine, a cent dearer than the other machine's.</summary>
    private static PreemptionFacts OnVolume => Lost with { VolumeMachineId = "m1", OldDiskReachable = false, Offers = [PausedJob.Other, Beside], WorkLeft = TimeSpan.FromHours(4) };

    private static Lodger.Domain.Market.Offer Beside { get; } = PausedJob.Other with { Id = "beside", MachineId = "m1", HostId = "h1", MinBidUsdPerHour = 0.21m };

    private static string? Where(PreemptionFacts facts) => PreemptionPolicy.Choose(facts).Chosen.Offer?.Id;

    [Fact]
    public void The_machine_of_the_volume_is_gone_back_to_for_what_a_move_would_do_again_and_send()
    {
        Where(OnVolume).ShouldBe("beside");
        PreemptionPolicy.Choose(OnVolume).Chosen.Why.ShouldContain("the same machine, with its volume");
        Where(OnVolume with { VolumeMachineId = null }).ShouldBe("other", "without the volume nothing is saved there");
        Where(OnVolume with { VolumeMachineId = "m9" }).ShouldBe("other", "a volume on another machine is no help");
    }

    [Fact]
    public void Each_price_of_the_volume_s_machine_is_weighed_against_what_it_saves()
    {
        // The GPU's hour: worth it until it costs more than the half hour that would be done again.
        Where(OnVolume with { Offers = [PausedJob.Other, Beside with { MinBidUsdPerHour = 0.3m }] }).ShouldBe("other");
        Where(OnVolume with { Offers = [PausedJob.Other, Beside with { MinBidUsdPerHour = 0.3m }], Rework = TimeSpan.FromHours(4), WorkAtRisk = TimeSpan.FromMinutes(30) }).ShouldBe("beside");
        // What would be done again elsewhere.
        Where(OnVolume with { Rework = TimeSpan.Zero, CheckpointBytes = 0 }).ShouldBe("other");
        // What would have to be sent elsewhere.
        var fresh = OnVolume with { Rework = TimeSpan.FromMinutes(5), CheckpointBytes = 0 };
        Where(fresh).ShouldBe("other");
        Where(fresh with { CheckpointBytes = 100_000_000_000 }).ShouldBe("beside");
        // The more work is left, the more a cheaper hour counts.
        Where(OnVolume with { WorkLeft = TimeSpan.FromHours(40) }).ShouldBe("other");
        // A host that failed lately.
        Where(OnVolume with { HostPenalty = new Dictionary<string, double> { ["h1"] = 1 } }).ShouldBe("other");
    }

    [Fact]
    public void While_the_gpu_may_come_back_soon_the_volume_changes_nothing_but_after_a_while_it_ends_the_waiting_earlier()
    {
        var only = Fresh with { VolumeMachineId = "m1", OldDiskReachable = false, Rework = TimeSpan.FromHours(3), WorkAtRisk = TimeSpan.FromMinutes(30), Offers = [PausedJob.Other, Beside with { MinBidUsdPerHour = 0.2m }] };
        (only with { VolumeMachineId = null, PreemptedAt = only.Now.AddHours(-5) }).Way().ShouldBe(WayOn.Wait);
        (only with { PreemptedAt = only.Now.AddHours(-5) }).Way().ShouldBe(WayOn.MoveToSpot);
    }

    [Fact]
    public void A_host_that_went_offline_is_waited_for_less_than_a_bid()
    {
        var unreachable = Fresh with { PreemptedAt = Fresh.Now.AddHours(-2), OldDiskReachable = false, Rework = TimeSpan.Zero };
        unreachable.Way().ShouldBe(WayOn.Wait);
        (unreachable with { HostOffline = true }).Way().ShouldBe(WayOn.MoveToSpot);
    }

    [Fact]
    public void Patience_bounds_what_the_policy_would_wait()
    {
        (Fresh with { Patience = TimeSpan.FromMinutes(9) }).Way().ShouldBe(WayOn.MoveToSpot);
        var choice = PreemptionPolicy.Choose(Fresh with { Patience = TimeSpan.FromMinutes(30) });
        choice.Chosen.Way.ShouldBe(WayOn.Wait);
        choice.LookAgainIn.ShouldBe(TimeSpan.FromMinutes(20));
    }

    [Fact]
    public void A_near_deadline_is_met_on_demand_and_a_far_one_costs_nothing()
    {
        (Fresh with { Deadline = Fresh.Now.AddHours(11.2) }).Way().ShouldBe(WayOn.MoveToOnDemand);
        (Fresh with { Deadline = Fresh.Now.AddHours(40) }).Way().ShouldBe(WayOn.Wait);
    }

    [Fact]
    public void A_deadline_that_leaves_room_for_one_more_preemption_is_met_on_a_bid()
    {
        var choice = PreemptionPolicy.Choose(Stale with { Deadline = Stale.Now.AddHours(12) });
        choice.Chosen.Way.ShouldBe(WayOn.MoveToSpot);
    }

    [Fact]
    public void A_deadline_out_of_reach_gets_the_soonest_end_and_says_so()
    {
        var choice = PreemptionPolicy.Choose(Fresh with { Deadline = Fresh.Now.AddHours(5) });
        choice.Chosen.Way.ShouldBe(WayOn.MoveToOnDemand);
        choice.Line.ShouldEndWith("; the deadline is out of reach, this ends soonest");
    }

    [Fact]
    public void Without_on_demand_a_deadline_gets_what_is_expected_in_time()
    {
        var spotOnly = Fresh with { MayOnDemand = false };
        spotOnly.Way().ShouldBe(WayOn.Wait);
        var moved = PreemptionPolicy.Choose(spotOnly).Alternatives.Single().ExpectedFinish;
        var choice = PreemptionPolicy.Choose(spotOnly with { Deadline = moved.AddSeconds(30) });
        choice.Chosen.Way.ShouldBe(WayOn.MoveToSpot);
        choice.Line.ShouldEndWith("; expected in time, not certain");
    }

    [Fact]
    public void A_budget_keeps_a_hurried_job_off_what_it_cannot_pay()
    {
        var hurried = Fresh with { UsdPerHourLater = 5 };
        hurried.Way().ShouldBe(WayOn.MoveToOnDemand);
        var choice = PreemptionPolicy.Choose(hurried with { BudgetLeftUsd = 8 });
        choice.Chosen.Way.ShouldBe(WayOn.MoveToSpot);
        choice.Chosen.ExpectedUsd.ShouldBeLessThan(8 - Reserve.Usd(PausedJob.Other, 40));
        choice.Line.ShouldEndWith("; sooner would pass the budget: $8.00 left, $4.35 of it kept back to bring everything home");
    }

    [Fact]
    public void A_budget_that_nothing_fits_gets_what_needs_least_and_says_so()
    {
        var choice = PreemptionPolicy.Choose(Fresh with { BudgetLeftUsd = 4.5m });
        choice.Chosen.Way.ShouldBe(WayOn.Wait);
        choice.Line.ShouldEndWith("; expected to pass the budget, and nothing else costs less: $4.50 left, $2.08 of it kept back to bring everything home");
    }

    [Fact]
    public void A_host_on_which_the_budget_would_end_the_job_before_it_computes_is_not_moved_to()
    {
        var dearHome = PausedJob.Other with { Id = "dear", MinBidUsdPerHour = 0.05m, UploadUsdPerGb = 0.1m };
        var facts = Stale with { Offers = [PausedJob.Other, dearHome], ResultBytes = 0, CheckpointBytes = 1_000_000 };
        PreemptionPolicy.Choose(facts).Chosen.Offer!.Id.ShouldBe("dear");
        var choice = PreemptionPolicy.Choose(facts with { BudgetLeftUsd = 7.5m });
        choice.Chosen.Offer!.Id.ShouldBe("other");
        choice.Alternatives.ShouldNotContain(w => w.Offer == dearHome);
    }

    [Fact]
    public void When_what_is_left_could_start_nothing_the_job_waits_and_says_why()
    {
        var choice = PreemptionPolicy.Choose(Stale with { BudgetLeftUsd = 1, Patience = TimeSpan.Zero });
        choice.Chosen.Way.ShouldBe(WayOn.Wait);
        choice.Alternatives.ShouldBeEmpty();
        choice.Line.ShouldContain("; $1.00 of the budget are left, and $4.");
    }

    [Fact]
    public void A_budget_never_buys_an_unsafe_way_past_a_deadline() =>
        (Fresh with { Deadline = Fresh.Now.AddHours(11.2), BudgetLeftUsd = 5 }).Way().ShouldBe(WayOn.MoveToOnDemand);

    private static PreemptionFacts Outbid => Stale with
    {
        OldMachineMinBid = 0.23m,
        RaiseCapUsdPerHour = 0.3m,
        Offers = [PausedJob.Other, PausedJob.Other with { Id = "own", MachineId = "m1", HostId = "h1", MinBidUsdPerHour = 0.23m }],
        CodeAndDataBytes = 60_000_000_000,
        WorkLeft = TimeSpan.FromHours(1),
    };

    [Fact]
    public void A_bid_is_raised_where_that_is_allowed_and_cheapest()
    {
        var choice = PreemptionPolicy.Choose(Outbid);
        choice.Chosen.Way.ShouldBe(WayOn.RaiseBid);
        choice.Chosen.BidUsdPerHour!.Value.ShouldBeInRange(0.231m, 0.3m);
        choice.Line.ShouldContain("-> raise the bid to $0.2");
    }

    [Fact]
    public void A_bid_is_not_raised_without_leave_past_its_cap_where_it_wins_already_or_at_a_host_that_is_gone()
    {
        (Outbid with { RaiseCapUsdPerHour = null }).Way().ShouldNotBe(WayOn.RaiseBid);
        (Outbid with { RaiseCapUsdPerHour = 0.2299m }).Way().ShouldNotBe(WayOn.RaiseBid);
        (Outbid with { OldUsdPerHour = 0.24m }).Way().ShouldNotBe(WayOn.RaiseBid);
        (Outbid with { HostOffline = true }).Way().ShouldNotBe(WayOn.RaiseBid);
        (Outbid with { Offers = [PausedJob.Other] }).Way().ShouldNotBe(WayOn.RaiseBid);
    }

    [Fact]
    public void A_bid_is_not_raised_when_another_machine_is_much_cheaper() =>
        (Outbid with { CodeAndDataBytes = 0, WorkLeft = TimeSpan.FromHours(20), Offers = [.. Outbid.Offers.Skip(1), PausedJob.Other with { MinBidUsdPerHour = 0.05m }] }).Way().ShouldBe(WayOn.MoveToSpot);

    [Fact]
    public void A_host_that_failed_is_passed_over_for_one_that_did_not()
    {
        var cheaper = PausedJob.Other with { Id = "cheaper", HostId = "h3", MinBidUsdPerHour = 0.19m };
        var two = Stale with { Offers = [PausedJob.Other, cheaper] };
        PreemptionPolicy.Choose(two).Chosen.Offer!.Id.ShouldBe("cheaper");
        var choice = PreemptionPolicy.Choose(two with { HostPenalty = new Dictionary<string, double> { ["h3"] = 0.8 } });
        choice.Chosen.Offer!.Id.ShouldBe("other");
        choice.Alternatives.ShouldNotContain(w => w.Offer == cheaper, "it is no way on while another fits");
    }

    [Fact]
    public void A_remembered_failure_of_the_only_other_host_is_a_reason_to_wait() =>
        (Stale with { HostPenalty = new Dictionary<string, double> { ["h2"] = 0.8 } }).Way().ShouldBe(WayOn.Wait);

    [Fact]
    public void A_cap_below_the_market_leaves_waiting_and_on_demand()
    {
        var capped = PreemptionPolicy.Choose(Stale with { BidCapUsdPerHour = 0.19m });
        capped.Chosen.Way.ShouldBe(WayOn.Wait);
        capped.Alternatives.ShouldNotContain(w => w.Way == WayOn.MoveToSpot);
        PreemptionPolicy.Choose(Lost with { BidCapUsdPerHour = 0.22m }).Chosen.BidUsdPerHour.ShouldBe(0.22m);
    }

    [Fact]
    public void A_large_checkpoint_is_too_dear_to_carry_elsewhere() =>
        (Stale with { CheckpointBytes = 60_000_000_000, OldUploadUsdPerGb = 0 }).Way().ShouldBe(WayOn.Wait);

    [Fact]
    public void Much_data_is_too_dear_to_fetch_again() =>
        (Stale with { CodeAndDataBytes = 60_000_000_000 }).Way().ShouldBe(WayOn.Wait);

    [Fact]
    public void A_slow_line_makes_the_image_a_reason_to_stay_on_the_same_machine()
    {
        var slow = PausedJob.Other with { DownloadMbps = 20 };
        var twin = slow with { Id = "twin", MachineId = "m1", HostId = "h1", MinBidUsdPerHour = 0.201m };
        var facts = Lost with { Offers = [slow, twin] };
        PreemptionPolicy.Choose(facts).Chosen.Offer!.Id.ShouldBe("other");
        PreemptionPolicy.Choose(facts with { ImageBytes = 10_000_000_000 }).Chosen.Offer!.Id.ShouldBe("twin");
    }

    [Fact]
    public void A_job_that_is_preempted_all_the_time_and_loses_much_pays_for_certainty()
    {
        var facts = Stale with { WorkAtRisk = TimeSpan.FromHours(2), PaidRunTimeSoFar = TimeSpan.FromHours(10) };
        facts.Way().ShouldNotBe(WayOn.MoveToOnDemand);
        (facts with { PreemptionsSoFar = 40 }).Way().ShouldBe(WayOn.MoveToOnDemand);
    }

    [Fact]
    public void A_market_in_which_earlier_pauses_ended_soon_is_waited_for_longer() =>
        (Stale with { ReturnsSoFar = 5, PausedSoFar = TimeSpan.FromHours(1) }).Way().ShouldBe(WayOn.Wait);

    [Fact]
    public void A_faster_machine_is_worth_a_dearer_hour()
    {
        var faster = PausedJob.Other with { MinBidUsdPerHour = 0.3m, DlPerf = 200 };
        (Fresh with { Offers = [faster] }).Way().ShouldBe(WayOn.Wait);
        (Fresh with { Offers = [faster], OldDlPerf = 100 }).Way().ShouldBe(WayOn.MoveToSpot);
    }

    [Fact]
    public void What_the_user_did_not_allow_is_never_taken()
    {
        PreemptionPolicy.Choose(Stale with { MaySpot = false }).Alternatives.ShouldAllBe(w => w.Way != WayOn.MoveToSpot);
        var nothing = PreemptionPolicy.Choose(Stale with { MaySpot = false, MayOnDemand = false });
        nothing.Chosen.Way.ShouldBe(WayOn.Wait);
        nothing.Alternatives.ShouldBeEmpty();
        nothing.Chosen.Why.ShouldEndWith("nothing else fits");
    }

    [Fact]
    public void Without_any_offer_the_only_way_is_to_wait_whatever_patience_says() =>
        (Stale with { Offers = [], Patience = TimeSpan.Zero }).Way().ShouldBe(WayOn.Wait);

    [Fact]
    public void The_choice_reads_as_one_line_with_every_price()
    {
        var choice = PreemptionPolicy.Choose(Stale);
        choice.Line.ShouldMatch(@"^wait \$\d+\.\d\d expected \| move \$\d+\.\d\d \| on-demand \$\d+\.\d\d -> move to other \(bid \$0\.\d+\)$");
        choice.Chosen.Why.ShouldMatch(@"^move \$\d+\.\d\d to other \(bid \$0\.\d+\): rescued state, computing in 5 min$");
        choice.Alternatives.Select(a => a.ExpectedUsd).ShouldBeInOrder();
    }

    [Fact]
    public void Of_equal_ways_the_same_is_chosen_in_whatever_order_the_market_lists_them_and_two_of_a_kind_are_shown()
    {
        Lodger.Domain.Market.Offer[] offers = [.. "abcd".Select(c => PausedJob.Other with { Id = $"{c}", MachineId = $"m-{c}", HostId = $"h-{c}" })];
        foreach (var order in (Lodger.Domain.Market.Offer[][])[offers, [.. offers.Reverse()], [offers[2], offers[0], offers[3], offers[1]]])
        {
            var choice = PreemptionPolicy.Choose(Lost with { Offers = order });
            choice.Chosen.Offer!.Id.ShouldBe("a");
            choice.Alternatives.Where(w => w.Way == WayOn.MoveToSpot).Select(w => w.Offer!.Id).ShouldBe(["b", "c"]);
            choice.Alternatives.Where(w => w.Way == WayOn.MoveToOnDemand).Select(w => w.Offer!.Id).ShouldBe(["a", "b"]);
        }
    }

    [Fact]
    public void Within_a_budget_a_hurried_job_takes_the_soonest_that_it_can_pay_not_the_cheapest()
    {
        var slow = PausedJob.Other with { Id = "slow", DlPerf = 50, MinBidUsdPerHour = 0.05m };
        var quick = PausedJob.Other with { Id = "quick", MachineId = "m3", HostId = "h3", DlPerf = 200, MinBidUsdPerHour = 0.5m };
        var quickest = PausedJob.Other with { Id = "quickest", MachineId = "m4", HostId = "h4", DlPerf = 400, MinBidUsdPerHour = 8, GpuUsdPerHour = 20 };
        var facts = Fresh with { UsdPerHourLater = 50, MayOnDemand = false, OldDlPerf = 100, Offers = [slow, quick, quickest] };
        PreemptionPolicy.Choose(facts).Chosen.Offer!.Id.ShouldBe("quickest");
        PreemptionPolicy.Choose(facts with { BudgetLeftUsd = 12 }).Chosen.Offer!.Id.ShouldBe("quick");
    }

    [Fact]
    public void What_starting_elsewhere_would_take_of_a_budget_is_said_to_the_cent()
    {
        // Six minutes of GPU, eighteen of disk, the bytes there; and for each of the two machines 40 GB home and a week of disk.
        var choice = PreemptionPolicy.Choose(RoundJob.OnDemand with { BudgetLeftUsd = 4.67m });
        choice.IsOutOfBudget.ShouldBeTrue();
        choice.Line.ShouldContain("; $4.67 of the budget are left, and $4.67 would go for starting elsewhere and be kept back to bring everything home");
        var enough = PreemptionPolicy.Choose(RoundJob.OnDemand with { BudgetLeftUsd = 4.68m });
        enough.IsOutOfBudget.ShouldBeFalse();
        enough.Alternatives.Append(enough.Chosen).ShouldContain(w => w.Way == WayOn.MoveToOnDemand);
        PreemptionPolicy.Choose(RoundJob.OnDemand with { BudgetLeftUsd = 1, Offers = [] }).IsOutOfBudget.ShouldBeFalse("nothing is for rent");
        // To fetch the state takes nine cents more.
        (RoundJob.OnDemand with { BudgetLeftUsd = 4.77m, OldDiskReachable = true }).Price(WayOn.MoveToOnDemand).Why.ShouldContain("rescued state");
        (RoundJob.OnDemand with { BudgetLeftUsd = 4.76m, OldDiskReachable = true }).Price(WayOn.MoveToOnDemand).Why.ShouldContain("newest mirror");
    }

    [Fact]
    public void Of_a_market_of_hundreds_of_offers_the_cheapest_is_found_wherever_it_stands()
    {
        var offers = Enumerable.Range(0, 300).Select(i => PausedJob.Other with { Id = $"o{i}", MachineId = $"m-{i}", HostId = $"h-{i}" }).ToArray();
        foreach (var place in (int[])[0, 150, 299])
        {
            offers[place] = offers[place] with { Id = "cheap", MinBidUsdPerHour = 0.1m };
            // On a thread of its own, as the first that is asked there.
            string? chosen = null;
            var thread = new Thread(() => chosen = Where(Lost with { Offers = offers }));
            thread.Start();
            thread.Join();
            chosen.ShouldBe("cheap");
            offers[place] = PausedJob.Other with { Id = $"o{place}" };
        }
    }
}
