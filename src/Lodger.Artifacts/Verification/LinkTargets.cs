using System.Text;
using Lodger.Artifacts.Manifests;

namespace Lodger.Artifacts.Verification;

/// <summary>Where the manifest's symbolic links lead, worked out from the manifest's text alone: no link on any disk is followed.</summary>
internal sealed class LinkTargets
{
    private const int MaxHops = 8;

    private readonly Dictionary<string, ManifestLink> _links;
    private readonly HashSet<string> _filesAndDirectories;
    private readonly string _root;
    private readonly List<string>? _roots;

    /// <param name="manifest">With the links.</param>
    /// <param name="roots">Below its root, unescaped: outside of them nothing was listed, even where a directory that holds one of them has the target's name. Null: all of it was.</param>
    internal LinkTargets(Manifest manifest, IReadOnlyList<string>? roots = null)
    {
        _roots = roots?.Select(root => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(root))).ToList();
        _root = Unescape(manifest.EscapedRoot).TrimEnd('/');
        _links = manifest.Entries.OfType<ManifestLink>().ToDictionary(link => Unescape(link.EscapedPath), StringComparer.Ordinal);
        _filesAndDirectories = _links.Count == 0 ? [] : [.. manifest.Files.SelectMany(file => PathRules.Ancestors(Unescape(file.EscapedPath)).Append(Unescape(file.EscapedPath)))];
    }

    /// <summary>True when the link leads, perhaps by other listed links, to a listed file or to a directory of listed files.</summary>
    internal bool LeadsToListed(ManifestLink link)
    {
        for (var hop = 0; hop < MaxHops; hop++)
        {
            if (Resolve(Unescape(link.EscapedPath), Unescape(link.EscapedTarget)) is not { } target || !IsInRoots(target))
            {
                return false;
            }

            if (_filesAndDirectories.Contains(target))
            {
                return true;
            }

            if (!_links.TryGetValue(target, out var next))
            {
                return false;
            }

            link = next;
        }

        return false;
    }

    private bool IsInRoots(string target) => _roots is null || _roots.Exists(root => target == root || target.StartsWith(root + "/", StringComparison.Ordinal));

    /// <summary>
    /// The target relative to the root; null when it lies outside, or is the root itself; and, where only some roots were listed, when it goes up again after it went down: through a link that is
    /// not listed that would lead elsewhere.
    /// </summary>
    private string? Resolve(string path, string target)
    {
        if (target.StartsWith('/'))
        {
            if (!target.StartsWith(_root + "/", StringComparison.Ordinal))
            {
                return null;
            }

            (path, target) = (string.Empty, target[(_root.Length + 1)..]);
        }

        var segments = new List<string>(path.Split('/')[..^1]);
        var hasDescended = false;
        foreach (var segment in target.Split('/'))
        {
            if (segment == "..")
            {
                if (segments.Count == 0 || (hasDescended && _roots is not null))
                {
                    return null;
                }

                segments.RemoveAt(segments.Count - 1);
            }
            else if (segment is not ("" or "."))
            {
                hasDescended = true;
                segments.Add(segment);
            }
        }

        return string.Join('/', segments);
    }

    /// <summary>Bytes as Latin-1: any name, UTF-8 or not, compares byte for byte.</summary>
    private static string Unescape(string escaped) =>
        PathEscape.TryUnescape(Encoding.ASCII.GetBytes(escaped), out var bytes) ? Encoding.Latin1.GetString(bytes) : escaped;
}
