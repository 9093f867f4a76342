using System.Text.Json.Serialization;
using Lodger.Domain.Doctor;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Jobs;

/// <summary>How a job ended.</summary>
public enum JobOutcome
{
    /// <summary>The command exited 0 and everything is home and verified.</summary>
    Succeeded,

    /// <summary>The command failed.</summary>
    Failed,

    /// <summary>No usable rental could be had.</summary>
    NotRun,

    /// <summary>It ran, and its rental was lost before everything was home, or no further one could be had.</summary>
    Unfinished,

    /// <summary>A person ended it, perhaps because its budget was reached.</summary>
    Cancelled,
}

/// <summary>Why the job's command is over.</summary>
public enum EndReason
{
    Exited,

    /// <summary>A check on the machine failed before the command started.</summary>
    Refused,

    Cancelled,
    BudgetReached,
    Stalled,

    /// <summary>The container came up again and again and the command never got further.</summary>
    CrashLoop,

    /// <summary>The rental was taken over: no command of it is Lodger's, and what a person named is saved as it is.</summary>
    Adopted,
}

/// <summary>What ended a command that failed, as far as the machine shows it.</summary>
public enum EndCause
{
    /// <summary>The command itself, by its exit status.</summary>
    Command,

    /// <summary>The kernel killed it for want of memory: the container's cgroup counted it.</summary>
    OutOfMemory,

    DiskFull,
}

/// <summary>How a command that runs, for all that is known, shows no life.</summary>
public enum StallCause
{
    /// <summary>Its log and progress stand still, and no GPU works.</summary>
    NoProgress,

    /// <summary>The lodge script gives no sign of life.</summary>
    ScriptSilent,

    /// <summary>The machine cannot be spoken to: it may be at work, and it bills.</summary>
    Unreachable,
}

/// <summary>Who said yes to a destroy, and on what ground.</summary>
public enum ApprovalKind
{
    /// <summary>A person, for this rental and this receipt.</summary>
    Person,

    /// <summary><c>teardown: when-verified</c>, given at submission; needs a receipt without hash-only files.</summary>
    Standing,

    /// <summary>The rental never held anything: the submission's own yes is enough.</summary>
    NothingDelivered,

    /// <summary>A person gave up named data and typed the rental's id.</summary>
    DataAbandoned,
}

/// <summary>A file that the verification named, and what is wrong with it.</summary>
public sealed record FileFinding(string Path, string Verdict, string Message);

/// <summary>
/// Something that happened to a job. The journal of these, in order, is the one source of truth; <see cref="JobState"/> is a fold over it.
/// Irreversible and paid acts appear first as an intent (<c>...Intended</c>), before they are tried. No event holds a secret.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(JobSubmitted), "job-submitted")]
[JsonDerivedType(typeof(RentalAdopted), "rental-adopted")]
[JsonDerivedType(typeof(RentIntended), "rent-intended")]
[JsonDerivedType(typeof(RentRefused), "rent-refused")]
[JsonDerivedType(typeof(RentUnclear), "rent-unclear")]
[JsonDerivedType(typeof(Rented), "rented")]
[JsonDerivedType(typeof(RentalTaken), "rental-taken")]
[JsonDerivedType(typeof(RentalReleased), "rental-released")]
[JsonDerivedType(typeof(StrayFound), "stray-found")]
[JsonDerivedType(typeof(RentalChanged), "rental-changed")]
[JsonDerivedType(typeof(MeterRead), "meter-read")]
[JsonDerivedType(typeof(RentalVanished), "rental-vanished")]
[JsonDerivedType(typeof(AttemptGivenUp), "attempt-given-up")]
[JsonDerivedType(typeof(BoxReached), "box-reached")]
[JsonDerivedType(typeof(RoundTripProved), "round-trip-proved")]
[JsonDerivedType(typeof(PayloadIntended), "payload-intended")]
[JsonDerivedType(typeof(PayloadDelivered), "payload-delivered")]
[JsonDerivedType(typeof(JobStarted), "job-started")]
[JsonDerivedType(typeof(RunRestarted), "run-restarted")]
[JsonDerivedType(typeof(ResumeSeen), "resume-seen")]
[JsonDerivedType(typeof(CadenceTold), "cadence-told")]
[JsonDerivedType(typeof(MirrorPaced), "mirror-paced")]
[JsonDerivedType(typeof(PruneIntended), "prune-intended")]
[JsonDerivedType(typeof(DiskPruned), "disk-pruned")]
[JsonDerivedType(typeof(CheckpointMirrored), "checkpoint-mirrored")]
[JsonDerivedType(typeof(WaitChosen), "wait-chosen")]
[JsonDerivedType(typeof(MoveDecided), "move-decided")]
[JsonDerivedType(typeof(FenceWritten), "fence-written")]
[JsonDerivedType(typeof(StallNoticed), "stall-noticed")]
[JsonDerivedType(typeof(StallOver), "stall-over")]
[JsonDerivedType(typeof(EndIntended), "end-intended")]
[JsonDerivedType(typeof(JobEnded), "job-ended")]
[JsonDerivedType(typeof(BundlePulled), "bundle-pulled")]
[JsonDerivedType(typeof(VerificationFailed), "verification-failed")]
[JsonDerivedType(typeof(ReceiptIssued), "receipt-issued")]
[JsonDerivedType(typeof(MachineRechecked), "machine-rechecked")]
[JsonDerivedType(typeof(NewerFound), "newer-found")]
[JsonDerivedType(typeof(BidRaiseIntended), "bid-raise-intended")]
[JsonDerivedType(typeof(BidRaiseRefused), "bid-raise-refused")]
[JsonDerivedType(typeof(StopIntended), "stop-intended")]
[JsonDerivedType(typeof(StopTaken), "stop-taken")]
[JsonDerivedType(typeof(RentalStopped), "rental-stopped")]
[JsonDerivedType(typeof(StartIntended), "start-intended")]
[JsonDerivedType(typeof(BringHomeRequested), "bring-home-requested")]
[JsonDerivedType(typeof(DrillRequested), "drill-requested")]
[JsonDerivedType(typeof(CancelRequested), "cancel-requested")]
[JsonDerivedType(typeof(BudgetReached), "budget-reached")]
[JsonDerivedType(typeof(BudgetSet), "budget-set")]
[JsonDerivedType(typeof(Approved), "approved")]
[JsonDerivedType(typeof(DestroyIntended), "destroy-intended")]
[JsonDerivedType(typeof(DestroyUnseen), "destroy-unseen")]
[JsonDerivedType(typeof(DestroyConfirmed), "destroy-confirmed")]
[JsonDerivedType(typeof(Noted), "noted")]
[JsonDerivedType(typeof(JobClosed), "job-closed")]
public abstract record JobEvent;

/// <summary>An event of one rental's go at the job.</summary>
public abstract record AttemptEvent(int Attempt) : JobEvent;

/// <summary>A rental that somebody else made, and whose files a person wants saved by Lodger. It is there before the job is: nothing is rented for it.</summary>
/// <param name="RentalId">The platform's.</param>
/// <param name="Label">Its label before; null: none.</param>
/// <param name="Paths">What has to be saved: absolute on the machine, without symbolic links, none inside another.</param>
public sealed record AdoptedRental(string RentalId, string? Label, IReadOnlyList<string> Paths);

/// <param name="Spec">Validated; names its secrets, never their values.</param>
/// <param name="Market">For people.</param>
/// <param name="Account">Which configured account or market this runs on.</param>
/// <param name="Offer">The offer that the user said yes to, with its prices at that moment.</param>
/// <param name="ExpectedUsd">What the plan said that it would cost.</param>
/// <param name="ResultsDirectory">Absolute; where the bundle goes.</param>
/// <param name="ApprovedBy">Who said yes to paying for it.</param>
/// <param name="BidUsdPerHour">What is bid for that offer; null: on-demand.</param>
/// <param name="Accepted">What the doctor found before the rent and that person accepted; null: nothing that kept it from being rented for.</param>
/// <param name="Choice">Why this offer and this way of renting, with its price; null: a person's own choice.</param>
/// <param name="Alternatives">What the other ways, or offers, would have cost; null: as above.</param>
/// <param name="OverProxy">Agreed to beforehand: also through the slow proxy, both ways, however much it is.</param>
/// <param name="Project">Whose it is; null: <see cref="Projects.Default"/>.</param>
/// <param name="OverNetwork">Not by the server's user: it gets none of their secrets, at no time.</param>
/// <param name="KeySha256">Of the submission's key, lower-case hex: said again with the same one, it makes no second job. Null: it had none.</param>
public record JobSubmitted(
    JobSpec Spec, string Market, string Account, Offer Offer, decimal ExpectedUsd, string ResultsDirectory, string ApprovedBy, decimal? BidUsdPerHour = null,
    IReadOnlyList<AcceptedFinding>? Accepted = null, string? Choice = null, IReadOnlyList<string>? Alternatives = null, bool OverProxy = false, string? Project = null, bool OverNetwork = false, string? KeySha256 = null) : JobEvent
{
    /// <summary>The one rental of this job, made by somebody else: nothing is rented, started or stopped for it, and it is destroyed by no standing yes. Null: Lodger rents.</summary>
    [JsonIgnore]
    public AdoptedRental? Adopts => (this as RentalAdopted)?.Rental;
}

/// <summary>
/// The first event of a job that takes a rental over. It has a name of its own so that a Lodger which cannot take anything over cannot read this journal either: it would take it for a job that has to be rented for.
/// </summary>
public sealed record RentalAdopted(
    JobSpec Spec, string Market, string Account, Offer Offer, decimal ExpectedUsd, string ResultsDirectory, string ApprovedBy, AdoptedRental Rental, decimal? BidUsdPerHour = null,
    bool OverProxy = false, bool OverNetwork = false, string? KeySha256 = null)
    : JobSubmitted(Spec, Market, Account, Offer, ExpectedUsd, ResultsDirectory, ApprovedBy, BidUsdPerHour, OverProxy: OverProxy, OverNetwork: OverNetwork, KeySha256: KeySha256);

/// <param name="Offer">Null: the one that the submission named.</param>
/// <param name="BidUsdPerHour">Null: on-demand.</param>
/// <param name="Choice">Why this way, with its price; null: it was chosen before, and stands in the journal there.</param>
/// <param name="Alternatives">What the other ways would have cost; null: as above.</param>
public sealed record RentIntended(
    int Attempt, string OfferId, string Label, Offer? Offer = null, decimal? BidUsdPerHour = null, string? Choice = null, IReadOnlyList<string>? Alternatives = null) : AttemptEvent(Attempt);

/// <summary>The platform said clearly that there is no rental.</summary>
public sealed record RentRefused(int Attempt, Problem Problem) : AttemptEvent(Attempt);

/// <summary>The answer was lost: there may be a rental. Look for the label.</summary>
public sealed record RentUnclear(int Attempt, Problem Problem) : AttemptEvent(Attempt);

/// <param name="Adopted">True when it was found again by its label after its answer had been lost.</param>
public sealed record Rented(int Attempt, string RentalId, bool Adopted) : AttemptEvent(Attempt);

/// <summary>A rental that somebody else made carries our label and our key from now on. The submission named it, and is the intent.</summary>
/// <param name="LabelBefore">Null: none.</param>
public sealed record RentalTaken(int Attempt, string RentalId, string Label, string? LabelBefore) : AttemptEvent(Attempt);

/// <summary>A rental that was taken over is nobody's of ours any more: nothing on it was touched, and it goes on billing.</summary>
/// <param name="By">Who let it go; null: Lodger, because it had become another's.</param>
/// <param name="Why">Of the job's end.</param>
/// <param name="MarketAt">The platform's time of it, null: unknown. What it bills afterwards is not this job's.</param>
public sealed record RentalReleased(int Attempt, string RentalId, string? By, Problem Why, DateTimeOffset? MarketAt) : AttemptEvent(Attempt);

/// <summary>A second rental with an attempt's label: made by a lost answer. It never held anything of ours.</summary>
public sealed record StrayFound(int Attempt, string RentalId) : AttemptEvent(Attempt);

/// <summary>The platform shows another status than before; with its evidence.</summary>
/// <param name="Pushed">The word of the push that made the sweep look sooner than at its turn (<c>outbid</c>); null: seen at its turn.</param>
public sealed record RentalChanged(int Attempt, string RentalId, RentalStatus Status, string Evidence, string? Pushed = null) : AttemptEvent(Attempt);

/// <summary>A rental bills something else than before, or for something else. All times are the platform's.</summary>
/// <param name="At">From then on.</param>
/// <param name="Before">Until then it was seen as before; null: not seen in between.</param>
/// <param name="UploadedBytes">In all so far; null: the platform does not say.</param>
/// <param name="MadeAt">With the first reading of a rental: since when its disk bills.</param>
public sealed record MeterRead(
    int Attempt, string RentalId, DateTimeOffset At, DateTimeOffset? Before, Rates Rates, GpuUse Use, long? UploadedBytes, long? DownloadedBytes, DateTimeOffset? MadeAt = null) : AttemptEvent(Attempt);

/// <summary>The platform says that a rental does not exist that we did not destroy.</summary>
/// <param name="MarketAt">The platform's time then; null: unknown.</param>
public sealed record RentalVanished(int Attempt, string RentalId, DateTimeOffset? MarketAt = null) : AttemptEvent(Attempt);

/// <summary>This rental will not do the job; why.</summary>
public sealed record AttemptGivenUp(int Attempt, Problem Problem) : AttemptEvent(Attempt);

public sealed record BoxReached(int Attempt, string Host, int Port, bool Proxy) : AttemptEvent(Attempt);

public sealed record RoundTripProved(int Attempt, string Sha256, int Bytes) : AttemptEvent(Attempt);

/// <summary>From here on the rental may hold something of ours: destroying it needs a receipt.</summary>
public sealed record PayloadIntended(int Attempt) : AttemptEvent(Attempt);

public sealed record PayloadDelivered(int Attempt, int Files, long Bytes) : AttemptEvent(Attempt);

public sealed record JobStarted(int Attempt) : AttemptEvent(Attempt);

/// <summary>The container started again and the lodge script started the command again.</summary>
/// <param name="Starts">Of the container, as the machine counts them.</param>
/// <param name="StepBefore">The last step that was seen before; null: unknown.</param>
public sealed record RunRestarted(int Attempt, int Starts, long? StepBefore) : AttemptEvent(Attempt);

/// <summary>The first progress after a restart, or on a new machine: whether the job went on from its checkpoint.</summary>
/// <param name="Step">Where it goes on.</param>
/// <param name="StepBefore">How far it had been when it was last seen; null: unknown.</param>
/// <param name="CheckpointStep">What the newest checkpoint says; null: it does not.</param>
/// <param name="FromZero">It did not go on from the checkpoint: everything is done again.</param>
public sealed record ResumeSeen(int Attempt, long Step, long? StepBefore, long? CheckpointStep, bool FromZero) : AttemptEvent(Attempt);

/// <summary>The job was told how often to write a checkpoint.</summary>
/// <param name="Every">Working time from one write's end to the next one's start.</param>
/// <param name="Mean">Time between preemptions that it was reckoned with.</param>
/// <param name="WriteTime">Of one checkpoint, as the job measured; null: it was assumed.</param>
/// <param name="StepTime">As the job measured; null: it did not say.</param>
/// <param name="Why">The evidence, in one sentence.</param>
public sealed record CadenceTold(int Attempt, TimeSpan Every, TimeSpan Mean, TimeSpan? WriteTime, TimeSpan? StepTime, string Why) : AttemptEvent(Attempt);

/// <summary>How often checkpoints are copied off the machine from now on.</summary>
/// <param name="Spacing">From one copy to the next; zero: each one as it is found.</param>
/// <param name="Why">The evidence, in one sentence.</param>
public sealed record MirrorPaced(int Attempt, TimeSpan Spacing, string Why) : AttemptEvent(Attempt);

/// <summary>The disk is nearly full: these checkpoints may be removed from it, and their copies are the only ones from now on. Written before the machine is told.</summary>
/// <param name="FreeBytes">On the machine's disk, as it said.</param>
/// <param name="WantedBytes">So much is to be free.</param>
public sealed record PruneIntended(int Attempt, long FreeBytes, long WantedBytes, IReadOnlyList<string> Copied) : AttemptEvent(Attempt);

/// <summary>What was removed; nothing, when nothing could be.</summary>
/// <param name="Others">Unfinished files that nobody wrote any more, and cached downloads.</param>
public sealed record DiskPruned(int Attempt, IReadOnlyList<string> Checkpoints, int Others, long Bytes) : AttemptEvent(Attempt);

/// <summary>A copy of a checkpoint file is off the machine, equal to it by hash, and loads.</summary>
/// <param name="Path">Below the workdir.</param>
/// <param name="Step">As the checkpoint says; null when it does not.</param>
/// <param name="Checked">What vouches for it: <c>loads</c>, or <c>hash only</c> for a format that no verifier opens.</param>
public sealed record CheckpointMirrored(int Attempt, string Path, long Bytes, string Sha256, long? Step, string Checked) : AttemptEvent(Attempt);

/// <summary>The rental does not run, and it is waited for rather than left, until that is weighed otherwise; said once for each pause.</summary>
/// <param name="Reason">What happened to the rental, with evidence.</param>
/// <param name="Choice">Why this way, with its price.</param>
/// <param name="Alternatives">What the other ways would have cost.</param>
public sealed record WaitChosen(int Attempt, string Reason, string Choice, IReadOnlyList<string> Alternatives) : AttemptEvent(Attempt);

/// <summary>The work goes on elsewhere. This attempt's rental is stopped, fenced, rescued and torn down through the gate.</summary>
/// <param name="Reason">What happened to the rental, with evidence; or why one that runs is left.</param>
/// <param name="Choice">Why this way, with its price.</param>
/// <param name="Alternatives">What the other ways would have cost.</param>
/// <param name="Offer">Where it goes on.</param>
/// <param name="BidUsdPerHour">Null: on-demand.</param>
/// <param name="StepReached">The last step that was seen here; null: unknown.</param>
public sealed record MoveDecided(
    int Attempt, string Reason, string Choice, IReadOnlyList<string> Alternatives, Offer Offer, decimal? BidUsdPerHour, long? StepReached) : AttemptEvent(Attempt);

/// <summary>The paused rental's bid is about to be raised; from now on as much may be charged.</summary>
/// <param name="FromUsdPerHour">The bid that lost.</param>
/// <param name="Choice">Why this way, with its price.</param>
/// <param name="Alternatives">What the other ways would have cost.</param>
public sealed record BidRaiseIntended(
    int Attempt, string RentalId, decimal FromUsdPerHour, decimal ToUsdPerHour, string Choice, IReadOnlyList<string> Alternatives) : AttemptEvent(Attempt);

/// <summary>The platform does not raise it: it is not asked again for this rental.</summary>
public sealed record BidRaiseRefused(int Attempt, string RentalId, Problem Problem) : AttemptEvent(Attempt);

/// <summary>A machine that could not be reached when the work left it can be again, and holds a newer checkpoint than the one from which the work went on.</summary>
/// <param name="Step">Of its newest checkpoint.</param>
/// <param name="WentOnFromStep">Elsewhere, meanwhile.</param>
/// <param name="Directory">Where the newer one is kept here; nothing uses it.</param>
public sealed record NewerFound(int Attempt, long Step, long WentOnFromStep, string Directory) : AttemptEvent(Attempt);

/// <summary>The stopped machine carries the fence: should it come back by itself, it starts nothing.</summary>
public sealed record FenceWritten(int Attempt) : AttemptEvent(Attempt);

/// <param name="Quiet">So long nothing was seen of it.</param>
public sealed record StallNoticed(int Attempt, TimeSpan Quiet, StallCause Cause = StallCause.NoProgress) : AttemptEvent(Attempt);

/// <summary>It gets on again, or answers again.</summary>
public sealed record StallOver(int Attempt) : AttemptEvent(Attempt);

public sealed record EndIntended(int Attempt, EndReason Reason) : AttemptEvent(Attempt);

/// <param name="ExitCode">Of the command; null when it never ran.</param>
/// <param name="Detail">For a refusal, which check and what it saw; else empty.</param>
/// <param name="Cause">Of a failure.</param>
public sealed record JobEnded(int Attempt, EndReason Reason, int? ExitCode, string Detail, EndCause Cause = EndCause.Command) : AttemptEvent(Attempt)
{
    /// <summary>The machine was not told, so its script runs the command again at every start: what it holds is fetched as it lies there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Untold { get; init; }
}

/// <param name="ManifestSha256">Of the manifest's canonical text without its time.</param>
public sealed record BundlePulled(int Attempt, string ManifestSha256, int Files, long Bytes) : AttemptEvent(Attempt);

/// <summary>What came home is not what the machine holds, or does not load. The rental stays.</summary>
public sealed record VerificationFailed(int Attempt, IReadOnlyList<FileFinding> Findings) : AttemptEvent(Attempt)
{
    /// <summary>All that is wrong is that the machine has no file that fits these entries of <c>results:</c>.</summary>
    public bool IsUnmade(JobSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return Findings.Count > 0 && Findings.All(f => f.Verdict == "Missing" && spec.Results.Contains(f.Path, StringComparer.Ordinal));
    }

    /// <summary>The first files or patterns that something is wrong with, as they are named in a sentence.</summary>
    public string Names()
    {
        const int shown = 3;
        return string.Join(", ", Findings.Take(shown).Select(f => f.Path)) + (Findings.Count > shown ? $" and {Findings.Count - shown} more" : "");
    }
}

/// <param name="HashOnly">Files that no verifier opens: their destroy needs an approval that names them.</param>
/// <param name="Path">Where the receipt lies.</param>
public sealed record ReceiptIssued(
    int Attempt, string ReceiptId, string ManifestSha256, int Files, long Bytes, int Loaded, IReadOnlyList<string> HashOnly,
    IReadOnlyList<FileFinding> Warnings, string Path) : AttemptEvent(Attempt);

/// <summary>The machine was asked again for its manifest, just before an irreversible act or a stop.</summary>
/// <param name="SeenAt">The moment of which it speaks, where that is not the one at which it was written down: every file was looked at after it. Null: when it was written down.</param>
public sealed record MachineRechecked(int Attempt, string ManifestSha256, DateTimeOffset? SeenAt = null) : AttemptEvent(Attempt);

public sealed record StopIntended(int Attempt, string Reason) : AttemptEvent(Attempt);

/// <summary>The platform said yes to the stop. Of a host that is out of reach nothing more can be seen: when it is back, the stop holds.</summary>
public sealed record StopTaken(int Attempt) : AttemptEvent(Attempt);

/// <summary>Seen stopped after our own stop.</summary>
/// <param name="StartedAt">The platform's start date at that moment: another one later means that it ran again.</param>
public sealed record RentalStopped(int Attempt, DateTimeOffset? StartedAt) : AttemptEvent(Attempt);

public sealed record StartIntended(int Attempt, string Reason) : AttemptEvent(Attempt);

/// <summary>A person asked to pull and verify (again).</summary>
/// <param name="OverProxy">Also through the slow proxy, however much it is; from then on.</param>
public sealed record BringHomeRequested(string By, bool OverProxy = false) : JobEvent;

/// <summary>A person wants to see the running job stopped without notice and started again.</summary>
public sealed record DrillRequested(string By) : JobEvent;

public sealed record CancelRequested(string By) : JobEvent;

/// <summary>The job stops spending and waits for a person.</summary>
/// <param name="SpentUsd">By all of its rentals.</param>
/// <param name="ReserveUsd">Kept back to bring everything home and to keep the disks for a week.</param>
public sealed record BudgetReached(int Attempt, decimal SpentUsd, decimal ReserveUsd) : AttemptEvent(Attempt);

/// <summary>A person set another budget than the spec's; a job that waits for one goes on.</summary>
/// <param name="Usd">For the whole job, what is spent already included.</param>
public sealed record BudgetSet(decimal Usd, string By) : JobEvent;

/// <param name="RentalId">The one rental that may be destroyed.</param>
/// <param name="ReceiptId">The receipt that was shown; the yes is void for any other. Null only for <see cref="ApprovalKind.NothingDelivered"/> and abandoned data.</param>
public sealed record Approved(int Attempt, ApprovalKind Ground, string RentalId, string? ReceiptId, string By, IReadOnlyList<string> Names) : AttemptEvent(Attempt);

/// <param name="MarketAt">The platform's time then; null: unknown.</param>
public sealed record DestroyIntended(int Attempt, string RentalId, DateTimeOffset? MarketAt = null) : AttemptEvent(Attempt);

/// <summary>A rental that somebody else made is still shown, long after its destroy was asked for: what it does by now was not covered by that, and it goes through the gate once more.</summary>
public sealed record DestroyUnseen(int Attempt, string RentalId) : AttemptEvent(Attempt);

/// <param name="Charges">The platform's final figures; null when it would not say.</param>
/// <param name="MarketAt">The platform's time when it was seen gone; null: unknown.</param>
public sealed record DestroyConfirmed(int Attempt, string RentalId, Charges? Charges, DateTimeOffset? MarketAt = null) : AttemptEvent(Attempt);

/// <summary>Something a person should be able to read later; changes no state.</summary>
public sealed record Noted(string Text) : JobEvent;

/// <param name="Problem">What a person should know when it did not succeed.</param>
public sealed record JobClosed(JobOutcome Outcome, Problem? Problem) : JobEvent;

/// <summary>One line of a job's journal.</summary>
/// <param name="Sequence">From 1, without gaps.</param>
/// <param name="At">Wall time, UTC.</param>
public sealed record JournalEntry(long Sequence, DateTimeOffset At, JobEvent Event);
