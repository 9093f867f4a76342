using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Gate;

public sealed class TeardownGateTests
{
    private static readonly DateTimeOffset Now = Samples.T0.AddSeconds(30);
    private static readonly Waits Waits = new();

    private static GateJudgement Judge(Rental? rental, DateTimeOffset now, params JobEvent[] events)
    {
        var job = Samples.Job(events);
        return TeardownGate.Judge(job, job.Current!, rental, now, now, Waits);
    }

    private static GateJudgement Judge(params JobEvent[] events) => Judge(Samples.Rental, Now, events);

    private static ConditionState StateOf(GateJudgement gate, string condition) => gate.Conditions.Single(c => c.Id == condition).State;

    private static JobEvent[] Proven(params JobEvent[] more) => [.. Samples.Finished, new MachineRechecked(1, "m1"), .. more];

    /// <summary>The last look comes after the yes: what was seen before proves nothing about now.</summary>
    private static JobEvent[] Looked(params JobEvent[] before) => [.. Samples.Finished, .. before, new MachineRechecked(1, "m1")];

    [Fact]
    public void A_look_from_before_the_yes_does_not_count() =>
        StateOf(Judge(Proven(Samples.Yes())), "nothing-newer").ShouldBe(ConditionState.Lacking);

    [Fact]
    public void A_look_from_before_the_machine_began_to_run_again_does_not_count() =>
        StateOf(
            Judge([.. Looked(Samples.Yes()), new RentalChanged(1, "r1", RentalStatus.Stopped, ""), new RentalChanged(1, "r1", RentalStatus.Running, "")]),
            "nothing-newer").ShouldBe(ConditionState.Lacking);

    [Fact]
    public void Receipt_last_look_and_a_yes_to_both_open_the_gate()
    {
        var gate = Judge(Looked(Samples.Yes()));
        gate.IsOpen.ShouldBeTrue();
        gate.Conditions.Select(c => c.Id).ShouldBe(["pulled", "loads", "nothing-newer", "approval"]);
        gate.Conditions.ShouldAllBe(c => c.State == ConditionState.Met);
    }

    [Fact]
    public void Before_the_pull_nothing_is_met()
    {
        var gate = Judge([.. Samples.Running, new JobEnded(1, EndReason.Exited, 0, "")]);
        gate.IsOpen.ShouldBeFalse();
        gate.Conditions.ShouldAllBe(c => c.State == ConditionState.Lacking);
    }

    [Fact]
    public void A_file_that_fails_verification_shuts_the_gate_and_is_named()
    {
        var gate = Judge(Looked(Samples.Yes(), new VerificationFailed(1, [new FileFinding("model.safetensors", "missing", "It is missing.")])));
        gate.IsOpen.ShouldBeFalse();
        StateOf(gate, "pulled").ShouldBe(ConditionState.Failed);
        StateOf(gate, "loads").ShouldBe(ConditionState.Failed);
        gate.Conditions[0].Text.ShouldContain("model.safetensors");
    }

    [Fact]
    public void A_file_changed_after_the_pull_shuts_the_gate() =>
        Judge([.. Samples.Finished, Samples.Yes(), new MachineRechecked(1, "m2")]).IsOpen.ShouldBeFalse();

    [Fact]
    public void Without_a_last_look_after_the_receipt_the_gate_is_shut()
    {
        StateOf(Judge([.. Samples.Finished, Samples.Yes()]), "nothing-newer").ShouldBe(ConditionState.Lacking);
        StateOf(Judge(Proven(Samples.Receipt("receipt-2"), Samples.Yes("receipt-2"))), "nothing-newer").ShouldBe(ConditionState.Lacking);
    }

    [Fact]
    public void An_old_last_look_shuts_the_gate() =>
        StateOf(Judge(Samples.Rental, Now + Waits.RecheckValid, Looked(Samples.Yes())), "nothing-newer").ShouldBe(ConditionState.Lacking);

    [Fact]
    public void A_job_that_has_not_ended_shuts_the_gate()
    {
        var job = Samples.Job(Looked(Samples.Yes()));
        var attempt = job.Current! with { Ended = null };
        TeardownGate.Judge(job, attempt, Samples.Rental, Now, Now, Waits).IsOpen.ShouldBeFalse();
    }

    [Fact]
    public void An_unknown_rental_or_an_unreadable_status_shuts_the_gate()
    {
        Judge(null, Now, Looked(Samples.Yes())).IsOpen.ShouldBeFalse();
        Judge(Samples.Rental with { Status = RentalStatus.Unknown }, Now, Looked(Samples.Yes())).IsOpen.ShouldBeFalse();
    }

    [Fact]
    public void A_yes_days_later_is_good_for_a_rental_that_was_stopped_and_has_not_run_since()
    {
        var since = new DateTimeOffset(2026, 6, 1, 12, 2, 0, TimeSpan.Zero);
        var stopped = Samples.Rental with { Status = RentalStatus.Stopped, StartedAt = since };
        var events = Proven(new StopIntended(1, "idle"), new RentalStopped(1, since), Samples.Yes());
        Judge(stopped, Now.AddDays(3), events).IsOpen.ShouldBeTrue();
        Judge(stopped with { StartedAt = since.AddHours(1) }, Now.AddDays(3), events).IsOpen.ShouldBeFalse("it ran again in between");
        Judge(stopped with { StartedAt = null }, Now.AddDays(3), events).IsOpen.ShouldBeFalse("whether it ran again is unknown");
        Judge(stopped with { Status = RentalStatus.Running }, Now.AddDays(3), events).IsOpen.ShouldBeFalse("it runs");
    }

    [Fact]
    public void What_the_platform_showed_before_the_yes_does_not_say_that_the_rental_stayed_stopped_until_it()
    {
        var stopped = Samples.Rental with { Status = RentalStatus.Stopped };
        var job = Samples.Job(Proven(new StopIntended(1, "idle"), new RentalStopped(1, stopped.StartedAt), Samples.Yes()));
        var yes = job.Current!.Approval!.At;
        TeardownGate.Judge(job, job.Current!, stopped, yes.AddMilliseconds(-300), Now, Waits).IsOpen.ShouldBeFalse();
        TeardownGate.Judge(job, job.Current!, stopped, yes.AddMilliseconds(1), Now, Waits).IsOpen.ShouldBeTrue();
    }

    [Fact]
    public void A_missing_start_date_is_unknown_and_never_equal()
    {
        var stopped = Samples.Rental with { Status = RentalStatus.Stopped, StartedAt = null };
        Judge(stopped, Now, Proven(new StopIntended(1, "idle"), new RentalStopped(1, null), Samples.Yes())).IsOpen.ShouldBeFalse();
    }

    [Fact]
    public void A_last_look_long_before_the_stop_may_have_missed_something()
    {
        var stopped = Samples.Rental with { Status = RentalStatus.Stopped };
        var job = Samples.Job(Proven(new StopIntended(1, "idle"))).After(TimeSpan.FromHours(5), new RentalStopped(1, Samples.Rental.StartedAt), Samples.Yes());
        TeardownGate.Judge(job, job.Current!, stopped, Samples.T0.AddHours(6), Samples.T0.AddHours(6), Waits).IsOpen.ShouldBeFalse();
    }

    [Theory]
    [InlineData("receipt-0", "r1")]
    [InlineData("receipt-1", "r2")]
    public void A_yes_to_another_receipt_or_rental_is_worth_nothing(string receipt, string rental)
    {
        var gate = Judge(Looked(Samples.Yes(receipt, rental)));
        gate.IsOpen.ShouldBeFalse();
        gate.Conditions.Single(c => c.Id == "approval").Text.ShouldContain("another state of things");
    }

    [Fact]
    public void A_yes_must_name_every_file_that_is_known_by_hash_only()
    {
        var receipt = Samples.Receipt("receipt-2", "m1", "a.bin", "b.bin");
        Judge(Looked(receipt, Samples.Yes("receipt-2", "r1", "a.bin"))).IsOpen.ShouldBeFalse();
        Judge(Looked(receipt, Samples.Yes("receipt-2", "r1", "a.bin", "b.bin"))).IsOpen.ShouldBeTrue();
    }

    [Fact]
    public void A_standing_yes_counts_only_when_it_was_given_and_everything_loads()
    {
        var standing = new Approved(1, ApprovalKind.Standing, "r1", "receipt-1", "anna", []);
        Judge(Looked(standing)).IsOpen.ShouldBeFalse("the job was submitted with  teardown: ask");
        var spec = Samples.Spec with { Teardown = TeardownMode.WhenVerified };
        var job = Samples.Job(spec, Looked(standing));
        TeardownGate.Judge(job, job.Current!, Samples.Rental, Now, Now, Waits).IsOpen.ShouldBeTrue();
        TeardownGate.MayStand(job, job.Current!.Receipt! with { HashOnly = ["a.bin"] }).ShouldBeFalse();
    }

    [Fact]
    public void A_person_is_asked_only_where_no_yes_holds_and_none_follows_from_the_submission()
    {
        static bool Needs(TeardownMode mode, params JobEvent[] events)
        {
            var job = Samples.Job(Samples.Spec with { Teardown = mode }, events);
            return TeardownGate.NeedsPerson(job, job.Current!);
        }

        Needs(TeardownMode.Ask, Samples.Running).ShouldBeFalse("nothing is home yet");
        Needs(TeardownMode.Ask, Looked()).ShouldBeTrue();
        Needs(TeardownMode.Ask, Looked(Samples.Yes("receipt-1"))).ShouldBeFalse();
        Needs(TeardownMode.Ask, Looked(Samples.Yes("receipt-0"))).ShouldBeTrue("that yes was for another state of things");
        Needs(TeardownMode.WhenVerified, Looked()).ShouldBeFalse("the yes follows from the submission");
        Needs(TeardownMode.WhenVerified, Looked(Samples.Receipt("receipt-2", "m1", "a.bin"))).ShouldBeTrue("a file that no verifier opens is to be named");
        Needs(TeardownMode.Ask, Looked(new Approved(1, ApprovalKind.DataAbandoned, "r1", null, "anna", []))).ShouldBeFalse();
    }

    [Fact]
    public void A_rental_that_never_held_anything_needs_the_submissions_yes_for_that_very_rental()
    {
        Judge(Samples.Running[..5]).IsOpen.ShouldBeFalse();
        Judge([.. Samples.Running[..5], new Approved(1, ApprovalKind.NothingDelivered, "r2", null, "anna", [])]).IsOpen.ShouldBeFalse();
        Judge([.. Samples.Running[..5], new Approved(1, ApprovalKind.NothingDelivered, "r1", null, "anna", [])]).IsOpen.ShouldBeTrue();
    }

    [Fact]
    public void That_nothing_was_delivered_cannot_be_claimed_once_sending_was_intended()
    {
        Judge([.. Samples.Running[..6], new Approved(1, ApprovalKind.NothingDelivered, "r1", null, "anna", [])]).IsOpen.ShouldBeFalse();
        Judge(Looked(new Approved(1, ApprovalKind.NothingDelivered, "r1", "receipt-1", "anna", []))).IsOpen.ShouldBeFalse();
    }

    [Fact]
    public void A_refused_check_and_an_empty_roster_leave_nothing_that_a_yes_could_lose()
    {
        var empty = Samples.Receipt() with { Files = 0 };
        JobEvent[] refused = [.. Samples.Running[..7], new JobEnded(1, EndReason.Refused, null, "no GPU"), empty];
        TeardownGate.NothingWasMade(Samples.Job(refused).Current!).ShouldBeTrue();
        TeardownGate.NothingWasMade(Samples.Job([.. refused, Samples.Receipt()]).Current!).ShouldBeFalse();
        TeardownGate.NothingWasMade(Samples.Job([.. Samples.Finished, empty]).Current!).ShouldBeFalse();
    }

    [Fact]
    public void Data_that_a_person_gave_up_by_name_opens_the_gate_for_that_rental_alone()
    {
        Judge([.. Samples.Running, new Approved(1, ApprovalKind.DataAbandoned, "r1", null, "anna", [])]).IsOpen.ShouldBeTrue();
        Judge([.. Samples.Running, new Approved(1, ApprovalKind.DataAbandoned, "r2", null, "anna", [])]).IsOpen.ShouldBeFalse();
    }
}
