using System.Globalization;
using Lodger.Domain.Jobs;

namespace Lodger.Engine.Checkpoints;

/// <summary>
/// Copies of a larger step than what comes in their places. A program that could not read its checkpoint begins again, and what it writes then is newer and worth less: what is here stays beside the mirror, where
/// <see cref="RestorePoint"/> finds it, until the mirror holds as large a step. Once for each time that it falls back, and not when what is kept beside is as far.
/// </summary>
internal static class FallBack
{
    private const string Mark = ".step-";

    /// <summary>Where copies of this step are kept: a directory that is not there yet.</summary>
    public static string Aside(JobState job, long step) => InTheWay.Aside(string.Create(CultureInfo.InvariantCulture, $"{JobDirectories.Replaced(job)}{Mark}{step}"));

    /// <summary>Gives what belongs to a copy of a larger step a second name, all of it or nothing, before anything of it is replaced.</summary>
    /// <param name="coming">The steps of what comes, by path.</param>
    /// <param name="here">Paths in the mirror.</param>
    /// <returns>What was kept, and where.</returns>
    public static IReadOnlyList<(long From, long To, string Directory)> Keep(JobState job, IReadOnlyDictionary<string, long?> coming, IReadOnlyCollection<string> here)
    {
        List<(long, long, string)> kept = [];
        foreach (var set in MirrorChoice.Together(job.Submission.Spec, here))
        {
            var fallen = set.Where(path => StepHere(job, path) > coming.GetValueOrDefault(path)).ToList();
            if (fallen.Count == 0)
                continue;
            var from = fallen.Max(path => StepHere(job, path)!.Value);
            if (Kept(job).Any(k => k.Step >= from && set.All(path => File.Exists(Path.Combine(k.Directory, path)))))
                continue;
            var making = JobDirectories.Making(job);
            if (Directory.Exists(making))
                Directory.Delete(making, recursive: true);
            foreach (var path in set)
                SameFile.Put(Path.Combine(JobDirectories.Mirror(job), path), Path.Combine(making, path));
            var aside = Aside(job, from);
            Directory.Move(making, aside);
            kept.Add((from, fallen.Max(path => coming[path]!.Value), aside));
        }

        return kept;
    }

    /// <summary>What is no use any more goes: the mirror, or another that is kept, holds the same as far or further.</summary>
    public static void Drop(JobState job)
    {
        var mirror = JobDirectories.Mirror(job);
        var all = Kept(job);
        foreach (var (directory, step) in all)
        {
            List<string> files = [.. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(directory, f))];
            var steps = files.Where(path => File.Exists(Path.Combine(mirror, path))).Select(path => StepHere(job, path)).OfType<long>().ToList();
            var isReached = steps.Count > 0 && steps.Min() >= step;
            if ((isReached || all.Any(k => k.Step > step && files.TrueForAll(path => File.Exists(Path.Combine(k.Directory, path))))) && !files.Exists(job.OnlyCopies.Contains))
                Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>As the journal says.</summary>
    private static long? StepHere(JobState job, string path) => job.Mirrors.GetValueOrDefault(path)?.Step;

    private static List<(string Directory, long Step)> Kept(JobState job) =>
    [
        .. JobDirectories.Mirrors(job).Select(d => (Directory: d, Name: Path.GetFileName(d))).Where(d => d.Name.Contains(Mark, StringComparison.Ordinal))
            .Select(d => (d.Directory, Step: long.TryParse(d.Name[(d.Name.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length)..].Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : -1))
            .Where(d => d.Step >= 0),
    ];
}
