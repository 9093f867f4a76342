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
        List<Copy> copies = [];
        foreach (var (source, attempt) in Sources(job).Where(s => Directory.Exists(s.Directory)))
        {
            var report = await DirectoryVerifier.VerifyAsync(source, cancellation: cancellationToken);
            copies.AddRange(report.Files.Where(f => f.Verdict is Verdict.Loads or Verdict.LoadsWithWarning or Verdict.HashOnly && IsCheckpoint(job, f.Path))
                .Select(f => new Copy(f.Path, Path.Combine(source, f.Path), f.Sha256, f.Step, attempt ?? AttemptOf(job, f))));
        }

        List<Copy> newest = [];
        foreach (var one in copies.GroupBy(c => c.Path, StringComparer.Ordinal))
        {
            // What an attempt was sent to go on from is of the one that made it.
            var made = one.GroupBy(c => c.Sha256).SelectMany(same => same.Select(c => c with { Attempt = same.Min(s => s.Attempt) })).OrderBy(c => c.Attempt);
            newest.Add(made.Aggregate((best, next) => IsNewer(next, best) ? next : best));
        }

        foreach (var copy in WithoutConflicts(newest))
            SameFile.Put(copy.File, Path.Combine(target, copy.Path));

        return newest.Count == 0 ? null : target;
    }

    /// <summary>Two machines' clocks are never compared: by the step, where both say one, else by which attempt came later; by time only what one machine wrote.</summary>
    private static bool IsNewer(Copy copy, Copy other) =>
        copy.Step is { } step && other.Step is { } otherStep && step != otherStep ? step > otherStep
        : copy.Attempt != other.Attempt ? copy.Attempt > other.Attempt
        : File.GetLastWriteTimeUtc(copy.File) > File.GetLastWriteTimeUtc(other.File);

    /// <summary>One name may have been a file's and a directory's: of the two the newer.</summary>
    private static IEnumerable<Copy> WithoutConflicts(List<Copy> newest)
    {
        var way = new InTheWay(newest.Select(c => c.Path));
        HashSet<Copy> older = [];
        foreach (var file in newest.Where(c => way.NeedsDirectory(c.Path)))
        {
            var below = newest.Where(c => c.Path.StartsWith(file.Path + "/", StringComparison.Ordinal)).ToList();
            older.UnionWith(below.Any(c => IsNewer(c, file)) ? [file] : below);
        }

        return newest.Where(c => !older.Contains(c));
    }

    private static IEnumerable<(string Directory, int? Attempt)> Sources(JobState job) =>
        [.. JobDirectories.Mirrors(job).Select(m => (m, (int?)null)), .. job.Attempts.Where(a => a.Move is not null).Select(a => (JobDirectories.Bundle(job, a), (int?)a.Number))];

    /// <summary>Which one's machine a copy of the mirror was made on.</summary>
    private static int AttemptOf(JobState job, FileReport file) => job.Mirrors.GetValueOrDefault(file.Path)?.Attempt ?? 0;

    private static bool IsCheckpoint(JobState job, string path) => job.Submission.Spec.Checkpoints.Any(p => ResultPattern.Matches(p, path));

    /// <param name="File">Where it lies.</param>
    /// <param name="Attempt">Whose machine made it.</param>
    private sealed record Copy(string Path, string File, string? Sha256, long? Step, int Attempt);
}
