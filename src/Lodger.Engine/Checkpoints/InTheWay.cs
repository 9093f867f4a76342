using Lodger.Remote.Transfer;

namespace Lodger.Engine.Checkpoints;

/// <summary>
/// Names that are a file's on one side and a directory's on the other: no disk holds both, so what has one of them here is of an earlier time, and makes way for what comes.
/// </summary>
/// <param name="coming">Paths of the files that come.</param>
internal sealed class InTheWay(IEnumerable<string> coming)
{
    private readonly HashSet<string> files = new(coming, StringComparer.Ordinal);
    private HashSet<string>? directories;

    /// <summary>A file of this path has the name of a directory that is needed, or lies in one where a file comes.</summary>
    public bool Has(string path) => NeedsDirectory(path) || Above(path).Any(files.Contains);

    /// <summary>A directory of this path is needed.</summary>
    public bool NeedsDirectory(string path) => (directories ??= [.. files.SelectMany(Above)]).Contains(path);

    /// <summary>Directories that have the name of a file that comes go, once nothing lies in them.</summary>
    /// <exception cref="IOException">Something does.</exception>
    public void RemoveEmptied(string root)
    {
        foreach (var directory in files.Select(file => new DirectoryInfo(Path.Combine(root, file))).Where(d => d is { Exists: true, LinkTarget: null }))
        {
            EmptyDirectories.RemoveBelow(directory.FullName);
            directory.Delete();
        }
    }

    /// <summary>A directory that is not there yet, for what makes way: nothing in it is ever replaced.</summary>
    public static string Aside(string directory)
    {
        var free = directory;
        for (var n = 2; Directory.Exists(free); n++)
            free = $"{directory}-{n}";
        return free;
    }

    private static IEnumerable<string> Above(string path)
    {
        for (var at = path.IndexOf('/', StringComparison.Ordinal); at >= 0; at = path.IndexOf('/', at + 1))
            yield return path[..at];
    }
}
