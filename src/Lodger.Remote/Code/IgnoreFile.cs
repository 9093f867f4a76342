namespace Lodger.Remote.Code;

/// <summary>The patterns of one ignore file; the last that matches decides.</summary>
/// <param name="Directory">Relative to the root of the code, with a slash at its end; empty for the root itself.</param>
internal sealed record IgnoreFile(string Directory, IReadOnlyList<IgnorePattern> Patterns)
{
    public static IgnoreFile? Read(string root, string directory, string name)
    {
        var file = new FileInfo(Path.Combine(root, directory, name));
        // A pipe has no length either, and whoever opens one waits for somebody to write into it.
        if (!file.Exists || ((FileInfo?)file.ResolveLinkTarget(returnFinalTarget: true) ?? file) is not { Exists: true, Length: > 0 })
        {
            return null;
        }

        var patterns = File.ReadLines(file.FullName).Select(IgnorePattern.Parse).OfType<IgnorePattern>().ToList();
        return patterns.Count == 0 ? null : new IgnoreFile(directory, patterns);
    }

    /// <summary>True: ignored, false: brought back, null: nothing here speaks of it.</summary>
    public bool? Decide(string path, bool isDirectory)
    {
        if (!path.StartsWith(Directory, StringComparison.Ordinal))
        {
            return null;
        }

        var local = path[Directory.Length..];
        for (var i = Patterns.Count - 1; i >= 0; i--)
        {
            if (Patterns[i].Matches(local, isDirectory))
            {
                return !Patterns[i].IsNegated;
            }
        }

        return null;
    }
}
