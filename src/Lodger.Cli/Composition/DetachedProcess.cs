using System.ComponentModel;
using System.Diagnostics;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Composition;

/// <summary>A process in a session of its own whose output goes to a file: it survives the terminal and the command that started it.</summary>
internal static class DetachedProcess
{
    /// <summary>setsid becomes the shell, the shell becomes the program: the process's id is the program's own.</summary>
    private const string Redirect = "exec \"$@\" </dev/null >>\"$0\" 2>&1";

    private const long LogBytesMax = 10_000_000;

    /// <param name="environment">Set on top of the inherited environment.</param>
    public static Outcome<Process> Start(OwnProgram program, IReadOnlyList<string> arguments, string logFile, IReadOnlyDictionary<string, string> environment)
    {
        TrimLog(logFile);
        var start = new ProcessStartInfo("setsid") { UseShellExecute = false, WorkingDirectory = "/" };
        foreach (var argument in (string[])["sh", "-c", Redirect, logFile, program.Path, .. program.Prefix, .. arguments])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        try
        {
            return Process.Start(start) is { } process ? process : Missing("it did not start");
        }
        catch (Win32Exception e)
        {
            return Missing(e.Message);
        }
    }

    /// <summary>The end of a log, for the error message that needs it.</summary>
    public static string Tail(string logFile, int lines = 12)
    {
        try
        {
            return string.Join('\n', File.ReadLines(logFile).TakeLast(lines));
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>One older log is kept, so that a log cannot fill the disk.</summary>
    private static void TrimLog(string logFile)
    {
        if (File.Exists(logFile) && new FileInfo(logFile).Length > LogBytesMax)
            File.Move(logFile, logFile + ".old", overwrite: true);
    }

    private static Problem Missing(string why) => new(
        "program-missing", $"A background process needs the program setsid, which cannot be started: {why}.", "Install it (on Debian and Ubuntu: apt-get install util-linux).", ExitCode.Prerequisite);
}
