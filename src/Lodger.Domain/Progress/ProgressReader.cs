using System.Globalization;
using System.Text.RegularExpressions;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Progress;

/// <summary>How far a job is, as far as its own output says.</summary>
/// <param name="Total">Null when the output names no end.</param>
/// <param name="Line">The line it was read from; from a hostile machine, already cleaned.</param>
public sealed record JobProgress(long Step, long? Total, double? Loss, string Line)
{
    /// <summary>0 to 1, or null.</summary>
    public double? Fraction => Total is > 0 ? Math.Clamp((double)Step / Total.Value, 0, 1) : null;
}

/// <summary>Reads progress from the end of a log or from a progress file. Bounded in time whatever the text or the user's expression.</summary>
public static class ProgressReader
{
    /// <summary>For one line; the first line that takes longer ends the reading, so the whole takes at most <see cref="Lines"/> times as long.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(500);

    private const int Lines = 200;

    /// <summary>Characters; a machine sends 4096 bytes at most, some of which are no text.</summary>
    private const int LongText = 1024;

    /// <summary>So many times the usual distance of two steps is no distance of one counter.</summary>
    private const long FarApart = 10;

    /// <param name="text">The last few KB; only its last matching line counts.</param>
    public static JobProgress? Read(ProgressSpec? spec, string text) => Newest(spec, text, 1) is [var last] ? last.Progress : null;

    /// <summary>
    /// Where a start of the command began: the first step that the counter says which speaks last. Others (<c>loading shards 2/4</c>, <c>loaded (epoch 3)</c>) count something else; a bar at 0 has not begun,
    /// and what is far below the next step, in the pace of those after it, belongs to something that was done before.
    /// </summary>
    /// <param name="text">The last few KB of what this start has said.</param>
    public static JobProgress? Began(ProgressSpec? spec, string text)
    {
        // A file may go on from an earlier start's lines.
        if (spec?.File is not null)
            return Read(spec, text);
        ArgumentNullException.ThrowIfNull(text);
        // The first line of a long text may be the rest of one that was cut.
        var whole = text.Length > LongText && text.IndexOfAny(['\n', '\r']) is >= 0 and var end ? text[end..] : text;
        JobProgress? first = null;
        (string Counter, long? Total) speaks = ("", null);
        var pace = long.MaxValue;
        foreach (var (progress, counter) in Newest(spec, whole, Lines))
        {
            if (progress.Step == 0)
                continue;
            if (first is null)
                speaks = (counter, progress.Total);
            else if (speaks != (counter, progress.Total))
                continue;
            else if (first.Step - progress.Step is > 0 and var apart)
            {
                if (pace < long.MaxValue && apart > FarApart * pace)
                    break;
                pace = Math.Min(pace, apart);
            }

            first = progress;
        }

        return first;
    }

    /// <summary>What the last lines say, the last one first, with the name of what counts; nothing where the reading takes too long.</summary>
    private static List<(JobProgress Progress, string Counter)> Newest(ProgressSpec? spec, string text, int wanted)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<(JobProgress, string)> found = [];
        try
        {
            var expression = spec?.Regex is { } own ? Compile(own) : Common.Value;
            foreach (var line in text.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Reverse().Take(Lines))
            {
                if (found.Count < wanted && expression.Match(line) is { Success: true } match && Parse(match, line) is { } progress)
                    found.Add((progress, match.Groups["counter"].Value.ToUpperInvariant()));
            }
        }
        catch (RegexMatchTimeoutException)
        {
            return [];
        }
        catch (ArgumentException)
        {
            // An expression that cannot be used; Complaint says so to its author.
            return [];
        }

        return found;
    }

    /// <summary>Null when the expression can be used; else why not, for the person who wrote it.</summary>
    public static string? Complaint(string expression)
    {
        try
        {
            var names = Compile(expression).GetGroupNames();
            return names.Contains("step") ? null : "it needs a named group (?<step>...); (?<total>...) and (?<loss>...) are optional";
        }
        catch (ArgumentException e)
        {
            return e.Message;
        }
    }

    private static JobProgress? Parse(Match match, string line) =>
        long.TryParse(match.Groups["step"].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var step)
            ? new(step, Whole(match.Groups["total"].Value), Real(match.Groups["loss"].Value), line.Length > 200 ? line[..200] : line)
            : null;

    private static long? Whole(string s) => long.TryParse(s, NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out var n) ? n : null;

    private static double? Real(string s) => double.TryParse(s, NumberStyles.Float, CultureInfo.InvariantCulture, out var x) && double.IsFinite(x) ? x : null;

    /// <summary>Linear in time where the expression allows it; one with look-around or back-references is cut off instead.</summary>
    private static Regex Compile(string expression, RegexOptions more = RegexOptions.None)
    {
        try
        {
            return new Regex(expression, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | more, Limit);
        }
        catch (NotSupportedException)
        {
            return new Regex(expression, RegexOptions.CultureInvariant | more, Limit);
        }
    }

    /// <summary><c>step 400/6000 loss 0.21</c>, <c>Epoch 3 of 90, loss: 1.2</c>, <c>it=12</c>, and tqdm's <c>12/100 [00:03&lt;...]</c>.</summary>
    private static readonly Lazy<Regex> Common = new(() => Compile(
        @"(?:(?<counter>\b(?:global[_ ]?)?(?:step|iter(?:ation)?|it|epoch|batch))[ :=#\[]*(?<step>\d+)(?:\s*(?:/|of)\s*(?<total>\d+))?|(?<step>\d+)/(?<total>\d+) \[)(?:.*?\bloss[ :=]*(?<loss>-?\d+(?:\.\d+)?(?:e[+-]?\d+)?))?",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture));
}
