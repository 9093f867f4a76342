using Lodger.Domain.Clocks;
using Lodger.Domain.Doctor;
using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;
using Lodger.Domain.Profile;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;
using Lodger.Domain.Tests.Doctor;
using Lodger.Tests.Shared;

namespace Lodger.Domain.Tests.Reconcile;

/// <summary>A rental that somebody else made: what Lodger does to it, and what it never does. Random lives of it: <see cref="HistoryTests"/>.</summary>
public sealed class AdoptedRentalTests
{
    private const string Ours = "lodger/digits.k3f9qa/1";

    private static readonly JobEvent Yes = new Approved(1, ApprovalKind.Person, "r1", "receipt-1", "anna", []);

    private static readonly JobEvent[] Saved =
    [
        new RentalChanged(1, "r1", RentalStatus.Running, "runs"), new RentalTaken(1, "r1", Ours, "by hand"),
        new JobEnded(1, EndReason.Adopted, null, ""), new BundlePulled(1, "m1", 1, 10), new ReceiptIssued(1, "receipt-1", "m1", 1, 10, 1, [], [], "/receipt.json"),
    ];

    [Fact]
    public void It_is_there_from_the_submission_on_and_only_a_receipt_and_a_yes_let_it_go()
    {
        var job = Job();
        job.Current.ShouldNotBeNull().RentalId.ShouldBe("r1");
        job.Current.MayBill.ShouldBeTrue("it bills already");
        TeardownGate.Judge(job, job.Current, Rental(), Samples.T0, Samples.T0, new Waits()).IsOpen.ShouldBeFalse();
        Decide(job).ShouldBe([new Record(new RentalChanged(1, "r1", RentalStatus.Running, "running"))]);
    }

    [Fact]
    public void It_is_labelled_and_read_and_nothing_else_happens_to_it()
    {
        Decide(Job([.. Saved.Take(1)])).ShouldBe([new TakeOver(1, "r1", Ours)]);
        Decide(Job([.. Saved.Take(2)]), Rental(label: Ours)).ShouldBe([new Record(new JobEnded(1, EndReason.Adopted, null, ""))]);
        Decide(Job([.. Saved.Take(3)]), Rental(label: Ours)).ShouldBe([new BringHome(1)]);
    }

    [Fact]
    public void A_spec_that_says_when_verified_is_no_yes_for_it()
    {
        var job = Job(Saved);
        job.Submission.Spec.Teardown.ShouldBe(TeardownMode.WhenVerified);
        TeardownGate.NeedsPerson(job, job.Current!).ShouldBeTrue();
        Decide(job, Rental(label: Ours)).ShouldHaveSingleItem().ShouldBeOfType<Wait>().Why.ShouldContain("It bills $0.410/h until it is destroyed");
        var standing = Job([.. Saved, new Approved(1, ApprovalKind.Standing, "r1", "receipt-1", "anna", [])]);
        TeardownGate.IsApproved(standing, standing.Current!).ShouldBeFalse();
        Decide(Job([.. Saved, Yes]), Rental(label: Ours)).ShouldBe([new RecheckMachine(1)]);
    }

    [Theory]
    [InlineData(RentalStatus.Stopped)]
    [InlineData(RentalStatus.Preempted)]
    [InlineData(RentalStatus.Exited)]
    [InlineData(RentalStatus.Scheduling)]
    public void Stopped_it_is_neither_started_nor_moved_and_its_disk_is_named(RentalStatus status)
    {
        foreach (var before in (JobEvent[][])[[.. Saved.Take(1)], [.. Saved.Take(3)], Saved, [.. Saved, Yes]])
        {
            var job = Job([.. before, new RentalChanged(1, "r1", status, "outbid")]);
            Decide(job, Rental(status, Ours)).ShouldHaveSingleItem().ShouldBeOfType<Wait>().Why.ShouldContain("Its disk bills $0.010/h");
            job.Phase.ShouldBe(JobPhase.NeedsAttention, "whoever waits for it would wait for ever");
        }

    }

    [Fact]
    public void A_look_is_as_old_as_the_moment_before_its_files_were_seen_and_is_worth_less_than_one_of_a_machine_of_ours()
    {
        var now = Samples.T0.AddHours(1);
        JobState Looked(TimeSpan ago) => Job([.. Saved, Yes, new MachineRechecked(1, "m1", now - ago)]);
        Decide(Looked(TimeSpan.FromSeconds(50)), Rental(label: Ours)).ShouldBe([new DestroyRental(1, "r1")]);
        Decide(Looked(TimeSpan.FromSeconds(70)), Rental(label: Ours)).ShouldBe([new RecheckMachine(1)], "it was written down just now, but speaks of longer ago");
        Decide(Looked(TimeSpan.FromHours(1)), Rental(label: Ours)).ShouldBe([new RecheckMachine(1)], "that was before the yes");
    }

    [Theory]
    [InlineData("by hand")]
    [InlineData("lodger/other.abc234/1")]
    [InlineData(null)]
    public void What_carries_another_label_is_not_destroyed_whatever_was_said(string? label)
    {
        var now = Samples.T0.AddHours(1);
        foreach (var said in (JobEvent[])[Yes, new Approved(1, ApprovalKind.DataAbandoned, "r1", null, "anna", [])])
        {
            var job = Job([.. Saved, said, new MachineRechecked(1, "m1", now)]);
            Decide(job, Rental() with { Label = label }).ShouldBe([new AskWhose(1, "r1")]);
            var let = RentalOwner.TakenElsewhere(job, job.Current!, Rental() with { Label = label }, null);
            (let.By, let.Why.Id).ShouldBe((null, "rental-taken-elsewhere"));
            let.Why.Message.ShouldContain("It bills $0.410/h");
            Decide(job, Rental(label: Ours)).ShouldBe([new DestroyRental(1, "r1")]);
        }
    }

    [Fact]
    public void Of_two_that_took_it_over_at_once_the_one_whose_label_is_not_there_lets_it_go_before_anybody_says_yes()
    {
        var taken = Job([.. Saved.Take(2)]);
        Reconciler.Decide(taken, Seen(Rental(label: "lodger/other.abc234/1"), TimeSpan.FromMinutes(5)), Samples.T0.AddMinutes(5), new Waits())
            .ShouldBe([new AskWhose(1, "r1")], "one listing is not enough to stop looking after it");
        RentalOwner.TakenElsewhere(taken, taken.Current!, Rental(label: "lodger/other.abc234/1"), Samples.T0).Why.Message.ShouldBe(
            "Rental r1 carries the label lodger/other.abc234/1 and no longer lodger/digits.k3f9qa/1: somebody else has it now, so it was let go and not destroyed. It bills $0.410/h until it is destroyed, or stopped where you started it.");
        var going = Job([.. Saved, Yes, new MachineRechecked(1, "m1"), new DestroyIntended(1, "r1")]);
        Reconciler.Decide(going, Seen(Rental(label: ""), TimeSpan.FromMinutes(4)), Samples.T0.AddMinutes(4), new Waits()).ShouldNotContain(new AskWhose(1, "r1"), "what is on its way out may have lost its label");
        Reconciler.Decide(taken, Seen(Rental(label: "lodger/other.abc234/1"), TimeSpan.FromMinutes(1)), Samples.T0.AddMinutes(1), new Waits())
            .ShouldBe([new Record(new JobEnded(1, EndReason.Adopted, null, ""))], "a listing need not show our own label at once");
    }

    [Fact]
    public void What_does_not_show_its_label_is_not_destroyed_however_old_the_listing_is()
    {
        var job = Job([.. Saved, Yes, new MachineRechecked(1, "m1", Samples.T0.AddMinutes(1))]);
        Reconciler.Decide(job, Seen(Rental(label: "by hand"), TimeSpan.FromMinutes(1)), Samples.T0.AddMinutes(1), new Waits()).ShouldHaveSingleItem().ShouldBeOfType<Wait>().Why.ShouldContain("whose r1 is");
        Reconciler.Decide(job, Seen(Rental(label: Ours), TimeSpan.FromMinutes(1)), Samples.T0.AddMinutes(1), new Waits()).ShouldBe([new DestroyRental(1, "r1")]);
    }

    [Theory]
    [InlineData(RentalStatus.Stopped)]
    [InlineData(RentalStatus.Running)]
    public void A_destroy_that_does_not_come_about_is_written_down_as_that_so_that_there_is_a_way_out(RentalStatus status)
    {
        JobEvent[] asked = [.. Saved, Yes, new MachineRechecked(1, "m1"), new DestroyIntended(1, "r1"), .. status == RentalStatus.Running ? (JobEvent[])[] : [new RentalChanged(1, "r1", status, "stopped there")]];
        var job = Job(asked);
        Decide(job, Rental(status, Ours)).ShouldBe([new Record(new DestroyUnseen(1, "r1"))]);
        Reconciler.Decide(job, Seen(Rental(status, Ours), TimeSpan.FromSeconds(20)), Samples.T0.AddSeconds(20), new Waits()).ShouldHaveSingleItem().ShouldBeOfType<Wait>("it may be on its way");

        var unseen = Job([.. asked, new DestroyUnseen(1, "r1")]);
        unseen.Current!.DestroyIntendedAt.ShouldBeNull("what lets it go, gives it up and pulls once more asks for that");
        unseen.Current.DestroysAsked.ShouldBe(1, "a person is told of a platform that does not obey");
        var gone = new Observation { Listing = new Listing([], Samples.T0.AddHours(9)), Gone = new HashSet<string> { "r1" }, MarketNow = Samples.T0.AddHours(9) };
        Reconciler.Decide(unseen, gone, Samples.T0.AddHours(9), new Waits()).ShouldHaveSingleItem().ShouldBeOfType<Record>().Event.ShouldBeOfType<RentalVanished>("somebody else ended it, whenever that was");
        Reconciler.Decide(job, gone, Samples.T0.AddHours(9), new Waits()).ShouldBe([new ConfirmDestroyed(1, "r1")]);
    }

    [Fact]
    public void A_yes_from_before_it_was_stopped_and_started_again_is_none()
    {
        var stopped = new RentalChanged(1, "r1", RentalStatus.Stopped, "stopped there");
        var runs = new RentalChanged(1, "r1", RentalStatus.Running, "runs");
        foreach (var before in (JobEvent[][])[[stopped, Yes, runs], [Yes, stopped, runs]])
        {
            var job = Job([.. Saved, .. before]);
            Decide(job, Rental(label: Ours)).ShouldHaveSingleItem().ShouldBeOfType<Wait>().Why.ShouldContain("your yes");
            ApprovalToken.For(job, job.Current!).ShouldNotBeNull("it is asked for again");
            job.WaitForYes.ShouldHaveSingleItem();
        }

        Decide(Job([.. Saved, stopped, runs, Yes]), Rental(label: Ours)).ShouldBe([new RecheckMachine(1)]);
    }

    [Fact]
    public void A_yes_to_a_receipt_that_was_issued_once_more_is_asked_for_again()
    {
        var job = Job([.. Saved, Yes, new MachineRechecked(1, "other"), Saved[^1]]);
        Decide(job, Rental(label: Ours)).ShouldHaveSingleItem().ShouldBeOfType<Wait>().Why.ShouldContain("your yes");
    }

    [Fact]
    public void Let_go_it_costs_its_job_nothing_more()
    {
        var read = new MeterRead(1, "r1", Samples.T0, null, new Rates(0.4m, 0.01m, 0.02m, 0.01m), GpuUse.Idle, 0, 0, Samples.T0);
        var job = Job([.. Saved, read, new RentalReleased(1, "r1", "anna", new Problem("rental-released", "It goes on billing.", "", ExitCode.Cancelled), Samples.T0.AddHours(1))]);
        JobCost Cost(int hours) => JobCost.Of(
            job, [Rental()], new AccountCharges(new Dictionary<string, Charges> { ["r1"] = new("r1", 9.9m * hours, 0, 0, 0) }, new Dictionary<string, decimal>()), Samples.T0, Samples.T0.AddHours(hours), 1, Samples.T0);
        Cost(100).Total.TotalUsd.ShouldBe(0.41m, 0.001m, "an hour of it");
        Cost(100).Pace.UsdPerHour.ShouldBe(0);
        job.Current!.Meter!.IsClosed.ShouldBeTrue();
        ApprovalToken.For(job, job.Current).ShouldBeNull();
    }

    [Theory]
    [InlineData(RentalStatus.Running, "the work there may go on", "lodger down digits")]
    [InlineData(RentalStatus.Stopped, "does not run", "lodger adopt --release r1")]
    public void What_a_person_is_told_of_it_is_true_of_a_machine_on_which_others_work(RentalStatus status, string sentence, string fix)
    {
        JobEvent[] happened = status == RentalStatus.Running ? Saved : [.. Saved[..^1], new RentalChanged(1, "r1", status, "stopped there")];
        var facts = new AccountFacts(
            "anna", "vast.ai (account anna)", new Account("anna", 1000, true, Samples.T0), [Rental(status, Ours)], [], [Job(happened)], Samples.T0.AddHours(1), 1, Samples.T0.AddHours(1), TimeSpan.FromHours(48));
        var clocks = ClockBoard.Of(facts);
        clocks.ShouldAllBe(c => c.Kind != ClockKind.StoppedAndBilling || c.Fix.Contains(fix, StringComparison.Ordinal));
        var said = clocks.Single(c => c.Kind is ClockKind.WaitsForYes or ClockKind.NeedsAttention);
        said.Sentence.ShouldContain(sentence);
        said.Sentence.ShouldNotContain("Everything of");
        said.Fix.ShouldContain(fix);
    }

    [Fact]
    public void The_doctor_says_of_it_what_is_true_of_any_rental_and_nothing_about_a_script_that_is_not_there()
    {
        var facts = RuleCases.Run with { Job = Job(Saved), Rental = Rental(RentalStatus.Stopped, Ours), Probe = null, Report = null, BoxProblem = new Problem("ssh-key-refused", "The machine refuses Lodger's ssh key.", "", ExitCode.RentalUnusable) };
        var stopped = Examination.Of(facts);
        stopped.Select(f => f.Id).ShouldBe(["VAST1"]);
        stopped[0].Fix.ShouldContain("lodger adopt --release r1", Case.Sensitive, "lodger down does not end one that is stopped");
        Examination.Of(facts with { Account = new Account("anna", 0, true, Samples.T0), Rental = Rental(label: Ours) with { ContractEnd = facts.MarketNow!.Value.AddMinutes(5) } })
            .Select(f => f.Id).ShouldBe(["balance", "contract-end"], ignoreOrder: true);

        var vanished = facts with { Moment = Moment.PostMortem, Rental = null, Job = Job([.. Saved, new RentalVanished(1, "r1", Samples.T0)]) };
        Examination.Of(vanished).ShouldHaveSingleItem().Evidence.ShouldContain("what was written there since");
        Examination.Of(vanished with { Job = Samples.Job([.. Samples.Finished, new RentalVanished(1, "r1")]) }).ShouldNotContain(f => f.Id == "VAST2", "of one that Lodger made everything is home");
    }

    [Fact]
    public void Let_go_it_is_nothing_of_ours_and_the_job_ends_with_a_word_about_its_bill()
    {
        var why = new Problem("rental-released", "It goes on billing.", "", ExitCode.Cancelled);
        var job = Job([.. Saved, new RentalReleased(1, "r1", "anna", why, Samples.T0)]);
        job.Current!.MayBill.ShouldBeFalse();
        RentalOwner.Of([job], job.Submission.Account, "r1").ShouldBeNull();
        var closed = Decide(job, Rental(label: Ours)).ShouldHaveSingleItem().ShouldBeOfType<Record>().Event.ShouldBeOfType<JobClosed>();
        (closed.Outcome, closed.Problem).ShouldBe((JobOutcome.Cancelled, why));
        Decide(Job([.. Saved, new RentalReleased(1, "r1", "anna", why, Samples.T0), closed]), Rental(label: Ours)).ShouldBeEmpty();
    }

    [Fact]
    public void A_job_answers_for_a_rental_of_its_own_account_alone()
    {
        var job = Job(Saved);
        RentalOwner.Of([job], job.Submission.Account, "r1").ShouldBe(job);
        RentalOwner.Of([job], "another", "r1").ShouldBeNull("another platform gives the same ids");
    }

    [Fact]
    public void Another_rental_with_its_label_bills_for_nobody_and_is_shown()
    {
        var survey = AccountSurvey.Of([Rental(label: Ours), Rental(label: Ours) with { Id = "r2" }], [], null, [Job(Saved)]);
        survey.UnownedRentals.ShouldHaveSingleItem().Rental.Id.ShouldBe("r2");
    }

    [Fact]
    public void Another_rental_that_was_given_its_label_by_hand_is_nobodys_to_destroy() =>
        Decide(Job(Saved), Rental(label: Ours), Rental(label: Ours) with { Id = "r2" })
            .ShouldHaveSingleItem().ShouldBeOfType<Wait>();

    [Fact]
    public void When_it_was_destroyed_elsewhere_nothing_is_called_safe_though_it_was_home_once()
    {
        var others = Rental() with { Id = "r2" };
        var job = Job([.. Saved, new RentalVanished(1, "r1", Samples.T0)]);
        var home = Decide(job, others).ShouldHaveSingleItem().ShouldBeOfType<Record>().Event.ShouldBeOfType<JobClosed>();
        (home.Outcome, home.Problem!.Id).ShouldBe((JobOutcome.Unfinished, "rental-vanished"), "its work may have gone on after the receipt");
        home.Problem.Fix.ShouldContain($"until {job.Current!.Receipt!.At:yyyy-MM-dd HH:mm:ss} UTC is home, proven by /receipt.json; anything written since is lost");
        var lost = Job([.. Saved.Take(2), new RentalVanished(1, "r1", Samples.T0)]);
        var closed = Decide(lost, others).ShouldHaveSingleItem().ShouldBeOfType<Record>().Event.ShouldBeOfType<JobClosed>();
        (closed.Outcome, closed.Problem!.Id).ShouldBe((JobOutcome.Unfinished, "rental-vanished"));
        closed.Problem.Fix.ShouldNotContain("lodger run");
    }

    private static JobState Job(params JobEvent[] happened)
    {
        var submitted = Samples.Adopted(new AdoptedRental("r1", "by hand", ["/workspace/out"]), Samples.Spec with { Teardown = TeardownMode.WhenVerified });
        return JobState.Replay("digits.k3f9qa", [.. ((JobEvent[])[submitted, .. happened]).Select((e, i) => new JournalEntry(i + 1, Samples.T0.AddSeconds(i), e))]);
    }

    private static IReadOnlyList<JobAction> Decide(JobState job, params Rental[] shown) => Reconciler.Decide(
        job, new Observation { Listing = new Listing(shown.Length > 0 ? shown : [Rental()], Samples.T0.AddHours(1)), MarketNow = Samples.T0.AddHours(1) }, Samples.T0.AddHours(1), new Waits());

    private static Observation Seen(Rental shown, TimeSpan after) => new() { Listing = new Listing([shown], Samples.T0 + after), MarketNow = Samples.T0 + after };

    private static Rental Rental(RentalStatus status = RentalStatus.Running, string label = "by hand") => SampleRental.ByHand with { Status = status, Label = label };

    [Fact]
    public void One_that_is_shown_long_after_it_was_seen_gone_is_tracked_again_unless_it_was_let_go()
    {
        JobEvent[] gone = [.. Saved, Yes, new MachineRechecked(1, "m1"), new DestroyIntended(1, "r1"), new DestroyConfirmed(1, "r1", null)];
        Decide(Job(gone), Rental(label: Ours)).ShouldBe([new Record(new RentalChanged(1, "r1", RentalStatus.Running, "running"))]);
        NextRent.IsDue(Job(gone), Samples.T0.AddHours(1), new Waits()).ShouldBeFalse("nothing is ever rented in its place");
    }

    [Theory]
    [InlineData(RentalStatus.Unknown, "the platform's answer about the rental cannot be read")]
    [InlineData(RentalStatus.Offline, "its host is offline: nothing bills meanwhile, and Lodger goes on when it is back")]
    [InlineData(RentalStatus.Provisioning, "it is booting: running")]
    [InlineData(RentalStatus.Loading, "it is booting: running")]
    [InlineData(RentalStatus.Stopped, "rental r1 is stopped (running). Its disk bills $0.010/h until it is destroyed. Lodger does not start what it did not start, and moves it nowhere: start it where you started it, and this goes on by itself. To let it go as it is: lodger adopt --release r1; to give up what is on it: lodger down digits --abandon-data")]
    public void Until_it_runs_it_is_waited_for_and_a_person_reads_why(RentalStatus status, string why)
    {
        var job = Job([.. Saved.Take(1), new RentalChanged(1, "r1", status, "")]);
        Decide(job, Rental(status)).ShouldHaveSingleItem().ShouldBeOfType<Wait>().Why.ShouldBe(why);
        Decide(Job([.. Saved.Take(1), new RentalChanged(1, "r1", status, ""), new Approved(1, ApprovalKind.DataAbandoned, "r1", null, "anna", [])]), Rental(status)).ShouldBe([new TakeOver(1, "r1", Ours)], "what was given up needs no machine that runs");
    }

    [Fact]
    public void Files_that_keep_changing_leave_it_running_as_others_may_work_there()
    {
        var job = Job([.. Saved, new MachineRechecked(1, "m2"), .. Saved[^1..], new MachineRechecked(1, "m3"), .. Saved[^1..], new MachineRechecked(1, "m4")]);
        Decide(job, Rental(label: Ours)).ShouldHaveSingleItem().ShouldBeOfType<Wait>().Why.ShouldBe("files on the machine keep changing; the rental stays. When they are at rest: lodger pull digits");
    }

    [Fact]
    public void How_it_ended_is_a_success_when_what_was_named_is_home_and_nothing_was_given_up()
    {
        JobOutcome Outcome(params JobEvent[] events) => Closing.Of(Job([.. events, new DestroyConfirmed(1, "r1", null)])).Outcome;
        var given = new Approved(1, ApprovalKind.DataAbandoned, "r1", null, "anna", []);
        Outcome([.. Saved, Yes]).ShouldBe(JobOutcome.Succeeded);
        Outcome([.. Saved, given]).ShouldBe(JobOutcome.Cancelled);
        Outcome([.. Saved[..3], given]).ShouldBe(JobOutcome.Cancelled);
    }
}
