using System.Text;

namespace Lodger.Artifacts.Manifests;

/// <summary>What a path in a manifest may be. The answer is the finding's id and sentence, or null for a good path.</summary>
internal static class PathRules
{
    internal static (string Id, string What)? Refusal(ReadOnlySpan<byte> escapedPath)
    {
        if (!PathEscape.TryUnescape(escapedPath, out var path))
        {
            return ("path-not-escaped", "the path is not written in the manifest's escaping (a raw control character, space or non-ASCII byte, or a %HH that should not be).");
        }

        if (path.Length == 0)
        {
            return ("path-empty", "the path is empty.");
        }

        if (path[0] == '/')
        {
            return ("path-absolute", "the path is absolute and would lead out of the bundle.");
        }

        if (path.Length > ManifestLimits.MaxPathBytes)
        {
            return ("path-too-long", $"the path has {path.Length} bytes, more than {ManifestLimits.MaxPathBytes}.");
        }

        return SegmentsRefusal(path);
    }

    private static (string Id, string What)? SegmentsRefusal(ReadOnlySpan<byte> path)
    {
        var depth = 0;
        foreach (var range in path.Split((byte)'/'))
        {
            var segment = path[range];
            if (segment.Length == 0)
            {
                return ("path-empty-segment", "the path has an empty segment (two slashes in a row, or one at the end).");
            }

            if (segment.SequenceEqual("."u8) || segment.SequenceEqual(".."u8))
            {
                return ("path-dot-segment", "the path has a . or .. segment and could lead out of the bundle.");
            }

            if (segment.Length > ManifestLimits.MaxSegmentBytes)
            {
                return ("path-too-long", $"a segment of the path has {segment.Length} bytes, more than {ManifestLimits.MaxSegmentBytes}.");
            }

            if (depth == 0 && segment.SequenceEqual(BundleLayout.OwnDirectoryUtf8))
            {
                return ("path-reserved", $"{BundleLayout.OwnDirectory} at the root belongs to Lodger and is never listed.");
            }

            if (++depth > ManifestLimits.MaxSegments)
            {
                return ("path-too-deep", $"the path has more than {ManifestLimits.MaxSegments} segments.");
            }
        }

        return null;
    }

    /// <summary>The directories above an escaped path, nearest first: <c>a/b/c</c> gives <c>a/b</c>, <c>a</c>.</summary>
    internal static IEnumerable<string> Ancestors(string escapedPath)
    {
        for (var slash = escapedPath.LastIndexOf('/'); slash > 0; slash = escapedPath.LastIndexOf('/', slash - 1))
        {
            yield return escapedPath[..slash];
        }
    }

    internal static string Printable(ReadOnlySpan<byte> field) => PrintableText.Of(Encoding.Latin1.GetString(field), maxChars: 256);
}
