using Lodger.Domain.Box;
using Lodger.Domain.Spec;
using Lodger.Remote.Script;

namespace Lodger.Engine.Checkpoints;

/// <summary>Which checkpoint files are copied, and which copies are kept.</summary>
internal static class MirrorChoice
{
    /// <summary>Of each pattern the newest checkpoint, or the one so many before it; and the pinned files.</summary>
    public static IReadOnlyList<BoxFile> Newest(JobSpec spec, IReadOnlyList<BoxFile> files, int back) => Of(spec, files, _ => 0, _ => null, back, 1);

    /// <summary>Of each pattern as many as <c>mirror: {keep: N}</c> says, and the one of the largest step, which a program that began again is behind; and the pinned files.</summary>
    /// <param name="era">Which machine wrote it: those of one are ordered by their times, and all of them are newer than those of the machines before it, whose clocks may have been others.</param>
    /// <param name="step">As the file says; null: it does not.</param>
    public static IReadOnlyList<BoxFile> Kept(JobSpec spec, IReadOnlyList<BoxFile> files, Func<BoxFile, int> era, Func<BoxFile, long?> step) => Of(spec, files, era, step, 0, Math.Max(1, spec.Mirror.Keep));

    /// <summary>
    /// Of each pattern what is older than its newest checkpoint that is wholly copied, and copied itself; oldest first. Never the newest ones, complete or
    /// not, and never a pinned file.
    /// </summary>
    /// <param name="era">As for <see cref="Kept"/>.</param>
    public static IReadOnlyList<BoxFile> Spare(JobSpec spec, IReadOnlyList<BoxFile> files, Func<BoxFile, int> era, Func<BoxFile, bool> isCopied)
    {
        HashSet<string> spare = new(StringComparer.Ordinal);
        HashSet<string> needed = new(StringComparer.Ordinal);
        foreach (var pattern in spec.Checkpoints)
        {
            var sets = Sets(pattern, files, era).ToList();
            var whole = sets.FindIndex(set => set.All(isCopied));
            var older = whole < 0 ? [] : sets.Skip(whole + 1).Where(set => set.All(isCopied)).SelectMany(set => set).ToList();
            spare.UnionWith(older.Select(f => f.Path));
            needed.UnionWith(sets.SelectMany(set => set).Except(older).Select(f => f.Path));
        }

        foreach (var pattern in spec.Mirror.Pin)
            needed.UnionWith(files.Where(f => ResultPattern.Matches(pattern, f.Path)).Select(f => f.Path));
        return [.. files.Where(f => spare.Contains(f.Path) && !needed.Contains(f.Path)).OrderBy(era).ThenBy(f => f.ModifiedAt).ThenBy(f => f.Path, StringComparer.Ordinal)];
    }

    /// <summary>The paths that are parts of one checkpoint: of one directory, and with the same ending, since a log or a file of settings may lie beside them.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Shards(JobSpec spec, IReadOnlyList<BoxFile> files) =>
    [
        .. spec.Checkpoints.SelectMany(pattern => Sets(pattern, files, _ => 0)).SelectMany(set => set.Select(f => f.Path).GroupBy(Path.GetExtension, StringComparer.Ordinal))
            .Select(g => (IReadOnlyList<string>)[.. g]).Where(g => g.Count > 1),
    ];

    /// <summary>All of the paths that a pattern names, by the checkpoint that they are parts of; each once.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Together(JobSpec spec, IReadOnlyCollection<string> paths)
    {
        List<IReadOnlyList<string>> together = [];
        HashSet<string> left = [.. paths];
        foreach (var pattern in spec.Checkpoints)
        {
            var named = left.Where(path => ResultPattern.Matches(pattern, path)).ToList();
            together.AddRange(CheckpointSets.Of(pattern, named, path => path).Select(set => (IReadOnlyList<string>)[.. set]));
            left.ExceptWith(named);
        }

        return together;
    }

    /// <summary>A copy lies in the directory, of the same size and time.</summary>
    public static bool IsHere(string mirror, BoxFile file) =>
        new FileInfo(Path.Combine(mirror, file.Path)) is { Exists: true } here && here.Length == file.Bytes && Math.Abs((here.LastWriteTimeUtc - file.ModifiedAt.UtcDateTime).TotalSeconds) < 1;

    private static IReadOnlyList<BoxFile> Of(JobSpec spec, IReadOnlyList<BoxFile> files, Func<BoxFile, int> era, Func<BoxFile, long?> step, int skip, int take)
    {
        HashSet<string> wanted = new(StringComparer.Ordinal);
        foreach (var pattern in spec.Checkpoints)
        {
            var sets = Sets(pattern, files, era).ToList();
            foreach (var set in sets.Skip(skip).Take(take))
                wanted.UnionWith(set.Select(f => f.Path));
            if (sets.Where(set => set.Any(f => step(f) is not null)).MaxBy(set => set.Max(step)) is { } furthest)
                wanted.UnionWith(furthest.Select(f => f.Path));
        }

        foreach (var pattern in spec.Mirror.Pin)
            wanted.UnionWith(files.Where(f => ResultPattern.Matches(pattern, f.Path)).Select(f => f.Path));
        return [.. files.Where(f => wanted.Contains(f.Path))];
    }

    /// <summary>Newest first.</summary>
    private static IEnumerable<IReadOnlyList<BoxFile>> Sets(string pattern, IReadOnlyList<BoxFile> files, Func<BoxFile, int> era)
    {
        var all = files.Where(f => ResultPattern.Matches(pattern, f.Path)).ToList();
        return CheckpointSets.Of(pattern, all, f => f.Path)
            .OrderByDescending(g => g.Max(f => (era(f), f.ModifiedAt)))
            .ThenByDescending(g => g.Key, StringComparer.Ordinal)
            .Select(g => (IReadOnlyList<BoxFile>)[.. g]);
    }
}
