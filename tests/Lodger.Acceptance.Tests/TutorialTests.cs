using System.Diagnostics;
using System.Globalization;
using Lodger.Acceptance.Tests.Stage;

namespace Lodger.Acceptance.Tests;

/// <summary>The tutorials, typed from the first line to the last in a home of their own. A command that fails ends the page.</summary>
public sealed class TutorialTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    public static TheoryData<string> Pages => [.. Directory.EnumerateFiles(Tutorial.Directory, "*.md").Select(f => Path.GetFileName(f))];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Every_command_of_it_works_and_nothing_stays(string page)
    {
        var root = Directory.CreateTempSubdirectory("ldgt-").FullName;
        try
        {
            var (exit, said) = await TypeAsync(root, Tutorial.ScriptOf(page));
            exit.ShouldBe(0, said);
            said.ShouldContain("$ lodger market stop");
            await Left.GoneAsync(root, TimeSpan.FromMinutes(3));
        }
        finally
        {
            EndWhatIsLeft(root);
            using var remove = Process.Start("rm", ["-rf", root]);
            await remove.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static async Task<(int Exit, string Said)> TypeAsync(string root, string script)
    {
        var programs = Directory.CreateDirectory(Path.Combine(root, "bin")).FullName;
        var shim = Path.Combine(programs, "lodger");
        await File.WriteAllTextAsync(shim, $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "lodger.dll")}' \"$@\"\n");
        var start = new ProcessStartInfo("bash", ["-c", "exec 2>&1; chmod +x \"$1\"; eval \"$2\"", "tutorial", shim, script])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Directory.CreateDirectory(Path.Combine(root, "work")).FullName,
        };
        start.Environment["PATH"] = $"{programs}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["HOME"] = Directory.CreateDirectory(Path.Combine(root, "home")).FullName;
        start.Environment["TMPDIR"] = Directory.CreateDirectory(Path.Combine(root, "tmp")).FullName;
        start.Environment["LODGER_SOURCE"] = Tutorial.Source;
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        foreach (var name in (string[])["LODGER_STATE_DIR", "LODGER_ACCOUNT", "LODGER_SERVER", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "VAST_URL", "VAST_API_KEY", "LODGER_DATABASE"])
            start.Environment.Remove(name);
        using var bash = Process.Start(start)!;
        bash.StandardInput.Close();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var said = await bash.StandardOutput.ReadToEndAsync(limit.Token);
            await bash.WaitForExitAsync(limit.Token);
            return (bash.ExitCode, said);
        }
        finally
        {
            if (!bash.HasExited)
                bash.Kill();
        }
    }

    /// <summary>After a failure: what a page would have stopped itself, by the ids of what carries this stage's directory.</summary>
    private static void EndWhatIsLeft(string root)
    {
        foreach (var entry in Left.Of(root).Where(l => l.StartsWith("process ", StringComparison.Ordinal)))
        {
            try
            {
                using var process = Process.GetProcessById(int.Parse(Path.GetFileName(entry.Split(' ')[1]), CultureInfo.InvariantCulture));
                process.Kill();
                process.WaitForExit(TimeSpan.FromMinutes(1));
            }
            catch (ArgumentException)
            {
                // It has ended meanwhile.
            }
        }
    }
}
