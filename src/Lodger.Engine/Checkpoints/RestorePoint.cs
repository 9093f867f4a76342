using Lodger.Artifacts.Verification;
using Lodger.Domain.Jobs;
using Lodger.Remote.Script;

namespace Lodger.Engine.Checkpoints;

/// <summary>What the next machine starts from: of every checkpoint the newest copy that is whole, from the mirror and from what was rescued.</summary>
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
        List<FoundCopy> copies = [];
        foreach (var (source, attempt) in Sources(job).Where(s => Directory.Exists(s.Directory)))
        {
            var report = await DirectoryVerifier.VerifyAsync(source, cancellation: cancellationToken);
            copies.AddRange(report.Files.Where(f => f.Verdict is not Verdict.Extra && IsCheckpoint(job, f.Path)).Select(f => Found(source, f, attempt ?? AttemptOf(job, f))));
        }

        // What an attempt was sent to go on from is of the one that made it.
        List<FoundCopy> made =
        [
            .. copies.Where(c => !c.IsWhole),
            .. copies.Where(c => c.IsWhole).GroupBy(c => (c.Path, c.Sha256)).SelectMany(same => same.Select(c => c with { Age = c.Age with { Attempt = same.Min(s => s.Age.Attempt) } })),
        ];
        var newest = RestoreChoice.Newest(job.Submission.Spec, [.. made.OrderBy(c => c.Age.Attempt)]);
        foreach (var copy in WithoutConflicts(newest))
            SameFile.Put(copy.File, Path.Combine(target, copy.Path));

        return newest.Count == 0 ? null : target;
    }

    private static FoundCopy Found(string source, FileReport file, int attempt)
    {
        var path = Path.Combine(source, file.Path);
        var isWhole = file.Verdict is Verdict.Loads or Verdict.LoadsWithWarning or Verdict.HashOnly;
        return new FoundCopy(source, file.Path, path, file.Sha256, isWhole, new CopyAge(file.Step, attempt, isWhole ? File.GetLastWriteTimeUtc(path) : default));
    }

    /// <summary>One name may have been a file's and a directory's: of the two the newer.</summary>
    private static IEnumerable<FoundCopy> WithoutConflicts(List<FoundCopy> newest)
    {
        var way = new InTheWay(newest.Select(c => c.Path));
        HashSet<FoundCopy> older = [];
        foreach (var file in newest.Where(c => way.NeedsDirectory(c.Path)))
        {
            var below = newest.Where(c => c.Path.StartsWith(file.Path + "/", StringComparison.Ordinal)).ToList();
            older.UnionWith(below.Any(c => c.Age.IsNewerThan(file.Age)) ? [file] : below);
        }

        return newest.Where(c => !older.Contains(c));
    }

    private static IEnumerable<(string Directory, int? Attempt)> Sources(JobState job) =>
        [.. JobDirectories.Mirrors(job).Select(m => (m, (int?)null)), .. job.Attempts.Where(a => a.Move is not null).Select(a => (JobDirectories.Bundle(job, a), (int?)a.Number))];

    /// <summary>Which one's machine a copy of the mirror was made on.</summary>
    private static int AttemptOf(JobState job, FileReport file) => job.Mirrors.GetValueOrDefault(file.Path)?.Attempt ?? 0;

    private static bool IsCheckpoint(JobState job, string path) => job.Submission.Spec.Checkpoints.Any(p => ResultPattern.Matches(p, path));
}
