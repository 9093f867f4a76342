using System.Security.Cryptography;
using System.Text;
using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;

namespace Lodger.Domain.Volumes;

/// <summary>A job that worked on a volume: its workdir lies there.</summary>
/// <param name="Proof">The receipt that says that what it made is home; null: there is none that covers what lies on the volume.</param>
public sealed record VolumeUse(string JobId, string Job, bool IsOver, ReceiptFact? Proof);

/// <summary>
/// What must be true before a volume is deleted, which is as irreversible as a destroy. Pure; nothing else in the house decides about it. What jobs made there has to be home and proven,
/// or a person gives it up by typing the volume's id; no rental may have it; and a person says yes to this volume and these receipts.
/// </summary>
public static class VolumeGate
{
    /// <summary>The condition that only giving the data up stands in for.</summary>
    public const string HomeCondition = "home";

    /// <param name="jobs">Of the volume's account, closed ones too.</param>
    public static IReadOnlyList<VolumeUse> UsesOf(string volumeId, IReadOnlyList<JobState> jobs)
    {
        ArgumentNullException.ThrowIfNull(jobs);
        return
        [
            .. jobs.Where(j => j.Submission.Spec.Volume?.Id == volumeId && (j.Phase != JobPhase.Closed || j.Attempts.Any(a => a.PayloadIntended && j.IsOnVolume(a))))
                .Select(j => new VolumeUse(j.Id, j.Name, j.Phase == JobPhase.Closed, ProofOf(j))),
        ];
    }

    /// <param name="volume">As the platform was just asked.</param>
    /// <param name="by">Who said yes to exactly what is judged here; null: nobody.</param>
    public static GateJudgement Judge(Volume volume, IReadOnlyList<VolumeUse> uses, string? by)
    {
        ArgumentNullException.ThrowIfNull(volume);
        ArgumentNullException.ThrowIfNull(uses);
        Condition[] conditions = [Unused(volume), Over(uses), Home(uses), Yes(by)];
        return new(conditions.All(c => c.State == ConditionState.Met), conditions);
    }

    /// <summary>The same for a person who gave up what is on it: no proof is asked for, everything else is.</summary>
    public static GateJudgement JudgeAbandoned(Volume volume, IReadOnlyList<VolumeUse> uses, string by)
    {
        ArgumentNullException.ThrowIfNull(volume);
        Condition[] conditions = [Unused(volume), Over(uses), new("abandoned", ConditionState.Met, $"{by} gave up the data on {volume.Id}")];
        return new(conditions.All(c => c.State == ConditionState.Met), conditions);
    }

    /// <summary>What a person repeats to approve this delete: made of everything that was shown, worth nothing for another state of things.</summary>
    /// <returns>16 hex digits; null when nothing can be approved.</returns>
    public static string? TokenFor(Volume volume, IReadOnlyList<VolumeUse> uses)
    {
        var gate = Judge(volume, uses, null);
        if (gate.Conditions.Any(c => c.Id != TeardownGate.ApprovalCondition && c.State != ConditionState.Met))
            return null;
        var agreed = string.Join('\n', ["delete-volume", volume.Id, .. uses.Select(u => $"{u.JobId} {u.Proof!.ReceiptId} {u.Proof.ManifestSha256}").Order(StringComparer.Ordinal)]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(agreed)))[..16];
    }

    /// <summary>
    /// The newest go at the job tells: what it brought home came from the volume itself, or it finished elsewhere what had begun on it. An empty receipt says nothing of what lies on a volume.
    /// </summary>
    private static ReceiptFact? ProofOf(JobState job) =>
        job.Attempts.LastOrDefault(a => a.PayloadIntended) is { Move: null, Receipt: { Files: > 0 } receipt } last && (job.IsOnVolume(last) || job.Closed?.Outcome == JobOutcome.Succeeded) ? receipt : null;

    private static Condition Unused(Volume volume) => volume.UsedBy switch
    {
        null => new("unused", ConditionState.Lacking, "the platform does not say whether a rental has it"),
        { Count: 0 } => new("unused", ConditionState.Met, "no rental has it"),
        { } users => new("unused", ConditionState.Lacking, $"rental {string.Join(", ", users)} has it: destroy that first, stopping is not enough"),
    };

    private static Condition Over(IReadOnlyList<VolumeUse> uses) => uses.Where(u => !u.IsOver).Select(u => u.Job).ToList() is { Count: > 0 } open
        ? new("over", ConditionState.Lacking, $"{string.Join(", ", open)} works on it: lodger down {open[0]}")
        : new("over", ConditionState.Met, "no open job works on it");

    private static Condition Home(IReadOnlyList<VolumeUse> uses)
    {
        if (uses.Count == 0)
            return new(HomeCondition, ConditionState.Lacking, "no job of this journal worked on it, so nothing here knows what is on it");
        var unproven = uses.Where(u => u.Proof is null).Select(u => u.Job).ToList();
        return unproven.Count > 0
            ? new(HomeCondition, ConditionState.Failed, $"no receipt says that what {string.Join(", ", unproven)} made on it is home")
            : new(HomeCondition, ConditionState.Met, string.Join("; ", uses.Select(u => $"{u.Proof!.Files} files of {u.Job} are home and verified, receipt {u.Proof.ReceiptId[..Math.Min(8, u.Proof.ReceiptId.Length)]}")));
    }

    private static Condition Yes(string? by) => by is null
        ? new(TeardownGate.ApprovalCondition, ConditionState.Lacking, "your yes")
        : new(TeardownGate.ApprovalCondition, ConditionState.Met, $"approved by {by}");
}
