using Lodger.Artifacts;
using Lodger.Domain.Jobs;

namespace Lodger.Engine.Checkpoints;

/// <summary>Where what comes home from a job's machines lies, all below its results directory.</summary>
internal static class JobDirectories
{
    private static string Own(JobState job) => Path.Combine(job.Submission.ResultsDirectory, BundleLayout.OwnDirectory);

    /// <summary>Verified copies of checkpoints, by their path below the workdir.</summary>
    public static string Mirror(JobState job) => Path.Combine(Own(job), "mirror");

    /// <summary>Copies on their way: not verified yet.</summary>
    public static string Incoming(JobState job) => Path.Combine(Own(job), "mirror.incoming");

    /// <summary>Copies that made way for others of the same name.</summary>
    public static string Replaced(JobState job) => Path.Combine(Own(job), "mirror.before");

    /// <summary>What is being put together to be kept beside the mirror.</summary>
    public static string Making(JobState job) => Path.Combine(Own(job), "mirror.making");

    /// <summary>The mirror, and what made way for others and is kept beside it.</summary>
    public static IEnumerable<string> Mirrors(JobState job) =>
        Directory.Exists(Own(job)) ? Directory.EnumerateDirectories(Own(job), "mirror.before*").Prepend(Mirror(job)) : [];

    /// <summary>What was put together to go on from on the next machine.</summary>
    public static string Restore(JobState job) => Path.Combine(Own(job), "restore");

    /// <summary>Where an attempt's bundle lies: that of one whose work moved on has a directory of its own.</summary>
    public static string Bundle(JobState job, AttemptState attempt) =>
        // Each save of what was taken over has a directory of its own, and the receipt in it.
        job.IsAdopted && attempt.Receipt is { } receipt ? receipt.Path[..^(BundleLayout.ReceiptPath.Length + 1)]
        : attempt.Move is null ? job.Submission.ResultsDirectory : Path.Combine(Own(job), "attempts", attempt.Number.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
