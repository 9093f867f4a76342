using Lodger.Domain.Box;
using Lodger.Domain.Spec;
using Lodger.Remote.Script;

namespace Lodger.Engine.Checkpoints;

/// <summary>Which checkpoint files are copied, and which copies are kept.</summary>
internal static class MirrorChoice
{
    /// <summary>Of each pattern the newest checkpoint, or the one so many before it; and the pinned files.</summary>
    public static IReadOnlyList<BoxFile> Newest(JobSpec spec, IReadOnlyList<BoxFile> files, int back) => Of(spec, files, _ => 0, back, 1);

    /// <summary>Of each pattern as many as <c>mirror: {keep: N}</c> says; and the pinned files.</summary>
    /// <param name="era">Which machine wrote it: those of one are ordered by their times, and all of them are newer than those of the machines before it, whose clocks may have been others.</param>
    public static IReadOnlyList<BoxFile> Kept(JobSpec spec, IReadOnlyList<BoxFile> files, Func<BoxFile, int> era) => Of(spec, files, era, 0, Math.Max(1, spec.Mirror.Keep));

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

    /// <summary>A copy lies in the directory, of the same size and time.</summary>
    public static bool IsHere(string mirror, BoxFile file) =>
        new FileInfo(Path.Combine(mirror, file.Path)) is { Exists: true } here && here.Length == file.Bytes && Math.Abs((here.LastWriteTimeUtc - file.ModifiedAt.UtcDateTime).TotalSeconds) < 1;

    private static IReadOnlyList<BoxFile> Of(JobSpec spec, IReadOnlyList<BoxFile> files, Func<BoxFile, int> era, int skip, int take)
    {
        HashSet<string> wanted = new(StringComparer.Ordinal);
        foreach (var pattern in spec.Checkpoints)
        {
            foreach (var set in Sets(pattern, files, era).Skip(skip).Take(take))
                wanted.UnionWith(set.Select(f => f.Path));
        }

        foreach (var pattern in spec.Mirror.Pin)
            wanted.UnionWith(files.Where(f => ResultPattern.Matches(pattern, f.Path)).Select(f => f.Path));
        return [.. files.Where(f => wanted.Contains(f.Path))];
    }

    /// <summary>Newest first. The files of one directory below the pattern's own belong together: a sharded checkpoint is one.</summary>
    private static IEnumerable<IReadOnlyList<BoxFile>> Sets(string pattern, IReadOnlyList<BoxFile> files, Func<BoxFile, int> era)
    {
        var all = files.Where(f => ResultPattern.Matches(pattern, f.Path)).ToList();
        var depth = Depth(pattern) ?? (all.Count == 0 ? 0 : all.Min(f => f.Path.Count(c => c == '/')));
        return all
            .GroupBy(f => f.Path.Count(c => c == '/') > depth ? string.Join('/', f.Path.Split('/').Take(depth + 1)) : f.Path, StringComparer.Ordinal)
            .OrderByDescending(g => g.Max(f => (era(f), f.ModifiedAt)))
            .ThenByDescending(g => g.Key, StringComparer.Ordinal)
            .Select(g => (IReadOnlyList<BoxFile>)[.. g]);
    }

    /// <summary>How many directories deep what the pattern names lies; null for one that says nothing of it, as <c>**/*.pt</c>.</summary>
    private static int? Depth(string pattern)
    {
        var plain = (pattern.StartsWith("./", StringComparison.Ordinal) ? pattern[2..] : pattern).TrimEnd('/');
        var any = plain.IndexOf("**", StringComparison.Ordinal);
        var depth = (any < 0 ? plain : plain[..any]).Count(c => c == '/');
        if (any >= 0)
            return depth > 0 ? depth : null;
        // A name without a wildcard may be a directory's: then all that lies below it is meant.
        return plain[(plain.LastIndexOf('/') + 1)..].AsSpan().IndexOfAny('*', '?') < 0 ? depth + 1 : depth;
    }
}
