using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Jobs;

public sealed class JobStateTests
{
    private static readonly JobSpec OnVolume = Samples.Spec with { Volume = new("88", "/workspace/volume"), Workdir = "/workspace/volume/digits" };

    private static JobEvent[] MovedTo(Offer offer) =>
        [.. Samples.Running, new MoveDecided(1, "taken", "", [], offer, 0.2m, 40), new RentIntended(2, offer.Id, "lodger/digits.k3f9qa/2", offer, 0.2m), new Rented(2, "r2", false), new PayloadIntended(2), new PayloadDelivered(2, 1, 1)];

    [Fact]
    public void Work_that_moves_within_the_volume_s_machine_goes_on_from_the_volume()
    {
        var job = Samples.Job(OnVolume, MovedTo(Samples.Offer with { Id = "beside" }));
        job.IsOnVolume(job.Attempts[0]).ShouldBeTrue();
        job.WentOnFromVolume(job.Attempts[0]).ShouldBeTrue();
        job.ResumesFromVolume(job.Attempts[1]).ShouldBeTrue();
        job.WentOnFromVolume(job.Attempts[1]).ShouldBeFalse("it has not left");
    }

    [Fact]
    public void Work_that_was_ended_before_it_went_on_from_the_volume_did_not_go_on()
    {
        var job = Samples.Job(OnVolume, [.. MovedTo(Samples.Offer with { Id = "beside" })[..^2], new CancelRequested("anna")]);
        job.WentOnFromVolume(job.Attempts[0]).ShouldBeFalse("what it made is its own to bring home");
    }

    [Fact]
    public void Work_that_moves_to_another_machine_does_not_and_what_it_left_is_looked_for()
    {
        var job = Samples.Job(OnVolume, MovedTo(Samples.Offer with { Id = "other", MachineId = "m2" }));
        job.IsOnVolume(job.Attempts[1]).ShouldBeFalse();
        job.WentOnFromVolume(job.Attempts[0]).ShouldBeFalse();
        job.ResumesFromVolume(job.Attempts[1]).ShouldBeFalse();
    }

    [Fact]
    public void Work_that_comes_back_to_the_volume_after_it_went_on_elsewhere_is_given_the_newer_copies()
    {
        var back = Samples.Offer with { Id = "back" };
        var job = Samples.Job(OnVolume, [
            .. MovedTo(Samples.Offer with { Id = "other", MachineId = "m2" }),
            new MoveDecided(2, "lost", "", [], back, 0.2m, 60), new RentIntended(3, "back", "lodger/digits.k3f9qa/3", back, 0.2m), new Rented(3, "r3", false)]);
        job.IsOnVolume(job.Attempts[2]).ShouldBeTrue();
        job.ResumesFromVolume(job.Attempts[2]).ShouldBeFalse("the volume holds older work than the copies here");
        job = job.After(TimeSpan.FromHours(1), new PayloadIntended(3));
        job.ResumesFromVolume(job.Attempts[2]).ShouldBeFalse("also while those are being sent");
    }

    [Fact]
    public void A_job_without_a_volume_is_on_none()
    {
        var job = Samples.Job(MovedTo(Samples.Offer));
        (job.VolumeMachineId, job.IsOnVolume(job.Attempts[0]), job.WentOnFromVolume(job.Attempts[0])).ShouldBe((null, false, false));
    }

    [Fact]
    public void A_gap_in_the_sequence_is_a_bug_and_throws() =>
        Should.Throw<ArgumentException>(() => Samples.Job().Apply(new JournalEntry(3, Samples.T0, new Noted("late")))).Message.ShouldContain("3 follows 1");

    [Fact]
    public void A_journal_that_begins_in_the_middle_throws() =>
        Should.Throw<ArgumentException>(() => JobState.Replay("j", [new JournalEntry(2, Samples.T0, Samples.Submitted())]));

    [Fact]
    public void A_journal_that_does_not_begin_with_the_submission_throws()
    {
        Should.Throw<ArgumentException>(() => JobState.Replay("j", []));
        Should.Throw<ArgumentException>(() => JobState.Replay("j", [new JournalEntry(1, Samples.T0, new Noted("hello"))]));
        Should.Throw<ArgumentException>(() => Samples.Job(Samples.Submitted()));
    }

    [Fact]
    public void An_event_of_an_attempt_that_was_never_intended_throws() =>
        Should.Throw<ArgumentException>(() => Samples.Job(new JobStarted(1))).Message.ShouldContain("never intended");

    [Fact]
    public void Attempts_are_numbered_without_gaps_and_never_twice()
    {
        Should.Throw<ArgumentException>(() => Samples.Job(new RentIntended(2, "o", "l")));
        Should.Throw<ArgumentException>(() => Samples.Job(new RentIntended(1, "o", "l"), new RentIntended(1, "o", "l")));
    }

    [Fact]
    public void A_second_rental_of_an_attempt_never_replaces_the_first()
    {
        var attempt = Samples.Job(new RentIntended(1, "o", "l"), new Rented(1, "r1", false), new Rented(1, "r2", true)).Current!;
        attempt.RentalId.ShouldBe("r1");
        attempt.Strays.Single().RentalId.ShouldBe("r2");
    }

    [Fact]
    public void A_refusal_that_comes_after_the_rental_does_not_make_it_forgotten() =>
        Samples.Job(new RentIntended(1, "o", "l"), new Rented(1, "r1", false), new RentRefused(1, new Problem("x", "x", "", ExitCode.NoOffer)))
            .Current!.MayBill.ShouldBeTrue();

    [Fact]
    public void An_attempt_bills_until_its_rental_and_every_stray_are_gone()
    {
        var job = Samples.Job(new RentIntended(1, "o", "l"), new Rented(1, "r1", false), new StrayFound(1, "r2"), new DestroyConfirmed(1, "r1", null));
        job.Current!.MayBill.ShouldBeTrue();
        job.After(TimeSpan.FromMinutes(1), new DestroyConfirmed(1, "r2", null)).Current!.MayBill.ShouldBeFalse();
    }

    [Fact]
    public void A_rental_that_is_seen_again_bills_again()
    {
        var job = Samples.Job([.. Samples.Running, new RentalVanished(1, "r1")]);
        job.Current!.MayBill.ShouldBeFalse();
        job.After(TimeSpan.FromHours(1), new RentalChanged(1, "r1", RentalStatus.Running, "back")).Current!.MayBill.ShouldBeTrue();
    }

    [Fact]
    public void A_receipt_is_dropped_when_the_machine_holds_something_else()
    {
        Samples.Job([.. Samples.Finished, new MachineRechecked(1, "m1")]).Current!.Receipt.ShouldNotBeNull();
        Samples.Job([.. Samples.Finished, new MachineRechecked(1, "m2")]).Current!.Receipt.ShouldBeNull();
    }

    [Fact]
    public void Running_again_voids_that_it_was_stopped()
    {
        var stopped = Samples.Job([.. Samples.Finished, new StopIntended(1, "idle"), new RentalStopped(1, Samples.T0)]);
        stopped.Current!.StoppedAt.ShouldNotBeNull();
        stopped.After(TimeSpan.FromHours(1), new RentalChanged(1, "r1", RentalStatus.Running, "")).Current!.StoppedAt.ShouldBeNull();
    }

    [Fact]
    public void What_was_tried_too_often_may_be_tried_again_when_a_person_asks()
    {
        var tired = Samples.Job([.. Samples.Finished, .. Enumerable.Repeat(new StartIntended(1, "to fetch"), 3)]);
        tired.Current!.Starts.ShouldBe(3);
        tired.After(TimeSpan.FromHours(1), new BringHomeRequested("anna")).Current!.Starts.ShouldBe(0);
    }

    [Fact]
    public void A_yes_to_the_slow_proxy_is_given_with_the_submission_or_with_a_pull_and_stays()
    {
        Samples.Job().MayUseProxy.ShouldBeFalse();
        Samples.JobOf(Samples.Submitted() with { OverProxy = true }).MayUseProxy.ShouldBeTrue();
        Samples.Job(new BringHomeRequested("anna", OverProxy: true), new BringHomeRequested("anna")).MayUseProxy.ShouldBeTrue();
    }

    [Fact]
    public void The_phase_says_where_the_job_stands()
    {
        Samples.Job().Phase.ShouldBe(JobPhase.Submitted);
        Samples.Job(Samples.Running[..1]).Phase.ShouldBe(JobPhase.Renting);
        Samples.Job(Samples.Running[..2]).Phase.ShouldBe(JobPhase.Booting);
        Samples.Job(Samples.Running[..4]).Phase.ShouldBe(JobPhase.Checking);
        Samples.Job(Samples.Running[..6]).Phase.ShouldBe(JobPhase.Sending);
        Samples.Job(Samples.Running).Phase.ShouldBe(JobPhase.Running);
        Samples.Job([.. Samples.Running, new EndIntended(1, EndReason.Cancelled)]).Phase.ShouldBe(JobPhase.Ending);
        Samples.Job([.. Samples.Running, new JobEnded(1, EndReason.Exited, 0, "")]).Phase.ShouldBe(JobPhase.BringingHome);
        Samples.Job([.. Samples.Running, new RentalChanged(1, "r1", RentalStatus.Stopped, "")]).Phase.ShouldBe(JobPhase.NeedsAttention);
        Samples.Job(Samples.Finished).Phase.ShouldBe(JobPhase.AwaitingApproval);
        Samples.Job([.. Samples.Finished, new VerificationFailed(1, [])]).Phase.ShouldBe(JobPhase.NeedsAttention);
        // Given up: nobody is asked about it any more, though the destroy is not on its way yet.
        Samples.Job([.. Samples.Finished, new VerificationFailed(1, []), new Approved(1, ApprovalKind.DataAbandoned, "r1", null, "anna", [])]).Phase.ShouldBe(JobPhase.Destroying);
        Samples.Job([.. Samples.Finished, new DestroyIntended(1, "r1")]).Phase.ShouldBe(JobPhase.Destroying);
        Samples.Job([.. Samples.Finished, new DestroyConfirmed(1, "r1", null), new JobClosed(JobOutcome.Succeeded, null)]).Phase.ShouldBe(JobPhase.Closed);
    }

    [Fact]
    public void A_rental_stopped_under_its_job_needs_a_person_until_its_end_is_asked_for_or_it_is_started_again()
    {
        var stopped = Samples.Job([.. Samples.Running, new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid")]);
        stopped.Phase.ShouldBe(JobPhase.NeedsAttention);
        stopped.After(TimeSpan.FromHours(2), new CancelRequested("anna")).Phase.ShouldBe(JobPhase.Ending);
        stopped.After(TimeSpan.FromHours(2), new StartIntended(1, "the machine had stopped itself")).Phase.ShouldBe(JobPhase.Ending);
    }

    [Fact]
    public void A_rental_that_does_not_start_however_often_it_is_tried_needs_a_person_again()
    {
        var job = Samples.Job([.. Samples.Running, new RentalChanged(1, "r1", RentalStatus.Stopped, ""), new CancelRequested("anna")]);
        for (var n = 1; n <= EndStage.MaxStarts; n++)
            job = job.After(TimeSpan.FromHours(n), new StartIntended(1, "asked for"), new RentalChanged(1, "r1", RentalStatus.Running, ""), new RentalChanged(1, "r1", RentalStatus.Stopped, ""));
        job.Phase.ShouldBe(JobPhase.NeedsAttention);
        job.After(TimeSpan.FromHours(9), new CancelRequested("anna")).Phase.ShouldBe(JobPhase.Ending);
    }

    [Fact]
    public void A_job_is_of_its_project_and_of_the_default_one_when_it_names_none()
    {
        Samples.Job().Project.ShouldBe("default");
        Samples.JobOf(Samples.Submitted() with { Project = "vision" }).Project.ShouldBe("vision");
        Projects.Refuse("vision-2").ShouldBeNull();
        Projects.Refuse("Vision 2").ShouldNotBeNull().ShouldContain("lower-case letters");
    }

    [Fact]
    public void What_was_planned_is_said_of_what_Lodger_rents_and_of_nothing_that_somebody_else_made()
    {
        Samples.Job().PlannedUsd.ShouldBe(0.5m);
        var adopted = Samples.JobOf(Samples.Adopted(new("r1", null, ["/workspace"])));
        (adopted.PlannedUsd, adopted.IsAdopted, adopted.Phase).ShouldBe((null, true, JobPhase.Checking));
    }

    [Fact]
    public void A_budget_that_a_person_sets_replaces_the_specs_and_lets_a_held_job_go_on()
    {
        var held = Samples.Job(Samples.Spec with { BudgetUsd = 5 }, [.. Samples.Running, new BudgetReached(1, 3, 2)]).After(TimeSpan.FromHours(1), new BudgetReached(1, 4, 2));
        (held.BudgetUsd, held.IsHeld, held.Phase, held.Budget!.SpentUsd).ShouldBe((5, true, JobPhase.NeedsAttention, 3));
        held.BudgetReachedAt.ShouldBe(Samples.T0.AddSeconds(9), "when it was first reached");
        var set = held.After(TimeSpan.FromHours(2), new BudgetSet(8, "anna"));
        (set.BudgetUsd, set.IsHeld, set.BudgetReachedAt).ShouldBe((8, false, null));
        held.After(TimeSpan.FromHours(2), new CancelRequested("anna")).IsHeld.ShouldBeFalse();
        held.After(TimeSpan.FromHours(2), new JobEnded(1, EndReason.Exited, 0, "")).IsHeld.ShouldBeFalse();
        var closed = held.After(TimeSpan.FromHours(2), new RentalVanished(1, "r1", null), new JobClosed(JobOutcome.Failed, null));
        (closed.IsOpen, closed.IsHeld).ShouldBe((false, false));
        var back = closed.After(TimeSpan.FromHours(3), new RentalChanged(1, "r1", RentalStatus.Running, ""));
        (back.IsOpen, back.IsHeld, back.Phase).ShouldBe((true, true, JobPhase.NeedsAttention), "it bills, whatever was believed");
        JobState Refused(RentMode rent) => Samples.Job(Samples.Spec with { Rent = rent }, [.. Samples.Running, new JobEnded(1, EndReason.Refused, null, ""), new BudgetReached(1, 3, 2)]);
        Refused(RentMode.Interruptible).IsHeld.ShouldBeTrue("it would go on elsewhere");
        Refused(RentMode.OnDemand).IsHeld.ShouldBeFalse();
        held.After(TimeSpan.FromHours(2), new Approved(1, ApprovalKind.DataAbandoned, "r1", null, "anna", [])).IsHeld.ShouldBeFalse();
        Samples.Job(Samples.Running).IsHeld.ShouldBeFalse("none is reached");
    }

    [Fact]
    public void The_first_who_cancelled_and_when_stays()
    {
        var job = Samples.Job(Samples.Running).After(TimeSpan.FromHours(1), new CancelRequested("anna")).After(TimeSpan.FromHours(2), new CancelRequested("bert"));
        (job.Cancel!.By, job.CancelRequestedAt).ShouldBe(("anna", Samples.T0.AddHours(1)));
    }

    [Fact]
    public void Of_all_copies_off_the_machine_the_largest_and_the_newest_step_are_known()
    {
        (Samples.Job().LargestMirrorBytes, Samples.Job().MirroredStep).ShouldBe((null, null));
        var job = Samples.Job([
            .. Samples.Running,
            new CheckpointMirrored(1, "a.pt", 10, "a", 100, "loads"), new CheckpointMirrored(1, "b.pt", 30, "b", 300, "loads"), new CheckpointMirrored(1, "c.pt", 20, "c", null, "hash only")]);
        (job.LargestMirrorBytes, job.MirroredStep).ShouldBe((30, 300));
        job = job.After(TimeSpan.FromHours(1), new CheckpointMirrored(1, "b.pt", 5, "b2", 400, "loads"));
        (job.LargestMirrorBytes, job.MirroredStep, job.Mirrors["b.pt"].Sha256, job.Mirrors.Count).ShouldBe((20, 400, "b2", 3));
    }

    [Fact]
    public void Copies_that_may_be_the_only_ones_are_remembered_for_good()
    {
        var job = Samples.Job([.. Samples.Running, new PruneIntended(1, 1, 2, ["a.pt"]), new PruneIntended(1, 1, 2, []), new PruneIntended(1, 1, 2, ["b.pt"])]);
        job.OnlyCopies.ShouldBe(["a.pt", "b.pt"], ignoreOrder: true);
    }

    [Fact]
    public void Once_its_rental_is_gone_a_job_that_goes_no_further_speaks_of_what_the_work_left_behind()
    {
        var left = Samples.Job([.. Samples.Running, new MoveDecided(1, "", "", [], Samples.Offer, null, null), new RentIntended(2, "o", "lodger/digits.k3f9qa/2"), new Rented(2, "r2", false), new PayloadIntended(2)]);
        var over = left.After(TimeSpan.FromHours(1), new JobEnded(2, EndReason.Exited, 0, ""));
        over.Focus!.Number.ShouldBe(2);
        foreach (var gone in (JobEvent[])[new DestroyConfirmed(2, "r2", null), new RentalVanished(2, "r2")])
        {
            var job = over.After(TimeSpan.FromHours(2), gone);
            job.Focus!.Number.ShouldBe(1);
            job.After(TimeSpan.FromHours(3), new DestroyConfirmed(1, "r1", null)).Focus!.Number.ShouldBe(2, "nothing is left of it either");
            job.After(TimeSpan.FromHours(3), new JobClosed(JobOutcome.Succeeded, null)).Focus!.Number.ShouldBe(2);
            left.After(TimeSpan.FromHours(2), gone).Focus!.Number.ShouldBe(2, "the work is about to go on elsewhere");
            left.After(TimeSpan.FromHours(2), new CancelRequested("anna"), gone).Focus!.Number.ShouldBe(1);
            left.After(TimeSpan.FromHours(2), new Approved(2, ApprovalKind.DataAbandoned, "r2", null, "anna", []), gone).Focus!.Number.ShouldBe(1);
        }
    }

    [Fact]
    public void A_person_s_yes_is_waited_for_by_every_rental_that_has_its_receipt_and_none_that_is_going_or_gone()
    {
        var spec = Samples.Spec with { Teardown = TeardownMode.Ask };
        var job = Samples.Job(spec, Samples.Finished);
        job.WaitForYes.ShouldHaveSingleItem().RentalId.ShouldBe("r1");
        Samples.Job(spec, Samples.Running).WaitForYes.ShouldBeEmpty("it runs");
        foreach (var after in (JobEvent[])[Samples.Yes(), new DestroyIntended(1, "r1"), new DestroyConfirmed(1, "r1", null), new RentalVanished(1, "r1"), new RentalReleased(1, "r1", "anna", new Problem("x", "", "", ExitCode.Ok), null)])
            job.After(TimeSpan.FromHours(1), after).WaitForYes.ShouldBeEmpty(after.ToString());
    }

    [Theory]
    [InlineData(RentMode.OnDemand, RentalStatus.Stopped, JobPhase.NeedsAttention)]
    [InlineData(RentMode.OnDemand, RentalStatus.Exited, JobPhase.NeedsAttention)]
    [InlineData(RentMode.OnDemand, RentalStatus.CannotStart, JobPhase.NeedsAttention)]
    [InlineData(RentMode.Interruptible, RentalStatus.Preempted, JobPhase.Preempted)]
    [InlineData(RentMode.Interruptible, RentalStatus.Scheduling, JobPhase.Preempted)]
    [InlineData(RentMode.Auto, RentalStatus.Preempted, JobPhase.Preempted)]
    [InlineData(RentMode.Interruptible, RentalStatus.Exited, JobPhase.NeedsAttention)]
    [InlineData(RentMode.Interruptible, RentalStatus.Offline, JobPhase.Running)]
    public void A_rental_that_does_not_run_is_waited_for_where_the_market_paused_it_and_else_needs_a_person(RentMode rent, RentalStatus status, JobPhase expected)
    {
        Samples.Job(Samples.Spec with { Rent = rent }, [.. Samples.Running, new RentalChanged(1, "r1", status, "")]).Phase.ShouldBe(expected);
        Samples.Job(Samples.Spec with { Rent = rent }, [.. Samples.Running[..5], new RentalChanged(1, "r1", status, "")]).Phase.ShouldBe(JobPhase.Sending, "nothing is on it yet");
    }

    [Fact]
    public void Files_that_keep_changing_need_a_person()
    {
        var job = Samples.Job(Samples.Finished);
        for (var n = 1; n <= AttemptState.MaxReopened; n++)
        {
            job.Phase.ShouldBe(JobPhase.AwaitingApproval);
            job = job.After(TimeSpan.FromHours(n), new MachineRechecked(1, $"changed-{n}"));
            job.Phase.ShouldBe(n < AttemptState.MaxReopened ? JobPhase.BringingHome : JobPhase.NeedsAttention);
            if (n < AttemptState.MaxReopened)
                job = job.After(TimeSpan.FromHours(n), Samples.Receipt($"receipt-{n + 1}", $"changed-{n}"));
        }

        job.After(TimeSpan.FromHours(9), new BringHomeRequested("anna")).Phase.ShouldBe(JobPhase.BringingHome);
    }

    [Fact]
    public void A_closed_job_is_closed_once_none_of_its_rentals_may_bill()
    {
        var job = Samples.Job([.. Samples.Running, new MoveDecided(1, "", "", [], Samples.Offer, null, null), new RentIntended(2, "o", "lodger/digits.k3f9qa/2"), new Rented(2, "r2", false), new DestroyConfirmed(2, "r2", null), new JobClosed(JobOutcome.Failed, null)]);
        job.Phase.ShouldNotBe(JobPhase.Closed);
        job.After(TimeSpan.FromHours(1), new DestroyConfirmed(1, "r1", null)).Phase.ShouldBe(JobPhase.Closed);
    }
}
