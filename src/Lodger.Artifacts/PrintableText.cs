using System.Globalization;
using System.Text;

namespace Lodger.Artifacts;

/// <summary>Makes text that came from a file or a machine safe to print: no control, no direction override, no endless line.</summary>
public static class PrintableText
{
    /// <summary>The text with every unprintable character written as <c>\u{HEX}</c>, cut to <paramref name="maxChars"/>.</summary>
    public static string Of(string text, int maxChars = 512)
    {
        var printable = new StringBuilder(Math.Min(text.Length, maxChars));
        foreach (var rune in text.EnumerateRunes())
        {
            if (printable.Length >= maxChars)
            {
                return printable.Append('…').ToString();
            }

            if (IsPrintable(rune))
            {
                printable.Append(rune.ToString());
            }
            else
            {
                printable.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:X}}}");
            }
        }

        return printable.ToString();
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
