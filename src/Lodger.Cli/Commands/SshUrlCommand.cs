using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;
using Lodger.Server.Api;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger ssh-url</c>: where ssh reaches a job's machine this moment.</summary>
internal static class SshUrlCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = Shared.Job();
        return new Verb("ssh-url", "Print where ssh reaches a job's machine this moment; ports change, so ask each time")
        {
            Examples = ["lodger ssh-url digits", "lodger ssh-url digits --json"],
            Exits = MachineVerb.Exits,
        }
        .With(name)
        .Does((parse, token) => around.WithMachineAsync(
            parse.GetValue(name),
            machine =>
            {
                if (around.Screen.IsJson)
                    around.Screen.Json(machine.Box, ApiJson.Default.BoxView);
                else
                    around.Screen.Line(Shown.Text($"ssh://root@{machine.Box.Address.Endpoint}"));
                if (machine.Box.Address.IsProxy)
                    around.Screen.Remark("Through the platform's proxy, which is slow: not for more than 1 GB.");
                return Task.FromResult(ExitCode.Ok);
            },
            token));
    }
}
