using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;
using Lodger.Server.Api;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger ports</c>: where the machine's open ports are reached from outside, this moment.</summary>
internal static class PortsCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = Shared.Job();
        return new Verb("ports", "Print where a job's open ports are reached from outside")
        {
            Examples = ["lodger ports digits"],
            Exits = MachineVerb.Exits,
        }
        .With(name)
        .Does((parse, token) => around.WithMachineAsync(
            parse.GetValue(name),
            machine =>
            {
                var screen = around.Screen;
                if (screen.IsJson)
                    screen.Json(machine.Box, ApiJson.Default.BoxView);
                if (machine.Box.Ports.Count == 0)
                    screen.Remark("The platform shows no open port. Name them under  ports:  in job.yaml, or tunnel with  lodger open");
                foreach (var (inside, outside) in machine.Box.Ports.OrderBy(p => p.Key, StringComparer.Ordinal))
                    screen.Line($"{Shown.Text(outside.ToString())} -> {Shown.Text(inside)}");
                return Task.FromResult(ExitCode.Ok);
            },
            token));
    }
}
