using Lodger.Domain.Policy;

namespace Lodger.Domain.Tests.Policy;

/// <summary>To the minute: from which deadline on each way is safe. What on-demand needs is 11 h and a tick.</summary>
public sealed class DeadlineGuardTests
{
    private static readonly PreemptionFacts Facts = RoundJob.Facts with { Patience = TimeSpan.Zero };

    private static PolicyChoice At(PreemptionFacts facts, int hours, int minutes, int seconds) => PreemptionPolicy.Choose(facts with { Deadline = RoundJob.Now + new TimeSpan(hours, minutes, seconds) });

    [Fact]
    public void On_demand_keeps_a_deadline_that_leaves_what_it_needs_and_a_tick()
    {
        At(Facts, 11, 1, 1).Line.ShouldEndWith("; $3.80 could miss the deadline");
        At(Facts, 11, 0, 59).Line.ShouldContain("not certain");
        At(Facts with { Tick = TimeSpan.FromMinutes(6) }, 11, 6, 1).Line.ShouldEndWith("could miss the deadline");
        At(Facts with { Tick = TimeSpan.FromMinutes(6) }, 11, 5, 59).Line.ShouldContain("not certain");
    }

    [Fact]
    public void An_offer_that_ends_before_the_deadline_or_whose_host_failed_lately_is_none_to_rely_on()
    {
        var offer = RoundJob.Other with { ContractEnd = RoundJob.Now + new TimeSpan(12, 0, 0) };
        At(Facts with { Offers = [offer] }, 11, 59, 0).Line.ShouldNotContain("not certain");
        At(Facts with { Offers = [offer] }, 12, 0, 0).Line.ShouldNotContain("not certain");
        At(Facts with { Offers = [offer] }, 12, 0, 1).Line.ShouldContain("not certain");
        foreach (var (weight, relied) in ((double, bool)[])[(0.49, true), (0.5, false)])
            At(Facts with { MaySpot = false, HostPenalty = new Dictionary<string, double> { ["h2"] = weight } }, 40, 0, 0).Line.Contains("not certain", StringComparison.Ordinal).ShouldBe(!relied);
    }

    /// <summary>18 min to start; half an hour at risk, two starts of the command and three ticks: 37 min.</summary>
    [Fact]
    public void A_bid_is_taken_from_where_its_start_and_one_more_preemption_leave_on_demand_its_time()
    {
        At(Facts, 11, 56, 1).Chosen.Way.ShouldBe(WayOn.MoveToSpot);
        At(Facts, 11, 56, 1).Note.ShouldBeEmpty("it was the cheapest anyhow");
        At(Facts, 11, 55, 59).Chosen.Way.ShouldBe(WayOn.MoveToOnDemand);
    }

    [Fact]
    public void What_a_slower_machine_or_line_uses_up_has_to_be_left_too()
    {
        var quick = RoundJob.Other with { Id = "quick", MachineId = "m3", HostId = "h3", MinBidUsdPerHour = null, DlPerf = 200 };
        var slow = RoundJob.Other with { DlPerf = 100, GpuUsdPerHour = 5 };
        var facts = Facts with { OldDlPerf = 100, Offers = [slow, quick], UsdPerHourLater = 0 };
        // On-demand is over in half of the time, so the bid uses up as much more: the same minute.
        At(facts, 11, 56, 1).Chosen.Way.ShouldBe(WayOn.MoveToSpot);
        At(facts, 11, 55, 59).Chosen.Way.ShouldBe(WayOn.MoveToOnDemand);
        At(facts, 5, 46, 1).Line.ShouldNotContain("out of reach");
        At(facts, 5, 45, 59).Line.ShouldContain("not certain");
        // Half the line home, twelve minutes longer.
        facts = facts with { Offers = [slow with { UploadMbps = 250 }, quick] };
        At(facts, 12, 8, 1).Chosen.Way.ShouldBe(WayOn.MoveToSpot);
        At(facts, 12, 7, 59).Chosen.Way.ShouldBe(WayOn.MoveToOnDemand);
    }

    [Fact]
    public void Waiting_for_a_bid_ends_where_the_bid_would_not_be_safe_any_more()
    {
        // 89 min of slack, 55 of them the bid's, one the look's.
        var choice = At(Facts with { Patience = null }, 12, 30, 0);
        choice.Chosen.Way.ShouldBe(WayOn.Wait);
        choice.LookAgainIn.ShouldBe(TimeSpan.FromMinutes(33), TimeSpan.FromSeconds(1));
        var slower = At(Facts with { Patience = null, Offers = [RoundJob.Other with { UploadMbps = 250 }, RoundJob.Other with { Id = "quick", MachineId = "m3", MinBidUsdPerHour = null }] }, 12, 30, 0);
        slower.LookAgainIn.ShouldBe(TimeSpan.FromMinutes(21), TimeSpan.FromSeconds(1), "twelve of them are its longer way home");
    }

    [Fact]
    public void Waiting_itself_is_safe_only_while_a_return_and_one_more_preemption_leave_on_demand_its_time()
    {
        // The old machine's line home counts as well: at 250 Mbit/s 24 min instead of 12.
        double Room(PreemptionFacts facts) => new DeadlineGuard(facts with { Deadline = RoundJob.Now + new TimeSpan(12, 30, 0) }, MovesOf(facts)).WaitRoomHours * 60;
        Room(Facts).ShouldBe(89 - 37, 1e-6);
        Room(Facts with { OldUploadMbps = 250 }).ShouldBe(89 - 37 - 12, 1e-6);
        Room(Facts with { Rework = TimeSpan.FromMinutes(30), OldUploadMbps = 5000 }).ShouldBe(89 - 37, 1e-6, "nothing is gained by being quicker");
        new DeadlineGuard(Facts, MovesOf(Facts)).WaitRoomHours.ShouldBe(double.PositiveInfinity, "there is no deadline");
    }

    [Fact]
    public void Waiting_that_ends_in_on_demand_keeps_a_reserve_for_later_pauses()
    {
        // 16 h to the deadline: 4.98 h of slack, less sqrt(0.3) (2 + 4).
        var facts = RoundJob.Facts with { MaySpot = false };
        At(facts, 16, 0, 0).Alternatives.Append(At(facts, 16, 0, 0).Chosen).First(w => w.Way == WayOn.Wait).Why.ShouldContain(", given up in 102 min");
        At(facts, 14, 6, 0).Chosen.Way.ShouldBe(WayOn.Wait);
        At(facts, 14, 0, 0).Chosen.Way.ShouldBe(WayOn.MoveToOnDemand);
    }

    [Fact]
    public void Where_nothing_is_certain_it_is_waited_as_long_as_the_bid_still_ends_in_time()
    {
        var facts = RoundJob.Spot with { Patience = null };
        var choice = At(facts, 11, 45, 58);
        choice.Alternatives.Append(choice.Chosen).First(w => w.Way == WayOn.Wait).Why.ShouldContain(", given up in 20 min");
    }

    [Fact]
    public void A_chosen_move_is_looked_at_again_after_a_tick_and_a_wait_after_an_hour_at_most()
    {
        PreemptionPolicy.Choose(RoundJob.OnDemand).LookAgainIn.ShouldBe(TimeSpan.FromMinutes(1));
        PreemptionPolicy.Choose(RoundJob.OnDemand with { Tick = TimeSpan.FromMinutes(6) }).LookAgainIn.ShouldBe(TimeSpan.FromMinutes(6));
        PreemptionPolicy.Choose(RoundJob.OnDemand with { Patience = null }).LookAgainIn.ShouldBe(TimeSpan.FromHours(1));
        PreemptionPolicy.Choose(RoundJob.OnDemand with { Offers = [] }).LookAgainIn.ShouldBe(TimeSpan.FromHours(1));
    }

    private static Move[] MovesOf(PreemptionFacts facts)
    {
        var moves = new Move[8];
        return moves[..new MovePrices(facts).Add(facts.Offers[0], 0, moves, 0)];
    }
}
