using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Commands;

/// <summary>What <c>ssh-config --json</c> says.</summary>
/// <param name="Alias">The name that ssh knows the machine by once the entry is in its configuration.</param>
/// <param name="Entry">The whole entry.</param>
internal sealed record SshAlias(string Alias, string Host, int Port, string Entry);

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
                var alias = $"lodger-{machine.Job.Name}";
                var entry = Shown.Block(machine.Ssh.ConfigEntry(alias));
                if (around.Screen.IsJson)
                    around.Screen.Json(new SshAlias(alias, machine.Box.Address.Endpoint.Host, machine.Box.Address.Endpoint.Port, entry), CliJson.Default.SshAlias);
                else
                    around.Screen.OutWriter.Write(entry);
                return Task.FromResult(ExitCode.Ok);
            },
            token));
    }
}
