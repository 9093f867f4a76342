using System.Globalization;
using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Remote.Text;

namespace Lodger.Remote;

/// <summary>Reads what <c>look.sh</c> prints. A machine can name its files as it likes: what cannot be a plain path is left out of the suggestions, and is a problem where a person asked for it.</summary>
internal static class BoxLookText
{
    private const int FoundMax = 40;
    private const long MaxBytes = 1L << 50;

    /// <param name="asked">As many paths are answered, in this order.</param>
    public static Outcome<BoxLook> Parse(string text, IReadOnlyList<string> asked)
    {
        var lines = text.Split('\n').Select(line => line.TrimEnd('\r')).SkipWhile(line => line != "lodger-look 1").Skip(1).ToList();
        var end = lines.IndexOf("end");
        if (end < 0)
        {
            return Unreadable();
        }

        var facts = lines[..end].Select(line => line.Split('=', 2)).Where(parts => parts.Length == 2).ToLookup(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
        var answers = facts["path"].ToList();
        if (answers.Count != asked.Count)
        {
            return Unreadable();
        }

        var paths = new List<LookedPath>();
        for (var i = 0; i < asked.Count; i++)
        {
            if (Path(asked[i], answers[i]) is not { } path)
            {
                return Unreadable();
            }

            paths.Add(path);
        }

        var found = facts["file"].Select(File).OfType<FoundFile>().DistinctBy(file => file.Path, StringComparer.Ordinal).ToList();
        return new BoxLook(
            Decoded(facts["home"].FirstOrDefault() ?? "") ?? "",
            [.. facts["lacks"].Take(FoundMax).Select(program => Sanitize.Line(program, 40))],
            facts.Contains("watched"),
            paths,
            [.. found.Take(FoundMax)],
            found.Count > FoundMax);
    }

    private static LookedPath? Path(string asked, string answer)
    {
        var fields = answer.Split(' ');
        if (fields.Length < 2 || !int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var files)
            || !long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) || bytes > MaxBytes)
        {
            return null;
        }

        if (fields.Length == 2)
        {
            return new LookedPath(asked, null, 0, 0);
        }

        return fields.Length == 4 && Decoded(fields[2]) is { } real && IsPlain(real)
            ? new LookedPath(asked, real, files, bytes, fields[3].Length == 0 ? null : Sanitize.Line(Decoded(fields[3]) ?? "something there cannot be read"))
            : null;
    }

    private static FoundFile? File(string line)
    {
        var fields = line.Split(' ', 3);
        return fields.Length == 3 && IsPlain(fields[2])
            && long.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes <= MaxBytes
            && long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
                ? new FoundFile(fields[2], bytes, DateTimeOffset.FromUnixTimeSeconds(seconds))
                : null;
    }

    private static string? Decoded(string text)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Convert.FromBase64String(text));
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            return null;
        }
    }

    private static bool IsPlain(string path) => path.StartsWith('/') && !path.Any(c => char.IsControl(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format) && !path.Contains('\uFFFD', StringComparison.Ordinal);

    private static Problem Unreadable() =>
        new("box-look-unreadable", "The machine answered, but not with what lies on it.", "Nothing is concluded from it; ask again.", ExitCode.Unknown, MayRetry: true);
}
