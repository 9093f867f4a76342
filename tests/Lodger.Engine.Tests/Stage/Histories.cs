using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Tests.Shared;

namespace Lodger.Engine.Tests.Stage;

/// <summary>How far a <see cref="PlayedJob"/> has come.</summary>
internal static class Histories
{
    /// <summary>Its command runs on <c>r1</c>.</summary>
    public static IReadOnlyList<JobEvent> Running { get; } = [.. Sent(1), new JobStarted(1)];

    /// <summary>Proven and agreed to, and looked at just now: <c>r1</c> may go.</summary>
    public static IReadOnlyList<JobEvent> Approved { get; } =
    [
        .. Running,
        new JobEnded(1, EndReason.Exited, 0, ""),
        new BundlePulled(1, "m1", 2, 100),
        new ReceiptIssued(1, "receipt-1", "m1", 2, 100, 2, [], [], "/nonexistent/receipt.json"),
        new Approved(1, ApprovalKind.Person, "r1", "receipt-1", "anna", []),
        new MachineRechecked(1, "m1"),
    ];

    /// <summary>The work has left <c>r1</c>, and <c>r2</c> runs without it yet.</summary>
    public static IReadOnlyList<JobEvent> Moved { get; } =
        [.. Running, new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"), new MoveDecided(1, "outbid", "rent", [], SampleOffer.OnDemand, null, null), .. Rented(2)];

    public static IReadOnlyList<JobEvent> Rented(int attempt) =>
    [
        new RentIntended(attempt, "offer-1", JobState.LabelFor(PlayedJob.Id, attempt)),
        new Rented(attempt, $"r{attempt}", Adopted: false),
        new RentalChanged(attempt, $"r{attempt}", RentalStatus.Running, "running"),
    ];

    public static IReadOnlyList<JobEvent> Sent(int attempt) =>
        [.. Rented(attempt), new BoxReached(attempt, "127.0.0.1", 1, Proxy: false), new RoundTripProved(attempt, "abc", 1024), new PayloadIntended(attempt), new PayloadDelivered(attempt, 3, 4096)];

    /// <summary>As the platform shows the rental of an attempt.</summary>
    public static Rental Shown(int attempt) => SampleRental.ByHand with { Id = $"r{attempt}", Label = JobState.LabelFor(PlayedJob.Id, attempt) };
}
