using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Reconcile;

/// <summary>The command runs by itself: what its machine says is believed in time, and what nobody wants any more stops costing.</summary>
public sealed class RunStageTests
{
    private static readonly Waits Waits = new();
    private static readonly Problem Silent = new("box-unreachable", "No answer.", "", ExitCode.Unknown, MayRetry: true);
    private static readonly TimeSpan Moment = TimeSpan.FromTicks(1);
    private static readonly BoxReport Runs = new() { Phase = BoxPhase.Running };

    private static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);

    private static Observation See(DateTimeOffset at, BoxReport? report = null, RentalStatus status = RentalStatus.Running) => new()
    {
        Listing = new Listing([Samples.Rental with { Status = status, Evidence = "as it says" }], at),
        Report = report,
        ReportAt = report is null ? null : at,
    };

    private static Observation See(double at, BoxReport? report = null, RentalStatus status = RentalStatus.Running) => See(Samples.T0 + Minutes(at), report, status);

    private static JobAction Decide(JobState job, Observation seen) => Reconciler.Decide(job, seen, seen.Listing.At, Waits).ShouldHaveSingleItem();

    private static JobState Job(params JobEvent[] more) => Samples.Job([.. Samples.Running, .. more]);

    [Fact]
    public void What_the_machine_said_is_good_for_a_while_and_then_it_is_asked_again()
    {
        var at = Samples.T0 + Minutes(5);
        Decide(Job(), See(at)).ShouldBe(new ReadReport(1));
        Decide(Job(), See(at, Runs) with { ReportAt = at - Waits.Report + Moment }).ShouldBe(new Wait(Waits.Report, "the job runs"));
        Decide(Job(), See(at, Runs) with { ReportAt = at - Waits.Report }).ShouldBe(new ReadReport(1));
        Decide(Samples.Job([.. Samples.Running[..3], .. Samples.Running[4..]]), See(at, Runs)).ShouldBe(new Reach(1));
    }

    [Fact]
    public void A_machine_that_will_not_run_the_command_ends_the_attempt_with_its_reason()
    {
        JobEnded Says(BoxReport report) => Decide(Job(), See(5, report)).ShouldBeOfType<Record>().Event.ShouldBeOfType<JobEnded>();
        Says(new BoxReport { Phase = BoxPhase.Refused, Failure = "no GPU" }).ShouldBe(new JobEnded(1, EndReason.Refused, null, "no GPU"));
        Says(new BoxReport { Phase = BoxPhase.Refused }).Detail.ShouldBe("the machine gave no reason");
        Says(new BoxReport { Phase = BoxPhase.Fenced }).ShouldBe(new JobEnded(1, EndReason.Refused, null, "the machine says that a newer attempt runs elsewhere"));
        Says(new BoxReport { Phase = BoxPhase.Ended, ExitCode = 0 }).ShouldBe(new JobEnded(1, EndReason.Exited, 0, ""));
    }

    [Fact]
    public void The_command_counts_as_started_when_the_machine_says_that_it_runs()
    {
        var sent = Samples.Job(Samples.Running[..7]);
        Decide(sent, See(0.3, new BoxReport { Phase = BoxPhase.SettingUp })).ShouldBeOfType<Wait>();
        Decide(sent, See(0.3, Runs)).ShouldBe(new Record(new JobStarted(1)));
    }

    [Fact]
    public void A_machine_that_does_not_find_what_was_sent_is_sent_it_again_and_not_for_ever()
    {
        var sent = Samples.Job(Samples.Running[..7]);
        var lost = new BoxReport { Phase = BoxPhase.WaitingForPayload };
        var (begun, delivered) = (sent.Current!.PayloadIntendedAt!.Value, sent.Current.PayloadDeliveredAt!.Value);
        Decide(sent, See(delivered.AddSeconds(30), lost)).ShouldBeOfType<Wait>("it may be looking for it");
        Decide(sent, See(delivered.AddSeconds(30) + Moment, lost)).ShouldBe(new SendPayload(1));
        Decide(sent, See(begun + Waits.Send, lost)).ShouldBe(new SendPayload(1));
        var over = new Record(new JobEnded(1, EndReason.Refused, null, "the machine does not hold what was sent to it"));
        Decide(sent, See(begun + Waits.Send + Moment, lost)).ShouldBe(over);
        Decide(sent.After(Minutes(1), new CancelRequested("anna")), See(2, lost)).ShouldBe(over);
    }

    [Fact]
    public void What_nobody_wants_any_more_is_told_to_end_told_again_and_stopped_with_its_rental()
    {
        Decide(Job(new CancelRequested("anna")), See(1, Runs)).ShouldBe(new EndJob(1, EndReason.Cancelled));
        var ending = Job(new CancelRequested("anna")).After(Minutes(1), new EndIntended(1, EndReason.Cancelled));
        var told = ending.Current!.EndIntendedAt!.Value;
        Decide(ending, See(told.AddSeconds(45) - Moment, Runs)).ShouldBeOfType<Wait>().Why.ShouldBe("the command is ending");
        Decide(ending, See(told.AddSeconds(45), Runs)).ShouldBe(new EndJob(1, EndReason.Cancelled));
        Decide(ending, See(told + Waits.Ending, Runs)).ShouldBe(new EndJob(1, EndReason.Cancelled));
        Decide(ending, See(told + Waits.Ending + Moment, Runs)).ShouldBeOfType<StopRental>().Reason.ShouldBe("the command does not end");
        var again = ending.After(Minutes(5), new EndIntended(1, EndReason.Cancelled));
        Decide(again, See(told + Waits.Ending + Moment, Runs)).ShouldBeOfType<StopRental>("its time counts from the first word");
    }

    [Fact]
    public void A_command_that_was_told_to_end_keeps_its_reason_whoever_asks_for_its_end_later()
    {
        var stalled = Job().After(Minutes(1), new EndIntended(1, EndReason.Stalled)).After(Minutes(2), new CancelRequested("anna"));
        Decide(stalled, See(3, Runs)).ShouldBe(new EndJob(1, EndReason.Stalled));
        Decide(stalled, See(6.1, Runs)).ShouldBeOfType<StopRental>();
    }

    [Fact]
    public void A_machine_that_does_not_answer_is_stopped_some_time_after_its_command_was_first_unwanted()
    {
        var asked = Samples.T0 + Minutes(10);
        JobAction At(JobState job, TimeSpan later, TimeSpan? failingFor = null) => Decide(job, See(asked + later) with { BoxProblem = Silent, BoxProblemSince = asked + later - failingFor });
        var cancelled = Job().After(Minutes(10), new CancelRequested("anna"));
        At(cancelled, Waits.Ending).ShouldBe(new ReadReport(1));
        At(cancelled, Waits.Ending + Moment).ShouldBeOfType<StopRental>().Reason.ShouldBe("the command is no longer wanted and the machine cannot be spoken to");
        At(cancelled, Minutes(9), Waits.Ending).ShouldBe(new ReadReport(1), "it answered until then");
        At(cancelled, Minutes(9), Waits.Ending + Moment).ShouldBeOfType<StopRental>();
        At(Job(), Minutes(9)).ShouldBe(new ReadReport(1), "it is wanted");
        var stalled = Job().After(Minutes(10), new EndIntended(1, EndReason.Stalled)).After(Minutes(14), new CancelRequested("anna"));
        At(stalled, Minutes(6)).ShouldBeOfType<StopRental>("it was unwanted before a person said so");
    }

    [Fact]
    public void A_machine_is_taken_for_lost_after_ten_minutes_without_a_word_and_a_script_too()
    {
        var at = Samples.T0 + Minutes(20);
        JobAction Failing(TimeSpan silent) => Decide(Job(), See(at) with { BoxProblem = Silent, BoxProblemSince = at - silent });
        Failing(Minutes(10)).ShouldBe(new ReadReport(1));
        Failing(Minutes(10) + Moment).ShouldBe(new Record(new StallNoticed(1, Minutes(10) + Moment, StallCause.Unreachable)));
        Decide(Job(), See(at) with { BoxProblemSince = at - Minutes(30) }).ShouldBe(new ReadReport(1), "it answers");

        JobAction Beats(TimeSpan ago, params JobEvent[] more) => Decide(Job(more), See(at, Runs with { HeartbeatAge = ago }));
        Beats(Minutes(10)).ShouldBeOfType<Wait>();
        var told = new StallNoticed(1, Minutes(11), StallCause.ScriptSilent);
        Beats(Minutes(11)).ShouldBe(new Record(told));
        Beats(Minutes(12), told).ShouldBeOfType<Wait>("a person was told");
        Beats(Minutes(1), told).ShouldBe(new Record(new StallOver(1)));
    }

    [Theory]
    [InlineData(BoxPhase.Fetching, true)]
    [InlineData(BoxPhase.SettingUp, true)]
    [InlineData(BoxPhase.Running, true)]
    [InlineData(BoxPhase.Checking, false)]
    public void Only_a_machine_that_works_can_stall(BoxPhase phase, bool stalls)
    {
        var quiet = new BoxReport { Phase = phase, QuietTime = TimeSpan.FromHours(1) };
        (Decide(Job(), See(90, quiet)) is Record { Event: StallNoticed }).ShouldBe(stalls);
        (Decide(Job(), See(90, quiet with { QuietTime = TimeSpan.FromHours(1) - Moment })) is Record { Event: StallNoticed }).ShouldBeFalse();
    }

    [Fact]
    public void A_drill_stops_the_machine_once_and_starts_it_again()
    {
        var job = Job().After(Minutes(10), new DrillRequested("anna"));
        Decide(job, See(11, Runs)).ShouldBeOfType<StopRental>().Reason.ShouldBe("a drill: without notice, as a preemption would");
        var stopped = job.After(Minutes(11), new StopIntended(1, "a drill"), new RentalChanged(1, "r1", RentalStatus.Stopped, ""), new RentalStopped(1, Samples.Rental.StartedAt));
        Decide(stopped, See(12, null, RentalStatus.Stopped)).ShouldBeOfType<StartRental>().Reason.ShouldBe("the drill: it goes on");
        var asked = stopped.After(Minutes(12), new StartIntended(1, "the drill"));
        Decide(asked, See(13, null, RentalStatus.Stopped)).ShouldBeOfType<Wait>().Why.ShouldBe("until the rental has started");
        Decide(asked, See(16, null, RentalStatus.Stopped)).ShouldBeOfType<StartRental>("it did not come up");
        var again = asked.After(Minutes(16), new RentalChanged(1, "r1", RentalStatus.Running, ""), new BoxReached(1, "h", 1, false));
        Decide(again, See(17, Runs)).ShouldBeOfType<Wait>().Why.ShouldBe("the job runs");
        Decide(again.After(Minutes(18), new RentalChanged(1, "r1", RentalStatus.Stopped, "")), See(30, null, RentalStatus.Stopped)).ShouldBeOfType<Wait>().Why.ShouldContain("not by Lodger", Case.Sensitive, "the drill was over");
    }

    [Fact]
    public void A_drill_that_could_not_begin_or_that_an_end_overtakes_is_none()
    {
        var job = Job().After(Minutes(10), new DrillRequested("anna"));
        var asked = job.DrillRequestedAt!.Value;
        Decide(job, See(asked + Minutes(10) - Moment, Runs)).ShouldBeOfType<StopRental>();
        Decide(job, See(asked + Minutes(10), Runs)).ShouldBeOfType<Wait>();
        Decide(job.After(Minutes(10), new CancelRequested("anna")), See(11, Runs)).ShouldBe(new EndJob(1, EndReason.Cancelled));
        Decide(job.After(Minutes(11), new EndIntended(1, EndReason.Stalled)), See(11, Runs)).ShouldNotBeOfType<StopRental>();
        Decide(Samples.Job(Samples.Running[..7]).After(Minutes(10), new DrillRequested("anna")), See(11, Runs)).ShouldBe(new Record(new JobStarted(1)), "before the command runs there is nothing to try");
        Decide(job.After(Minutes(11), new RentalChanged(1, "r1", RentalStatus.Stopped, "")), See(12, null, RentalStatus.Stopped)).ShouldBeOfType<Wait>().Why.ShouldContain("not by Lodger");
    }

    [Fact]
    public void A_restart_of_the_container_is_said_and_so_is_from_where_the_command_goes_on()
    {
        var first = Job(new RunRestarted(1, 1, null));
        Decide(first, See(5, Runs with { Starts = 1 })).ShouldBeOfType<Wait>();
        Decide(first, See(5, Runs with { Starts = 2 }) with { StepSeen = 40 }).ShouldBe(new Record(new RunRestarted(1, 2, 40)));
        Decide(first, See(5, new BoxReport { Phase = BoxPhase.SettingUp, Starts = 2 })).ShouldBeOfType<Wait>("only a command that runs went on");
        var again = first.After(Minutes(5), new RunRestarted(1, 2, 40));
        Decide(again, See(6, Runs with { Starts = 2 })).ShouldBeOfType<Wait>("it has not said how far it is");
        Decide(again, See(6, Runs with { Starts = 2, ProgressText = "step 41/100" })).ShouldBe(new Record(new ResumeSeen(1, 41, 40, null, FromZero: false)));
        Decide(again, See(6, Runs with { Starts = 2, ProgressText = "step 1/100" })).ShouldBe(new Record(new ResumeSeen(1, 1, 40, null, FromZero: true)));
        Decide(again.After(Minutes(6), new ResumeSeen(1, 41, 40, null, FromZero: false)), See(7, Runs with { Starts = 2, ProgressText = "step 50/100" })).ShouldBeOfType<Wait>("once");
        Decide(first, See(5, Runs with { Starts = 1, ProgressText = "step 3/100" })).ShouldBeOfType<Wait>("a first run goes on from nothing");
    }

    [Fact]
    public void On_another_machine_it_is_said_from_where_the_command_goes_on_there()
    {
        JobEvent Second(JobEvent e) => e switch
        {
            RentIntended r => r with { Attempt = 2, Label = JobState.LabelFor("digits.k3f9qa", 2) },
            Rented r => r with { Attempt = 2, RentalId = "r2" },
            RentalChanged r => r with { Attempt = 2, RentalId = "r2" },
            AttemptEvent a => a with { Attempt = 2 },
            _ => e,
        };
        var moved = Job([new MoveDecided(1, "outbid", "", [], Samples.Offer, null, 60), new DestroyConfirmed(1, "r1", null), .. Samples.Running.Select(Second), new RunRestarted(2, 1, null)]);
        var seen = See(5, Runs with { Starts = 1, ProgressText = "step 61/100" }) with { Listing = new Listing([Samples.Rental with { Id = "r2", Label = JobState.LabelFor("digits.k3f9qa", 2) }], Samples.T0 + Minutes(5)) };
        var said = new ResumeSeen(2, 61, 60, null, FromZero: false);
        Decide(moved, seen).ShouldBe(new Record(said));
        Decide(moved.After(Minutes(5), said), seen).ShouldBeOfType<Wait>();
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public void A_container_in_a_loop_is_ended_at_its_fifth_start_without_progress(int restarts, bool goesOn)
    {
        var job = Enumerable.Range(2, restarts).Aggregate(Job(new RunRestarted(1, 1, null)), (state, start) => state.After(Minutes(start), new RunRestarted(1, start, null)));
        var action = Decide(job, See(9, Runs with { Starts = restarts + 1 }));
        (action is Wait).ShouldBe(goesOn);
        if (!goesOn)
            action.ShouldBe(new EndJob(1, EndReason.CrashLoop));
    }

    [Fact]
    public void Starts_that_nobody_watched_are_no_loop_when_the_command_is_further_than_it_ever_was()
    {
        var job = Job(new RunRestarted(1, 1, null)).After(Minutes(1), new RunRestarted(1, 2, 40)).After(Minutes(5), new RunRestarted(1, 7, null));
        job.Current!.FruitlessStarts.ShouldBe(RunStage.MaxFruitlessStarts);

        Decide(job, See(6, Runs with { Starts = 7, ProgressText = "step 90/100" })).ShouldBeOfType<Record>().Event.ShouldBeOfType<ResumeSeen>().Step.ShouldBe(90);
        Decide(job, See(6, Runs with { Starts = 7, ProgressText = "step 40/100" })).ShouldBe(new EndJob(1, EndReason.CrashLoop));
        Decide(job, See(6, Runs with { Starts = 7 })).ShouldBe(new EndJob(1, EndReason.CrashLoop));
    }

    [Theory]
    [InlineData(RentalStatus.Scheduling, "the rental waits for its own GPU; somebody else may have it: as it says")]
    [InlineData(RentalStatus.Offline, "the host is offline: nothing bills meanwhile; Lodger goes on when it is back")]
    [InlineData(RentalStatus.CannotStart, "the rental is CannotStart: as it says")]
    [InlineData(RentalStatus.Stopped, "rental r1 was stopped, not by Lodger (as it says); its disk goes on billing. Started again where it was stopped, it goes on. To fetch what it holds and end it: lodger down digits")]
    [InlineData(RentalStatus.Exited, "rental r1 was stopped, not by Lodger (as it says); its disk goes on billing. Started again where it was stopped, it goes on. To fetch what it holds and end it: lodger down digits")]
    public void A_rental_on_demand_that_does_not_run_is_waited_for_and_a_person_reads_why(RentalStatus status, string why) =>
        Decide(Job(new RentalChanged(1, "r1", status, "")), See(2, null, status)).ShouldBeOfType<Wait>().Why.ShouldBe(why);

    [Theory]
    [InlineData(RentMode.Interruptible)]
    [InlineData(RentMode.OnDemand)]
    public void Where_the_platform_does_not_say_clearly_the_machine_is_asked_and_no_work_is_moved(RentMode rent)
    {
        var job = Samples.Job(Samples.Spec with { Rent = rent }, [.. Samples.Running, new RentalChanged(1, "r1", RentalStatus.Unknown, "")]);
        Decide(job, See(2, null, RentalStatus.Unknown)).ShouldBe(new ReadReport(1));
        var silent = See(30, null, RentalStatus.Unknown) with { BoxProblem = new Problem("box-unreachable", "No answer.", "", ExitCode.Unknown, MayRetry: true), BoxProblemSince = Samples.T0 + Minutes(10) };
        Decide(job, silent).ShouldBeOfType<Record>().Event.ShouldBeOfType<StallNoticed>().Cause.ShouldBe(StallCause.Unreachable);
        Decide(job.After(Minutes(11), new CancelRequested("anna")), silent).ShouldBeOfType<StopRental>().Reason.ShouldBe("the command is no longer wanted and the machine cannot be spoken to");
    }

    [Fact]
    public void A_machine_that_stopped_itself_without_a_word_from_us_is_started_to_fetch_what_it_made()
    {
        var spec = Samples.Spec with { StopWhenAbandonedAfter = Minutes(20) };
        JobAction Stopped(double at, params JobEvent[] before) =>
            Decide(Samples.Job(spec, [.. Samples.Running, .. before]).After(TimeSpan.FromSeconds(at), new RentalChanged(1, "r1", RentalStatus.Stopped, "")), See(90, null, RentalStatus.Stopped));
        // The last word that is known is that it was sent everything, at 7 s; the machine counts in whole seconds.
        Stopped(5 + 1200).ShouldBeOfType<StartRental>().Reason.ShouldBe("the machine had stopped itself; its results are fetched");
        Stopped(4 + 1200).ShouldBeOfType<Wait>().Why.ShouldContain("not by Lodger");
        Stopped(5 + 1200, new StartIntended(1, "")).ShouldBeOfType<Wait>("it was told to start after that");
    }

    [Fact]
    public void What_somebody_stopped_is_started_when_its_end_is_asked_for_and_no_more_than_three_times()
    {
        var job = Samples.Job(Samples.Spec with { StopWhenAbandonedAfter = null }, Samples.Running).After(Minutes(10), new RentalChanged(1, "r1", RentalStatus.Stopped, ""));
        var stopped = See(30, null, RentalStatus.Stopped);
        Decide(job.After(Minutes(29), new CancelRequested("anna")), stopped).ShouldBeOfType<StartRental>().Reason.ShouldBe("its results were asked for");
        Decide(job.After(Minutes(29), new EndIntended(1, EndReason.Stalled)), stopped).ShouldBeOfType<StartRental>();
        Decide(job.After(Minutes(29), new BringHomeRequested("anna")), stopped).ShouldBeOfType<Wait>("that was asked of a rental which the work has left");

        var tried = job.After(Minutes(11), new CancelRequested("anna"), new StartIntended(1, ""), new StartIntended(1, ""), new StartIntended(1, ""));
        Decide(tried, See(12, null, RentalStatus.Stopped)).ShouldBeOfType<Wait>("the last start may show yet");
        Decide(tried, stopped).ShouldBe(NotRunning(EndReason.Cancelled));
        Decide(tried.After(Minutes(29), new CancelRequested("anna")), stopped).ShouldBeOfType<StartRental>("a person asks once more");
    }

    private static Record NotRunning(EndReason reason) => new(new JobEnded(1, reason, null, "it did not run when its end was asked for") { Untold = true });

    [Fact]
    public void What_does_not_come_up_when_its_end_is_asked_for_is_over_so_that_what_it_holds_is_fetched_as_it_lies()
    {
        var waiting = Job(new RentalChanged(1, "r1", RentalStatus.Scheduling, ""));
        var since = waiting.Current!.LastStatusAt!.Value;
        JobAction Scheduling(JobState job, TimeSpan after) => Decide(job, See((since - Samples.T0 + after).TotalMinutes, null, RentalStatus.Scheduling));
        Scheduling(waiting, Minutes(60)).ShouldBeOfType<Wait>("nobody asked");
        var unwanted = waiting.After(since - Samples.T0, new CancelRequested("anna"));
        Scheduling(unwanted, Waits.Scheduling).ShouldBeOfType<Wait>();
        Scheduling(unwanted, Waits.Scheduling + TimeSpan.FromSeconds(1)).ShouldBe(NotRunning(EndReason.Cancelled));
        Scheduling(waiting.After(since - Samples.T0, new EndIntended(1, EndReason.Stalled)), Minutes(2)).ShouldBe(NotRunning(EndReason.Stalled));
        Decide(Job(new RentalChanged(1, "r1", RentalStatus.CannotStart, ""), new CancelRequested("anna")), See(2, null, RentalStatus.CannotStart)).ShouldBe(NotRunning(EndReason.Cancelled));
        var ended = See(2, null, RentalStatus.Stopped);
        ended = ended with { MarketNow = Samples.T0.AddHours(1), Listing = new Listing([ended.Listing.Rentals!.WithId("r1")! with { ContractEnd = Samples.T0.AddHours(1) }], ended.Listing.At) };
        Decide(Job(new RentalChanged(1, "r1", RentalStatus.Stopped, ""), new CancelRequested("anna")), ended).ShouldBe(NotRunning(EndReason.Cancelled), "it cannot be started again");
    }

    [Fact]
    public void A_flexible_job_on_demand_is_started_to_be_told_its_end()
    {
        var job = Samples.Job(Samples.Spec with { Rent = RentMode.Auto }, [.. Samples.Running, new RentalChanged(1, "r1", RentalStatus.Stopped, ""), new CancelRequested("anna")]);
        Decide(job, See(2, null, RentalStatus.Stopped)).ShouldBeOfType<StartRental>();
        Decide(job.After(Minutes(3), new StartIntended(1, ""), new RentalChanged(1, "r1", RentalStatus.Running, "")), See(3.1, Runs)).ShouldBe(new Reach(1), "and then told: a start that nobody asked an end of would run on");
    }
}
