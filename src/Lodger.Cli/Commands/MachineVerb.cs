using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Commands;

/// <summary>What every command that goes to a machine does first.</summary>
internal static class MachineVerb
{
    public static readonly IReadOnlyList<ExitCode> Exits = [ExitCode.NotFound, ExitCode.RentalUnusable, ExitCode.Unknown, ExitCode.ServerUnreachable, ExitCode.Prerequisite];

    public static Task<ExitCode> WithMachineAsync(this Surroundings around, string? job, Func<Machine, Task<ExitCode>> body, CancellationToken cancellationToken) =>
        around.WithJobAsync(
            job,
            async (server, view) => (await Machine.FindAsync(around, server, view, cancellationToken)).TryGet(out var machine, out var problem)
                ? await body(machine)
                : around.Screen.Fail(problem),
            cancellationToken,
            "the ssh key of the rented machine is the server's");

    /// <summary>Runs ssh in the foreground; its status is ours, except its own 255 for "could not connect".</summary>
    /// <param name="isLogin">A person works there and the machine may draw on the terminal; else what comes is only shown, and a terminal gets it cleaned.</param>
    public static async Task<ExitCode> SshAsync(
        this Surroundings around, Machine machine, IReadOnlyList<string> arguments, bool isLogin, CancellationToken cancellationToken)
    {
        const int sshItself = 255;
        var screen = around.Screen;
        var output = !isLogin && screen.Traits.OutIsTerminal ? screen.OutWriter : null;
        var errors = !isLogin && screen.Traits.ErrIsTerminal ? screen.ErrWriter : null;
        if (!(await ForegroundProcess.RunAsync("ssh", arguments, endWithUs: !isLogin, output, errors, cancellationToken)).TryGet(out var status, out var problem))
            return around.Screen.Fail(problem);
        if (!isLogin && cancellationToken.IsCancellationRequested)
            return ExitCode.Interrupted;
        return status == sshItself
            ? around.Screen.Fail(new Problem("ssh-failed", $"ssh to {machine.Job.RentalId} at {machine.Box.Address.Endpoint} failed or was cut.", $"lodger show {machine.Job.Name}", ExitCode.Unknown, MayRetry: true))
            : (ExitCode)status;
    }
}
