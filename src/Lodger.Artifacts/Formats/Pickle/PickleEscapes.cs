using System.Globalization;
using System.Text;

namespace Lodger.Artifacts.Formats.Pickle;

/// <summary>The texts of protocol 0, which are lines with escapes.</summary>
internal static class PickleEscapes
{
    /// <summary>Python's raw-unicode-escape: only \\u and \\U are escapes.</summary>
    internal static string Unicode(string line) => Escaped(line, static kind => kind switch { 'u' => 4, 'U' => 8, _ => 0 });

    /// <summary>A quoted str: \\x and the usual single letters.</summary>
    internal static string Quoted(string line)
    {
        line = line.TrimEnd();
        return line.Length >= 2 && line[0] is '\'' or '"' && line[^1] == line[0]
            ? Escaped(line[1..^1], static kind => kind == 'x' ? 2 : kind is 'n' or 't' or 'r' or '\\' or '\'' or '"' ? 1 : 0)
            : throw new PickleException("pickle-text", "a text is not in quotes.");
    }

    private static string Escaped(string line, Func<char, int> digitsOf)
    {
        var text = new StringBuilder(line.Length);
        for (var at = 0; at < line.Length; at++)
        {
            var digits = line[at] == '\\' && at + 1 < line.Length ? digitsOf(line[at + 1]) : 0;
            if (digits == 0)
            {
                text.Append(line[at]);
            }
            else if (digits == 1)
            {
                at++;
                text.Append(line[at] switch { 'n' => '\n', 't' => '\t', 'r' => '\r', var itself => itself });
            }
            else
            {
                text.Append(Hexadecimal(line, at + 2, digits));
                at += 1 + digits;
            }
        }

        return text.ToString();
    }

    private static string Hexadecimal(string line, int at, int digits)
    {
        if (at + digits > line.Length || !uint.TryParse(line.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) || value > 0x10FFFF)
        {
            throw new PickleException("pickle-text", "a text has an escape that is none.");
        }

        return value is >= 0xD800 and <= 0xDFFF ? "\uFFFD" : char.ConvertFromUtf32((int)value);
    }
}
