using System.Text;

namespace Lodger.Cli.Tests.Docs;

/// <summary>A line as a shell would split it, up to its comment or to the first operator.</summary>
internal static class ShellWords
{
    public static IReadOnlyList<string> Of(string line)
    {
        var words = new List<string>();
        StringBuilder? word = null;
        char? quote = null;
        foreach (var c in line)
        {
            if (quote is not null)
            {
                if (c == quote)
                    quote = null;
                else
                    word!.Append(c);
            }
            else if (c is '\'' or '"')
            {
                quote = c;
                word ??= new StringBuilder();
            }
            else if (c is '|' or '>' or '<' or '&' or ';' || (c == '#' && word is null))
            {
                break;
            }
            else if (c == ' ')
            {
                if (word is not null)
                    words.Add(word.ToString());
                word = null;
            }
            else
            {
                (word ??= new StringBuilder()).Append(c);
            }
        }

        if (word is not null)
            words.Add(word.ToString());
        return words;
    }
}
