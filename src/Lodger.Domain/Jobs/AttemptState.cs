using Lodger.Domain.Cadence;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Jobs;

/// <summary>A receipt as the journal knows it.</summary>
public sealed record ReceiptFact(
    string ReceiptId, string ManifestSha256, int Files, long Bytes, int Loaded, IReadOnlyList<string> HashOnly, IReadOnlyList<FileFinding> Warnings, string Path, DateTimeOffset At);

public sealed record ApprovalFact(ApprovalKind Ground, string RentalId, string? ReceiptId, string By, IReadOnlyList<string> Names, DateTimeOffset At);

/// <summary>One rental's go at a job, folded from the journal.</summary>
public sealed record AttemptState
{
    /// <summary>After so many receipts that were void at the last look, files on the machine keep changing and a person is needed.</summary>
    public const int MaxReopened = 3;

    public required int Number { get; init; }

    public required string OfferId { get; init; }

    public required string Label { get; init; }

    /// <summary>With its prices; null: the one that the submission named.</summary>
    public Offer? Offer { get; init; }

    /// <summary>Null: on-demand.</summary>
    public decimal? BidUsdPerHour { get; init; }

    public DateTimeOffset? RaiseIntendedAt { get; init; }

    /// <summary>How often its bid was raised since it last ran.</summary>
    public int Raises { get; init; }

    /// <summary>The platform raises no bid of this rental.</summary>
    public bool RaiseRefused { get; init; }

    public required DateTimeOffset RentIntendedAt { get; init; }

    /// <summary>When the answer to the rent was given up: whatever was made was made before.</summary>
    public DateTimeOffset? RentUnclearAt { get; init; }

    public string? RentalId { get; init; }

    public DateTimeOffset? RentedAt { get; init; }

    /// <summary>Made by somebody else, it carries our label and our key.</summary>
    public bool Taken => TakenAt is not null;

    public DateTimeOffset? TakenAt { get; init; }

    /// <summary>It was taken over and let go again: it bills whoever made it, and is nothing of ours.</summary>
    public RentalReleased? Released { get; init; }

    /// <summary>The platform said that nothing was rented; final.</summary>
    public Problem? RentRefusal { get; init; }

    public Problem? GivenUp { get; init; }

    public DateTimeOffset? GivenUpAt { get; init; }

    public bool Vanished { get; init; }

    public DateTimeOffset? VanishedAt { get; init; }

    public RentalStatus? LastStatus { get; init; }

    public string LastEvidence { get; init; } = "";

    public DateTimeOffset? LastStatusAt { get; init; }

    /// <summary>That it is waited for in that status, and why, stands in the journal.</summary>
    public bool WaitSaid { get; init; }

    public DateTimeOffset? RunningSeenAt { get; init; }

    /// <summary>Since when it is seen running without a break; an unreadable status is no break. Null while it does not run.</summary>
    public DateTimeOffset? RunningSince { get; init; }

    /// <summary>The same, but a host that was out of reach or a bid that was lost meanwhile is no break either: it came back by itself, nobody started anything.</summary>
    public DateTimeOffset? UpSince { get; init; }

    public bool Reached { get; init; }

    public bool RoundTripped { get; init; }

    /// <summary>False proves that the rental holds nothing of ours.</summary>
    public bool PayloadIntended { get; init; }

    public DateTimeOffset? PayloadIntendedAt { get; init; }

    public DateTimeOffset? PayloadDeliveredAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Starts of the container that were seen, as the machine counts them.</summary>
    public int ContainerStarts { get; init; }

    /// <summary>How far the command was when its last restart was seen, until its first progress afterwards is.</summary>
    public RunRestarted? Restart { get; init; }

    /// <summary>Restarts of the container in a row that no stop of the rental explains and between which the command got no further.</summary>
    public int FruitlessStarts { get; init; }

    /// <summary><see cref="Preemptions"/> when the last restart was seen.</summary>
    public int PreemptionsAtRestart { get; init; }

    /// <summary>The work went on elsewhere; what is left to do is to bring home what this rental holds and to tear it down.</summary>
    public MoveDecided? Move { get; init; }

    public DateTimeOffset? MovedAt { get; init; }

    /// <summary>Its host was offline when the work was moved away: that host failed, also when it is back since.</summary>
    public bool LeftOffline { get; init; }

    public bool Fenced { get; init; }

    /// <summary>Its stop, if it was stopped, was for the budget; false again once it was told to start.</summary>
    public bool HeldForBudget { get; init; }

    /// <summary>What is wrong with the command that runs; null: nothing that was noticed.</summary>
    public StallNoticed? Stall { get; init; }

    public DateTimeOffset? StallAt { get; init; }

    public EndReason? EndIntended { get; init; }

    public DateTimeOffset? EndFirstIntendedAt { get; init; }

    /// <summary>When the machine was last told to end the command; null when it was not since the last start.</summary>
    public DateTimeOffset? EndIntendedAt { get; init; }

    public JobEnded? Ended { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public BundlePulled? Pulled { get; init; }

    public VerificationFailed? Failure { get; init; }

    public DateTimeOffset? FailureAt { get; init; }

    /// <summary>Valid for exactly the manifest it names; dropped when the machine turns out to hold something else.</summary>
    public ReceiptFact? Receipt { get; init; }

    /// <summary>What the machine held when it was last asked, and when.</summary>
    public (string ManifestSha256, DateTimeOffset At)? Recheck { get; init; }

    /// <summary>How often a receipt was dropped because the machine held something else, since a person last asked for anything.</summary>
    public int Reopened { get; init; }

    public DateTimeOffset? StopIntendedAt { get; init; }

    /// <summary>The first asking for a stop that has not come about yet: repeated ones say nothing about what a look since then shows.</summary>
    public DateTimeOffset? StopFirstAskedAt { get; init; }

    /// <summary>An asking that is older than this has nothing to do with the next one.</summary>
    public static TimeSpan AskedLately { get; } = TimeSpan.FromMinutes(10);

    /// <summary>How often in a row a stop was asked for that has not come about, whether the platform took it or refused.</summary>
    public int StopsAsked { get; init; }

    /// <summary>The platform said yes to it.</summary>
    public bool StopTaken { get; init; }

    public DateTimeOffset? StoppedAt { get; init; }

    /// <summary>The platform's start date when our stop was confirmed.</summary>
    public DateTimeOffset? StartDateWhenStopped { get; init; }

    public DateTimeOffset? StartIntendedAt { get; init; }

    /// <summary>Starts since a person last asked for anything.</summary>
    public int Starts { get; init; }

    public ApprovalFact? Approval { get; init; }

    public DateTimeOffset? DestroyIntendedAt { get; init; }

    /// <summary>How often in a row the destroy was asked for.</summary>
    public int DestroysAsked { get; init; }

    public DateTimeOffset? DestroyedAt { get; init; }

    /// <summary>The platform's time when the destroy was last asked for; null: it was not, or the time is unknown.</summary>
    public DateTimeOffset? DestroyAskedMarketAt { get; init; }

    /// <summary>What was charged for it when it was gone; null: it is not, or the platform had not said yet.</summary>
    public Charges? FinalCharges { get; init; }

    /// <summary>Lodger's own reckoning of what this rental cost; null: nothing was seen of it yet.</summary>
    public Meter? Meter { get; init; }

    /// <summary>Further rentals that carry this attempt's label; none ever held anything.</summary>
    public IReadOnlyList<StrayState> Strays { get; init; } = [];

    /// <summary>How often it stopped running although the job was not over.</summary>
    public int Preemptions { get; init; }

    /// <summary>Lengths of the runs that ended although the job was not over, oldest first; the newest <see cref="PreemptionHistory.Kept"/>.</summary>
    public IReadOnlyList<TimeSpan> PreemptedRuns { get; init; } = [];

    /// <summary>Since when it is paused by a preemption and nobody of ours told it to stop or to start; null: it is not.</summary>
    public DateTimeOffset? PausedSince { get; init; }

    /// <summary>Lengths of the pauses that ended by the machine's own return, oldest first; the newest <see cref="PreemptionHistory.Kept"/>.</summary>
    public IReadOnlyList<TimeSpan> Pauses { get; init; } = [];

    /// <summary>A pause that was given up for another machine, or that goes on.</summary>
    public TimeSpan? PauseWithoutReturn(DateTimeOffset now) => PausedSince is { } since && (MovedAt ?? now) is var until && until > since ? until - since : null;

    /// <summary>What the job was told last about its checkpoints here; null: nothing.</summary>
    public CadenceTold? Cadence { get; init; }

    public DateTimeOffset? CadenceToldAt { get; init; }

    public MirrorPaced? MirrorPace { get; init; }

    public DiskPruned? LastPrune { get; init; }

    /// <summary>When the newest copy of a checkpoint was taken off this machine.</summary>
    public DateTimeOffset? MirroredAt { get; init; }

    /// <summary>Time seen running, up to the last time it was seen to stop.</summary>
    public TimeSpan RanBefore { get; init; }

    /// <summary>Whether it was said how the command went on, since it last started.</summary>
    public bool ResumeSaid { get; init; }

    /// <summary>Step of the checkpoint from which this machine first went on; null: none, or it does not say.</summary>
    public long? WentOnFromStep { get; init; }

    /// <summary>The furthest step that was seen here before a restart or a move; null: unknown.</summary>
    public long? StepReached { get; init; }

    /// <summary>Time seen running so far.</summary>
    public TimeSpan RanFor(DateTimeOffset now) => RanBefore + (RunningSince is { } since && now > since ? now - since : TimeSpan.Zero);

    /// <summary>Its command is over here: it ended, or goes on elsewhere.</summary>
    public bool IsOver => Ended is not null || Move is not null;

    public DateTimeOffset? OverAt => EndedAt ?? MovedAt;

    /// <summary>A person gave up what is only on this very rental.</summary>
    public bool IsAbandoned => Approval is { Ground: ApprovalKind.DataAbandoned } yes && yes.RentalId == RentalId;

    /// <summary>Its rentals that may exist and bill; null in it: one whose id is not known, because its answer has not come or got lost.</summary>
    public IEnumerable<string?> MayExist =>
        (RentRefusal is null && DestroyedAt is null && !Vanished && Released is null ? (string?[])[RentalId] : []).Concat(Strays.Where(s => s.DestroyedAt is null).Select(s => s.RentalId));

    /// <summary>True while a rental of this attempt may exist and bill.</summary>
    public bool MayBill => MayExist.Any();
}

public sealed record StrayState(string RentalId, DateTimeOffset? DestroyIntendedAt, DateTimeOffset? DestroyedAt)
{
    /// <summary>How often in a row the destroy was asked for.</summary>
    public int DestroysAsked { get; init; }

    public DateTimeOffset? DestroyAskedMarketAt { get; init; }

    public Meter? Meter { get; init; }

    /// <summary>What was charged for it when it was gone; null: it is not, or the platform had not said yet.</summary>
    public Charges? FinalCharges { get; init; }
}
