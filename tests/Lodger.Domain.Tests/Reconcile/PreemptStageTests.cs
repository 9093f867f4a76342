using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Reconcile;

/// <summary>A bid that does not run: waited for, won back or left, and what a person reads meanwhile.</summary>
public sealed class PreemptStageTests
{
    private static readonly Waits Waits = new();
    private static readonly TimeSpan Moment = TimeSpan.FromTicks(1);
    private static readonly DateTimeOffset Paused = Samples.T0 + TimeSpan.FromMinutes(60);

    private static readonly JobSpec Spec = Samples.Spec with { Rent = RentMode.Interruptible, Work = TimeSpan.FromHours(5), Checkpoints = ["a.pt"] };

    private static readonly Offer Cheap = Samples.Offer with { Id = "o2", MachineId = "m2", HostId = "h2", MinBidUsdPerHour = 0.05m };

    private static JobState Job(RentalStatus status, JobSpec? spec = null, params JobEvent[] before) => Samples.Job(
        spec ?? Spec, [new RentIntended(1, "offer-1", "lodger/digits.k3f9qa/1", null, 0.2m), .. Samples.Running[1..], .. before]).After(TimeSpan.FromMinutes(60), new RentalChanged(1, "r1", status, ""));

    private static JobAction Decide(JobState job, DateTimeOffset at, RentalStatus status, IReadOnlyList<Offer>? offers = null, TimeSpan? age = null)
    {
        var number = job.Current!.Number;
        var seen = new Observation
        {
            Listing = new Listing(
                [Samples.Rental with { Id = job.Current.RentalId!, Label = JobState.LabelFor(job.Id, number), Status = status, Evidence = "as it says", Interruptible = true, BidUsdPerHour = 0.2m, GpuUsdPerHour = 0.2m }], at),
            Offers = offers,
            OffersAt = offers is null ? null : at - (age ?? TimeSpan.Zero),
            StepSeen = 70,
        };
        return Reconciler.Decide(job, seen, at, Waits).ShouldHaveSingleItem();
    }

    private static string Why(JobAction action) => action.ShouldBeOfType<Wait>().Why;

    private static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);

    [Fact]
    public void When_its_end_is_asked_for_while_it_does_not_run_the_attempt_is_over()
    {
        var job = Job(RentalStatus.Preempted);
        Record Over(EndReason reason) => new(new JobEnded(1, reason, null, "it did not run when its end was asked for") { Untold = true });
        Decide(job.After(Minutes(61), new CancelRequested("anna")), Paused + Minutes(2), RentalStatus.Preempted).ShouldBe(Over(EndReason.Cancelled));
        Decide(Job(RentalStatus.Preempted, Spec with { BudgetUsd = 9 }).After(Minutes(61), new BudgetReached(1, 7, 2), new CancelRequested("anna")), Paused + Minutes(2), RentalStatus.Preempted)
            .ShouldBe(Over(EndReason.BudgetReached));
        Decide(job.After(Minutes(61), new BringHomeRequested("anna")), Paused + Minutes(2), RentalStatus.Preempted).ShouldBe(new LookForOffers(1), "that was asked of a rental which the work has left");
    }

    [Theory]
    [InlineData(RentalStatus.Provisioning)]
    [InlineData(RentalStatus.Loading)]
    public void What_starts_again_has_the_window_of_a_boot(RentalStatus status)
    {
        Why(Decide(Job(status), Paused + Waits.Boot, status)).ShouldBe("the rental starts again: as it says");
        Decide(Job(status), Paused + Waits.Boot + Moment, status).ShouldBe(new LookForOffers(1));
    }

    [Fact]
    public void What_waits_for_its_own_gpu_is_waited_for_shortly_and_what_is_paused_is_weighed_at_once()
    {
        Why(Decide(Job(RentalStatus.Scheduling), Paused + Waits.Scheduling, RentalStatus.Scheduling)).ShouldBe("the rental waits for its own GPU");
        Decide(Job(RentalStatus.Scheduling), Paused + Waits.Scheduling + Moment, RentalStatus.Scheduling).ShouldBe(new LookForOffers(1));
        Decide(Job(RentalStatus.Preempted), Paused + Moment, RentalStatus.Preempted).ShouldBe(new LookForOffers(1));
    }

    [Fact]
    public void What_a_person_stopped_is_left_to_them() =>
        Why(Decide(Job(RentalStatus.Stopped), Paused + Minutes(9), RentalStatus.Stopped, [Cheap])).ShouldBe("r1 was stopped, not by Lodger (as it says); its disk goes on billing. Started again where it was stopped, it goes on. To fetch what it holds and end it: lodger down digits");

    [Fact]
    public void What_needs_a_person_is_looked_at_again_every_minute_for_they_may_have_acted()
    {
        Decide(Job(RentalStatus.Stopped), Paused + Minutes(9), RentalStatus.Stopped, [Cheap], Waits.OffersValid).ShouldBeOfType<Wait>();
        Decide(Job(RentalStatus.Stopped), Paused + Minutes(9), RentalStatus.Stopped, [Cheap], Waits.OffersValid + Moment).ShouldBe(new LookForOffers(1));
    }

    [Fact]
    public void Offers_are_good_for_a_minute()
    {
        Decide(Job(RentalStatus.Preempted), Paused + Minutes(2), RentalStatus.Preempted, [], Waits.OffersValid).ShouldBeOfType<Record>();
        Decide(Job(RentalStatus.Preempted), Paused + Minutes(2), RentalStatus.Preempted, [], Waits.OffersValid + Moment).ShouldBe(new LookForOffers(1));
    }

    [Fact]
    public void Work_that_goes_on_elsewhere_says_why_where_to_and_how_far_it_was()
    {
        var moved = Decide(Job(RentalStatus.Offline), Paused + Minutes(30), RentalStatus.Offline, [Cheap]).ShouldBeOfType<Record>().Event.ShouldBeOfType<MoveDecided>();
        (moved.Attempt, moved.Offer, moved.StepReached).ShouldBe((1, Cheap, 70L));
        moved.Reason.ShouldBe("The host of r1 is offline (as it says): nothing bills meanwhile.");
        moved.Choice.ShouldContain("move to o2");
        moved.Alternatives.ShouldHaveSingleItem().ShouldStartWith("wait $");
        moved.BidUsdPerHour!.Value.ShouldBeInRange(0.05m, 0.4m);
    }

    [Fact]
    public void That_it_is_waited_for_is_said_once_and_then_looked_at_again_within_a_minute()
    {
        var job = Job(RentalStatus.Preempted);
        var said = Decide(job, Paused + Minutes(2), RentalStatus.Preempted, []).ShouldBeOfType<Record>().Event.ShouldBeOfType<WaitChosen>();
        said.Reason.ShouldBe("r1 was preempted: somebody pays more than the bid of $0.200/h (as it says).");
        said.Choice.ShouldEndWith("-> wait");
        var wait = Decide(job.After(Minutes(62), said), Paused + Minutes(2), RentalStatus.Preempted, []).ShouldBeOfType<Wait>();
        wait.Why.ShouldBe($"{said.Reason} {said.Choice}");
        wait.For.ShouldBeInRange(TimeSpan.FromSeconds(1), Waits.OffersValid);
    }

    [Fact]
    public void Where_the_budget_keeps_it_waiting_a_person_reads_how_to_allow_more()
    {
        // 20 GB home at $0.02/GB and a disk of $0.01/h for a week are $2.08; starting elsewhere needs as much again.
        var job = Job(RentalStatus.Offline, Spec with { BudgetUsd = 2.1m });
        var said = Decide(job, Paused + Minutes(30), RentalStatus.Offline, [Cheap with { UploadUsdPerGb = 1 }]).ShouldBeOfType<Record>().Event.ShouldBeOfType<WaitChosen>();
        Why(Decide(job.After(Minutes(62), said), Paused + Minutes(30), RentalStatus.Offline, [Cheap with { UploadUsdPerGb = 1 }])).ShouldEndWith(". To allow more: lodger budget digits USD");
    }

    private static readonly JobSpec Raising = Spec with { Patience = TimeSpan.Zero, Bid = new BidSpec(null, 0.3m, MayRaise: true) };

    /// <summary>What is so large is not gladly moved.</summary>
    private static readonly JobEvent Large = new CheckpointMirrored(1, "a.pt", 10_000_000_000, "aa", 5, "loads");

    private static readonly Offer Own = Samples.Offer with { MinBidUsdPerHour = 0.21m };

    private static JobAction Raised(JobState job, RentalStatus status = RentalStatus.Preempted) => Decide(job, Paused + Minutes(9), status, [Own]);

    [Fact]
    public void A_bid_that_may_be_raised_is_within_its_cap_and_not_again_while_the_last_raise_is_at_work()
    {
        var raise = Raised(Job(RentalStatus.Preempted, Raising, Large)).ShouldBeOfType<RaiseBid>();
        (raise.RentalId, raise.FromUsdPerHour).ShouldBe(("r1", 0.2m));
        raise.ToUsdPerHour.ShouldBeInRange(0.21m, 0.3m);
        raise.Choice.ShouldContain("-> raise the bid to $");
        raise.Alternatives.ShouldNotBeEmpty();

        var raised = Job(RentalStatus.Preempted, Raising).After(Minutes(65), new BidRaiseIntended(1, "r1", 0.2m, 0.22m, "", []));
        Why(Decide(raised, Samples.T0 + Minutes(65) + Waits.StartAgain - Moment, RentalStatus.Preempted)).ShouldBe("until the raised bid wins its machine back");
        Decide(raised, Samples.T0 + Minutes(65) + Waits.StartAgain, RentalStatus.Preempted).ShouldBe(new LookForOffers(1));
        Decide(raised.After(Minutes(65), new BidRaiseRefused(1, "r1", new Problem("no", "", "", ExitCode.Unknown))), Paused + Minutes(6), RentalStatus.Preempted).ShouldBe(new LookForOffers(1));
        Decide(raised.After(Minutes(66), new RentalChanged(1, "r1", RentalStatus.Offline, "")), Paused + Minutes(7), RentalStatus.Offline).ShouldBe(new LookForOffers(1), "its host is gone meanwhile");
    }

    [Fact]
    public void A_bid_is_not_raised_that_was_raised_five_times_or_refused_or_stopped_or_not_lost_to_another()
    {
        JobState After(params JobEvent[] events) => Job(RentalStatus.Preempted, Raising, Large).After(Minutes(60.5), events);
        var once = new BidRaiseIntended(1, "r1", 0.2m, 0.2m, "", []);
        Raised(After(once, once, once, once)).ShouldBeOfType<RaiseBid>();
        Raised(After(once, once, once, once, once)).ShouldNotBeOfType<RaiseBid>();
        Raised(After(new BidRaiseRefused(1, "r1", new Problem("no", "", "", ExitCode.Unknown)))).ShouldNotBeOfType<RaiseBid>();
        Raised(After(new StopIntended(1, ""))).ShouldNotBeOfType<RaiseBid>();
        Raised(Job(RentalStatus.Exited, Raising, Large), RentalStatus.Exited).ShouldNotBeOfType<RaiseBid>();
        Raised(Job(RentalStatus.Preempted, Raising with { Bid = new BidSpec(null, 0.3m) }, Large)).ShouldNotBeOfType<RaiseBid>();
    }

    [Theory]
    [InlineData(99, false)]
    [InlineData(100, true)]
    public void Work_that_was_moved_a_hundred_times_needs_a_person(int attempts, bool needsPerson)
    {
        JobEvent Of(JobEvent e) => e switch
        {
            RentIntended r => r with { Attempt = attempts, Label = JobState.LabelFor("digits.k3f9qa", attempts) },
            AttemptEvent a => a with { Attempt = attempts },
            _ => e,
        };
        var before = Enumerable.Range(1, attempts - 1).SelectMany(n => (JobEvent[])[new RentIntended(n, "o", JobState.LabelFor("digits.k3f9qa", n)), new RentRefused(n, new Problem("offer-gone", "", "", ExitCode.NoOffer))]);
        var job = Samples.Job(Spec, [.. before, .. Samples.Running.Select(Of), new RentalChanged(attempts, "r1", RentalStatus.Preempted, "")]);
        var action = Decide(job, Paused, RentalStatus.Preempted);
        if (needsPerson)
            Why(action).ShouldEndWith("The work was moved 100 times already. To end it: lodger down digits");
        else
            action.ShouldBe(new LookForOffers(attempts));
    }
}
