using System.Globalization;
using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Remote.Text;

namespace Lodger.Remote;

/// <summary>Reads what <c>survey.sh</c> and the hashing after it print: records that end in NUL. A survey that is not understood to its last record is none.</summary>
internal static class BoxSurveyText
{
    private const int HashChars = 64;
    private const int GoneMax = 5;

    /// <summary>As many as a manifest may have.</summary>
    private const int EntriesMax = 1_000_000;

    private const long MaxBytes = 1L << 50;

    private static readonly byte[] Head = "lodger-survey 1 "u8.ToArray();

    /// <param name="roots">Absolute: whatever the machine says, nothing else is taken over.</param>
    /// <param name="error">What it said besides: only of what went meanwhile.</param>
    public static Outcome<BoxSurvey> Survey(byte[] output, byte[] error, IReadOnlyList<string> roots)
    {
        var start = output.AsSpan().IndexOf(Head);
        if (start < 0)
        {
            return Unreadable();
        }

        var records = Records(output.AsMemory(start));
        if (records.Count < 2 || !records[^1].Span.SequenceEqual("end"u8) || Seconds(Latin(records[0])[Head.Length..]) is not { } at)
        {
            return Unreadable();
        }

        if (records.Count > EntriesMax)
        {
            return new Problem("manifest-too-large", $"More than {EntriesMax} files lie there.", "Pack small files into an archive on the machine, and name that.", ExitCode.NotVerified);
        }

        var entries = new List<SurveyedEntry>(records.Count);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 1; i < records.Count - 1; i++)
        {
            var isLink = records[i].Span.StartsWith("l "u8);
            if (isLink && i + 1 >= records.Count - 1)
            {
                return Unreadable();
            }

            if (Entry(records[i], isLink ? new ReadOnlyMemory<byte>?(records[++i]) : default, roots) is not { } entry || !seen.Add(entry.EscapedPath))
            {
                return Unreadable();
            }

            entries.Add(entry);
        }

        return new BoxSurvey(at, entries, [.. Lines(error).Take(GoneMax).Select(line => Sanitize.Line(line))]);
    }

    /// <summary>By escaped path without its first slash, of those that were asked about and that are there.</summary>
    public static IReadOnlyDictionary<string, string> Hashes(byte[] output, IReadOnlyCollection<string> asked)
    {
        var wanted = asked.ToHashSet(StringComparer.Ordinal);
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var record in Records(output))
        {
            // HASH, two spaces, or a space and a star, and the path.
            var span = record.Span;
            if (span.Length > HashChars + 3 && span[HashChars] == ' ' && span[HashChars + 2] == '/' && Encoding.Latin1.GetString(span[..HashChars]) is var hash
                && hash.All(char.IsAsciiHexDigitLower) && EscapedName.Of(span[(HashChars + 3)..]) is var path && wanted.Contains(path))
            {
                hashes[path] = hash;
            }
        }

        return hashes;
    }

    /// <summary>The first thing that the machine could not read, cleaned; null: all complaints are of what has gone meanwhile.</summary>
    public static string? Complaint(byte[] error) => Lines(error).FirstOrDefault(line => !line.EndsWith(": No such file or directory", StringComparison.Ordinal)) is { } line ? Sanitize.Line(line) : null;

    /// <summary>Whether it said anything at all.</summary>
    public static bool SaysWhy(byte[] error) => Lines(error).Any();

    private static IEnumerable<string> Lines(byte[] error) => Encoding.UTF8.GetString(error).Split('\n').Where(line => line.Length > 0);

    private static SurveyedEntry? Entry(ReadOnlyMemory<byte> record, ReadOnlyMemory<byte>? target, IReadOnlyList<string> roots)
    {
        Span<Range> parts = stackalloc Range[6];
        var text = Latin(record);
        // KIND SIZE WRITTEN CHANGED DEVICE:INODE /PATH, where a path may hold spaces.
        if (text.AsSpan().Split(parts, ' ') < 6 || text[parts[0]] != (target is null ? "f" : "l")
            || !long.TryParse(text[parts[1]], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) || bytes > MaxBytes || Seconds(text[parts[2]].Split('.')[0]) is not { } written || Seconds(text[parts[3]].Split('.')[0]) is not { } changed)
        {
            return null;
        }

        var path = record[parts[5].Start..];
        if (path.Length < 2 || path.Span[0] != (byte)'/' || !roots.Any(root => IsBelow(path.Span, Encoding.UTF8.GetBytes(root))))
        {
            return null;
        }

        return new SurveyedEntry(
            EscapedName.Of(path.Span[1..]), target is null ? bytes : 0, text[parts[1].Start..parts[4].End], written, changed, target is { } to ? EscapedName.Of(to.Span) : null);
    }

    private static bool IsBelow(ReadOnlySpan<byte> path, ReadOnlySpan<byte> root) => path.StartsWith(root) && (path.Length == root.Length || path[root.Length] == (byte)'/');

    private static DateTimeOffset? Seconds(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds) && seconds > -1_000_000_000_000 && seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds() && seconds > DateTimeOffset.MinValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    private static string Latin(ReadOnlyMemory<byte> bytes) => Encoding.Latin1.GetString(bytes.Span);

    private static List<ReadOnlyMemory<byte>> Records(ReadOnlyMemory<byte> all)
    {
        List<ReadOnlyMemory<byte>> records = [];
        for (var end = all.Span.IndexOf((byte)0); end >= 0; end = all.Span.IndexOf((byte)0))
        {
            records.Add(all[..end]);
            all = all[(end + 1)..];
        }

        return records;
    }

    private static Problem Unreadable() =>
        new("survey-unreadable", "The machine answered, but not with a whole list of what lies there.", "Nothing is concluded from it; it is asked again.", ExitCode.Unknown, MayRetry: true);
}
