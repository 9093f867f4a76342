using System.Globalization;
using System.Text;

namespace Lodger.Remote.Text;

/// <summary>Makes text from a rented machine safe to show: no terminal escape, no direction override, no endless line.</summary>
public static class Sanitize
{
    /// <summary>One line: line breaks and tabs become spaces, other control and format characters vanish with the escape sequence they begin.</summary>
    /// <param name="maxChars">Longer text is cut and ends in an ellipsis.</param>
    public static string Line(string text, int maxChars = 300)
    {
        var clean = Clean(text, keepLines: false, maxChars);
        return clean.Trim();
    }

    /// <summary>Several lines: newline and tab stay; a carriage return starts the line again, as progress bars mean it, and so becomes a newline.</summary>
    public static string Block(string text, int maxChars = 64 * 1024) => Clean(text, keepLines: true, maxChars);

    private static string Clean(string text, bool keepLines, int maxChars)
    {
        // As nearly all text is that comes here, thousands of names in a list for one.
        if (text.Length <= maxChars && text.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0)
            return text;
        var clean = new StringBuilder(Math.Min(text.Length, maxChars));
        for (var i = 0; i < text.Length;)
        {
            if (clean.Length >= maxChars)
            {
                return clean.Append('…').ToString();
            }

            if (EscapeLength(text, i) is > 0 and var skipped)
            {
                i += skipped;
                continue;
            }

            if (!Rune.TryGetRuneAt(text, i, out var rune))
            {
                clean.Append('\uFFFD');
                i++;
                continue;
            }

            i += rune.Utf16SequenceLength;
            switch (rune.Value)
            {
                case '\r' when keepLines && i < text.Length && text[i] == '\n':
                    break;
                case '\n' or '\r':
                    clean.Append(keepLines ? '\n' : ' ');
                    break;
                case '\t':
                    clean.Append(keepLines ? '\t' : ' ');
                    break;
                default:
                    if (IsPrintable(rune))
                    {
                        clean.Append(rune.ToString());
                    }

                    break;
            }
        }

        return clean.ToString();
    }

    /// <summary>Length of the ANSI sequence at a position (CSI, OSC and the other strings, two-character escapes); 0 when there is none.</summary>
    private static int EscapeLength(string text, int start)
    {
        int next;
        switch (text[start])
        {
            case '\u009b':
                next = start + 1;
                return CsiEnd(text, next) - start;
            case '\u009d' or '\u0090' or '\u0098' or '\u009e' or '\u009f':
                return StringEnd(text, start + 1) - start;
            case '\u001b':
                next = start + 1;
                break;
            default:
                return 0;
        }

        if (next >= text.Length)
        {
            return 1;
        }

        return text[next] switch
        {
            '[' => CsiEnd(text, next + 1) - start,
            ']' or 'P' or 'X' or '^' or '_' => StringEnd(text, next + 1) - start,
            >= ' ' and <= '~' => 2,
            _ => 1,
        };
    }

    private static int CsiEnd(string text, int at)
    {
        while (at < text.Length && text[at] is >= ' ' and <= '?')
        {
            at++;
        }

        return at < text.Length && text[at] is >= '@' and <= '~' ? at + 1 : at;
    }

    private static int StringEnd(string text, int at)
    {
        for (; at < text.Length; at++)
        {
            switch (text[at])
            {
                case '\u0007' or '\u009c':
                    return at + 1;
                case '\u001b':
                    return at + 1 < text.Length && text[at + 1] == '\\' ? at + 2 : at;
                case '\n':
                    return at;
            }
        }

        return at;
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
