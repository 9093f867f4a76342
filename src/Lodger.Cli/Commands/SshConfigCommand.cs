using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger ssh-config</c>: an alias for ssh itself and for editors that speak it.</summary>
internal static class SshConfigCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = Shared.Job();
        return new Verb("ssh-config", "Print a job's machine as an entry for ~/.ssh/config (for ssh, scp, VS Code)")
        {
            Examples = ["lodger ssh-config digits > ~/.ssh/lodger.conf    # with  Include lodger.conf  in ~/.ssh/config"],
            Exits = MachineVerb.Exits,
        }
        .With(name)
        .Does((parse, token) => around.WithMachineAsync(
            parse.GetValue(name),
            machine =>
            {
                around.Screen.OutWriter.Write(Shown.Block(machine.Ssh.ConfigEntry($"lodger-{machine.Job.Name}")));
                return Task.FromResult(ExitCode.Ok);
            },
            token));
    }
}
