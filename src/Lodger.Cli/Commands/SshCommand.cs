using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger ssh</c>: log in to a job's machine.</summary>
internal static class SshCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = Shared.Job();
        return new Verb("ssh", "Log in to a job's machine; the exit status is the login's, and a tmux there ends with 0 whatever its shell did")
        {
            Examples = ["lodger ssh digits"],
            Exits = MachineVerb.Exits,
        }
        .With(name)
        .Does((parse, token) => around.WithMachineAsync(
            parse.GetValue(name),
            machine => around.SshAsync(machine, machine.Ssh.Interactive(), isLogin: true, token),
            token));
    }
}
