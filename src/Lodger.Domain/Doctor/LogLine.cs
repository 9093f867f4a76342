namespace Lodger.Domain.Doctor;

/// <summary>Lines of a job's log as evidence of how it ended. Only of a command that is over: a line that once stood in a log says nothing of what runs now.</summary>
internal static class LogLine
{
    private const int LengthMax = 200;

    /// <summary>Errors end programs within their last lines.</summary>
    private const int LinesSeen = 40;

    /// <summary>The last line, of the last forty, with one of these words; null: none has.</summary>
    public static string? Last(string? log, params ReadOnlySpan<string> words)
    {
        foreach (var line in Lines(log))
        {
            foreach (var word in words)
            {
                if (line.Contains(word, StringComparison.OrdinalIgnoreCase))
                    return line;
            }
        }

        return null;
    }

    /// <summary>The last line with a word in it.</summary>
    public static string? Last(string? log) => Lines(log).FirstOrDefault();

    private static IEnumerable<string> Lines(string? log) =>
        (log ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Reverse().Take(LinesSeen).Select(l => l.Length > LengthMax ? l[..LengthMax] : l);
}
