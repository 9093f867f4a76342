using Lodger.Artifacts.Manifests;
using Lodger.Domain.Problems;

namespace Lodger.Engine.Adopt;

/// <summary>Two files on a machine whose names differ in upper and lower case alone: on a disk that makes no difference one would be written over the other.</summary>
internal static class CaseTwins
{
    /// <param name="paths">Of the files that come home, from the machine's root on.</param>
    /// <param name="tellsCaseApart">Whether the disk of <paramref name="home"/> does; asked only when there is such a pair.</param>
    /// <returns>Null: each has a place of its own.</returns>
    public static Problem? Refuse(IEnumerable<string> paths, string home, string rentalId, Func<bool> tellsCaseApart) => First(paths) is not (var one, var other) || tellsCaseApart()
        ? null
        : new Problem(
            "names-differ-in-case",
            $"/{PathEscape.Escape(one)} and /{PathEscape.Escape(other)} on the machine differ in upper and lower case alone, and the disk that {home} lies on makes no difference between them: only one could be saved.",
            $"Rename one of them on the machine, and it goes on by itself. Or save to a disk that tells them apart:  lodger adopt --release {rentalId}   and then  lodger adopt {rentalId} --into DIR",
            ExitCode.Prerequisite);

    /// <summary>Directories count as well: of two, the files of both would come to lie in one.</summary>
    private static (string One, string Other)? First(IEnumerable<string> paths)
    {
        Dictionary<string, string> seen = new(StringComparer.OrdinalIgnoreCase);
        foreach (var path in paths)
        {
            foreach (var name in Places(path))
            {
                if (!seen.TryAdd(name, path) && seen[name] is var earlier && !earlier.StartsWith(name, StringComparison.Ordinal))
                    return (earlier, path);
            }
        }

        return null;
    }

    /// <summary>The directories that a file lies in, and itself.</summary>
    private static IEnumerable<string> Places(string path)
    {
        for (var end = path.IndexOf('/', StringComparison.Ordinal); end >= 0; end = path.IndexOf('/', end + 1))
            yield return path[..end];
        yield return path;
    }
}
