using System.Text;

namespace Lodger.Cli.Terminal;

/// <summary>
/// Text with marks for how it looks: <c>[yellow]</c> until <c>[/]</c>, one inside the other if need be; a bracket that is meant is doubled. A mark that is none is a defect, not a text:
/// what comes from elsewhere goes through <see cref="Shown"/>.
/// </summary>
internal static class Markup
{
    private const string Reset = "\u001b[0m";

    /// <summary>The text as markup that shows it as it is.</summary>
    public static string Escape(string text) =>
        text.AsSpan().ContainsAny('[', ']') ? text.Replace("[", "[[", StringComparison.Ordinal).Replace("]", "]]", StringComparison.Ordinal) : text;

    /// <summary>The text alone.</summary>
    public static string Remove(string markup)
    {
        if (!markup.AsSpan().ContainsAny('[', ']'))
            return markup;
        var text = new StringBuilder(markup.Length);
        for (var at = 0; at < markup.Length;)
        {
            var letter = Next(markup, ref at, out var mark);
            if (mark is null)
                text.Append(letter);
        }

        return text.ToString();
    }

    /// <summary>As a terminal is told it. A line that is longer than the screen goes on in the next one, at a word.</summary>
    /// <param name="width">In columns.</param>
    /// <param name="looks">What the terminal can show.</param>
    public static string Render(string markup, int width, Looks looks)
    {
        var text = new StringBuilder(markup.Length);
        var open = new List<string>();
        var (column, hasWord) = (0, false);
        for (var at = 0; at < markup.Length;)
        {
            var letter = Next(markup, ref at, out var mark);
            if (mark is not null)
            {
                Turn(text, open, mark, looks);
                continue;
            }

            if (letter == ' ' && hasWord && column + 1 + WordLength(markup, at) > width)
                (letter, column, hasWord) = ('\n', 0, false); // In the place of the space.
            else if (letter == '\n')
                (column, hasWord) = (0, false);
            else
                (column, hasWord) = (column + 1, hasWord || letter != ' ');
            text.Append(letter);
        }

        return open.Count == 0 ? text.ToString() : throw new FormatException($"a mark is not closed in {markup}");
    }

    private static void Turn(StringBuilder text, List<string> open, string mark, Looks looks)
    {
        if (mark != "/")
        {
            open.Add(Code(mark, looks));
            text.Append(open[^1]);
            return;
        }

        if (open.Count == 0)
            throw new FormatException("a mark is closed that was not opened");
        var closed = open[^1];
        open.RemoveAt(open.Count - 1);
        if (closed.Length == 0)
            return;
        text.Append(Reset);
        foreach (var outer in open)
            text.Append(outer);
    }

    /// <summary>Empty: the terminal shows nothing of it.</summary>
    private static string Code(string mark, Looks looks)
    {
        var code = mark switch
        {
            "default" => "",
            "bold" => "\u001b[1m",
            "dim" => "\u001b[2m",
            "green" => "\u001b[32m",
            "red" => "\u001b[91m",
            "yellow" => "\u001b[93m",
            _ => throw new FormatException($"[{mark}] is no mark"),
        };
        return looks == Looks.Plain || (looks == Looks.NoColor && mark is not ("bold" or "dim")) ? "" : code;
    }

    /// <summary>One letter or one mark; <paramref name="at"/> goes behind it.</summary>
    /// <param name="mark">Null: it is a letter.</param>
    private static char Next(string markup, ref int at, out string? mark)
    {
        mark = null;
        var letter = markup[at++];
        if (letter is not ('[' or ']'))
            return letter;
        if (at < markup.Length && markup[at] == letter)
        {
            at++;
            return letter;
        }

        var end = letter == '[' ? markup.IndexOf(']', at) : -1;
        if (end < 0)
            throw new FormatException("a bracket in markup stands alone");
        mark = markup[at..end];
        at = end + 1;
        return letter;
    }

    private static int WordLength(string markup, int at)
    {
        var length = 0;
        while (at < markup.Length)
        {
            var letter = Next(markup, ref at, out var mark);
            if (mark is not null)
                continue;
            if (letter is ' ' or '\n')
                break;
            length++;
        }

        return length;
    }
}

/// <summary>What a terminal can show besides letters.</summary>
internal enum Looks
{
    /// <summary>Nothing: it is a file or another program, or cannot redraw.</summary>
    Plain,

    /// <summary>Bold and dim: a person asked for no colours.</summary>
    NoColor,

    /// <summary>Everything.</summary>
    Color,
}
