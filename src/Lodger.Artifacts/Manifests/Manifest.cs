using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Lodger.Artifacts.Manifests;

/// <summary>The roster of result files made on the machine: path, bytes, SHA-256 (docs/formats/manifest.md). Always valid: the ways to one refuse what is not.</summary>
public sealed class Manifest
{
    internal Manifest(DateTimeOffset madeAt, string escapedRoot, IReadOnlyList<ManifestEntry> entries, string sha256)
    {
        MadeAt = madeAt;
        EscapedRoot = escapedRoot;
        Entries = entries;
        Sha256 = sha256;
        TotalBytes = entries.OfType<ManifestFile>().Sum(file => file.Bytes);
        RosterSha256 = HashOfRoster(entries);
    }

    /// <summary>When it was made, by the machine's clock, UTC, whole seconds.</summary>
    public DateTimeOffset MadeAt { get; }

    /// <summary>The absolute directory on the machine that paths are relative to, escaped.</summary>
    public string EscapedRoot { get; }

    /// <summary>Files and symbolic links, sorted by escaped path, each path once.</summary>
    public IReadOnlyList<ManifestEntry> Entries { get; }

    /// <summary>The files among the entries.</summary>
    public IEnumerable<ManifestFile> Files => Entries.OfType<ManifestFile>();

    /// <summary>The sum of the files' sizes in bytes.</summary>
    public long TotalBytes { get; }

    /// <summary>The manifest's identity: SHA-256 of its text, lower-case hex.</summary>
    public string Sha256 { get; }

    /// <summary>
    /// The identity of what is listed, whenever it was listed and wherever it lay: SHA-256 of the text without its first line. Two manifests of the same files have the same one.
    /// </summary>
    public string RosterSha256 { get; }

    /// <summary>Makes a manifest from entries in any order; findings instead when they break a rule of the format.</summary>
    /// <param name="madeAt">When the roster was taken; kept to the second.</param>
    /// <param name="root">The absolute directory that paths are relative to.</param>
    /// <param name="entries">Files and links.</param>
    public static ManifestReading Create(DateTimeOffset madeAt, string root, IEnumerable<ManifestEntry> entries)
    {
        var sorted = entries.OrderBy(entry => entry.EscapedPath, StringComparer.Ordinal).ToList();
        var text = new MemoryStream();
        Write(text, madeAt, PathEscape.Escape(root), sorted);
        text.Position = 0;
        return ManifestReader.Read(text);
    }

    /// <summary>Reads a manifest; see <see cref="ManifestReader"/> for what is refused.</summary>
    public static ManifestReading Read(Stream text) => ManifestReader.Read(text);

    /// <summary>Reads a manifest from a file. A file that is not there or cannot be read is a finding, not an exception.</summary>
    public static ManifestReading ReadFile(string path)
    {
        try
        {
            using var text = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
            return ManifestReader.Read(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ManifestReading.Refused(
                "manifest-unreadable", $"the manifest {PrintableText.Of(path)} cannot be read: {PrintableText.Of(e.Message)}", "Pull it again.");
        }
    }

    /// <summary>Writes the manifest's one text, the bytes <see cref="Sha256"/> is the hash of.</summary>
    public void Write(Stream text) => Write(text, MadeAt, EscapedRoot, Entries);

    /// <summary>Writes it to a file so that a crash leaves no half of one.</summary>
    /// <exception cref="IOException">The disk refused it.</exception>
    public void WriteFile(string path) => DurableFile.Write(path, Write);

    private static void Write(Stream text, DateTimeOffset madeAt, string escapedRoot, IReadOnlyList<ManifestEntry> entries)
    {
        using var lines = Lines(text);
        lines.Write(string.Create(CultureInfo.InvariantCulture, $"{ManifestReader.Magic} 1 {madeAt.ToUnixTimeSeconds()} {escapedRoot}\n"));
        WriteRoster(lines, entries);
    }

    private static void WriteRoster(StreamWriter lines, IReadOnlyList<ManifestEntry> entries)
    {
        Int128 totalBytes = 0;
        foreach (var entry in entries)
        {
            lines.Write(entry switch
            {
                ManifestFile file => string.Create(CultureInfo.InvariantCulture, $"{file.Sha256} {file.Bytes} {file.EscapedPath}\n"),
                ManifestLink link => $"{ManifestReader.Symlink} {link.EscapedTarget} {link.EscapedPath}\n",
                _ => throw new InvalidOperationException($"{entry.GetType()} is not a kind of manifest line."),
            });
            totalBytes += (entry as ManifestFile)?.Bytes ?? 0;
        }

        lines.Write(string.Create(CultureInfo.InvariantCulture, $"{ManifestReader.End} {entries.Count} {totalBytes}\n"));
    }

    private static string HashOfRoster(IReadOnlyList<ManifestEntry> entries)
    {
        using var sha256 = SHA256.Create();
        using (var hashing = new CryptoStream(Stream.Null, sha256, CryptoStreamMode.Write))
        using (var lines = Lines(hashing))
        {
            WriteRoster(lines, entries);
        }

        return Hex(sha256.Hash);
    }

    private static StreamWriter Lines(Stream text) =>
        new(text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), bufferSize: 64 * 1024, leaveOpen: true);

    internal static string Hex(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash);

    internal static string HashOf(ReadOnlySpan<byte> bytes) => Hex(SHA256.HashData(bytes));
}
