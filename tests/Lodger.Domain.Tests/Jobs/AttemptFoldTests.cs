using Lodger.Domain.Cadence;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Tests.Jobs;

/// <summary>What the journal says of one rental: how long it ran, how long it was away, what of it was asked for and what still holds.</summary>
public sealed class AttemptFoldTests
{
    private static readonly MoveDecided Move = new(1, "outbid", "", [], Samples.Offer with { Id = "o2" }, 0.2m, null);
    private static readonly Problem Why = new("x", "x", "", ExitCode.NoOffer);

    private static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);

    private static DateTimeOffset At(double minute) => Samples.T0.AddMinutes(minute);

    private static RentalChanged Seen(RentalStatus status) => new(1, "r1", status, status.ToString());

    private static AttemptState Last(JobState job) => job.Attempts[^1];

    /// <summary>It runs since minute 0, its command too.</summary>
    private static JobState Running(params JobEvent[] more) => Samples.Job(Samples.Running[..2]).After(Minutes(0), [.. Samples.Running[2..], .. more]);

    private static JobState Taken() => Samples.JobOf(Samples.Adopted(new("r1", null, ["/workspace"]))).After(
        Minutes(0), Seen(RentalStatus.Running), new RentalTaken(1, "r1", "lodger/digits.k3f9qa/1", null), new JobEnded(1, EndReason.Adopted, null, ""), Samples.Receipt());

    [Fact]
    public void A_refused_rent_bills_nothing_until_a_rental_is_found_for_it_after_all()
    {
        var refused = Samples.Job(new RentIntended(1, "o", "l"), new RentRefused(1, Why));
        (Last(refused).RentRefusal, Last(refused).MayBill, Last(refused).MayExist.Count(), refused.Phase).ShouldBe((Why, false, 0, JobPhase.Renting));
        var found = refused.After(Minutes(5), new Rented(1, "r1", true)).After(Minutes(9), new Rented(1, "r1", true));
        Last(found).ShouldSatisfyAllConditions(a => a.RentRefusal.ShouldBeNull(), a => a.MayBill.ShouldBeTrue(), a => a.RentedAt.ShouldBe(At(5), "first"), a => a.Strays.ShouldBeEmpty());
    }

    [Fact]
    public void What_may_exist_of_an_attempt_is_its_rental_known_or_not_and_every_second_one()
    {
        var asked = Samples.Job(new RentIntended(1, "o", "l"));
        Last(asked).MayExist.ShouldBe([null]);
        var three = asked.After(Minutes(1), new Rented(1, "r1", false), new StrayFound(1, "r2"), new StrayFound(1, "r3"), new StrayFound(1, "r3"));
        Last(three).MayExist.ShouldBe(["r1", "r2", "r3"]);
        Last(three.After(Minutes(2), new DestroyConfirmed(1, "r1", null), new DestroyConfirmed(1, "r3", null))).MayExist.ShouldBe(["r2"]);
        Last(three.After(Minutes(2), new RentalVanished(1, "r1"))).MayExist.ShouldBe(["r2", "r3"]);
        Last(three.After(Minutes(2), new DestroyConfirmed(1, "r3", null)).After(Minutes(3), new StrayFound(1, "r3"))).MayExist.ShouldBe(["r1", "r2", "r3"], "it is found again");
    }

    [Fact]
    public void Time_it_ran_is_what_was_seen_of_it_and_an_unreadable_answer_is_no_break()
    {
        var job = Running().After(Minutes(10), Seen(RentalStatus.Unknown)).After(Minutes(20), Seen(RentalStatus.Running));
        Last(job).RanFor(At(30)).ShouldBe(Minutes(30));
        job = job.After(Minutes(30), Seen(RentalStatus.Preempted)).After(Minutes(40), Seen(RentalStatus.Offline));
        Last(job).RanFor(At(50)).ShouldBe(Minutes(30));
        job = job.After(Minutes(60), Seen(RentalStatus.Running));
        Last(job).RanFor(At(65)).ShouldBe(Minutes(35));
        Last(job).RanFor(At(55)).ShouldBe(Minutes(30), "a clock that is set back takes nothing away");
        (Last(job).RunningSeenAt, Last(job).RunningSince).ShouldBe((At(0), At(60)));
    }

    [Fact]
    public void It_was_first_seen_running_when_it_ran_not_when_it_was_first_seen()
    {
        var job = Samples.Job(Samples.Running[..2]).After(Minutes(1), Seen(RentalStatus.Loading));
        Last(job).RunningSeenAt.ShouldBeNull();
        Last(job.After(Minutes(6), Seen(RentalStatus.Running)).After(Minutes(9), Seen(RentalStatus.Stopped))).RunningSeenAt.ShouldBe(At(6));
    }

    [Theory]
    [InlineData(RentalStatus.Unknown, true, true)]
    [InlineData(RentalStatus.Offline, false, true)]
    [InlineData(RentalStatus.Preempted, false, true)]
    [InlineData(RentalStatus.Scheduling, false, true)]
    [InlineData(RentalStatus.Stopped, false, false)]
    [InlineData(RentalStatus.Exited, false, false)]
    [InlineData(RentalStatus.Loading, false, false)]
    public void What_came_back_by_itself_was_up_all_the_time_and_what_somebody_started_was_not(RentalStatus between, bool running, bool up)
    {
        var back = Last(Running().After(Minutes(5), Seen(RentalStatus.Running)).After(Minutes(10), Seen(between)).After(Minutes(20), Seen(RentalStatus.Running)));
        (back.RunningSince, back.UpSince).ShouldBe((At(running ? 0 : 20), At(up ? 0 : 20)));
    }

    [Fact]
    public void A_pause_lasts_from_the_preemption_to_the_return_whatever_is_seen_in_between()
    {
        var job = Running().After(Minutes(30), Seen(RentalStatus.Preempted)).After(Minutes(35), Seen(RentalStatus.Offline)).After(Minutes(38), Seen(RentalStatus.Unknown));
        Last(job).PauseWithoutReturn(At(50)).ShouldBe(Minutes(20));
        job = job.After(Minutes(55), Seen(RentalStatus.Running));
        Last(job).ShouldSatisfyAllConditions(
            a => a.PauseWithoutReturn(At(60)).ShouldBeNull(), a => a.Pauses.ShouldBe([Minutes(25)]), a => a.PreemptedRuns.ShouldBe([Minutes(30)]), a => a.Preemptions.ShouldBe(1));
        job = job.After(Minutes(60), Seen(RentalStatus.Running)).After(Minutes(65), Seen(RentalStatus.Exited)).After(Minutes(67), Seen(RentalStatus.Running));
        Last(job).ShouldSatisfyAllConditions(a => a.Pauses.ShouldBe([Minutes(25), Minutes(2)]), a => a.PreemptedRuns.ShouldBe([Minutes(30), Minutes(10)]), a => a.Preemptions.ShouldBe(2));
    }

    [Fact]
    public void A_pause_that_the_work_did_not_wait_for_lasted_until_it_left()
    {
        var left = Running().After(Minutes(30), Seen(RentalStatus.Preempted)).After(Minutes(40), Move);
        Last(left).PauseWithoutReturn(At(300)).ShouldBe(Minutes(10));
        var back = left.After(Minutes(50), new StopIntended(1, "moved")).After(Minutes(60), Seen(RentalStatus.Running));
        Last(back).ShouldSatisfyAllConditions(a => a.PauseWithoutReturn(At(300)).ShouldBe(Minutes(10)), a => a.Pauses.ShouldBeEmpty("nobody waited for it"));
        Last(Running(Move)).PauseWithoutReturn(At(9)).ShouldBeNull("it was not paused");
        Last(Running().After(Minutes(30), Seen(RentalStatus.Preempted))).PauseWithoutReturn(At(30)).ShouldBeNull("no time has passed");
    }

    [Fact]
    public void A_pause_in_which_somebody_of_ours_acts_says_nothing_of_the_market()
    {
        var paused = Running().After(Minutes(30), Seen(RentalStatus.Preempted));
        foreach (var act in (JobEvent[])[new StopIntended(1, "budget"), new StartIntended(1, "asked for"), new BidRaiseIntended(1, "r1", 0.2m, 0.3m, "", [])])
        {
            Last(paused.After(Minutes(40), act)).PauseWithoutReturn(At(50)).ShouldBeNull();
            Last(paused.After(Minutes(40), act).After(Minutes(50), Seen(RentalStatus.Running))).Pauses.ShouldBeEmpty();
        }
    }

    [Fact]
    public void Only_a_stop_that_nobody_asked_for_under_a_job_that_goes_on_is_a_preemption()
    {
        Last(Samples.Job(Samples.Running[..5]).After(Minutes(30), Seen(RentalStatus.Preempted))).Preemptions.ShouldBe(0, "nothing was on it");
        Last(Running(new StopIntended(1, "budget")).After(Minutes(30), Seen(RentalStatus.Stopped))).Preemptions.ShouldBe(0, "asked for");
        Last(Running(new JobEnded(1, EndReason.Exited, 0, "")).After(Minutes(30), Seen(RentalStatus.Preempted))).Preemptions.ShouldBe(0, "over");
        Last(Running(Move).After(Minutes(30), Seen(RentalStatus.Preempted))).Preemptions.ShouldBe(0, "gone on elsewhere");
        Last(Running().After(Minutes(30), Seen(RentalStatus.Unknown))).Preemptions.ShouldBe(0, "unreadable");
        Last(Running().After(Minutes(30), Seen(RentalStatus.Preempted), Seen(RentalStatus.Exited))).Preemptions.ShouldBe(1, "once");
    }

    [Fact]
    public void The_newest_runs_and_pauses_are_kept()
    {
        var job = Running();
        for (var i = 1; i <= PreemptionHistory.Kept + 5; i++)
            job = job.After(Minutes(i * 1000), Seen(RentalStatus.Running)).After(Minutes((i * 1000) + i), Seen(RentalStatus.Preempted)).After(Minutes((i * 1000) + (3 * i)), Seen(RentalStatus.Running));
        // Back since three times the number of the one before: that much of the thousand minutes is no run.
        Last(job).Pauses.ShouldBe(Enumerable.Range(6, PreemptionHistory.Kept).Select(i => Minutes(2 * i)));
        Last(job).PreemptedRuns.ShouldBe(Enumerable.Range(6, PreemptionHistory.Kept).Select(i => Minutes(1000 + i - (3 * (i - 1)))));
    }

    [Fact]
    public void How_often_a_bid_was_raised_counts_from_when_it_last_ran()
    {
        JobEvent Raise(decimal to) => new BidRaiseIntended(1, "r1", 0.2m, to, "", []);
        var raised = Running().After(Minutes(30), Seen(RentalStatus.Preempted), Raise(0.3m), Raise(0.4m), Seen(RentalStatus.Offline));
        (Last(raised).Raises, Last(raised).BidUsdPerHour).ShouldBe((2, 0.4m));
        Last(raised.After(Minutes(40), Seen(RentalStatus.Running))).ShouldSatisfyAllConditions(a => a.Raises.ShouldBe(0), a => a.BidUsdPerHour.ShouldBe(0.4m, "that is what it bids now"));
        Last(raised.After(Minutes(40), new BidRaiseRefused(1, "r1", Why))).RaiseRefused.ShouldBeTrue();
    }

    [Fact]
    public void A_yes_to_what_somebody_else_started_holds_while_it_runs_on_and_lapses_when_it_is_started_again_or_its_receipt_is_issued_anew()
    {
        var yes = Taken().After(Minutes(1), Samples.Yes());
        Last(yes.After(Minutes(2), Seen(RentalStatus.Unknown)).After(Minutes(3), Seen(RentalStatus.Running))).Approval.ShouldNotBeNull("it never stopped");
        Last(yes.After(Minutes(2), Seen(RentalStatus.Stopped))).Approval.ShouldNotBeNull("it lies as it lay");
        Last(yes.After(Minutes(2), Seen(RentalStatus.Stopped), Seen(RentalStatus.Exited)).After(Minutes(3), Seen(RentalStatus.Running))).Approval.ShouldBeNull();
        Last(yes.After(Minutes(2), Seen(RentalStatus.Stopped)).After(Minutes(3), Seen(RentalStatus.Running))).Approval.ShouldBeNull();
        Last(yes.After(Minutes(2), Samples.Receipt("receipt-2"))).Approval.ShouldBeNull();

        var abandoned = Taken().After(Minutes(1), new Approved(1, ApprovalKind.DataAbandoned, "r1", null, "anna", []));
        Last(abandoned.After(Minutes(2), Seen(RentalStatus.Stopped), Seen(RentalStatus.Running), Samples.Receipt("receipt-2"))).IsAbandoned.ShouldBeTrue("that was said of the data, whatever it does");
        Last(Samples.Job([.. Samples.Finished, Samples.Yes(), Seen(RentalStatus.Stopped), Seen(RentalStatus.Running)])).Approval.ShouldNotBeNull("Lodger's own rental starts nothing by itself");
    }

    [Fact]
    public void Giving_up_the_data_of_another_rental_abandons_nothing_here() =>
        Last(Running(new Approved(1, ApprovalKind.DataAbandoned, "r9", null, "anna", []))).IsAbandoned.ShouldBeFalse();

    [Fact]
    public void Restarts_without_progress_are_counted_in_containers_and_any_progress_or_preemption_begins_anew()
    {
        var job = Running(new RunRestarted(1, 1, null));
        Last(job).ShouldSatisfyAllConditions(a => a.FruitlessStarts.ShouldBe(0), a => a.Restart.ShouldBeNull("the first start is none"));
        job = job.After(Minutes(1), new RunRestarted(1, 4, 10));
        (Last(job).FruitlessStarts, Last(job).StepReached, Last(job).Restart).ShouldBe((0, 10L, new RunRestarted(1, 4, 10)), "it got somewhere");
        job = job.After(Minutes(2), new RunRestarted(1, 7, 10));
        Last(job).FruitlessStarts.ShouldBe(3, "three starts between two looks");
        job = job.After(Minutes(3), new RunRestarted(1, 7, null));
        (Last(job).FruitlessStarts, Last(job).StepReached).ShouldBe((4, 10L));
        Last(job.After(Minutes(4), new RunRestarted(1, 8, 9))).FruitlessStarts.ShouldBe(5, "it fell back");
        Last(job.After(Minutes(4), new RunRestarted(1, 8, 11))).ShouldSatisfyAllConditions(a => a.FruitlessStarts.ShouldBe(0), a => a.StepReached.ShouldBe(11));
        Last(job.After(Minutes(4), Seen(RentalStatus.Preempted), Seen(RentalStatus.Running), new RunRestarted(1, 8, 10))).FruitlessStarts.ShouldBe(0, "the preemption explains it");
        Last(job.After(Minutes(5), new ResumeSeen(1, 8, 10, 8, false))).Restart.ShouldBeNull();
    }

    [Fact]
    public void Where_a_machine_first_went_on_from_stays_and_how_far_the_work_was_goes_with_it()
    {
        var job = Running(new ResumeSeen(1, 40, 50, 40, false)).After(Minutes(9), new ResumeSeen(1, 80, 90, 80, false), new RunRestarted(1, 2, 90));
        (Last(job).WentOnFromStep, Last(job).ResumeSaid).ShouldBe((40, true));

        JobState MovedAt(long? step) => job.After(Minutes(20), Move with { StepReached = step }, new RentIntended(2, "o2", "lodger/digits.k3f9qa/2"), new Rented(2, "r2", false));
        MovedAt(120).LastStepBefore(2).ShouldBe(120);
        MovedAt(null).LastStepBefore(2).ShouldBe(90, "the last that was seen");
        var third = MovedAt(120).After(Minutes(30), Move with { Attempt = 2 }, new RentIntended(3, "o3", "lodger/digits.k3f9qa/3"));
        (third.LastStepBefore(3), third.LastStepBefore(1)).ShouldBe((120, null));
        third.After(Minutes(40), new RunRestarted(3, 2, 500)).LastStepBefore(3).ShouldBe(120, "its own steps are not from before");
    }

    [Fact]
    public void A_host_was_left_offline_only_when_it_was_offline_then()
    {
        Last(Running(Seen(RentalStatus.Offline), Move)).LeftOffline.ShouldBeTrue();
        Last(Running(Seen(RentalStatus.Preempted), Move).After(Minutes(1), Seen(RentalStatus.Offline))).LeftOffline.ShouldBeFalse();
    }

    [Fact]
    public void It_is_over_since_its_command_ended_or_since_the_work_left()
    {
        Last(Running()).OverAt.ShouldBeNull();
        Last(Running().After(Minutes(5), Move)).OverAt.ShouldBe(At(5));
        Last(Running().After(Minutes(5), Move).After(Minutes(7), new JobEnded(1, EndReason.Exited, 0, ""))).OverAt.ShouldBe(At(7));
    }

    [Fact]
    public void What_the_machine_held_is_of_the_moment_of_which_it_speaks()
    {
        var job = Samples.Job(Samples.Finished);
        foreach (var manifest in (string[])["m1", "m2"])
        {
            Last(job.After(Minutes(9), new MachineRechecked(1, manifest, At(8)))).Recheck.ShouldBe((manifest, At(8)));
            Last(job.After(Minutes(9), new MachineRechecked(1, manifest))).Recheck.ShouldBe((manifest, At(9)));
        }

        var changed = job.After(Minutes(9), new DestroyIntended(1, "r1"), new MachineRechecked(1, "m2"));
        Last(changed).ShouldSatisfyAllConditions(a => a.Reopened.ShouldBe(1), a => a.DestroyIntendedAt.ShouldBeNull("that was asked for something else"), a => a.DestroysAsked.ShouldBe(0));
        Last(changed.After(Minutes(10), new MachineRechecked(1, "m3"))).Reopened.ShouldBe(1, "no receipt was dropped");
        Last(changed.After(Minutes(10), Samples.Receipt("receipt-2", "m2"))).Recheck.ShouldBeNull();
    }

    [Fact]
    public void A_person_s_yes_lets_it_be_started_anew_and_a_standing_one_does_not()
    {
        var tired = Samples.Job([.. Samples.Finished, .. Enumerable.Repeat(new StartIntended(1, "to fetch"), 3)]);
        Last(tired.After(Minutes(9), Samples.Yes())).Starts.ShouldBe(0);
        Last(tired.After(Minutes(9), new Approved(1, ApprovalKind.Standing, "r1", "receipt-1", "anna", []))).Starts.ShouldBe(3);
    }

    [Fact]
    public void A_stop_that_does_not_come_about_is_counted_until_it_does_or_it_has_been_long()
    {
        StopIntended stop = new(1, "budget");
        var job = Running().After(Minutes(1), stop, new StopTaken(1)).After(Minutes(5), stop, new StopTaken(1));
        (Last(job).StopsAsked, Last(job).StopFirstAskedAt, Last(job).StopTaken).ShouldBe((2, At(1), true));
        Last(job.After(Minutes(9), stop)).ShouldSatisfyAllConditions(a => a.StopsAsked.ShouldBe(3, "also one that the platform refuses"), a => a.StopTaken.ShouldBeFalse("not this one yet"));
        Last(job.After(Minutes(15), stop)).ShouldSatisfyAllConditions(a => a.StopsAsked.ShouldBe(1), a => a.StopFirstAskedAt.ShouldBe(At(15)));
        var stopped = job.After(Minutes(6), new RentalStopped(1, At(0)));
        (Last(stopped).StopsAsked, Last(stopped).StoppedAt, Last(stopped).StartDateWhenStopped).ShouldBe((0, At(6), At(0)));
        Last(stopped.After(Minutes(7), stop, new StopTaken(1))).ShouldSatisfyAllConditions(
            a => a.StopsAsked.ShouldBe(1), a => a.StopFirstAskedAt.ShouldBe(At(7)), a => a.StoppedAt.ShouldBeNull(), a => a.StartDateWhenStopped.ShouldBeNull());
    }

    [Fact]
    public void What_a_machine_held_before_it_ran_once_more_says_nothing()
    {
        var rechecked = Samples.Job([.. Samples.Finished, new StopIntended(1, "idle"), new MachineRechecked(1, "m1")]);
        Last(rechecked.After(Minutes(9), new StopIntended(1, "idle"))).Recheck.ShouldNotBeNull("it is still to be stopped");
        Last(rechecked.After(Minutes(9), new RentalStopped(1, null)).After(Minutes(10), new StopIntended(1, "ran meanwhile"))).Recheck.ShouldBeNull();
        Last(rechecked.After(Minutes(9), new StartIntended(1, "to fetch"))).Recheck.ShouldBeNull();
    }

    [Fact]
    public void A_start_makes_everything_about_the_stop_before_it_void()
    {
        var job = Running(new BudgetReached(1, 3, 2), new EndIntended(1, EndReason.Cancelled)).After(Minutes(1), new StopIntended(1, "budget"), new StopTaken(1), new RentalStopped(1, null));
        Last(job).HeldForBudget.ShouldBeTrue();
        Last(job.After(Minutes(2), new StartIntended(1, "asked for"))).ShouldSatisfyAllConditions(
            a => a.HeldForBudget.ShouldBeFalse(), a => a.StoppedAt.ShouldBeNull(), a => a.StopIntendedAt.ShouldBeNull(), a => a.StopsAsked.ShouldBe(0), a => a.StopTaken.ShouldBeFalse(),
            a => a.EndIntendedAt.ShouldBeNull("the command that runs then was not told"), a => a.Reached.ShouldBeFalse(), a => a.Starts.ShouldBe(1), a => a.StartIntendedAt.ShouldBe(At(2)));
    }

    [Fact]
    public void The_first_reason_and_moment_of_an_end_stay_however_often_it_is_told()
    {
        var job = Running().After(Minutes(1), new EndIntended(1, EndReason.Cancelled)).After(Minutes(5), new EndIntended(1, EndReason.Exited));
        (Last(job).EndIntended, Last(job).EndFirstIntendedAt, Last(job).EndIntendedAt).ShouldBe((EndReason.Cancelled, At(1), At(5)));
        var twice = Running(new PayloadIntended(1), new JobStarted(1)).After(Minutes(9), new PayloadIntended(1), new JobStarted(1));
        (Last(twice).PayloadIntendedAt, Last(twice).StartedAt).ShouldBe((At(0), At(0)));
        Last(Taken().After(Minutes(9), new RentalTaken(1, "r1", "l", null))).TakenAt.ShouldBe(At(0));
    }

    [Fact]
    public void A_destroy_is_counted_in_a_row_for_each_rental_and_anew_after_a_while()
    {
        var job = Samples.Job([.. Samples.Running, new StrayFound(1, "r2"), new StrayFound(1, "r3")]);
        JobState Asked(string id, params double[] minutes) => minutes.Aggregate(job, (j, m) => j.After(Minutes(m), new DestroyIntended(1, id, At(m))));
        Last(Asked("r1", 1, 5, 9)).ShouldSatisfyAllConditions(a => a.DestroysAsked.ShouldBe(3), a => a.DestroyAskedMarketAt.ShouldBe(At(9)), a => a.Strays.ShouldAllBe(s => s.DestroysAsked == 0));
        Last(Asked("r1", 1, 5, 15)).DestroysAsked.ShouldBe(1);
        var stray = Last(Asked("r2", 1, 5, 9));
        (stray.DestroyIntendedAt, stray.DestroysAsked).ShouldBe((null, 0));
        stray.Strays.Select(s => (s.RentalId, s.DestroysAsked, s.DestroyIntendedAt, s.DestroyAskedMarketAt)).ShouldBe([("r2", 3, At(9), At(9)), ("r3", 0, null, null)]);
        Last(Asked("r2", 1, 5, 15)).Strays[0].DestroysAsked.ShouldBe(1);
    }

    [Fact]
    public void What_was_asked_of_a_rental_that_does_not_go_is_still_counted_when_it_goes_through_the_gate_once_more()
    {
        var unseen = Last(Taken().After(Minutes(1), new DestroyIntended(1, "r1", At(1))).After(Minutes(2), new DestroyUnseen(1, "r1")));
        (unseen.DestroyIntendedAt, unseen.DestroyAskedMarketAt, unseen.DestroysAsked).ShouldBe((null, null, 1));
        Last(Taken().After(Minutes(1), new DestroyIntended(1, "r1"), new DestroyUnseen(1, "r1")).After(Minutes(30), new DestroyIntended(1, "r1"))).DestroysAsked.ShouldBe(2);
    }

    [Fact]
    public void A_failed_verification_or_a_new_receipt_takes_back_what_was_asked_on_the_old_one()
    {
        var asked = Samples.Job([.. Samples.Finished, Samples.Yes(), new DestroyIntended(1, "r1")]);
        Last(asked.After(Minutes(1), new VerificationFailed(1, []))).ShouldSatisfyAllConditions(a => a.Receipt.ShouldBeNull(), a => a.DestroyIntendedAt.ShouldBeNull(), a => a.DestroysAsked.ShouldBe(0), a => a.FailureAt.ShouldBe(At(1)));
        Last(asked.After(Minutes(1), new VerificationFailed(1, []), Samples.Receipt("receipt-2"))).ShouldSatisfyAllConditions(a => a.Failure.ShouldBeNull(), a => a.Receipt!.ReceiptId.ShouldBe("receipt-2"), a => a.DestroyIntendedAt.ShouldBeNull());
    }

    [Fact]
    public void That_it_is_waited_for_is_said_once_for_each_status()
    {
        var paused = Running().After(Minutes(1), Seen(RentalStatus.Preempted));
        Last(paused).WaitSaid.ShouldBeFalse();
        var said = paused.After(Minutes(2), new WaitChosen(1, "", "", []));
        Last(said).WaitSaid.ShouldBeTrue();
        Last(said.After(Minutes(3), Seen(RentalStatus.Offline))).WaitSaid.ShouldBeFalse();
    }

    [Fact]
    public void A_stop_stays_confirmed_while_the_rental_is_seen_not_to_run()
    {
        var stopped = Running(new StopIntended(1, "idle")).After(Minutes(1), new RentalStopped(1, null)).After(Minutes(2), Seen(RentalStatus.Stopped));
        Last(stopped).StoppedAt.ShouldBe(At(1));
        Last(stopped.After(Minutes(3), Seen(RentalStatus.Offline))).StoppedAt.ShouldBe(At(1));
    }

    [Fact]
    public void A_second_rental_that_is_found_again_keeps_what_it_cost()
    {
        Lodger.Domain.Money.Rates rates = new(0.4m, 0.01m, 0, 0);
        var job = Running(new StrayFound(1, "r2"), new StrayFound(1, "r3")).After(Minutes(1), new MeterRead(1, "r2", At(60), null, rates, Lodger.Domain.Money.GpuUse.Idle, null, null, At(0)));
        job = job.After(Minutes(61), new DestroyConfirmed(1, "r2", null)).After(Minutes(70), new StrayFound(1, "r2"));
        Last(job).Strays.Select(s => (s.RentalId, s.DestroyedAt, s.Meter?.From)).ShouldBe([("r3", null, null), ("r2", null, At(0))]);
    }
}
