using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Spec;
using Lodger.Domain.Volumes;

namespace Lodger.Domain.Tests.Volumes;

public sealed class VolumeGateTests
{
    private static readonly Volume Volume = new() { Id = "88", Label = "kept", MachineId = "m1", SizeGb = 50, UsdPerHour = 0.01m, UsedBy = [] };

    private static readonly JobSpec OnIt = Samples.Spec with { Volume = new VolumeSpec("88", "/workspace/volume"), Workdir = "/workspace/volume/digits" };

    private static JobEvent[] Over { get; } =
        [.. Samples.Finished, new MachineRechecked(1, "m1"), Samples.Yes(), new DestroyIntended(1, "r1"), new DestroyConfirmed(1, "r1", null), new JobClosed(JobOutcome.Succeeded, null)];

    private static IReadOnlyList<VolumeUse> Uses(params JobState[] jobs) => VolumeGate.UsesOf("88", jobs);

    private static ConditionState StateOf(GateJudgement gate, string id) => gate.Conditions.Single(c => c.Id == id).State;

    [Fact]
    public void With_everything_home_and_a_yes_it_may_go()
    {
        var uses = Uses(Samples.Job(OnIt, Over));
        VolumeGate.Judge(Volume, uses, null).IsOpen.ShouldBeFalse("nobody said yes");
        VolumeGate.Judge(Volume, uses, "anna").IsOpen.ShouldBeTrue();
        VolumeGate.TokenFor(Volume, uses).ShouldNotBeNull().Length.ShouldBe(16);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("41200871")]
    public void While_a_rental_has_it_or_nobody_says_it_may_not(string? user)
    {
        var volume = Volume with { UsedBy = user is null ? null : [user] };
        var uses = Uses(Samples.Job(OnIt, Over));
        VolumeGate.Judge(volume, uses, "anna").IsOpen.ShouldBeFalse();
        VolumeGate.TokenFor(volume, uses).ShouldBeNull();
        VolumeGate.JudgeAbandoned(volume, uses, "anna").IsOpen.ShouldBeFalse("giving up data does not take it from under a rental");
    }

    [Fact]
    public void A_volume_that_no_job_here_worked_on_can_only_be_given_up()
    {
        StateOf(VolumeGate.Judge(Volume, [], "anna"), VolumeGate.HomeCondition).ShouldBe(ConditionState.Lacking);
        VolumeGate.TokenFor(Volume, []).ShouldBeNull();
        VolumeGate.JudgeAbandoned(Volume, [], "anna").IsOpen.ShouldBeTrue();
    }

    [Fact]
    public void While_a_job_that_works_on_it_is_open_it_may_not_even_be_given_up()
    {
        var uses = Uses(Samples.Job(OnIt, Samples.Running));
        StateOf(VolumeGate.Judge(Volume, uses, "anna"), "over").ShouldBe(ConditionState.Lacking);
        VolumeGate.JudgeAbandoned(Volume, uses, "anna").IsOpen.ShouldBeFalse();
        VolumeGate.JudgeAbandoned(Volume, Uses(Samples.Job(OnIt)), "anna").IsOpen.ShouldBeFalse("it has not rented yet, and will");
    }

    [Fact]
    public void One_job_that_is_not_proven_home_keeps_it_whatever_the_others_are()
    {
        var lost = Samples.Job(OnIt, [.. Samples.Running, new RentalVanished(1, "r1"), new JobClosed(JobOutcome.NotRun, null)]);
        var uses = Uses(Samples.Job(OnIt, Over), lost);
        StateOf(VolumeGate.Judge(Volume, uses, "anna"), VolumeGate.HomeCondition).ShouldBe(ConditionState.Failed);
        VolumeGate.TokenFor(Volume, uses).ShouldBeNull();
        VolumeGate.JudgeAbandoned(Volume, uses, "anna").IsOpen.ShouldBeTrue();
    }

    [Fact]
    public void An_empty_receipt_of_a_rental_says_nothing_of_what_lies_on_the_volume()
    {
        var nothing = new ReceiptIssued(1, "receipt-0", "m0", 0, 0, 0, [], [], "/home/anna/receipt.json");
        var empty = Samples.Job(OnIt, [
            .. Samples.Running, new JobEnded(1, EndReason.Cancelled, null, ""), nothing, Samples.Yes("receipt-0"), new DestroyIntended(1, "r1"), new DestroyConfirmed(1, "r1", null), new JobClosed(JobOutcome.Cancelled, null)]);
        Uses(empty).ShouldHaveSingleItem().Proof.ShouldBeNull();
    }

    [Fact]
    public void A_job_that_never_got_to_write_there_is_no_use_of_it()
    {
        var refused = Samples.Job(OnIt, new RentIntended(1, "offer-1", "lodger/digits.k3f9qa/1"), new RentRefused(1, new("offer-gone", "", "", Lodger.Domain.Problems.ExitCode.NoOffer)), new JobClosed(JobOutcome.NotRun, null));
        Uses(refused).ShouldBeEmpty();
        Uses(Samples.Job(Over)).ShouldBeEmpty("it worked on no volume");
        VolumeGate.UsesOf("89", [Samples.Job(OnIt, Over)]).ShouldBeEmpty("it worked on another");
    }

    [Fact]
    public void A_yes_is_for_one_volume_and_one_state_of_its_jobs()
    {
        var token = VolumeGate.TokenFor(Volume, Uses(Samples.Job(OnIt, Over)));
        VolumeGate.TokenFor(Volume with { Id = "89" }, Uses(Samples.Job(OnIt, Over))).ShouldNotBe(token);
        JobEvent[] other = [.. Over.Select(e => e is ReceiptIssued r ? r with { ReceiptId = "receipt-2" } : e is Approved a ? a with { ReceiptId = "receipt-2" } : e)];
        VolumeGate.TokenFor(Volume, Uses(Samples.Job(OnIt, other))).ShouldNotBe(token);
    }

    [Fact]
    public void An_act_without_an_end_is_named_until_the_platform_shows_how_it_ended()
    {
        VolumeAct Act(VolumeActKind kind, string? id) => new(Samples.T0, kind, id, "kept", "anna", "");
        var asked = Act(VolumeActKind.RentIntended, null);
        VolumeActs.HasLeft([asked]).ShouldBeTrue("there may be one");
        VolumeActs.HasLeft([asked, Act(VolumeActKind.RentRefused, null)]).ShouldBeFalse();
        VolumeActs.HasLeft([asked, Act(VolumeActKind.Rented, "88"), Act(VolumeActKind.DeleteIntended, "88")]).ShouldBeTrue("nothing says that it is gone");
        VolumeActs.HasLeft([asked, Act(VolumeActKind.Rented, "88"), Act(VolumeActKind.DeleteIntended, "88"), Act(VolumeActKind.Deleted, "88")]).ShouldBeFalse();
        VolumeActs.Pending([asked], []).ShouldBe([asked]);
        VolumeActs.Pending([asked], [Volume]).ShouldBeEmpty("it is there");
        VolumeActs.Pending([asked, Act(VolumeActKind.RentRefused, null)], []).ShouldBeEmpty("there is none");
        var deleting = Act(VolumeActKind.DeleteIntended, "88");
        VolumeActs.Pending([asked, Act(VolumeActKind.Rented, "88"), deleting], [Volume]).ShouldBe([deleting]);
        VolumeActs.Pending([asked, Act(VolumeActKind.Rented, "88"), deleting], []).ShouldBeEmpty("it is gone");
        VolumeActs.Pending([asked, Act(VolumeActKind.Rented, "88"), deleting, Act(VolumeActKind.DeleteRefused, "88")], [Volume]).ShouldBeEmpty("it stays, and that was said");
    }

    [Theory]
    [InlineData(JobOutcome.Succeeded, true)]
    [InlineData(JobOutcome.Failed, false)]
    [InlineData(JobOutcome.Cancelled, false)]
    public void Work_that_was_finished_elsewhere_is_a_proof_when_it_succeeded_and_only_then(JobOutcome outcome, bool proven)
    {
        var elsewhere = Samples.Offer with { Id = "o2", MachineId = "m2" };
        JobEvent Second(JobEvent e) => e switch
        {
            RentIntended r => r with { Attempt = 2, Label = JobState.LabelFor("digits.k3f9qa", 2), Offer = elsewhere },
            Rented r => r with { Attempt = 2, RentalId = "r2" },
            RentalChanged r => r with { Attempt = 2, RentalId = "r2" },
            AttemptEvent a => a with { Attempt = 2 },
            _ => e,
        };
        var job = Samples.Job(OnIt, [.. Samples.Running, new MoveDecided(1, "outbid", "", [], elsewhere, null, null), new DestroyConfirmed(1, "r1", null), .. Samples.Finished.Select(Second), new DestroyConfirmed(2, "r2", null), new JobClosed(outcome, null)]);
        StateOf(VolumeGate.Judge(Volume, Uses(job), "anna"), VolumeGate.HomeCondition).ShouldBe(proven ? ConditionState.Met : ConditionState.Failed);
    }

    [Fact]
    public void One_volume_that_is_left_is_enough_to_go_on_looking()
    {
        VolumeAct Act(VolumeActKind kind, string id, string name) => new(Samples.T0, kind, id, name, "anna", "");
        VolumeAct[] gone = [Act(VolumeActKind.Rented, "88", "kept"), Act(VolumeActKind.DeleteIntended, "88", "kept"), Act(VolumeActKind.Deleted, "88", "kept")];
        VolumeActs.HasLeft([.. gone, Act(VolumeActKind.Rented, "89", "other")]).ShouldBeTrue();
        VolumeActs.HasLeft(gone).ShouldBeFalse();
        VolumeActs.HasLeft([]).ShouldBeFalse();
    }

    [Fact]
    public void A_person_reads_what_is_lacking()
    {
        string[] Said(Volume volume, string? by, params JobState[] jobs) => [.. VolumeGate.Judge(volume, Uses(jobs), by).Conditions.Select(c => $"{c.State} {c.Text}")];
        Said(Volume, "anna", Samples.Job(OnIt, Over)).ShouldBe([
            "Met no rental has it", "Met no open job works on it", "Met 2 files of digits are home and verified, receipt receipt-", "Met approved by anna"]);
        Said(Volume with { UsedBy = ["r1", "r2"] }, null, Samples.Job(OnIt, Samples.Running)).ShouldBe([
            "Lacking rental r1, r2 has it: destroy that first, stopping is not enough", "Lacking digits works on it: lodger down digits", "Failed no receipt says that what digits made on it is home", "Lacking your yes"]);
        Said(Volume with { UsedBy = null }, null).ShouldBe([
            "Lacking the platform does not say whether a rental has it", "Met no open job works on it", "Lacking no job of this journal worked on it, so nothing here knows what is on it", "Lacking your yes"]);
    }

    [Fact]
    public void An_end_is_one_of_the_same_volume_and_comes_after_the_intent()
    {
        VolumeAct Act(VolumeActKind kind, string? id, string? name) => new(Samples.T0, kind, id, name, "anna", "");
        var asked = Act(VolumeActKind.RentIntended, null, "kept");
        VolumeActs.Pending([asked, Act(VolumeActKind.Rented, "89", "other"), Act(VolumeActKind.RentRefused, null, "third")], []).ShouldBe([asked]);
        var again = asked with { At = Samples.T0.AddHours(1) };
        VolumeActs.Pending([asked, Act(VolumeActKind.RentRefused, null, "kept"), again], []).ShouldBe([again]);
        VolumeActs.HasLeft([Act(VolumeActKind.Rented, "89", null), Act(VolumeActKind.Deleted, "88", null)]).ShouldBeTrue("two that have no name are two");
    }
}
