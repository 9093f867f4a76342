using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Reconcile;

/// <summary>A rental that somebody else made: what Lodger does to it, and what it never does. Random lives of it: <see cref="HistoryTests"/>.</summary>
public sealed class AdoptedRentalTests
{
    private static readonly JobEvent[] Saved =
    [
        new RentalChanged(1, "r1", RentalStatus.Running, "runs"), new RentalTaken(1, "r1", "lodger/digits.k3f9qa/1", "by hand"), new BoxReached(1, "127.0.0.1", 22, false), new RoundTripProved(1, "abc", 4),
        new PayloadDelivered(1, 0, 0), new JobEnded(1, EndReason.Adopted, null, ""), new BundlePulled(1, "m1", 1, 10), new ReceiptIssued(1, "receipt-1", "m1", 1, 10, 1, [], [], "/receipt.json"),
    ];

    [Fact]
    public void It_is_there_from_the_submission_on_and_only_a_receipt_and_a_yes_let_it_go()
    {
        var job = Job();
        job.Current.ShouldNotBeNull().RentalId.ShouldBe("r1");
        job.Current.MayBill.ShouldBeTrue("it bills already");
        TeardownGate.Judge(job, job.Current, Rental(), Samples.T0, Samples.T0, new Waits()).IsOpen.ShouldBeFalse();
        Decide(job).ShouldBe([new Record(new RentalChanged(1, "r1", RentalStatus.Running, "as shown"))]);
    }

    [Fact]
    public void It_is_labelled_reached_and_told_what_to_list_and_nothing_else_happens_to_it()
    {
        List<string> acts = [];
        for (var seen = 1; seen <= 5; seen++)
            acts.Add(Decide(Job([.. Saved.Take(seen)])).ShouldHaveSingleItem() is Record { Event: { } e } ? e.GetType().Name : Decide(Job([.. Saved.Take(seen)]))[0].GetType().Name);
        acts.ShouldBe([nameof(TakeOver), nameof(Reach), nameof(ProveRoundTrip), nameof(SendPayload), nameof(JobEnded)]);
    }

    [Fact]
    public void A_spec_that_says_when_verified_is_no_yes_for_it()
    {
        var job = Job(Saved);
        job.Submission.Spec.Teardown.ShouldBe(TeardownMode.WhenVerified);
        TeardownGate.NeedsPerson(job, job.Current!).ShouldBeTrue();
        Decide(job).ShouldHaveSingleItem().ShouldBeOfType<Wait>().Why.ShouldContain("It bills $0.410/h until it is destroyed");
        var standing = Job([.. Saved, new Approved(1, ApprovalKind.Standing, "r1", "receipt-1", "anna", [])]);
        TeardownGate.IsApproved(standing, standing.Current!).ShouldBeFalse();
        Decide(Job([.. Saved, new Approved(1, ApprovalKind.Person, "r1", "receipt-1", "anna", [])])).ShouldBe([new RecheckMachine(1)]);
    }

    [Theory]
    [InlineData(RentalStatus.Stopped)]
    [InlineData(RentalStatus.Preempted)]
    [InlineData(RentalStatus.Exited)]
    [InlineData(RentalStatus.Scheduling)]
    public void Stopped_it_is_neither_started_nor_moved_and_its_disk_is_named(RentalStatus status)
    {
        foreach (var before in (JobEvent[][])[[.. Saved.Take(1)], [.. Saved.Take(6)], [.. Saved, new Approved(1, ApprovalKind.Person, "r1", "receipt-1", "anna", [])]])
        {
            var job = Job([.. before, new RentalChanged(1, "r1", status, "outbid")]);
            Decide(job, Rental(status)).ShouldHaveSingleItem().ShouldBeOfType<Wait>().Why.ShouldContain("Its disk bills $0.010/h");
            (before.Any(e => e is ReceiptIssued) ? JobPhase.AwaitingApproval : JobPhase.NeedsAttention).ShouldBe(job.Phase);
        }
    }

    [Fact]
    public void Another_rental_that_was_given_its_label_by_hand_is_nobodys_to_destroy() =>
        Decide(Job(Saved), Rental() with { Label = "lodger/digits.k3f9qa/1" }, Rental() with { Id = "r2", Label = "lodger/digits.k3f9qa/1" })
            .ShouldHaveSingleItem().ShouldBeOfType<Wait>();

    [Fact]
    public void When_it_was_destroyed_elsewhere_after_all_was_home_that_is_what_is_said()
    {
        var others = Rental() with { Id = "r2" };
        var job = Job([.. Saved, new RentalVanished(1, "r1", Samples.T0)]);
        Decide(job, others).ShouldHaveSingleItem().ShouldBeOfType<Record>().Event.ShouldBeOfType<JobClosed>().Outcome.ShouldBe(JobOutcome.Succeeded);
        var lost = Job([.. Saved.Take(3), new RentalVanished(1, "r1", Samples.T0)]);
        var closed = Decide(lost, others).ShouldHaveSingleItem().ShouldBeOfType<Record>().Event.ShouldBeOfType<JobClosed>();
        (closed.Outcome, closed.Problem!.Id).ShouldBe((JobOutcome.NotRun, "rental-vanished"));
        closed.Problem.Fix.ShouldNotContain("lodger run");
    }

    private static JobState Job(params JobEvent[] happened)
    {
        var submitted = Samples.Submitted(Samples.Spec with { Teardown = TeardownMode.WhenVerified }) with { Adopts = new AdoptedRental("r1", "by hand") };
        return JobState.Replay("digits.k3f9qa", [.. ((JobEvent[])[submitted, .. happened]).Select((e, i) => new JournalEntry(i + 1, Samples.T0.AddSeconds(i), e))]);
    }

    private static IReadOnlyList<JobAction> Decide(JobState job, params Rental[] shown) => Reconciler.Decide(
        job, new Observation { Listing = new Listing(shown.Length > 0 ? shown : [Rental()], Samples.T0.AddHours(1)), MarketNow = Samples.T0.AddHours(1) }, Samples.T0.AddHours(1), new Waits());

    private static Rental Rental(RentalStatus status = RentalStatus.Running) => new()
    {
        Id = "r1",
        Label = "by hand",
        Status = status,
        Evidence = "as shown",
        MachineId = "m1",
        GpuName = "RTX 4090",
        GpuCount = 1,
        GpuMemoryMb = 24_564,
        GpuUsdPerHour = 0.4m,
        DiskUsdPerHour = 0.01m,
        UploadUsdPerGb = 0.01m,
        DownloadUsdPerGb = 0.01m,
        DirectSsh = new Endpoint("127.0.0.1", 22),
    };
}
