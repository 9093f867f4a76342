namespace Lodger.Artifacts.Formats.Yaml;

/// <summary>Quoted text, which may go over lines.</summary>
internal static class YamlQuotes
{
    /// <summary>Where the text after the closing quote begins; counts the lines on the way.</summary>
    internal static int End(ReadOnlySpan<byte> text, int at, ref int line, Func<string, InvalidDataException> wrong)
    {
        var quote = text[at];
        var (start, startLine) = (at, line);
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '\n')
            {
                line++;
            }
            else if (text[at] == '\\' && quote == '"')
            {
                at++;
                if (at < text.Length && !"0abt\tnvfre \"/\\N_LPxuU\r\n"u8.Contains(text[at]))
                {
                    throw wrong("a backslash in a quoted text escapes nothing");
                }

                line += at < text.Length && text[at] == '\n' ? 1 : 0;
            }
            else if (text[at] == quote)
            {
                if (quote == '\'' && at + 1 < text.Length && text[at + 1] == '\'')
                {
                    at++;
                    continue;
                }

                return at + 1;
            }
        }

        line = startLine;
        throw wrong($"a {(char)quote} that opens here (byte {start}) is never closed: the text was cut short");
    }
}
