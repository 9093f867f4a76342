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
    /// <summary>For one line with an expression that can take for ever; the first line that takes longer ends the reading, so the whole takes at most <see cref="Lines"/> times as long.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(500);

    /// <summary>For one line with an expression that is linear in time: with a few KB of text only a machine that stood still gets there.</summary>
    private static readonly TimeSpan LinearLimit = TimeSpan.FromSeconds(20);

    private const int Lines = 50;

    /// <param name="text">The last few KB; only its last matching line counts.</param>
    public static JobProgress? Read(ProgressSpec? spec, string text) => Read(spec, text, Limit);

    /// <param name="limit">In place of <see cref="Limit"/>.</param>
    internal static JobProgress? Read(ProgressSpec? spec, string text, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            var expression = spec?.Regex is { } own ? Compile(own, limit) : Common.Value;
            foreach (var line in text.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Reverse().Take(Lines))
            {
                if (expression.Match(line) is { Success: true } match && Parse(match, line) is { } progress)
                    return progress;
            }
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
        catch (ArgumentException)
        {
            // An expression that cannot be used; Complaint says so to its author.
            return null;
        }

        return null;
    }

    /// <summary>Null when the expression can be used; else why not, for the person who wrote it.</summary>
    public static string? Complaint(string expression)
    {
        try
        {
            var names = Compile(expression, Limit).GetGroupNames();
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
    private static Regex Compile(string expression, TimeSpan limit, RegexOptions more = RegexOptions.None)
    {
        try
        {
            return new Regex(expression, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | more, LinearLimit);
        }
        catch (NotSupportedException)
        {
            return new Regex(expression, RegexOptions.CultureInvariant | more, limit);
        }
    }

    /// <summary><c>step 400/6000 loss 0.21</c>, <c>Epoch 3 of 90, loss: 1.2</c>, <c>it=12</c>, and tqdm's <c>12/100 [00:03&lt;...]</c>.</summary>
    private static readonly Lazy<Regex> Common = new(() => Compile(
        @"(?:(?:\b(?:global[_ ]?)?(?:step|iter(?:ation)?|it|epoch|batch))[ :=#\[]*(?<step>\d+)(?:\s*(?:/|of)\s*(?<total>\d+))?|(?<step>\d+)/(?<total>\d+) \[)(?:.*?\bloss[ :=]*(?<loss>-?\d+(?:\.\d+)?(?:e[+-]?\d+)?))?",
        Limit,
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture));
}
