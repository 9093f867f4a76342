using System.ComponentModel;
using System.Diagnostics;
using Lodger.Domain.Problems;
using Lodger.Remote.Processes;

namespace Lodger.Cli.Composition;

/// <summary>A program that takes over the terminal for as long as a person uses it: ssh, for one.</summary>
internal static class ForegroundProcess
{
    /// <summary>The exit status is the program's own. Ctrl-C goes to the program; when it is we who are ended, it is ended too.</summary>
    public static async Task<Outcome<int>> RunAsync(string program, IReadOnlyList<string> arguments, bool endWithUs, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        InheritedEnvironment.Reduce(start.Environment);
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                await process.WaitForExitAsync(endWithUs ? cancellationToken : CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }

            return process.ExitCode;
        }
        catch (Win32Exception e)
        {
            return new Problem("program-missing", $"The program '{program}' cannot be started: {e.Message}.", "Install it (on Debian and Ubuntu: apt-get install openssh-client).", ExitCode.Prerequisite);
        }
    }
}
