using System.ComponentModel;
using System.Diagnostics;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;
using Lodger.Remote.Processes;

namespace Lodger.Cli.Composition;

/// <summary>A program that takes over the terminal for as long as a person uses it: ssh, for one.</summary>
internal static class ForegroundProcess
{
    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(10);

    /// <summary>The exit status is the program's own. Ctrl-C goes to the program; when it is we who are ended, it is ended too.</summary>
    /// <param name="output">Where its output goes with its terminal escapes taken out; null: to wherever ours goes, as it is.</param>
    /// <param name="errors">The same of what it says beside it.</param>
    public static async Task<Outcome<int>> RunAsync(
        string program, IReadOnlyList<string> arguments, bool endWithUs, TextWriter? output, TextWriter? errors, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = output is not null, RedirectStandardError = errors is not null };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        InheritedEnvironment.Reduce(start.Environment);
        try
        {
            using var process = Process.Start(start)!;
            var copying = Task.WhenAll(
                output is null ? Task.CompletedTask : CleanedText.CopyAsync(process.StandardOutput, output),
                errors is null ? Task.CompletedTask : CleanedText.CopyAsync(process.StandardError, errors));
            try
            {
                await process.WaitForExitAsync(endWithUs ? cancellationToken : CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }

            // A descendant may keep the pipes open for longer than the program lives.
            await Task.WhenAny(copying, Task.Delay(DrainMax, CancellationToken.None));
            return process.ExitCode;
        }
        catch (Win32Exception e)
        {
            return new Problem("program-missing", $"The program '{program}' cannot be started: {e.Message}.", "Install it (on Debian and Ubuntu: apt-get install openssh-client).", ExitCode.Prerequisite);
        }
    }
}
