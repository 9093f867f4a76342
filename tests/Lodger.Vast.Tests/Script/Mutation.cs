using System.Text;
using System.Text.RegularExpressions;

namespace Lodger.Vast.Tests.Script;

/// <summary>Spoils an answer, reproducibly: values swapped for others, then sometimes bytes.</summary>
internal static partial class Mutation
{
    private static readonly string[] Nasty =
    [
        "null", "true", "false", "0", "-1", "1e400", "-1e-400", "0.1e-30", "99999999999999999999999999999999999", "\"\"", "\"x\"", "\"12\"", "\"-0.5\"", "[]", "{}", "[[]]", "[null]", "{\"a\":{}}",
        "\"\\ud800\"", "\"\\u0000\\u001b[2J\"", "\"NaN\"", "\"Infinity\"", "[1,\"2\",null,{}]", "{\"\\udc00\":1}", "{\"22/tcp\":{\"HostPort\":[]}}", "4711", "\"4711\"",
    ];

    public static byte[] Of(string answer, Random random)
    {
        for (var i = random.Next(4); i >= 0; i--)
        {
            var values = Value().Matches(answer);
            if (values.Count == 0) break;
            var at = values[random.Next(values.Count)].Groups["value"];
            answer = answer[..at.Index] + Nasty[random.Next(Nasty.Length)] + answer[(at.Index + at.Length)..];
        }

        var bytes = Encoding.UTF8.GetBytes(answer);
        switch (random.Next(6))
        {
            case 0:
                for (var i = random.Next(8); i >= 0; i--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                break;
            case 1:
                return bytes[..random.Next(bytes.Length)];
            case 2:
                return [.. bytes, .. bytes];
            case 3:
                return Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("[", 200)) + answer + string.Concat(Enumerable.Repeat("]", 200)));
        }

        return bytes;
    }

    // A value after a colon: text, number or word; also the opening of a list or an object, which then leaves the rest unbalanced.
    [GeneratedRegex(":\\s*(?<value>\"[^\"]*\"|-?[0-9.eE+]+|[a-z]+|\\[\\]|\\{\\}|\\[|\\{)", RegexOptions.ExplicitCapture, 20_000)]
    private static partial Regex Value();
}
