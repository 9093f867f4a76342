using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace Lodger.Remote.Script;

/// <summary>
/// A pattern below the workdir that names results or checkpoints: <c>*</c> and <c>?</c> stay within a segment, <c>**</c> crosses them,
/// and a pattern whose last segment has no wildcard also names everything below it when it is a directory.
/// </summary>
public static class ResultPattern
{
    /// <summary>More patterns than all jobs of a server have; beyond, they are made anew.</summary>
    private const int KnownMax = 10_000;

    private static readonly ConcurrentDictionary<string, Regex> Known = new(StringComparer.Ordinal);

    /// <summary>Whether a manifest path (unescaped) is named by the pattern. The machine chooses the path: no path takes longer than its length asks for.</summary>
    public static bool Matches(string pattern, string path)
    {
        if (Known.Count > KnownMax)
        {
            Known.Clear();
        }

        return Known.GetOrAdd(pattern, p => new Regex(ToExpression(p), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)).IsMatch(Escape(path));
    }

    /// <summary>The pattern as a POSIX extended regular expression over paths escaped as in a manifest; what the lodge script matches with.</summary>
    public static string ToExpression(string pattern)
    {
        var text = Normalize(pattern);
        var expression = new StringBuilder("^");
        for (var i = 0; i < text.Length; i++)
        {
            if (text.AsSpan(i).StartsWith("**/") && (i == 0 || text[i - 1] == '/'))
            {
                expression.Append("(.*/)?");
                i += 2;
            }
            else if (text.AsSpan(i).StartsWith("**"))
            {
                expression.Append(".*");
                i += 1;
            }
            else
            {
                i += AppendOne(expression, text, i);
            }
        }

        var lastSegment = text[(text.LastIndexOf('/') + 1)..];
        expression.Append(lastSegment.AsSpan().IndexOfAny('*', '?') < 0 ? "(/.*)?$" : "$");
        return expression.ToString();
    }

    private static string Normalize(string pattern)
    {
        var text = pattern;
        while (text.StartsWith("./", StringComparison.Ordinal))
        {
            text = text[2..];
        }

        text = text.TrimEnd('/');
        return text is "" or "." ? "**" : text;
    }

    /// <summary>Appends one character of the pattern and returns how many more chars of it were used.</summary>
    private static int AppendOne(StringBuilder expression, string text, int at)
    {
        switch (text[at])
        {
            case '*':
                expression.Append("[^/]*");
                return 0;
            case '?':
                // One character: plain, an escaped ASCII byte, or an escaped UTF-8 sequence.
                expression.Append("([^%/]|%[0-7][0-9A-F]|%[C-F][0-9A-F](%[89AB][0-9A-F])+)");
                return 0;
            default:
                var rune = Rune.GetRuneAt(text, at);
                foreach (var literal in Escape(rune.ToString()))
                {
                    expression.Append(char.IsAsciiLetterOrDigit(literal) || literal is '/' or '_' or '-' or '%' or ',' or '=' or '@' or ':' or '~'
                        ? literal.ToString()
                        : literal is '^' or '\\' ? $"\\{literal}" : $"[{literal}]");
                }

                return rune.Utf16SequenceLength - 1;
        }
    }

    private static string Escape(string path)
    {
        var escaped = new StringBuilder(path.Length);
        foreach (var value in Encoding.UTF8.GetBytes(path))
        {
            if (value is >= 0x21 and <= 0x7e and not (byte)'%')
            {
                escaped.Append((char)value);
            }
            else
            {
                escaped.Append('%').Append(value.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return escaped.ToString();
    }
}
