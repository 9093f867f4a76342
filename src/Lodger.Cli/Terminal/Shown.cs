using Lodger.Remote.Text;

namespace Lodger.Cli.Terminal;

/// <summary>Text from a platform, a machine, a file or a person, made safe: no terminal escape reaches the terminal, no bracket is taken for markup.</summary>
internal static class Shown
{
    private const int CharactersMax = 2000;

    /// <summary>One line, as markup.</summary>
    public static string Text(string? text) => Markup.Escape(Plain(text));

    /// <summary>One line, for writers that know no markup.</summary>
    public static string Plain(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        // Sanitize trims; indentation that we put there ourselves stays.
        var lead = text.Length - text.TrimStart(' ').Length;
        var trail = text.EndsWith(' ') ? " " : "";
        return new string(' ', lead) + Sanitize.Line(text, CharactersMax) + trail;
    }

    /// <summary>Several lines of a log, without markup.</summary>
    public static string Block(string text) => Sanitize.Block(text, int.MaxValue);
}
