using Lodger.Cli.Terminal;
using Lodger.Server.Api;

namespace Lodger.Cli.Text;

/// <summary>The end of a failed command's output, from the log that came home: why it failed, where the person looks.</summary>
internal static class LastWords
{
    private const int LinesMax = 8;
    private const int BytesMax = 8 * 1024;

    /// <summary>Writes nothing for a command that succeeded, or whose log is not home.</summary>
    public static void Write(Screen screen, JobView job)
    {
        if (screen.IsJson || job.ExitCode is null or 0)
            return;
        var path = Path.Combine(job.ResultsDirectory, ".lodger", "run.log");
        var lines = Tail(path);
        if (lines.Length == 0)
            return;
        screen.Line($"  The last the command said before it exited with {job.ExitCode}:");
        foreach (var line in lines)
            screen.Line($"    [dim]{Shown.Text(line)}[/]");
        screen.Line($"  All of it:  lodger logs {Shown.Text(job.Name)}");
        screen.Line();
    }

    private static string[] Tail(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var isCut = file.Length > BytesMax;
            if (isCut)
                file.Seek(-BytesMax, SeekOrigin.End);
            using var reader = new StreamReader(file);
            var lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            // The first of a cut log is half a line.
            return [.. lines.Skip(isCut && lines.Length > 1 ? 1 : 0).TakeLast(LinesMax)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
