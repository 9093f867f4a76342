using System.Globalization;
using System.Text;

namespace Lodger.Remote.Transfer;

/// <summary>What a machine may name: paths that stay below their directory, here and there.</summary>
public static class SafePath
{
    /// <summary>Ours in every bundle: the receipt lies there; and, when the workdir is the data directory, the lodge script's own.</summary>
    public const string OwnDirectory = ".lodger";

    private const int CharsMax = 4096;

    /// <summary>Relative, without <c>.</c> and <c>..</c>, and not Lodger's own.</summary>
    public static bool IsConfined(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.Length > 0 && !path.StartsWith('/') && !path.Contains('\0', StringComparison.Ordinal)
            && !path.Split('/').Any(segment => segment is "" or "." or "..")
            // Whatever its case, for file systems to which that is the same name.
            && !path.Split('/')[0].Equals(OwnDirectory, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>
    /// Confined, of bounded length, and without anything that a terminal, a shell or a line of text would take for more than a name, or that makes it look like another: control characters, line separators, and
    /// what is seen only by what it does to its neighbours. The two joiners stay: words and emoji of many languages are written with them.
    /// </summary>
    public static bool IsPlain(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.Length <= CharsMax && IsConfined(path) && !path.EnumerateRunes().Any(IsStrange);
    }

    private static bool IsStrange(Rune rune) => rune == Rune.ReplacementChar
        || (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator && rune.Value is not (0x200C or 0x200D));
}
