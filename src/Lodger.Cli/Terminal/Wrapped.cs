using System.Text;

namespace Lodger.Cli.Terminal;

/// <summary>Text broken at spaces to a width.</summary>
internal static class Wrapped
{
    /// <summary>At least one line. A word that is longer than the width stays whole: paths and commands can be copied.</summary>
    public static IReadOnlyList<string> Lines(string text, int width)
    {
        var lines = new List<string>();
        var line = new StringBuilder();
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                lines.Add(line.ToString().TrimEnd());
                line.Clear();
            }
            else if (line.Length > 0)
            {
                line.Append(' ');
            }

            line.Append(word);
        }

        lines.Add(line.ToString());
        return lines;
    }
}
