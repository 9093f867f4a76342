using System.Text;
using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;
using Lodger.Remote.Code;
using Lodger.Remote.Transfer;

namespace Lodger.Engine.Checkpoints;

/// <summary>
/// The symbolic links among the results, made at home once everything is proven, so that <c>latest</c> leads there where it led on the machine. A machine's names are not trusted: only those are made whose text leads nowhere
/// but into the results, whatever the other links are; none in place of anything, and none to another link or to a directory that holds one, so that whoever follows them goes in no circle; and while files are written none of
/// them is there, so that nothing is ever written through one.
/// </summary>
internal static class BundleLinks
{
    /// <summary>Of a bundle that was verified against this manifest: each link in it leads to a file or a directory of it. What cannot be made is left; no file depends on it.</summary>
    public static void Make(string bundle, Manifest manifest)
    {
        // Links of Windows need a right of their own, and are of one kind for files and another for directories.
        if (OperatingSystem.IsWindows())
            return;
        var links = manifest.Entries.OfType<ManifestLink>().Select(l => l.Path).OfType<string>().ToList();
        var leadOn = links.SelectMany(l => Ways(l).Append(l)).ToHashSet(StringComparer.Ordinal);
        foreach (var (path, target) in ListedIn(manifest))
        {
            var link = Path.Combine(bundle, path);
            if (!SafePath.IsPlain(path) || target.Any(char.IsControl) || !CodeLinks.StaysInside(path, target) || leadOn.Contains(Resolved(path, target)) || !IsFree(link) || !HasPlainWay(bundle, path))
                continue;
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(link)!);
                File.CreateSymbolicLink(link, target);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A file system that has none, or a name that is too long for it.
            }
        }
    }

    /// <summary>Those that the bundle's own manifest lists and that are as it lists them.</summary>
    public static IReadOnlySet<string> MadeIn(string bundle)
    {
        var file = Path.Combine(bundle, BundleLayout.ManifestPath);
        return File.Exists(file) && Manifest.ReadFile(file).Manifest is { } manifest
            ? ListedIn(manifest).Where(l => SafePath.IsPlain(l.Path) && HasPlainWay(bundle, l.Path) && new FileInfo(Path.Combine(bundle, l.Path)).LinkTarget == l.Target).Select(l => l.Path).ToHashSet(StringComparer.Ordinal)
            : new HashSet<string>();
    }

    /// <summary>Removes them again: what comes next may be a directory of that name.</summary>
    public static void Remove(string bundle)
    {
        foreach (var path in MadeIn(bundle))
            File.Delete(Path.Combine(bundle, path));
    }

    /// <summary>Whose names are text.</summary>
    private static IEnumerable<(string Path, string Target)> ListedIn(Manifest manifest)
    {
        foreach (var link in manifest.Entries.OfType<ManifestLink>())
        {
            if (link.Path is { } path && PathEscape.TryUnescape(Encoding.ASCII.GetBytes(link.EscapedTarget), out var bytes) && Encoding.UTF8.GetString(bytes) is var target && !target.Contains('\uFFFD', StringComparison.Ordinal))
                yield return (path, target);
        }
    }

    private static bool IsFree(string path) => new FileInfo(path).LinkTarget is null && !Path.Exists(path);

    /// <summary>No directory on the way to it is a link.</summary>
    private static bool HasPlainWay(string bundle, string path) => Ways(path).Skip(1).All(way => new DirectoryInfo(Path.Combine(bundle, way)).LinkTarget is null);

    /// <summary>The directories above, from the results' own on, which is empty.</summary>
    private static IEnumerable<string> Ways(string path)
    {
        yield return "";
        for (var at = path.IndexOf('/', StringComparison.Ordinal); at >= 0; at = path.IndexOf('/', at + 1))
            yield return path[..at];
    }

    /// <param name="target">One that <see cref="CodeLinks.StaysInside"/>: up at its beginning alone.</param>
    private static string Resolved(string path, string target)
    {
        List<string> at = [.. path.Split('/')[..^1]];
        foreach (var part in target.Split('/').Where(p => p is not ("" or ".")))
        {
            if (part == "..")
                at.RemoveAt(at.Count - 1);
            else
                at.Add(part);
        }

        return string.Join('/', at);
    }
}
