using Lodger.Domain.Box;

namespace Lodger.Domain.Reconcile;

/// <summary>A disk never grows, and it fills in the middle of a checkpoint's write: room is made before.</summary>
internal static class DiskRoom
{
    /// <summary>A log and what else a job writes besides its checkpoints.</summary>
    private const long Besides = 256_000_000;

    /// <summary>Null while there is room for one more checkpoint, or when it was tried only just now.</summary>
    public static PruneDisk? Make(Situation s, BoxReport report)
    {
        if (report.Phase is not BoxPhase.Running || report.DiskFreeBytes is not { } free || (s.Seen.PruneTriedAt is { } tried && !MayTryAgain(s, tried)))
            return null;
        var checkpoint = report.CheckpointBytes ?? s.Job.LargestMirrorBytes ?? 0;
        // Never more than half of the disk: a small one for large checkpoints is the user's choice.
        var needed = Math.Min(checkpoint + (checkpoint / 4) + Besides, (report.DiskTotalBytes ?? long.MaxValue) / 2);
        return free < needed ? new PruneDisk(s.Attempt.Number, free, needed) : null;
    }

    /// <summary>Copies come first: they are what makes checkpoints removable, and a machine that answers slowly must not be kept from them.</summary>
    private static bool MayTryAgain(Situation s, DateTimeOffset tried)
    {
        var copiesWait = s.Job.Submission.Spec.Checkpoints.Count > 0 && MirrorPace.IsDue(s) && !(s.Seen.MirrorLookedAt > tried);
        return s.Now - tried >= s.Waits.MakeRoom && !copiesWait;
    }
}
