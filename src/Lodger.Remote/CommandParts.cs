using Lodger.Remote.Script;

namespace Lodger.Remote;

/// <summary>Cuts a list of words into parts that fit one command: the system takes 128 KB of it as a single argument.</summary>
internal static class CommandParts
{
    private const int CharsMax = 24 * 1024;

    public static IEnumerable<IReadOnlyList<string>> Of(IReadOnlyList<string> words)
    {
        var part = new List<string>();
        var chars = 0;
        foreach (var word in words)
        {
            var length = ShellQuote.Word(word).Length + 1;
            if (part.Count > 0 && chars + length > CharsMax)
            {
                yield return part;
                (part, chars) = ([], 0);
            }

            part.Add(word);
            chars += length;
        }

        if (part.Count > 0)
        {
            yield return part;
        }
    }
}
