using Lodger.Domain.Policy;

namespace Lodger.Domain.Tests.Policy;

public sealed class ReturnPolicyTests
{
    private static readonly TimeSpan Calm = TimeSpan.FromHours(2);

    /// <summary>Ten hours left at $0.60/h, its checkpoint five minutes old, another machine for a bid of $0.20 or more.</summary>
    private static PreemptionFacts Facts { get; } = PausedJob.Facts with
    {
        PreemptedAt = PausedJob.Now,
        OldUsdPerHour = 0.6m,
        Rework = TimeSpan.FromMinutes(10),
        WorkAtRisk = TimeSpan.FromMinutes(40),
    };

    [Fact]
    public void A_bid_that_saves_a_good_part_of_what_is_left_to_pay_is_gone_back_to_and_the_price_of_staying_is_said()
    {
        var choice = ReturnPolicy.Choose(Facts, Calm).ShouldNotBeNull();
        choice.Move.Offer!.Id.ShouldBe("other");
        choice.Move.BidUsdPerHour.ShouldNotBeNull();
        choice.Line.ShouldStartWith("stay on-demand $6.");
        choice.Line.ShouldContain("-> move to other (bid $0.2");
        choice.Alternatives[0].ShouldStartWith("stay on-demand $6.");
    }

    [Theory]
    [InlineData(0.55)]
    [InlineData(0.62)]
    public void A_bid_that_saves_little_is_not_worth_the_move(double least) =>
        ReturnPolicy.Choose(Facts with { Offers = [PausedJob.Other with { MinBidUsdPerHour = (decimal)least }] }, Calm).ShouldBeNull();

    [Fact]
    public void Near_its_end_a_job_stays() => ReturnPolicy.Choose(Facts with { WorkLeft = TimeSpan.FromMinutes(12) }, Calm).ShouldBeNull();

    [Fact]
    public void Without_anything_saved_a_job_stays() =>
        ReturnPolicy.Choose(Facts with { WorkLeft = TimeSpan.FromHours(20), ReworkOnReturn = TimeSpan.FromHours(18) }, Calm).ShouldBeNull();

    [Fact]
    public void A_deadline_that_one_more_preemption_would_break_keeps_it_on_on_demand()
    {
        bool Goes(double hours) => ReturnPolicy.Choose(Facts with { Deadline = PausedJob.Now.AddHours(hours) }, Calm) is not null;
        Goes(10.5).ShouldBeFalse();
        Goes(11).ShouldBeFalse();
        Goes(20).ShouldBeTrue();
        Enumerable.Range(0, 60).Select(i => Goes(10 + (i * 0.2))).ShouldBeInOrder();
    }

    [Fact]
    public void After_a_loss_it_takes_more_slack_to_trust_a_bid_again()
    {
        double LeastDeadline(TimeSpan calm) => Enumerable.Range(0, 400).Select(i => 10 + (i * 0.05)).First(h => ReturnPolicy.Choose(Facts with { Deadline = PausedJob.Now.AddHours(h) }, calm) is not null);
        LeastDeadline(TimeSpan.FromMinutes(10)).ShouldBeGreaterThan(LeastDeadline(TimeSpan.FromHours(10)));
    }

    [Fact]
    public void On_demand_elsewhere_is_no_bid_and_a_host_that_failed_is_none_to_go_back_to()
    {
        ReturnPolicy.Choose(Facts with { Offers = [PausedJob.Other with { MinBidUsdPerHour = null, GpuUsdPerHour = 0.2m }] }, Calm).ShouldBeNull();
        ReturnPolicy.Choose(Facts with { Offers = [] }, Calm).ShouldBeNull();
    }

    /// <summary>Ten hours of work left, half an hour of it done since the newest checkpoint: staying takes 9.5 h and 12 min home, at $0.61/h with the disk, and $0.45 for the way home.</summary>
    private static readonly PreemptionFacts Round = RoundJob.Facts with { OldUsdPerHour = 0.6m };

    [Fact]
    public void Staying_costs_gpu_disk_and_the_way_home_of_what_is_left_without_what_a_move_does_again()
    {
        var choice = ReturnPolicy.Choose(Round, Calm).ShouldNotBeNull();
        choice.Line.ShouldBe("stay on-demand $6.37 | move $3.80 -> move to other (bid $0.25)");
        choice.Alternatives.ShouldBe(["stay on-demand $6.37: 9.7 h left at $0.60/h"]);
    }

    [Theory]
    [InlineData(0.393, true)]
    [InlineData(0.394, false)]
    public void A_tenth_of_what_staying_costs_has_to_be_saved_the_delay_counted_at_half_of_the_bid(double bid, bool goes)
    {
        var facts = Round with { Bid = new BidRule.Fixed((decimal)bid), Offers = [RoundJob.Other with { MinBidUsdPerHour = (decimal)bid / 1.25m }] };
        (ReturnPolicy.Choose(facts, Calm) is not null).ShouldBe(goes);
    }

    [Theory]
    [InlineData(30, 12.5523, true)]
    [InlineData(30, 12.5520, false)]
    [InlineData(10, 15.8606, true)]
    [InlineData(10, 15.8603, false)]
    [InlineData(0, 15.8603, false)]
    [InlineData(0, 15.8606, true)]
    public void With_a_deadline_the_slack_has_to_pass_what_restarts_would_cost_if_machines_were_lost_as_soon_as_the_last(int calmMinutes, double hours, bool goes) =>
        (ReturnPolicy.Choose(Round with { Deadline = PausedJob.Now.AddHours(hours) }, TimeSpan.FromMinutes(calmMinutes)) is not null).ShouldBe(goes);

    [Fact]
    public void The_next_best_bid_is_shown_beside_the_chosen_one()
    {
        var dearer = RoundJob.Other with { Id = "dearer", MachineId = "m3", HostId = "h3", UploadUsdPerGb = 0.02m };
        var far = RoundJob.Other with { Id = "far", MachineId = "m4", HostId = "h4", UploadUsdPerGb = 1 };
        var choice = ReturnPolicy.Choose(Round with { Offers = [far, dearer, RoundJob.Other] }, Calm).ShouldNotBeNull();
        choice.Move.Offer!.Id.ShouldBe("other");
        choice.Alternatives.Count.ShouldBe(2);
        choice.Alternatives[1].ShouldStartWith("move $4.25: move $4.25 to dearer (bid $0.25)");
    }
}
