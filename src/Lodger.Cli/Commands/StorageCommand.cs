using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Server.Api;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger storage</c>: where everything lies now, and what survives what.</summary>
internal static class StorageCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = Shared.Job();
        return new Verb("storage", "Where a job's files lie now, what survives stop, destroy and the host's loss, what exists only on the rental")
        {
            Examples = ["lodger storage digits", "lodger storage digits --json"],
            Exits = [ExitCode.NotFound, ExitCode.Unknown, ExitCode.ServerUnreachable],
        }
        .With(name)
        .Does((parse, token) => around.WithJobAsync(
            parse.GetValue(name),
            async (server, job) =>
            {
                if (!(await server.StorageAsync(job.Id, token)).TryGet(out var map, out var problem))
                    return around.Screen.Fail(problem);
                if (around.Screen.IsJson)
                    around.Screen.Json(map, ApiJson.Default.StorageMap);
                else
                    StorageText.Write(around.Screen, job, map);
                return ExitCode.Ok;
            },
            token));
    }
}
