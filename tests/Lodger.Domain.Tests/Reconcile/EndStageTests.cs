using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Reconcile;

/// <summary>The command is over: everything comes home, a person is asked, and a GPU does not bill while nobody answers.</summary>
public sealed class EndStageTests
{
    private static readonly Waits Waits = new();
    private static readonly Problem Silent = new("box-unreachable", "No answer.", "", ExitCode.Unknown, MayRetry: true);
    private static readonly TimeSpan Moment = TimeSpan.FromTicks(1);
    private static readonly JobEvent Over = new JobEnded(1, EndReason.Exited, 0, "");
    private static readonly JobEvent Failed = new VerificationFailed(1, []);

    /// <summary>Our stop was asked for, and seen.</summary>
    private static readonly JobEvent[] StoppedByUs = [new StopIntended(1, ""), new RentalChanged(1, "r1", RentalStatus.Stopped, ""), new RentalStopped(1, Samples.Rental.StartedAt)];

    private static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);

    private static Observation See(DateTimeOffset at, RentalStatus status = RentalStatus.Running) =>
        new() { Listing = new Listing([Samples.Rental with { Status = status, Evidence = "as it says" }], at) };

    private static Observation See(double at, RentalStatus status = RentalStatus.Running) => See(Samples.T0 + Minutes(at), status);

    private static JobAction Decide(JobState job, Observation seen) => Reconciler.Decide(job, seen, seen.Listing.At, Waits).ShouldHaveSingleItem();

    private static JobState Job(params JobEvent[] more) => Samples.Job([.. Samples.Running, Over, .. more]);

    private static JobState Bid(params JobEvent[] more) => Samples.Job(
        Samples.Spec with { Rent = RentMode.Interruptible }, [new RentIntended(1, "offer-1", "lodger/digits.k3f9qa/1", null, 0.2m), .. Samples.Running[1..], Over, .. more]);

    private static string Why(JobAction action) => action.ShouldBeOfType<Wait>().Why;

    [Fact]
    public void What_it_made_comes_home_from_the_running_machine()
    {
        Decide(Job(), See(1)).ShouldBe(new BringHome(1));
        Decide(Job(new StartIntended(1, ""), new RentalChanged(1, "r1", RentalStatus.Running, "")), See(1)).ShouldBe(new Reach(1));
    }

    [Fact]
    public void A_machine_that_cannot_be_spoken_to_is_stopped_some_time_after_its_last_answer()
    {
        var job = Job();
        var over = job.Current!.EndedAt!.Value;
        JobAction At(TimeSpan later, TimeSpan? failingFor) => Decide(job, See(over + later) with { BoxProblem = Silent, BoxProblemSince = over + later - failingFor });
        At(Waits.Approval - Moment, null).ShouldBe(new BringHome(1));
        At(Waits.Approval, null).ShouldBeOfType<StopRental>().Reason.ShouldBe("the machine cannot be spoken to");
        At(TimeSpan.FromHours(1), Minutes(1)).ShouldBe(new BringHome(1), "a pull that broke goes on where it broke");
        At(TimeSpan.FromHours(1), Waits.Approval).ShouldBeOfType<StopRental>();
        At(Waits.BringHome, Minutes(1)).ShouldBe(new BringHome(1));
        At(Waits.BringHome + Moment, Minutes(1)).ShouldBeOfType<StopRental>("not for ever");
        Decide(job, See(over + TimeSpan.FromHours(9))).ShouldBe(new BringHome(1), "what answers is not hurried");
    }

    [Fact]
    public void What_failed_its_verification_waits_for_a_person_then_stops_and_is_tried_again_when_they_ask()
    {
        var failed = Job().After(Minutes(10), Failed);
        Why(Decide(failed, See(11))).ShouldBe("verification failed; the rental stays. Try again with: lodger pull digits");
        var unmade = Job().After(Minutes(10), new VerificationFailed(1, [new FileFinding(Job().Submission.Spec.Results[0], "Missing", "no file on the machine fits it")]));
        Why(Decide(unmade, See(11))).ShouldBe($"the machine holds no file that {Job().Submission.Spec.Results[0]} of its results names; the rental stays. See: lodger doctor digits", "to pull again brings nothing that was never made");
        Decide(failed, See(15 - 0.01)).ShouldBeOfType<Wait>();
        Decide(failed, See(15)).ShouldBeOfType<StopRental>().Reason.ShouldBe("a file did not pass the verification");
        Decide(failed.After(Minutes(11), new BringHomeRequested("anna")), See(12)).ShouldBe(new BringHome(1));
        Decide(Job().After(Minutes(9), new BringHomeRequested("anna")).After(Minutes(10), Failed), See(11)).ShouldBeOfType<Wait>("that pull is the one that failed");
    }

    [Fact]
    public void Results_that_are_home_are_fetched_once_more_when_a_person_asks()
    {
        var home = Job(Samples.Receipt());
        Decide(home.After(Minutes(1), new BringHomeRequested("anna")), See(2)).ShouldBe(new BringHome(1));
        Why(Decide(Samples.Job([.. Samples.Running, new BringHomeRequested("anna"), Over, Samples.Receipt()]), See(2))).ShouldStartWith("your yes: lodger down digits");
        var stopped = home.After(Minutes(1), StoppedByUs).After(Minutes(2), new BringHomeRequested("anna"));
        Decide(stopped, See(3, RentalStatus.Stopped)).ShouldBeOfType<StartRental>().Reason.ShouldBe("results were asked for again");
    }

    [Fact]
    public void Before_it_stops_for_want_of_a_yes_the_machine_is_looked_at_once_more_if_it_answers()
    {
        var home = Job(Samples.Receipt());
        var at = home.Current!.Receipt!.At;
        Decide(home, See(at + Waits.Approval - Moment)).ShouldBeOfType<Wait>();
        Decide(home, See(at + Waits.Approval)).ShouldBe(new RecheckMachine(1));
        Decide(home, See(at + Waits.Approval) with { BoxProblem = Silent }).ShouldBeOfType<StopRental>();
        Decide(home.After(Minutes(1), new StartIntended(1, ""), new RentalChanged(1, "r1", RentalStatus.Running, "")), See(10)).ShouldBe(new Reach(1));
        var looked = home.After(Minutes(5), new MachineRechecked(1, "m1"));
        Decide(looked, See(5 + Waits.RecheckValid.TotalMinutes)).ShouldBeOfType<StopRental>().Reason.ShouldBe("no answer about destroying it");
        Decide(looked, See(Samples.T0 + Minutes(5) + Waits.RecheckValid + Moment)).ShouldBe(new RecheckMachine(1));
        Decide(looked.After(Minutes(6), new StopIntended(1, "")), See(8.1)).ShouldBe(new RecheckMachine(1), "a stop that did not come about is no look");
    }

    [Theory]
    [InlineData(0, "in 5 min")]
    [InlineData(0.5, "in 5 min")]
    [InlineData(1, "in 4 min")]
    [InlineData(4.9, "in 1 min")]
    public void A_person_reads_how_long_they_have(double minutes, string said)
    {
        var home = Job().After(Minutes(10), Samples.Receipt());
        Why(Decide(home, See(10 + minutes))).ShouldBe($"your yes: lodger down digits. Without one the rental is stopped {said}, so that only its disk bills");
    }

    [Fact]
    public void What_is_stopped_already_threatens_nobody_with_a_stop() =>
        Why(Decide(Job([Samples.Receipt(), .. StoppedByUs]), See(60, RentalStatus.Stopped))).ShouldBe("your yes: lodger down digits");

    [Fact]
    public void A_stop_that_does_not_come_about_is_asked_for_again_ever_later_and_never_left_alone()
    {
        var job = Job().After(Minutes(10), Failed);
        foreach (var wait in (TimeSpan[])[Waits.AskAgain, Waits.AskAgain * 2, Waits.AskAgain * 4, Waits.AskAgain * 8, Waits.AskAgain * 8])
        {
            job = job.After(Minutes(60), new StopIntended(1, ""), new StopTaken(1));
            Why(Decide(job, See(Samples.T0 + Minutes(60) + wait - Moment))).ShouldBe("until the rental has stopped");
            Decide(job, See(Samples.T0 + Minutes(60) + wait)).ShouldBeOfType<StopRental>();
            // However late it is: a listing from before the stop had to show proves nothing, as after a computer slept.
            Why(Reconciler.Decide(job, See(60), Samples.T0 + Minutes(600), Waits).ShouldHaveSingleItem()).ShouldBe("until the rental has stopped");
        }
    }

    [Fact]
    public void Files_that_keep_changing_leave_a_stopped_rental_alone_until_a_person_asks()
    {
        var job = Job(Samples.Receipt());
        for (var n = 2; n < 5; n++)
            job = job.After(Minutes(n), new MachineRechecked(1, $"m{n}"), Samples.Receipt($"receipt-{n}", $"m{n}"));
        job = job.After(Minutes(6), new MachineRechecked(1, "m9"));
        Decide(job, See(7)).ShouldBeOfType<StopRental>().Reason.ShouldBe("files on the machine keep changing");
        Why(Decide(job.After(Minutes(7), StoppedByUs), See(8, RentalStatus.Stopped))).ShouldBe("files on the machine keep changing after the job's end; the rental stays. When they are at rest: lodger pull digits");
        Decide(job.After(Minutes(8), new BringHomeRequested("anna")), See(9)).ShouldBe(new BringHome(1));
    }

    [Fact]
    public void What_was_stopped_before_its_results_came_home_is_started_for_them_three_times_and_then_read_through_its_host()
    {
        var stopped = Job(StoppedByUs);
        Decide(stopped, See(5, RentalStatus.Stopped)).ShouldBeOfType<StartRental>().Reason.ShouldBe("its results are not home yet");
        var started = stopped.After(Minutes(5), new StartIntended(1, ""));
        Why(Decide(started, See(Samples.T0 + Minutes(5) + Waits.StartAgain - Moment, RentalStatus.Stopped))).ShouldBe("until the rental has started");
        Decide(started, See(Samples.T0 + Minutes(5) + Waits.StartAgain, RentalStatus.Stopped)).ShouldBeOfType<StartRental>();
        var tried = started.After(Minutes(10), new StartIntended(1, ""), new StartIntended(1, ""));
        Why(Decide(tried, See(11, RentalStatus.Stopped))).ShouldBe("until the rental has started");
        Decide(tried, See(30, RentalStatus.Stopped)).ShouldBeOfType<StopRental>().Reason.ShouldBe("what it holds is fetched, and it must not come back by itself");
        var held = tried.After(Minutes(30), new StopIntended(1, ""), new RentalStopped(1, Samples.Rental.StartedAt));
        Decide(held, See(31, RentalStatus.Stopped)).ShouldBe(new BringHomeFromHost(1, "r1"));
    }

    [Theory]
    [InlineData(RentalStatus.Offline, "offline")]
    [InlineData(RentalStatus.Loading, "loading")]
    [InlineData(RentalStatus.Provisioning, "provisioning")]
    public void What_can_be_neither_reached_nor_started_is_waited_for(RentalStatus status, string word) =>
        Why(Decide(Job(new RentalChanged(1, "r1", status, "")), See(5, status))).ShouldBe($"the rental is {word} and its results are not home yet: as it says");

    [Fact]
    public void What_waits_for_its_gpu_too_long_or_cannot_be_started_again_is_read_through_its_host()
    {
        var job = Job(new RentalChanged(1, "r1", RentalStatus.Scheduling, ""));
        var since = job.Current!.LastStatusAt!.Value;
        Why(Decide(job, See(since + Waits.Scheduling, RentalStatus.Scheduling))).ShouldBe("the rental is scheduling and its results are not home yet: as it says");
        Decide(job, See(since + Waits.Scheduling + Moment, RentalStatus.Scheduling)).ShouldBeOfType<StopRental>();
        Decide(Job(new RentalChanged(1, "r1", RentalStatus.CannotStart, "")), See(5, RentalStatus.CannotStart)).ShouldBeOfType<StopRental>();
        var seen = See(5, RentalStatus.Stopped);
        var over = Samples.Rental with { Status = RentalStatus.Stopped, ContractEnd = Samples.T0.AddMinutes(4) };
        Decide(Job(StoppedByUs), seen with { MarketNow = seen.Listing.At, Listing = new Listing([over], seen.Listing.At) }).ShouldBe(new BringHomeFromHost(1, "r1"));
    }

    [Fact]
    public void A_machine_whose_command_was_never_told_to_end_is_never_started_and_is_stopped_when_it_runs()
    {
        JobEvent untold = new JobEnded(1, EndReason.Cancelled, null, "") { Untold = true };
        var job = Samples.Job([.. Samples.Running, new CancelRequested("anna"), untold]);
        Decide(job, See(5)).ShouldBeOfType<StopRental>().Reason.ShouldBe("its command was never told to end, and would run on");
        foreach (var status in (RentalStatus[])[RentalStatus.Offline, RentalStatus.Unknown])
            Decide(job.After(Minutes(4), new RentalChanged(1, "r1", status, "")), See(5, status)).ShouldBeOfType<StopRental>();
        var stopped = job.After(Minutes(5), StoppedByUs);
        Decide(stopped, See(6, RentalStatus.Stopped)).ShouldBe(new BringHomeFromHost(1, "r1"));
        // Not for the look that a yes asks for either.
        Decide(stopped.After(Minutes(7), Samples.Receipt(), Samples.Yes()), See(8, RentalStatus.Stopped)).ShouldBe(new RecheckFromHost(1, "r1"));
    }

    [Fact]
    public void After_the_yes_a_rental_of_which_the_platform_says_nothing_clear_is_not_waited_for_on_its_gpu_for_ever()
    {
        var job = Job(Samples.Receipt(), Samples.Yes(), new RentalChanged(1, "r1", RentalStatus.Unknown, ""));
        var yes = job.Current!.Approval!.At;
        Decide(job, See(yes + Waits.Approval - Moment, RentalStatus.Unknown)).ShouldBeOfType<Wait>();
        Decide(job, See(yes + Waits.Approval, RentalStatus.Unknown)).ShouldBeOfType<StopRental>();
    }

    [Fact]
    public void Where_the_platform_does_not_say_clearly_the_machine_is_asked_for_its_results_unless_it_was_seen_stopped()
    {
        Decide(Job(new RentalChanged(1, "r1", RentalStatus.Unknown, "")), See(5, RentalStatus.Unknown)).ShouldBe(new BringHome(1));
        Why(Decide(Job(StoppedByUs).After(Minutes(4), new RentalChanged(1, "r1", RentalStatus.Unknown, "")), See(5, RentalStatus.Unknown))).ShouldBe("the rental is unknown and its results are not home yet: as it says");
    }

    [Theory]
    [InlineData(ExitCode.Prerequisite, true)]
    [InlineData(ExitCode.ApprovalNeeded, true)]
    [InlineData(ExitCode.Unknown, false)]
    public void A_machine_is_not_started_for_what_only_a_person_can_mend_here(ExitCode exit, bool waits)
    {
        var here = new Problem("proxy-too-much", "It would go over the proxy.", "Say so.", exit);
        var job = Job(StoppedByUs);
        var seen = See(60, RentalStatus.Stopped) with { BoxProblem = here, BoxProblemSince = Samples.T0 + Minutes(1) };
        var action = Decide(job, seen);
        (action is Wait).ShouldBe(waits);
        if (!waits)
            return;
        Why(action).ShouldBe("It would go over the proxy. Say so. r1 is stopped meanwhile, only its disk bills; then: lodger pull digits");
        Decide(job.After(Minutes(2), new BringHomeRequested("anna")), seen).ShouldBeOfType<StartRental>();
        Decide(job.After(Minutes(0.5), new BringHomeRequested("anna")), seen).ShouldBeOfType<Wait>("that was before it failed");
        var home = Job([Samples.Receipt(), .. StoppedByUs, new MachineRechecked(1, "m2")]);
        Decide(home.After(Minutes(2), Samples.Yes()), seen).ShouldBeOfType<StartRental>("a yes is a person's word, too");
        Decide(home.After(Minutes(0.5), Samples.Yes()), seen).ShouldBeOfType<Wait>();
    }

    [Fact]
    public void What_a_bid_left_is_fetched_through_its_host_once_it_must_stay_stopped()
    {
        var paused = new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid");
        var seen = See(5, RentalStatus.Preempted);
        Decide(Bid(paused), seen).ShouldBeOfType<StopRental>().Reason.ShouldBe("what it holds is fetched, and it must not come back by itself");
        var kept = Bid(paused, new StopIntended(1, ""), new RentalStopped(1, Samples.Rental.StartedAt));
        Decide(kept, seen).ShouldBe(new BringHomeFromHost(1, "r1"));
        Decide(kept, seen with { Listing = new Listing([Samples.Rental with { Status = RentalStatus.Preempted, StartedAt = Samples.T0.AddHours(1) }], seen.Listing.At) })
            .ShouldBeOfType<StopRental>().Reason.ShouldBe("it ran again since it was stopped");
        Why(Decide(kept, seen with { Listing = new Listing([Samples.Rental with { Status = RentalStatus.Preempted, StartedAt = null }], seen.Listing.At) }))
            .ShouldBe("the platform does not say when r1 last started, so it cannot be told whether it ran since");
        var home = kept.After(Minutes(1), Samples.Receipt()).After(Minutes(2), Samples.Yes());
        Decide(home, seen).ShouldBe(new RecheckFromHost(1, "r1"));
    }

    [Theory]
    [InlineData(RentalStatus.Stopped)]
    [InlineData(RentalStatus.Preempted)]
    [InlineData(RentalStatus.Exited)]
    [InlineData(RentalStatus.Scheduling)]
    [InlineData(RentalStatus.CannotStart)]
    public void A_bid_that_is_over_is_never_started_for_its_results(RentalStatus status) =>
        Decide(Bid(new RentalChanged(1, "r1", status, ""), new StopIntended(1, ""), new RentalStopped(1, Samples.Rental.StartedAt)), See(5, status)).ShouldNotBeOfType<StartRental>();

    private static JobState Moved(params JobEvent[] more) => Samples.Job(
        Samples.Spec with { Rent = RentMode.Auto }, [.. Samples.Running, new RentalChanged(1, "r1", RentalStatus.Offline, ""), new MoveDecided(1, "offline", "", [], Samples.Offer with { Id = "o2" }, null, null), .. more]);

    private static JobAction OfTheOld(JobState job, RentalStatus status)
    {
        var seen = See(5, status);
        return Reconciler.Decide(job, seen, seen.Listing.At, Waits)[0];
    }

    [Fact]
    public void What_the_work_has_left_is_told_to_stay_stopped_wherever_it_is()
    {
        OfTheOld(Moved(), RentalStatus.Offline).ShouldBeOfType<StopRental>().Reason.ShouldBe("its work has moved elsewhere, and it must not go on when its host is back");
        Why(OfTheOld(Moved(new StopIntended(1, ""), new StopTaken(1)), RentalStatus.Offline)).ShouldStartWith("the rental is offline");
        OfTheOld(Moved(new RentalChanged(1, "r1", RentalStatus.Running, "")), RentalStatus.Running).ShouldBeOfType<StopRental>().Reason.ShouldBe("its work has moved elsewhere");
    }

    [Fact]
    public void What_the_work_has_left_carries_the_fence_before_it_is_fetched()
    {
        JobEvent[] stopped = [new StopIntended(1, ""), new RentalChanged(1, "r1", RentalStatus.Stopped, ""), new RentalStopped(1, Samples.Rental.StartedAt)];
        OfTheOld(Moved(stopped), RentalStatus.Stopped).ShouldBe(new WriteFence(1, "r1"));
        OfTheOld(Moved([.. stopped, new FenceWritten(1)]), RentalStatus.Stopped).ShouldBe(new BringHomeFromHost(1, "r1"));
    }
}
