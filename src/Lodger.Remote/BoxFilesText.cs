using System.Globalization;
using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Remote.Transfer;

namespace Lodger.Remote;

/// <summary>A file that the machine keeps as it is until it was copied.</summary>
/// <param name="Sha256">Lower-case hex, as the machine says.</param>
internal sealed record HeldFile(string Path, long Bytes, string Sha256);

/// <summary>Reads what <c>lodge.sh</c> prints of files: a first line, a file a line with its path escaped as in a manifest, <c>end</c>.</summary>
internal static class BoxFilesText
{
    private const int FilesMax = 10_000;
    private const int HashChars = 64;
    private const long MaxFileBytes = 1L << 46;

    public static Outcome<IReadOnlyList<BoxFile>> Files(string text)
    {
        if (Lines(text, "lodger-checkpoints 1") is not { } lines)
        {
            return Unreadable("its checkpoints");
        }

        if (lines.Count > FilesMax)
        {
            return new Problem(
                "too-many-checkpoints", $"{lines.Count} files on the machine match the job's checkpoint patterns; at most {FilesMax} are followed.",
                "Name fewer under  checkpoints:.", ExitCode.BadInput);
        }

        return Outcome<IReadOnlyList<BoxFile>>.Ok([.. lines.Select(Read).OfType<BoxFile>().DistinctBy(file => file.Path, StringComparer.Ordinal)]);
    }

    /// <param name="asked">Nothing else is taken over, whatever the machine says.</param>
    public static Outcome<IReadOnlyList<HeldFile>> Held(string text, IReadOnlyCollection<string> asked)
    {
        if (Lines(text, "lodger-held 1") is not { } lines)
        {
            return Unreadable("what it holds");
        }

        var wanted = asked.ToHashSet(StringComparer.Ordinal);
        var held = new List<HeldFile>();
        foreach (var fields in lines.Select(line => line.Split(' ')).Where(fields => fields.Length == 3))
        {
            if (fields[0].Length == HashChars && fields[0].All(char.IsAsciiHexDigitLower)
                && long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes <= MaxFileBytes
                && Unescape(fields[2]) is { } path && wanted.Remove(path))
            {
                held.Add(new HeldFile(path, bytes, fields[0]));
            }
        }

        return held;
    }

    /// <param name="told">Nothing else is taken for a removed checkpoint, whatever the machine says.</param>
    public static Outcome<Pruned> Pruned(string text, IEnumerable<CopiedFile> told)
    {
        if (Lines(text, "lodger-pruned 1") is not { } lines)
        {
            return Unreadable("what it removed");
        }

        var known = told.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        var checkpoints = new List<string>();
        var (others, bytes) = (0, 0L);
        foreach (var fields in lines.Take(FilesMax).Select(line => line.Split(' ')).Where(fields => fields.Length == 3))
        {
            if (!long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) || size > MaxFileBytes)
            {
                continue;
            }

            if (fields[0] != "checkpoint")
            {
                others++;
            }
            else if (Unescape(fields[2]) is { } path && known.Remove(path))
            {
                checkpoints.Add(path);
            }
            else
            {
                continue;
            }

            bytes += size;
        }

        return new Pruned(checkpoints, others, bytes);
    }

    /// <summary>Null when the text was cut short: then it says nothing.</summary>
    private static List<string>? Lines(string text, string first)
    {
        var lines = text.Split('\n').Select(line => line.TrimEnd('\r')).SkipWhile(line => line != first).Skip(1).ToList();
        var end = lines.IndexOf("end");
        return end < 0 ? null : lines[..end];
    }

    private static BoxFile? Read(string line)
    {
        var fields = line.Split(' ');
        return fields.Length == 3
            && long.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            && long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            && Unescape(fields[2]) is { } path && SafePath.IsPlain(path)
                ? new BoxFile(path, bytes, DateTimeOffset.FromUnixTimeSeconds(seconds))
                : null;
    }

    /// <summary><c>%41</c> to its byte, the whole as UTF-8; null when it is none.</summary>
    private static string? Unescape(string escaped)
    {
        var bytes = new List<byte>(escaped.Length);
        for (var i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] != '%')
            {
                bytes.Add((byte)escaped[i]);
            }
            else if (i + 2 < escaped.Length && byte.TryParse(escaped.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                bytes.Add(value);
                i += 2;
            }
            else
            {
                return null;
            }
        }

        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString([.. bytes]);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static Problem Unreadable(string what) =>
        new("box-list-unreadable", $"The machine answered, but not with the whole list of {what}.", "Nothing is concluded from it; ask again.", ExitCode.Unknown, MayRetry: true);
}
