using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Tests.Jobs;

public sealed class JobEventJsonTests
{
    private static readonly Problem Problem = new("offer-gone", "The offer is gone.", "Choose another.", ExitCode.NoOffer, MayRetry: true);
    private static readonly FileFinding Finding = new("model.safetensors", "differs", "It differs from its manifest.");

    private static readonly JobEvent[] OneOfEach =
    [
        Samples.Submitted() with { OverProxy = true },
        Samples.Adopted(new AdoptedRental("r1", "by hand", ["/workspace/out"])),
        new RentIntended(1, "offer-1", "lodger/digits.k3f9qa/1"),
        new RentRefused(1, Problem),
        new RentUnclear(1, Problem),
        new Rented(1, "r1", Adopted: true),
        new StrayFound(1, "r2"),
        new RentalTaken(1, "r1", "lodger/digits.k3f9qa/1", "by hand"),
        new RentalReleased(1, "r1", "anna", Problem, Samples.T0),
        new DestroyUnseen(1, "r1"),
        new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid", "outbid"),
        new MeterRead(1, "r1", Samples.T0, Samples.T0.AddSeconds(-3), new Rates(0.4m, 0.01m, 0.02m, 0.01m), GpuUse.Work, 1_000_000, 2_000_000, Samples.T0.AddMinutes(-1)),
        new RentalVanished(1, "r1", Samples.T0),
        new AttemptGivenUp(1, Problem),
        new BoxReached(1, "127.0.0.1", 33_526, Proxy: true),
        new RoundTripProved(1, "abc", 1024),
        new PayloadIntended(1),
        new PayloadDelivered(1, 3, 5_000_000_000),
        new JobStarted(1),
        new RunRestarted(1, 2, 400),
        new ResumeSeen(2, 400, 420, 400, FromZero: false),
        new CadenceTold(1, TimeSpan.FromSeconds(312), TimeSpan.FromHours(2), TimeSpan.FromSeconds(3.5), TimeSpan.FromSeconds(0.5), "a write of 3.5 s (measured)"),
        new MirrorPaced(1, TimeSpan.FromMinutes(30), "one checkpoint in 6"),
        new PruneIntended(1, 100, 1000, ["checkpoints/periodic-1.pth"]),
        new DiskPruned(1, ["checkpoints/periodic-1.pth"], 3, 4096),
        new CheckpointMirrored(1, "checkpoints/step-400.pt", 1024, "abc", 400, "loads"),
        new WaitChosen(1, "r1 was preempted.", "wait $0.12 expected | move $0.34 -> wait", ["move $0.34 to offer-2"]),
        new MoveDecided(1, "r1 was preempted.", "wait $0.34 expected | move $0.12 -> move to offer-2 (bid $0.22)", ["wait $0.34 expected: dear"], Samples.Offer, 0.22m, 420),
        new BidRaiseIntended(1, "r1", 0.2m, 0.22m, "raise $0.12 -> raise the bid to $0.22", ["wait $0.34 expected: dear"]),
        new BidRaiseRefused(1, "r1", Problem),
        new NewerFound(1, 520, 480, "/attempts/1"),
        new FenceWritten(1),
        new StallNoticed(1, TimeSpan.FromMinutes(11), StallCause.Unreachable),
        new StallOver(1),
        new EndIntended(1, EndReason.BudgetReached),
        new JobEnded(1, EndReason.Cancelled, null, "it did not run") { Untold = true },
        new BundlePulled(1, "m1", 2, 100),
        new VerificationFailed(1, [Finding]),
        new ReceiptIssued(1, "receipt-1", "m1", 2, 100, 1, ["notes.bin"], [Finding], "/receipt.json"),
        new MachineRechecked(1, "m1"),
        new StopIntended(1, "no answer"),
        new StopTaken(1),
        new RentalStopped(1, Samples.T0),
        new StartIntended(1, "to fetch"),
        new BringHomeRequested("anna", OverProxy: true),
        new DrillRequested("anna"),
        new CancelRequested("anna"),
        new BudgetReached(1, 1.25m, 0.5m),
        new BudgetSet(4.5m, "anna"),
        new Approved(1, ApprovalKind.Person, "r1", "receipt-1", "anna", ["notes.bin"]),
        new DestroyIntended(1, "r1", Samples.T0),
        new DestroyConfirmed(1, "r1", new Charges("r1", 1, 2, 3, 4), Samples.T0),
        new Noted("something"),
        new JobClosed(JobOutcome.Failed, Problem),
    ];

    private static IEnumerable<Type> Kinds => typeof(JobEvent).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(JobEvent)) && !t.IsAbstract);

    [Fact]
    public void Every_event_comes_back_from_the_journal_as_it_went_in()
    {
        foreach (var happened in OneOfEach)
        {
            var written = JsonSerializer.Serialize(new JournalEntry(7, Samples.T0, happened));
            var read = JsonSerializer.Deserialize<JournalEntry>(written)!;
            read.Event.ShouldBeOfType(happened.GetType());
            JsonSerializer.Serialize(read).ShouldBe(written);
        }

        OneOfEach.Select(e => e.GetType()).ShouldBe(Kinds, ignoreOrder: true, "a kind of event has no sample in this test");
    }

    [Fact]
    public void Every_event_has_a_name_of_its_own_in_the_journal()
    {
        var named = typeof(JobEvent).GetCustomAttributes<JsonDerivedTypeAttribute>().ToList();
        named.Select(a => a.DerivedType).ShouldBe(Kinds, ignoreOrder: true, "a kind of event could not be written to the journal");
        named.Select(a => a.TypeDiscriminator).ShouldBeUnique();
        named.ShouldAllBe(a => a.TypeDiscriminator is string);
    }

    [Fact]
    public void A_Lodger_that_cannot_take_a_rental_over_cannot_take_its_journal_for_one_that_it_has_to_rent_for()
    {
        var written = JsonSerializer.Serialize<JobEvent>(Samples.Adopted(new AdoptedRental("r1", "by hand", ["/workspace/out"])));
        written.ShouldContain("\"kind\":\"rental-adopted\"");
        var read = JsonSerializer.Deserialize<JobEvent>(written).ShouldBeOfType<RentalAdopted>();
        read.Adopts!.Paths.ShouldBe(["/workspace/out"]);
        JobState.Replay("a", [new JournalEntry(1, Samples.T0, read)]).Current!.RentalId.ShouldBe("r1");
    }

    [Fact]
    public void An_event_that_this_version_does_not_know_is_refused_rather_than_skipped() =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<JobEvent>("""{"kind":"rental-teleported","Attempt":1}"""));
}
