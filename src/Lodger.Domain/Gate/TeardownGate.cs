using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Gate;

public enum ConditionState
{
    Met,

    /// <summary>Not yet: something still has to be done.</summary>
    Lacking,

    /// <summary>Looked at, and wrong.</summary>
    Failed,
}

/// <summary>One thing that must be true before a rental may be destroyed.</summary>
public sealed record Condition(string Id, ConditionState State, string Text);

/// <summary>The gate at one moment.</summary>
/// <param name="IsOpen">Only then may the rental be destroyed.</param>
public sealed record GateJudgement(bool IsOpen, IReadOnlyList<Condition> Conditions);

/// <summary>
/// What must be true before the irreversible act. Pure; nothing else in the house decides about a destroy.
/// Nothing is destroyed without a receipt and an approval for exactly that rental and that receipt, with two named exceptions: a rental
/// that provably never held anything, and data that a person gave up by name.
/// </summary>
public static class TeardownGate
{
    /// <summary>The condition that is met by a yes to exactly this rental and this receipt.</summary>
    public const string ApprovalCondition = "approval";

    /// <param name="rental">As the platform last showed it; null: unknown, which shuts the gate for everything that may hold data.</param>
    /// <param name="shownAt">When the platform was asked for that: it says nothing about anything later.</param>
    public static GateJudgement Judge(JobState job, AttemptState attempt, Rental? rental, DateTimeOffset shownAt, DateTimeOffset now, Waits waits)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(attempt);
        ArgumentNullException.ThrowIfNull(waits);
        if (attempt.IsAbandoned)
            return new(true, [new("abandoned", ConditionState.Met, $"{attempt.Approval!.By} gave up the data on {attempt.RentalId}")]);
        if (!attempt.PayloadIntended)
        {
            return new(
                attempt.Approval is { Ground: ApprovalKind.NothingDelivered } yes && yes.RentalId == attempt.RentalId,
                [new("nothing-delivered", ConditionState.Met, "nothing was ever sent to this rental: it holds nothing of yours")]);
        }

        Condition[] conditions = [Pulled(job, attempt), Loads(attempt), NothingNewer(job, attempt, rental, shownAt, now, waits), Yes(job, attempt)];
        return new(conditions.All(c => c.State == ConditionState.Met), conditions);
    }

    /// <summary>True when the approval on record is good for this rental and this very receipt.</summary>
    public static bool IsApproved(JobState job, AttemptState attempt)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(attempt);
        if (attempt is not { Approval: { } yes, Receipt: { } receipt } || yes.RentalId != attempt.RentalId || yes.ReceiptId != receipt.ReceiptId)
            return false;
        return yes.Ground switch
        {
            ApprovalKind.Person => receipt.HashOnly.All(yes.Names.Contains),
            ApprovalKind.Standing => MayStand(job, receipt),
            ApprovalKind.NothingDelivered => NothingWasMade(attempt),
            _ => false,
        };
    }

    /// <summary>The yes given at submission covers only what was proven to load: it cannot name files that are known by hash alone. Of a rental that somebody else made, it covers nothing.</summary>
    public static bool MayStand(JobState job, ReceiptFact receipt)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(receipt);
        return !job.IsAdopted && job.Submission.Spec.Teardown == TeardownMode.WhenVerified && receipt.HashOnly.Count == 0;
    }

    /// <summary>Only a person can say yes: none that holds is on record, and none follows from what the person said at submission.</summary>
    public static bool NeedsPerson(JobState job, AttemptState attempt)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        return attempt.Receipt is { } receipt && !attempt.IsAbandoned && !IsApproved(job, attempt) && !NothingWasMade(attempt) && !MayStand(job, receipt);
    }

    /// <summary>Whether what the platform showed of a stopped rental is newer than the yes: somebody may have started it just before.</summary>
    public static bool IsShownAfterYes(AttemptState attempt, DateTimeOffset shownAt)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        return attempt.Approval is not { } yes || shownAt > yes.At;
    }

    /// <summary>The job's command never ran and the machine's own manifest is empty: there is nothing that a yes could lose.</summary>
    public static bool NothingWasMade(AttemptState attempt)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        return attempt is { Ended.Reason: EndReason.Refused, StartedAt: null, Receipt.Files: 0 };
    }

    private static Condition Pulled(JobState job, AttemptState a)
    {
        const string id = "pulled";
        if (a.Failure is { } failure)
            return new(id, ConditionState.Failed, string.Join("; ", failure.Findings.Select(f => $"{f.Path}: {f.Message}")));
        if (a.Receipt is { Files: 0 } && job.IsOnVolume(a))
            return new(id, ConditionState.Met, $"its work lies on volume {job.Submission.Spec.Volume!.Id}, which stays: its own disk holds no result file");
        if (a.Receipt is { Files: 0 })
            return new(id, ConditionState.Met, "the machine's manifest is empty: there was no result file to pull");
        return a.Receipt is { } r
            ? new(id, ConditionState.Met, $"{r.Files} of {r.Files} result {(r.Files == 1 ? "file pulled, size" : "files pulled, sizes")} and SHA-256 match the manifest made on the machine")
            : new(id, ConditionState.Lacking, "the results are not pulled yet");
    }

    private static Condition Loads(AttemptState a)
    {
        const string id = "loads";
        if (a.Failure is not null)
            return new(id, ConditionState.Failed, "not every file is proven to load");
        return a.Receipt switch
        {
            null => new(id, ConditionState.Lacking, "the results are not verified yet"),
            { Files: 0 } => new(id, ConditionState.Met, "no file that would have to load"),
            { HashOnly.Count: 0 } r => new(id, ConditionState.Met, $"{r.Loaded} of {r.Files} {Load(r.Files)}"),
            { } r => new(id, ConditionState.Met, $"{r.Loaded} of {r.Files} {Load(r.Files)}; by hash only, so your yes must name them: {string.Join(", ", r.HashOnly)}"),
        };
    }

    private static string Load(int files) => files == 1 ? "file loads" : "files load";

    private static Condition NothingNewer(JobState job, AttemptState a, Rental? rental, DateTimeOffset shownAt, DateTimeOffset now, Waits waits)
    {
        const string id = "nothing-newer";
        if (!a.IsOver)
            return new(id, ConditionState.Lacking, "the job has not ended");
        if (a.Receipt is not { } receipt || a.Recheck is not { } recheck || recheck.At < receipt.At)
            return new(id, ConditionState.Lacking, "whether the machine holds anything newer: Lodger asks it again right before it destroys");
        if (recheck.ManifestSha256 != receipt.ManifestSha256)
            return new(id, ConditionState.Failed, "files on the machine changed after the pull");
        if (rental is null or { Status: RentalStatus.Unknown })
            return new(id, ConditionState.Lacking, "the platform does not say what the rental is doing");
        // What somebody else started is looked at while it runs, or not destroyed.
        if (job.IsAdopted && rental.Status != RentalStatus.Running)
            return new(id, ConditionState.Lacking, "the rental does not run, so that nobody can look whether it holds anything newer: start it where you started it");
        if (a.StoppedAt is { } stopped)
        {
            // A stop takes a while to show; a look much older than that may have missed what was written before the stop.
            if (stopped - recheck.At > 2 * waits.RecheckValid)
                return new(id, ConditionState.Lacking, "the last look at the machine was long before it stopped: Lodger starts it and asks it again right before it destroys");
            if (rental.Status is RentalStatus.Running || rental.StartedAt is null || rental.StartedAt != a.StartDateWhenStopped)
                return new(id, ConditionState.Lacking, "the rental may have run again since it was stopped: Lodger asks the machine again right before it destroys");
            return IsShownAfterYes(a, shownAt)
                ? new(id, ConditionState.Met, "nothing on the machine is newer than what you have (stopped since)")
                : new(id, ConditionState.Lacking, "whether it stayed stopped until your yes: Lodger asks the platform again right before it destroys");
        }

        // It ran again, or time passed since the yes was given: what was seen before proves nothing about now.
        if (recheck.At < a.RunningSince || recheck.At < a.Approval?.At)
            return new(id, ConditionState.Lacking, "whether the machine holds anything newer by now: Lodger asks it again right before it destroys");
        return now - recheck.At <= (job.IsAdopted ? waits.AdoptedRecheckValid : waits.RecheckValid)
            ? new(id, ConditionState.Met, "nothing on the machine is newer than what you have")
            : new(id, ConditionState.Lacking, "the last look at the machine is too old: Lodger asks it again right before it destroys");
    }

    private static Condition Yes(JobState job, AttemptState a)
    {
        const string id = ApprovalCondition;
        if (a.Receipt is null)
            return new(id, ConditionState.Lacking, "a yes needs a receipt first");
        if (IsApproved(job, a))
            return new(id, ConditionState.Met, $"approved by {a.Approval!.By}");
        return a.Approval is null
            ? new(id, ConditionState.Lacking, "your yes")
            : new(id, ConditionState.Lacking, "your yes (the one on record was for another state of things)");
    }
}
