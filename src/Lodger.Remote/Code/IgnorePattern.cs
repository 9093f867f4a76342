using System.Text;
using System.Text.RegularExpressions;

namespace Lodger.Remote.Code;

/// <summary>One line of a <c>.gitignore</c>, with git's meaning of it.</summary>
internal sealed class IgnorePattern
{
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(20);
    private readonly Regex expression;
    private readonly bool isDirectoryOnly;

    private IgnorePattern(Regex expression, bool isDirectoryOnly, bool isNegated)
    {
        this.expression = expression;
        this.isDirectoryOnly = isDirectoryOnly;
        IsNegated = isNegated;
    }

    /// <summary>The line brings back what an earlier one ignored.</summary>
    public bool IsNegated { get; }

    /// <summary>Null for comments and empty lines.</summary>
    public static IgnorePattern? Parse(string line)
    {
        var text = TrimEnd(line.TrimEnd('\r', '\n'));
        if (text.Length == 0 || text[0] == '#')
        {
            return null;
        }

        var isNegated = text[0] == '!';
        text = isNegated ? text[1..] : text;
        var endsInSlash = text.EndsWith('/');
        text = endsInSlash ? text[..^1] : text;
        if (text.Length == 0)
        {
            return null;
        }

        // A slash before the end ties the pattern to the directory of its file.
        var isAnchored = text.Contains('/', StringComparison.Ordinal);
        var body = ToExpression(text.StartsWith('/') ? text[1..] : text);
        var prefix = isAnchored ? "^" : "^(?:.*/)?";
        return new IgnorePattern(new Regex($"{prefix}{body}$", RegexOptions.CultureInvariant | RegexOptions.Singleline, MatchTimeout), endsInSlash, isNegated);
    }

    /// <param name="path">Relative to the directory that holds the ignore file.</param>
    public bool Matches(string path, bool isDirectory) => (isDirectory || !isDirectoryOnly) && expression.IsMatch(path);

    /// <summary>Trailing spaces do not count unless a backslash stands before them.</summary>
    private static string TrimEnd(string line)
    {
        var end = line.Length;
        while (end > 0 && line[end - 1] == ' ' && (end < 2 || line[end - 2] != '\\'))
        {
            end--;
        }

        return line[..end];
    }

    private static string ToExpression(string text)
    {
        var built = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var rest = text.AsSpan(i);
            var isSegmentStart = i == 0 || text[i - 1] == '/';
            if (isSegmentStart && rest.StartsWith("**/"))
            {
                built.Append("(?:.*/)?");
                i += 2;
            }
            else if (isSegmentStart && rest.SequenceEqual("**"))
            {
                built.Append(".+");
                i++;
            }
            else
            {
                i += AppendOne(built, text, i);
            }
        }

        return built.ToString();
    }

    /// <summary>Appends what stands at a position and returns how many more characters it took.</summary>
    private static int AppendOne(StringBuilder built, string text, int at)
    {
        switch (text[at])
        {
            case '*':
                built.Append("[^/]*");
                return 0;
            case '?':
                built.Append("[^/]");
                return 0;
            case '\\' when at + 1 < text.Length:
                built.Append(Regex.Escape(text[at + 1].ToString()));
                return 1;
            case '[' when ClassEnd(text, at) is > 0 and var end:
                var content = text[(at + 1)..end];
                var isNot = content[0] is '!' or '^';
                content = (isNot ? content[1..] : content).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal);
                built.Append("(?!/)[").Append(isNot ? "^" : "").Append(content.StartsWith(']') ? "\\" : "").Append(content).Append(']');
                return end - at;
            default:
                built.Append(Regex.Escape(text[at].ToString()));
                return 0;
        }
    }

    /// <summary>Where the bracket that opens at a position closes; 0 when it never does and so stands for itself.</summary>
    private static int ClassEnd(string text, int at)
    {
        var first = at + 1;
        first += first < text.Length && (text[first] is '!' or '^') ? 1 : 0;
        var end = first + 1 <= text.Length ? text.IndexOf(']', Math.Min(first + 1, text.Length)) : -1;
        return end > first ? end : 0;
    }
}
