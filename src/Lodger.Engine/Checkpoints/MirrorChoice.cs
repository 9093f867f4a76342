using Lodger.Domain.Box;
using Lodger.Domain.Spec;
using Lodger.Remote.Script;

namespace Lodger.Engine.Checkpoints;

/// <summary>Which checkpoint files are copied, and which copies are kept.</summary>
internal static class MirrorChoice
{
    /// <summary>Of each pattern the newest checkpoint, or the one so many before it; and the pinned files.</summary>
    public static IReadOnlyList<BoxFile> Newest(JobSpec spec, IReadOnlyList<BoxFile> files, int back) => Of(spec, files, back, 1);

    /// <summary>Of each pattern as many as <c>mirror: {keep: N}</c> says; and the pinned files.</summary>
    public static IReadOnlyList<BoxFile> Kept(JobSpec spec, IReadOnlyList<BoxFile> files) => Of(spec, files, 0, Math.Max(1, spec.Mirror.Keep));

    private static IReadOnlyList<BoxFile> Of(JobSpec spec, IReadOnlyList<BoxFile> files, int skip, int take)
    {
        HashSet<string> wanted = new(StringComparer.Ordinal);
        foreach (var pattern in spec.Checkpoints)
        {
            foreach (var set in Sets(files.Where(f => ResultPattern.Matches(pattern, f.Path))).Skip(skip).Take(take))
                wanted.UnionWith(set.Select(f => f.Path));
        }

        foreach (var pattern in spec.Mirror.Pin)
            wanted.UnionWith(files.Where(f => ResultPattern.Matches(pattern, f.Path)).Select(f => f.Path));
        return [.. files.Where(f => wanted.Contains(f.Path))];
    }

    /// <summary>Newest first. The files of one directory below the pattern's own belong together: a sharded checkpoint is one.</summary>
    private static IEnumerable<IReadOnlyList<BoxFile>> Sets(IEnumerable<BoxFile> files)
    {
        var all = files.ToList();
        var depth = all.Count == 0 ? 0 : all.Min(f => f.Path.Count(c => c == '/'));
        return all
            .GroupBy(f => f.Path.Count(c => c == '/') > depth ? string.Join('/', f.Path.Split('/').Take(depth + 1)) : f.Path, StringComparer.Ordinal)
            .OrderByDescending(g => g.Max(f => f.ModifiedAt))
            .ThenByDescending(g => g.Key, StringComparer.Ordinal)
            .Select(g => (IReadOnlyList<BoxFile>)[.. g]);
    }
}
