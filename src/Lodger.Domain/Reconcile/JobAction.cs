using Lodger.Domain.Jobs;
using Lodger.Domain.Market;

namespace Lodger.Domain.Reconcile;

/// <summary>What the engine is to do next for a job. Each paid or irreversible one is journaled as an intent before it is tried.</summary>
public abstract record JobAction;

/// <summary>Append this event; nothing else.</summary>
public sealed record Record(JobEvent Event) : JobAction;

/// <summary>Nothing to do before <paramref name="For"/> has passed or something new is seen.</summary>
/// <param name="Why">For people: what is waited for.</param>
public sealed record Wait(TimeSpan For, string Why) : JobAction;

/// <param name="Offer">Null: the one that the submission named.</param>
/// <param name="BidUsdPerHour">Null: on-demand.</param>
/// <param name="Choice">Why this way, with its price; null: it stands in the journal already.</param>
/// <param name="Alternatives">What the other ways would have cost.</param>
/// <param name="FromList">It was chosen just now from <see cref="Observation.Offers"/>; false: it was chosen before.</param>
public sealed record Rent(
    int Attempt, string OfferId, string Label, Offer? Offer = null, decimal? BidUsdPerHour = null, string? Choice = null, IReadOnlyList<string>? Alternatives = null, bool FromList = false) : JobAction;

/// <summary>Give a rental that somebody else made our label and our key. Repeatable.</summary>
public sealed record TakeOver(int Attempt, string RentalId, string Label) : JobAction;

/// <summary>Ask the platform once more whose a rental is that was taken over and is shown with another label: it is let go when it has one.</summary>
public sealed record AskWhose(int Attempt, string RentalId) : JobAction;

/// <summary>Ask the market what could be rented instead.</summary>
public sealed record LookForOffers(int Attempt) : JobAction;

public sealed record Reach(int Attempt) : JobAction;

public sealed record ProveRoundTrip(int Attempt) : JobAction;

public sealed record SendPayload(int Attempt) : JobAction;

public sealed record ReadReport(int Attempt) : JobAction;

/// <summary>End the command on the machine, for this reason.</summary>
public sealed record EndJob(int Attempt, EndReason Reason) : JobAction;

/// <summary>Manifest on the machine, pull, verify, receipt.</summary>
public sealed record BringHome(int Attempt) : JobAction;

/// <summary>Make room on the machine's disk before a checkpoint fills it.</summary>
public sealed record PruneDisk(int Attempt, long FreeBytes, long WantedBytes) : JobAction;

/// <summary>Tell the job how often to write a checkpoint from now on.</summary>
public sealed record TellCadence(int Attempt, CadenceTold Cadence) : JobAction;

/// <summary>Copy the checkpoints that were completed since the last look off the machine.</summary>
public sealed record MirrorCheckpoints(int Attempt) : JobAction;

/// <summary>Through the host's own ssh, because the rental is stopped: what it holds, compared by checksum on both sides, verified, receipt.</summary>
public sealed record BringHomeFromHost(int Attempt, string RentalId) : JobAction;

/// <summary>Through the host's own ssh: does the stopped rental still hold exactly what the receipt says?</summary>
public sealed record RecheckFromHost(int Attempt, string RentalId) : JobAction;

/// <summary>Through the host's own ssh: should the rental come back by itself, it must start nothing.</summary>
public sealed record WriteFence(int Attempt, string RentalId) : JobAction;

/// <summary>Ask the machine again what it holds.</summary>
public sealed record RecheckMachine(int Attempt) : JobAction;

/// <summary>Wins a paused rental's machine back with a higher bid.</summary>
/// <param name="Choice">Why this way, with its price.</param>
/// <param name="Alternatives">What the other ways would have cost.</param>
public sealed record RaiseBid(int Attempt, string RentalId, decimal FromUsdPerHour, decimal ToUsdPerHour, string Choice, IReadOnlyList<string> Alternatives) : JobAction;

public sealed record StopRental(int Attempt, string RentalId, string Reason) : JobAction;

public sealed record StartRental(int Attempt, string RentalId, string Reason) : JobAction;

/// <summary>Irreversible. Only ever decided when the teardown gate is open.</summary>
public sealed record DestroyRental(int Attempt, string RentalId) : JobAction;

/// <summary>The platform shows the rental no more: fetch the final charges and record it.</summary>
public sealed record ConfirmDestroyed(int Attempt, string RentalId) : JobAction;
