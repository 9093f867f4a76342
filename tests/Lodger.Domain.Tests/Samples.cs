using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Profile;
using Lodger.Domain.Spec;
using Lodger.Tests.Shared;

namespace Lodger.Domain.Tests;

/// <summary>The plain case of everything; tests change what they are about.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset T0 = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public static JobSpec Spec { get; } = new()
    {
        Name = "digits",
        Image = "pytorch/pytorch:latest",
        Gpu = new GpuRequest(["RTX 4090"], 1, 24),
        DiskGb = 20,
        Run = "python train.py",
        Results = ["model.safetensors"],
    };

    public static Offer Offer => SampleOffer.OnDemand;

    public static Rental Rental { get; } = SampleRental.ByHand with { Label = "lodger/digits.k3f9qa/1", UploadUsdPerGb = 0.02m, DirectSsh = new Endpoint("127.0.0.1", 33_526), StartedAt = T0.AddMinutes(2) };

    /// <param name="listSpacing">Null: a second.</param>
    public static PlatformProfile Profile(TimeSpan? listSpacing = null, int listPageRentals = 25) => new()
    {
        Name = "test",
        MeterStopVerb = "destroy",
        MeterStopIrreversible = true,
        SpotGrace = TimeSpan.Zero,
        MinDiskGb = 10,
        MaxPorts = 64,
        OnstartMaxChars = 4048,
        BootWindow = TimeSpan.FromMinutes(5),
        SchedulingWindow = TimeSpan.FromSeconds(30),
        ProxyTransferMaxBytes = 1_000_000_000,
        DataKeptAfterContractEnd = TimeSpan.FromHours(48),
        DestroySettles = TimeSpan.FromMinutes(5),
        ListPageRentals = listPageRentals,
        ListSpacing = listSpacing ?? TimeSpan.FromSeconds(1),
        Overrides = new ScriptOverrides { DataDir = "/workspace", DurableDir = "off-box", ProxyHook = "", CredFile = "", Scratch = [], HfHome = "/workspace/hf", Detach = "/root/onstart.sh" },
        Storage = [],
        DangerClocks = [],
        Risks = [],
        Facts = new Dictionary<string, Fact>(StringComparer.Ordinal),
    };

    public static JobSubmitted Submitted(JobSpec? spec = null) =>
        new(spec ?? Spec, "local marketplace", "local", Offer, 0.5m, "/home/anna/digits-results", "anna");

    /// <summary>A job with this history, one event a second.</summary>
    public static JobState Job(params JobEvent[] events) => Job(Spec, events);

    public static JobState Job(JobSpec spec, params JobEvent[] events) => JobState.Replay(
        "digits.k3f9qa",
        [.. events.Prepend(Submitted(spec)).Select((e, i) => new JournalEntry(i + 1, T0.AddSeconds(i), e))]);

    /// <summary>A rental that somebody else made.</summary>
    public static RentalAdopted Adopted(AdoptedRental rental, JobSpec? spec = null)
    {
        var s = Submitted(spec);
        return new(s.Spec, s.Market, s.Account, s.Offer, s.ExpectedUsd, s.ResultsDirectory, s.ApprovedBy, rental);
    }

    public static JobState JobOf(JobSubmitted submitted, params JobEvent[] events) => JobState.Replay(
        "digits.k3f9qa",
        [.. events.Prepend(submitted).Select((e, i) => new JournalEntry(i + 1, T0.AddSeconds(i), e))]);

    public static JobState After(this JobState job, TimeSpan later, params JobEvent[] events) =>
        events.Aggregate(job, (state, e) => state.Apply(new JournalEntry(state.LastSequence + 1, T0 + later, e)));

    /// <summary>Rented, booted, reached, sent, started.</summary>
    public static JobEvent[] Running { get; } =
    [
        new RentIntended(1, "offer-1", "lodger/digits.k3f9qa/1"),
        new Rented(1, "r1", Adopted: false),
        new RentalChanged(1, "r1", RentalStatus.Running, "running"),
        new BoxReached(1, "127.0.0.1", 33_526, Proxy: false),
        new RoundTripProved(1, "abc", 1024),
        new PayloadIntended(1),
        new PayloadDelivered(1, 3, 4096),
        new JobStarted(1),
    ];

    public static ReceiptIssued Receipt(string id = "receipt-1", string manifest = "m1", params string[] hashOnly) =>
        new(1, id, manifest, 2, 100, 2 - hashOnly.Length, hashOnly, [], "/home/anna/digits-results/receipt.json");

    public static JobEvent[] Finished { get; } =
        [.. Running, new JobEnded(1, EndReason.Exited, 0, ""), new BundlePulled(1, "m1", 2, 100), Receipt()];

    public static Approved Yes(string receiptId = "receipt-1", string rentalId = "r1", params string[] names) =>
        new(1, ApprovalKind.Person, rentalId, receiptId, "anna", names);
}
