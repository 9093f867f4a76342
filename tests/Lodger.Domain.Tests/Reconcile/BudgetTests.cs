using Lodger.Domain.Box;
using Lodger.Domain.Clocks;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Reconcile;

/// <summary>A budget stops the spending and asks; what is spent, and what it keeps back, is of all rentals.</summary>
public sealed class BudgetTests
{
    private static readonly Waits Waits = new();
    private static readonly JobSpec Spec = Samples.Spec with { BudgetUsd = 5, Checkpoints = ["ckpt.pt"] };
    private static readonly BudgetReached Reached = new(1, 3, 2.08m);

    private static JobAction Decide(JobState job, Observation seen) => Reconciler.Decide(job, seen, seen.Listing.At, Waits).ShouldHaveSingleItem();

    private static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);

    private static Observation See(double at, RentalStatus status, decimal charged = 0) => new()
    {
        Listing = new Listing([Samples.Rental with { Status = status }], Samples.T0 + Minutes(at)),
        Report = new BoxReport { Phase = BoxPhase.Running },
        ReportAt = Samples.T0 + Minutes(at),
        Charges = new Charges("r1", charged, 0, 0, 0),
    };

    private static bool GoesOn(JobAction action) => action is not (StopRental or StartRental or Record { Event: BudgetReached });

    private static JobState Stopped(JobState job) => job.After(Minutes(11), new StopIntended(1, ""), new RentalChanged(1, "r1", RentalStatus.Stopped, ""), new RentalStopped(1, Samples.Rental.StartedAt));

    [Fact]
    public void It_counts_what_is_kept_back_and_every_rental_that_was()
    {
        var job = Samples.Job(Spec, Samples.Running);
        // 20 GB home at $0.02/GB, and a disk of $0.01/h for a week.
        const decimal keptBack = 0.4m + 1.68m;
        GoesOn(Decide(job, See(9, RentalStatus.Running, 5 - keptBack - 0.01m))).ShouldBeTrue();
        Decide(job, See(9, RentalStatus.Running, 5 - keptBack)).ShouldBe(new Record(new BudgetReached(1, 5 - keptBack, keptBack)));

        var second = Samples.Job(Spec, [.. Samples.Finished[..^3], new MoveDecided(1, "outbid", "", [], Samples.Offer, 0.2m, null), new DestroyConfirmed(1, "r1", new Charges("r1", 2.8m, 0, 0, 0)), .. Samples.Running.Select(Second)]);
        var seen = See(9, RentalStatus.Running, 0.2m) with { Listing = new Listing([Samples.Rental with { Id = "r2", Label = JobState.LabelFor("digits.k3f9qa", 2) }], Samples.T0 + Minutes(9)) };
        Decide(second, seen).ShouldBeOfType<Record>().Event.ShouldBe(new BudgetReached(2, 3, keptBack));

        static JobEvent Second(JobEvent e) => e switch
        {
            RentIntended r => r with { Attempt = 2, Label = JobState.LabelFor("digits.k3f9qa", 2) },
            Rented r => r with { Attempt = 2, RentalId = "r2" },
            RentalChanged r => r with { Attempt = 2, RentalId = "r2" },
            AttemptEvent a => a with { Attempt = 2 },
            _ => e,
        };
    }

    [Fact]
    public void Its_newest_checkpoint_leaves_the_machine_then_it_is_stopped_and_a_person_is_asked()
    {
        var job = Samples.Job(Spec, Samples.Running).After(Minutes(10), Reached);
        job.Phase.ShouldBe(JobPhase.NeedsAttention);
        Decide(job, See(10, RentalStatus.Running)).ShouldBe(new MirrorCheckpoints(1));
        Decide(job, See(10.5, RentalStatus.Running) with { MirrorLookedAt = Samples.T0 + Minutes(10.2) }).ShouldBeOfType<StopRental>();
        Decide(job, See(11, RentalStatus.Running) with { BoxProblem = new Problem("box-unreachable", "", "", ExitCode.Unknown) }).ShouldBeOfType<StopRental>();
        var waits = Decide(Stopped(job), See(12, RentalStatus.Stopped)).ShouldBeOfType<Wait>();
        waits.Why.ShouldContain("lodger budget digits USD");

        var clock = ClockBoard.Of(new AccountFacts("a", "market", null, [Samples.Rental with { Status = RentalStatus.Stopped }], [], [Stopped(job)], Samples.T0, 1, Samples.T0 + Minutes(12), TimeSpan.FromHours(48))).ShouldHaveSingleItem();
        clock.Kind.ShouldBe(ClockKind.BudgetReached);
        clock.Fix.ShouldContain("lodger budget digits USD");
    }

    [Fact]
    public void What_the_market_paused_is_told_to_stay_so_because_it_would_come_back_and_bill()
    {
        var bid = Samples.Job(Spec with { Rent = RentMode.Interruptible }, [.. Samples.Running, new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid")]).After(Minutes(10), Reached);
        Decide(bid, See(10, RentalStatus.Preempted)).ShouldBeOfType<StopRental>();
    }

    [Fact]
    public void With_another_budget_it_is_started_and_goes_on()
    {
        var held = Stopped(Samples.Job(Spec, Samples.Running).After(Minutes(10), Reached));
        var raised = held.After(Minutes(60), new BudgetSet(9, "anna"));
        raised.BudgetUsd.ShouldBe(9);
        Decide(raised, See(60, RentalStatus.Stopped, 3)).ShouldBeOfType<StartRental>();
        var started = raised.After(Minutes(61), new StartIntended(1, ""), new RentalChanged(1, "r1", RentalStatus.Running, ""), new BoxReached(1, "h", 1, false));
        started.Phase.ShouldBe(JobPhase.Running);
        GoesOn(Decide(started, See(62, RentalStatus.Running, 3))).ShouldBeTrue();
        Decide(started, See(62, RentalStatus.Running, 8)).ShouldBeOfType<Record>().Event.ShouldBeOfType<BudgetReached>();
        // Stopped by somebody else later: that is not ours to undo.
        Decide(started.After(Minutes(70), new RentalChanged(1, "r1", RentalStatus.Stopped, "")), See(71, RentalStatus.Stopped, 3)).ShouldBeOfType<Wait>().Why.ShouldContain("not by Lodger");
    }

    [Fact]
    public void Ended_by_a_person_it_goes_through_the_gate_and_says_that_it_was_the_budget()
    {
        var ended = Stopped(Samples.Job(Spec, Samples.Running).After(Minutes(10), Reached)).After(Minutes(60), new CancelRequested("anna"));
        Decide(ended, See(60, RentalStatus.Stopped, 3)).ShouldBeOfType<StartRental>();
        var started = ended.After(Minutes(61), new StartIntended(1, ""), new RentalChanged(1, "r1", RentalStatus.Running, ""), new BoxReached(1, "h", 1, false));
        Decide(started, See(62, RentalStatus.Running, 3)).ShouldBe(new EndJob(1, EndReason.BudgetReached));
    }

    [Fact]
    public void A_rental_that_never_got_the_job_is_given_up_and_the_job_waits_with_nothing_billing()
    {
        var job = Samples.Job(Spec, Samples.Running[..3]).After(Minutes(2), Reached);
        var given = Decide(job, See(2, RentalStatus.Running)).ShouldBeOfType<Record>().Event.ShouldBeOfType<AttemptGivenUp>();
        var gone = job.After(Minutes(3), given, new DestroyConfirmed(1, "r1", null));
        var nothing = new Observation { Listing = new Listing([], Samples.T0 + Minutes(4)) };
        Decide(gone, nothing).ShouldBeOfType<Wait>().Why.ShouldContain("lodger budget digits USD");
        Decide(gone.After(Minutes(5), new CancelRequested("anna")), nothing).ShouldBeOfType<Record>().Event.ShouldBeOfType<JobClosed>().Problem!.ExitCode.ShouldBe(ExitCode.BudgetReached);
        Decide(gone.After(Minutes(5), new BudgetSet(9, "anna")), nothing).ShouldBeOfType<LookForOffers>();
    }

    [Fact]
    public void What_other_jobs_are_about_to_rent_is_waited_for_before_a_budget_is_called_spent()
    {
        var job = Samples.Job(Spec, Samples.Running[..3]).After(Minutes(2), Reached);
        var given = Decide(job, See(2, RentalStatus.Running)).ShouldBeOfType<Record>().Event.ShouldBeOfType<AttemptGivenUp>();
        var poor = job.After(Minutes(3), given, new DestroyConfirmed(1, "r1", null)).After(Minutes(5), new BudgetSet(0.0001m, "anna"));
        var one = Samples.Offer with { Id = "o2", MachineId = "m2", HostId = "h2", MinBidUsdPerHour = 0.1m };
        var listed = new Observation { Listing = new Listing([], Samples.T0 + Minutes(6)), Offers = [one, one with { Id = "o3", MachineId = "m3" }], OffersAt = Samples.T0 + Minutes(6) };
        Decide(poor, listed).ShouldBeOfType<Record>().Event.ShouldBeOfType<BudgetReached>();
        Decide(poor, listed with { Held = new HashSet<string> { "o3" } }).ShouldBeOfType<Wait>().Why.ShouldContain("other jobs");
    }

    [Fact]
    public void A_command_that_has_ended_is_brought_home_whatever_the_budget_says()
    {
        var ended = Samples.Job(Spec, [.. Samples.Running, new JobEnded(1, EndReason.Exited, 0, "")]);
        Decide(ended, See(9, RentalStatus.Running, 99)).ShouldBe(new BringHome(1));
        Decide(Samples.Job(Spec, [.. Samples.Running, new EndIntended(1, EndReason.Stalled)]), See(9, RentalStatus.Running, 99)).ShouldNotBeOfType<Record>("it is on its way there");
        Decide(Samples.Job(Spec, [.. Samples.Running, new CancelRequested("anna")]), See(2, RentalStatus.Running, 99)).ShouldBe(new EndJob(1, EndReason.Cancelled));
    }

    [Fact]
    public void One_that_ends_while_it_is_held_is_brought_home()
    {
        var held = Samples.Job(Spec, Samples.Running).After(Minutes(10), Reached);
        Decide(held, See(10, RentalStatus.Running) with { Report = new BoxReport { Phase = BoxPhase.Ended, ExitCode = 0 } }).ShouldBe(new Record(new JobEnded(1, EndReason.Exited, 0, "")));
    }

    [Fact]
    public void What_has_no_checkpoint_to_save_is_stopped_at_once_and_what_has_one_gets_its_time_and_no_more()
    {
        JobAction Held(JobSpec spec, IEnumerable<JobEvent> events, double at) => Decide(Samples.Job(spec, [.. events]).After(Minutes(10), Reached), See(at, RentalStatus.Running));
        Held(Spec with { Checkpoints = [] }, Samples.Running, 10).ShouldBeOfType<StopRental>().Reason.ShouldBe("its budget is reached: only its disk bills now");
        Held(Spec, Samples.Running[..^1], 10).ShouldBeOfType<StopRental>("its command never began");
        Held(Spec, [.. Samples.Running[..3], .. Samples.Running[4..]], 10).ShouldBe(new Reach(1));
        Held(Spec, Samples.Running, 14.9).ShouldBe(new MirrorCheckpoints(1));
        Held(Spec, Samples.Running, 15).ShouldBeOfType<StopRental>();
        var before = See(10, RentalStatus.Running) with { MirrorLookedAt = Samples.T0 + Minutes(9) };
        Decide(Samples.Job(Spec, Samples.Running).After(Minutes(10), Reached), before).ShouldBe(new MirrorCheckpoints(1), "that look was before");
    }

    [Fact]
    public void Held_where_the_platform_does_not_say_clearly_what_it_does_it_is_stopped_as_if_it_ran()
    {
        var held = Samples.Job(Spec, [.. Samples.Running, new RentalChanged(1, "r1", RentalStatus.Unknown, "")]).After(Minutes(10), Reached);
        Decide(held, See(11, RentalStatus.Unknown)).ShouldBe(new MirrorCheckpoints(1));
        Decide(held, See(15, RentalStatus.Unknown)).ShouldBeOfType<StopRental>();
        Decide(held.After(Minutes(15), new StopIntended(1, ""), new RentalStopped(1, null)), See(16, RentalStatus.Unknown)).ShouldBeOfType<Wait>("it was seen stopped");
    }

    [Theory]
    [InlineData(RentalStatus.Preempted, true)]
    [InlineData(RentalStatus.Scheduling, true)]
    [InlineData(RentalStatus.Provisioning, true)]
    [InlineData(RentalStatus.Loading, true)]
    [InlineData(RentalStatus.Stopped, false)]
    [InlineData(RentalStatus.Exited, false)]
    [InlineData(RentalStatus.Offline, false)]
    public void Held_it_is_told_to_stay_stopped_where_it_could_come_back_and_else_a_person_is_waited_for(RentalStatus status, bool comesBack)
    {
        var held = Samples.Job(Spec, [.. Samples.Running, new RentalChanged(1, "r1", status, "")]).After(Minutes(10), Reached);
        var action = Decide(held, See(11, status));
        if (comesBack)
            action.ShouldBeOfType<StopRental>();
        else
            action.ShouldBeOfType<Wait>().Why.ShouldBe("its budget of $5.00 is reached: $3.00 spent, $2.08 kept back to bring everything home. To go on: lodger budget digits USD   or end it: lodger down digits");
        if (status == RentalStatus.Preempted)
            Decide(held.After(Minutes(11), new StopIntended(1, ""), new RentalStopped(1, null)), See(12, status)).ShouldBeOfType<Wait>();
    }

    [Theory]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void With_another_budget_it_is_started_wherever_it_was_stopped(int events)
    {
        var held = Stopped(Samples.Job(Spec, Samples.Running[..events]).After(Minutes(10), Reached));
        var raised = held.After(Minutes(60), new BudgetSet(9, "anna"));
        Decide(raised, See(60, RentalStatus.Stopped, 3)).ShouldBe(new StartRental(1, "r1", "it has a budget again"));
        var asked = raised.After(Minutes(61), new StartIntended(1, ""));
        Decide(asked, See(62, RentalStatus.Stopped, 3)).ShouldBeOfType<Wait>().Why.ShouldBe("until the rental has started");
        Decide(asked, See(64, RentalStatus.Stopped, 3)).ShouldBeOfType<StartRental>("it did not come up");
    }

    [Fact]
    public void Another_budget_starts_nothing_that_is_not_there_to_be_started_or_was_not_stopped_for_it()
    {
        var raised = Stopped(Samples.Job(Spec, Samples.Running).After(Minutes(10), Reached)).After(Minutes(60), new BudgetSet(9, "anna"));
        Decide(raised.After(Minutes(61), new RentalChanged(1, "r1", RentalStatus.Offline, "")), See(62, RentalStatus.Offline, 3)).ShouldBeOfType<Wait>();
        Decide(raised.After(Minutes(61), new CancelRequested("anna"), new EndIntended(1, EndReason.Cancelled)), See(62, RentalStatus.Stopped, 3)).ShouldBeOfType<StartRental>().Reason.ShouldBe("its results were asked for");
        var never = Samples.Job(Spec with { StopWhenAbandonedAfter = null }, Samples.Running).After(Minutes(10), new BudgetSet(9, "anna")).After(Minutes(11), new RentalChanged(1, "r1", RentalStatus.Stopped, ""));
        Decide(never, See(62, RentalStatus.Stopped, 3)).ShouldBeOfType<Wait>().Why.ShouldContain("not by Lodger");
    }

    [Fact]
    public void What_is_kept_back_is_of_every_rental_that_may_bill_and_is_shown()
    {
        var job = Samples.Job(Spec, Samples.Running);
        BudgetHold.KeptBackUsd(job, new RentalList([Samples.Rental])).ShouldBe(2.08m);
        BudgetHold.KeptBackUsd(job, new RentalList([Samples.Rental]), but: "r1").ShouldBe(0);
        BudgetHold.KeptBackUsd(job, null).ShouldBe(0, "nobody knows");
        BudgetHold.KeptBackUsd(job, new RentalList([])).ShouldBe(0);
        BudgetHold.KeptBackUsd(job.After(Minutes(9), new DestroyConfirmed(1, "r1", null)), new RentalList([Samples.Rental])).ShouldBe(0);
    }

    [Fact]
    public void Two_rentals_keep_back_twice_as_much()
    {
        var two = Samples.Job(Spec, [.. Samples.Running, new MoveDecided(1, "outbid", "", [], Samples.Offer, null, null), new RentIntended(2, "o2", "lodger/digits.k3f9qa/2"), new Rented(2, "r2", false)]);
        BudgetHold.KeptBackUsd(two, new RentalList([Samples.Rental, Samples.Rental with { Id = "r2" }])).ShouldBe(4.16m);
        BudgetHold.KeptBackUsd(two, new RentalList([Samples.Rental, Samples.Rental with { Id = "r2" }]), but: "r2").ShouldBe(2.08m);
    }

    [Fact]
    public void What_somebody_else_stopped_while_it_was_held_is_not_started_by_another_budget()
    {
        var held = Samples.Job(Spec with { StopWhenAbandonedAfter = null }, Samples.Running).After(Minutes(10), Reached, new RentalChanged(1, "r1", RentalStatus.Stopped, ""));
        Decide(held.After(Minutes(60), new BudgetSet(9, "anna")), See(60, RentalStatus.Stopped, 3)).ShouldBeOfType<Wait>().Why.ShouldContain("not by Lodger");
    }

    [Fact]
    public void What_a_drill_stopped_goes_on_for_the_drill()
    {
        var drilled = Stopped(Samples.Job(Spec, Samples.Running).After(Minutes(5), new BudgetSet(9, "anna")).After(Minutes(10), new DrillRequested("anna")));
        Decide(drilled, See(12, RentalStatus.Stopped, 3)).ShouldBeOfType<StartRental>().Reason.ShouldBe("the drill: it goes on");
    }
}
