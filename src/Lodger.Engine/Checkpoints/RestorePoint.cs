using Lodger.Artifacts.Verification;
using Lodger.Domain.Jobs;
using Lodger.Remote.Script;

namespace Lodger.Engine.Checkpoints;

/// <summary>What the next machine starts from: of every checkpoint file the newest copy that is whole, from the mirror and from what was rescued.</summary>
internal static class RestorePoint
{
    /// <returns>The directory to send; null when there is nothing to go on from.</returns>
    /// <exception cref="IOException">The disk here refused it.</exception>
    /// <exception cref="UnauthorizedAccessException">It did not let us.</exception>
    public static async Task<string?> MakeAsync(JobState job, CancellationToken cancellationToken)
    {
        var target = JobDirectories.Restore(job);
        if (Directory.Exists(target))
            Directory.Delete(target, recursive: true);
        Dictionary<string, string> newest = new(StringComparer.Ordinal);
        foreach (var source in Sources(job).Where(Directory.Exists))
        {
            var report = await DirectoryVerifier.VerifyAsync(source, cancellation: cancellationToken);
            foreach (var file in report.Files.Where(f => f.Verdict is Verdict.Loads or Verdict.LoadsWithWarning or Verdict.HashOnly && IsCheckpoint(job, f.Path)))
            {
                var path = Path.Combine(source, file.Path);
                if (!newest.TryGetValue(file.Path, out var other) || File.GetLastWriteTimeUtc(path) > File.GetLastWriteTimeUtc(other))
                    newest[file.Path] = path;
            }
        }

        foreach (var (path, from) in newest)
            SameFile.Put(from, Path.Combine(target, path));

        return newest.Count == 0 ? null : target;
    }

    private static IEnumerable<string> Sources(JobState job) =>
        job.Attempts.Where(a => a.Move is not null).Select(a => JobDirectories.Bundle(job, a)).Prepend(JobDirectories.Mirror(job));

    private static bool IsCheckpoint(JobState job, string path) => job.Submission.Spec.Checkpoints.Any(p => ResultPattern.Matches(p, path));
}
