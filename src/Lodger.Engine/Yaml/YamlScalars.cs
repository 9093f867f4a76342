using System.Globalization;
using System.Text;

namespace Lodger.Engine.Yaml;

/// <summary>Text as a value of a YAML file that Lodger writes.</summary>
public static class YamlScalars
{
    /// <summary>A double-quoted scalar in which nothing means anything.</summary>
    public static string Quoted(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var quoted = new StringBuilder("\"");
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                // YAML takes these three for ends of lines, too, where an editor shows nothing.
                < ' ' or '\u0085' or '\u2028' or '\u2029' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>Several lines as people write them, below a <c>|</c>; quoted where that could be read as something else.</summary>
    public static string Lines(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var text = value.TrimEnd('\n');
        if (!text.Contains('\n', StringComparison.Ordinal) || text[0] is ' ' or '\n' || text.Any(c => (c < ' ' && c != '\n') || c is '\u0085' or '\u2028' or '\u2029'))
            return Quoted(text);
        return "|\n" + string.Join('\n', text.Split('\n').Select(line => line.Length == 0 ? "" : "  " + line));
    }
}
