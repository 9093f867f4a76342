using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Lodger.Artifacts.Manifests;

/// <summary>
/// Reads the manifest's text and refuses everything that is not its one correct spelling. The text is hostile: memory is bounded by
/// <see cref="ManifestLimits"/>, and every refusal names its line.
/// </summary>
internal sealed class ManifestReader
{
    internal const string Magic = "lodger-manifest";
    internal const string Symlink = "symlink";
    internal const string End = "end";

    private const int MaxFindings = 50;
    private const string MakeAgain = "Make the manifest again on the machine; do not edit it.";

    private static readonly SearchValues<byte> _lowerHex = SearchValues.Create("0123456789abcdef"u8);

    private readonly List<Finding> _findings = [];
    private readonly List<ManifestEntry> _entries = [];
    private long _totalBytes;
    private int _lineNumber;

    internal static ManifestReading Read(Stream text)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long bytesSeen = 0;
        var lines = new LineReader(text, ManifestLimits.MaxLineBytes, seen =>
        {
            bytesSeen += seen.Length;
            hash.AppendData(seen);
        });
        var reader = new ManifestReader();
        var header = reader.ReadLines(lines, () => bytesSeen);
        if (header is null || reader._findings.Count > 0)
        {
            return new ManifestReading(null, reader._findings);
        }

        var (madeAt, root) = header.Value;
        return new ManifestReading(new Manifest(madeAt, root, reader._entries, Manifest.Hex(hash.GetHashAndReset())), []);
    }

    private (DateTimeOffset MadeAt, string Root)? ReadLines(LineReader lines, Func<long> bytesSeen)
    {
        // 1. the header, 2. entries until "end", 3. nothing after it, 4. the roster as a whole
        if (NextLine(lines, bytesSeen, out var line) is false || ReadHeader(line) is not { } header)
        {
            return null;
        }

        while (true)
        {
            if (!NextLine(lines, bytesSeen, out line))
            {
                return null;
            }

            if (line.StartsWith("end "u8))
            {
                break;
            }

            if (_entries.Count == ManifestLimits.MaxEntries)
            {
                Refuse("manifest-too-large", $"it lists more than {ManifestLimits.MaxEntries} entries.", "Pack small files into an archive on the machine.");
                return null;
            }

            ReadEntry(line);
            if (_findings.Count >= MaxFindings)
            {
                return null;
            }
        }

        ReadEnd(line);
        if (lines.Next(out _) != LineEnd.None)
        {
            Refuse("manifest-trailing", "something follows the end line.", MakeAgain);
        }

        RefuseFilesUsedAsDirectories();
        return header;
    }

    private bool NextLine(LineReader lines, Func<long> bytesSeen, out ReadOnlySpan<byte> line)
    {
        _lineNumber++;
        var end = lines.Next(out line);
        if (bytesSeen() > ManifestLimits.MaxBytes)
        {
            Refuse("manifest-too-large", $"it is larger than {ManifestLimits.MaxBytes} bytes.", "Pack small files into an archive on the machine.");
            return false;
        }

        switch (end)
        {
            case LineEnd.Whole:
                return true;
            case LineEnd.TooLong:
                Refuse("manifest-line-too-long", $"the line is longer than {ManifestLimits.MaxLineBytes} bytes.", MakeAgain);
                return false;
            case LineEnd.Cut:
            case LineEnd.None:
            default:
                Refuse("manifest-truncated", "the manifest stops here, before its end line: it was cut short.", "Pull it again; if it stays so, make it again on the machine.");
                return false;
        }
    }

    private (DateTimeOffset MadeAt, string Root)? ReadHeader(ReadOnlySpan<byte> line)
    {
        Span<Range> fields = stackalloc Range[5];
        if (line.Split4(fields) != 4 || !line[fields[0]].SequenceEqual("lodger-manifest"u8))
        {
            Refuse("manifest-header", $"this is not a manifest: it should begin with \"{Magic} 1\".", "Check that the right file was given.");
            return null;
        }

        if (!line[fields[1]].SequenceEqual("1"u8))
        {
            Refuse("manifest-version", $"format version {PathRules.Printable(line[fields[1]])} is not known here, only 1.", "Update Lodger.");
            return null;
        }

        // 253402300799 = 9999-12-31T23:59:59Z, the last second DateTimeOffset can hold
        if (!TryNumber(line[fields[2]], out var seconds) || seconds > 253_402_300_799)
        {
            Refuse("manifest-number", "the time is not a number of seconds since 1970.", MakeAgain);
            return null;
        }

        var root = line[fields[3]];
        if (!PathEscape.TryUnescape(root, out var rootBytes) || rootBytes.Length is 0 or > ManifestLimits.MaxPathBytes || rootBytes[0] != '/')
        {
            Refuse("manifest-root", "the root is not an escaped absolute path.", MakeAgain);
            return null;
        }

        return (DateTimeOffset.FromUnixTimeSeconds(seconds), Encoding.ASCII.GetString(root));
    }

    private void ReadEntry(ReadOnlySpan<byte> line)
    {
        Span<Range> fields = stackalloc Range[5];
        if (line.Split4(fields) != 3)
        {
            Refuse("manifest-fields", "the line does not have exactly three fields with one space between them.", MakeAgain);
            return;
        }

        var first = line[fields[0]];
        var second = line[fields[1]];
        var path = line[fields[2]];
        if (PathRules.Refusal(path) is { } refusal)
        {
            Refuse(refusal.Id, $"\"{PathRules.Printable(path)}\": {refusal.What}", MakeAgain);
            return;
        }

        if (_entries.Count > 0)
        {
            var order = string.CompareOrdinal(_entries[^1].EscapedPath, Encoding.ASCII.GetString(path));
            if (order >= 0)
            {
                Refuse(
                    order == 0 ? "path-duplicate" : "manifest-unsorted",
                    order == 0 ? $"\"{PathRules.Printable(path)}\" is listed twice." : $"\"{PathRules.Printable(path)}\" is not in sorted order.",
                    MakeAgain);
                return;
            }
        }

        if (first.SequenceEqual("symlink"u8))
        {
            ReadLink(second, path);
        }
        else
        {
            ReadFile(first, second, path);
        }
    }

    private void ReadLink(ReadOnlySpan<byte> target, ReadOnlySpan<byte> path)
    {
        if (!PathEscape.TryUnescape(target, out var bytes) || bytes.Length is 0 or > ManifestLimits.MaxPathBytes)
        {
            Refuse("manifest-link", "the link's target is not an escaped path.", MakeAgain);
            return;
        }

        _entries.Add(new ManifestLink(Encoding.ASCII.GetString(path), Encoding.ASCII.GetString(target)));
    }

    private void ReadFile(ReadOnlySpan<byte> sha256, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> path)
    {
        if (sha256.Length != 64 || sha256.ContainsAnyExcept(_lowerHex))
        {
            Refuse("manifest-hash", "the first field is neither 64 lower-case hex digits nor the word symlink.", MakeAgain);
            return;
        }

        if (!TryNumber(bytes, out var size))
        {
            Refuse("manifest-number", $"the size \"{PathRules.Printable(bytes)}\" is not a number of bytes.", MakeAgain);
            return;
        }

        if (size > long.MaxValue - _totalBytes)
        {
            Refuse("manifest-number", "the sizes add up to more than any disk holds.", MakeAgain);
            return;
        }

        _totalBytes += size;
        _entries.Add(new ManifestFile(Encoding.ASCII.GetString(path), size, Encoding.ASCII.GetString(sha256)));
    }

    private void ReadEnd(ReadOnlySpan<byte> line)
    {
        Span<Range> fields = stackalloc Range[5];
        if (line.Split4(fields) != 3 || !TryNumber(line[fields[1]], out var count) || !TryNumber(line[fields[2]], out var totalBytes))
        {
            Refuse("manifest-end", "the end line is not \"end COUNT BYTES\".", MakeAgain);
        }
        else if (_findings.Count == 0 && (count != _entries.Count || totalBytes != _totalBytes))
        {
            Refuse(
                "manifest-end",
                $"the end line promises {count} entries and {totalBytes} bytes; there are {_entries.Count} and {_totalBytes}.",
                "Pull it again; if it stays so, make it again on the machine.");
        }
    }

    private void RefuseFilesUsedAsDirectories()
    {
        var paths = _entries.Select(entry => entry.EscapedPath).ToHashSet(StringComparer.Ordinal);
        var parentSeen = string.Empty;
        foreach (var entry in _entries)
        {
            var parent = PathRules.Ancestors(entry.EscapedPath).FirstOrDefault(string.Empty);
            if (parent == parentSeen)
            {
                continue; // its ancestors were looked at with the entry before it
            }

            parentSeen = parent;
            if (PathRules.Ancestors(entry.EscapedPath).FirstOrDefault(paths.Contains) is { } ancestor && _findings.Count < MaxFindings)
            {
                Refuse("path-conflict", $"\"{entry.DisplayPath}\" lies under \"{PrintableText.Of(ancestor, 256)}\", which is listed as a file or link itself.", MakeAgain);
            }
        }
    }

    private static bool TryNumber(ReadOnlySpan<byte> digits, out long value)
    {
        value = 0;
        return digits.Length is > 0 and <= 19 && !digits.ContainsAnyExceptInRange((byte)'0', (byte)'9') && (digits.Length == 1 || digits[0] != '0')
            && Utf8Parser.TryParse(digits, out value, out var used) && used == digits.Length;
    }

    private void Refuse(string id, string what, string fix) =>
        _findings.Add(new Finding(id, Severity.Error, string.Empty, $"manifest line {_lineNumber}: {what}", fix));
}
