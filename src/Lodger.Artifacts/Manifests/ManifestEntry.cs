using System.Text;

namespace Lodger.Artifacts.Manifests;

/// <summary>One line of a manifest.</summary>
public abstract record ManifestEntry
{
    private protected ManifestEntry(string escapedPath)
    {
        EscapedPath = escapedPath;
        PathEscape.TryUnescape(Encoding.ASCII.GetBytes(escapedPath), out var bytes);
        Path = PathEscape.Utf8OrNull(bytes);
    }

    /// <summary>The path as the manifest spells it: unique, printable, sorts as the manifest does.</summary>
    public string EscapedPath { get; }

    /// <summary>The path relative to the root, forward slashes; null when the name is not UTF-8, so that no .NET program can open it.</summary>
    public string? Path { get; }

    /// <summary>The path for people: readable where it can be, escaped where it must be.</summary>
    public string DisplayPath => Path is null ? EscapedPath : PrintableText.Of(Path, maxChars: 1024);
}

/// <summary>A regular file as it was on the machine.</summary>
/// <param name="EscapedPath">Its path, escaped.</param>
/// <param name="Bytes">Its size in bytes.</param>
/// <param name="Sha256">Its SHA-256 in lower-case hex.</param>
public sealed record ManifestFile(string EscapedPath, long Bytes, string Sha256) : ManifestEntry(EscapedPath)
{
    /// <summary>A file line for a path given as text.</summary>
    public static ManifestFile Of(string path, long bytes, string sha256) => new(PathEscape.Escape(path), bytes, sha256);
}

/// <summary>A symbolic link as it was on the machine. Never followed.</summary>
/// <param name="EscapedPath">The link's own path, escaped.</param>
/// <param name="EscapedTarget">The link's text, escaped.</param>
public sealed record ManifestLink(string EscapedPath, string EscapedTarget) : ManifestEntry(EscapedPath)
{
    /// <summary>A symlink line for a path and a target given as text.</summary>
    public static ManifestLink Of(string path, string target) => new(PathEscape.Escape(path), PathEscape.Escape(target));
}
