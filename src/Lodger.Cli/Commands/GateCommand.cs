using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger gate</c>: what each rental of a job still lacks before it may be destroyed, and a yes for each.</summary>
internal static class GateCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = Shared.Job();
        var yes = Shared.Yes("Say yes to each rental of which everything is home and verified");
        return new Verb("gate", "Show what each rental of a job lacks before it may be destroyed, and ask for a yes to each that lacks nothing else. Ends no command")
        {
            Examples = ["lodger gate resnet-abl", "lodger gate resnet-abl --yes"],
            Exits = [ExitCode.NotFound, ExitCode.ApprovalNeeded, ExitCode.ServerUnreachable],
        }
        .With(name, yes)
        .Does((parse, token) => around.WithJobAsync(
            parse.GetValue(name),
            (server, job) => new Teardown(around, server, new JobWatch(around, server) { Shown = job.LastSequence }).AskEachAsync(job, parse.GetValue(yes), token),
            token));
    }
}
