namespace Lodger.Artifacts.Manifests;

/// <summary>What a manifest may not exceed (docs/formats/manifest.md, Limits).</summary>
public static class ManifestLimits
{
    /// <summary>File and symlink lines.</summary>
    public const int MaxEntries = 1_000_000;

    /// <summary>Bytes in one line, without its newline: a path and a target of 4096 bytes, each byte escaped, fit.</summary>
    public const int MaxLineBytes = 25_000;

    /// <summary>Bytes in the whole manifest.</summary>
    public const long MaxBytes = 256L * 1024 * 1024;

    /// <summary>Bytes in a path before escaping (Linux PATH_MAX).</summary>
    public const int MaxPathBytes = 4096;

    /// <summary>Segments in a path.</summary>
    public const int MaxSegments = 64;

    /// <summary>Bytes in one segment of a path before escaping (Linux NAME_MAX).</summary>
    public const int MaxSegmentBytes = 255;
}
