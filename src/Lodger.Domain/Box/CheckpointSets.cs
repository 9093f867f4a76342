namespace Lodger.Domain.Box;

/// <summary>Which files are parts of one checkpoint: those of one directory below a pattern's own, since a sharded checkpoint is one.</summary>
public static class CheckpointSets
{
    /// <summary>The files that a pattern names, by checkpoint.</summary>
    /// <param name="named">No others.</param>
    /// <param name="path">Below the workdir.</param>
    public static IEnumerable<IGrouping<string, T>> Of<T>(string pattern, IReadOnlyCollection<T> named, Func<T, string> path)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(named);
        ArgumentNullException.ThrowIfNull(path);
        var depth = Depth(pattern) ?? (named.Count == 0 ? 0 : named.Min(f => Slashes(path(f))));
        return named.GroupBy(f => path(f) is var p && Slashes(p) > depth ? string.Join('/', p.Split('/').Take(depth + 1)) : p, StringComparer.Ordinal);
    }

    private static int Slashes(string path) => path.Count(c => c == '/');

    /// <summary>How many directories deep what the pattern names lies; null for one that says nothing of it, as <c>**/*.pt</c>.</summary>
    private static int? Depth(string pattern)
    {
        var plain = (pattern.StartsWith("./", StringComparison.Ordinal) ? pattern[2..] : pattern).TrimEnd('/');
        var any = plain.IndexOf("**", StringComparison.Ordinal);
        var depth = Slashes(any < 0 ? plain : plain[..any]);
        if (any >= 0)
            return depth > 0 ? depth : null;
        // A name without a wildcard may be a directory's: then all that lies below it is meant.
        return plain[(plain.LastIndexOf('/') + 1)..].AsSpan().IndexOfAny('*', '?') < 0 ? depth + 1 : depth;
    }
}
