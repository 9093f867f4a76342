using Lodger.Domain.Problems;
using Lodger.Server.Client;

namespace Lodger.Cli.Composition;

/// <summary>Runs a command's body with a server that answers.</summary>
internal static class Connection
{
    /// <param name="onlyHere">Why a server on another machine would be of no use; null: it would.</param>
    public static async Task<ExitCode> WithServerAsync(this Surroundings around, Func<ServerClient, Task<ExitCode>> body, CancellationToken cancellationToken, string? onlyHere = null)
    {
        if (!around.Places().TryGet(out var places, out var homeless))
            return around.Screen.Fail(homeless);
        if (RemoteServer.Named(around) is { } elsewhere)
        {
            if (onlyHere is not null)
                return around.Screen.Fail(RemoteServer.OnlyHere(onlyHere));
            if (!RemoteServer.Open(around, places, elsewhere).TryGet(out var remote, out var closed))
                return around.Screen.Fail(closed);
            using (remote)
                return await body(remote);
        }

        if (!(await new ServerDoor(around, places).OpenAsync(cancellationToken)).TryGet(out var server, out var problem))
            return around.Screen.Fail(problem);
        using (server)
            return await body(server);
    }

    /// <summary>As above, with the job that was named, or the only open one.</summary>
    public static Task<ExitCode> WithJobAsync(this Surroundings around, string? name, Func<ServerClient, Server.Api.JobView, Task<ExitCode>> body, CancellationToken cancellationToken, string? onlyHere = null) =>
        around.WithServerAsync(
            async server => (await Jobs.JobChoice.FindAsync(server, name, cancellationToken)).TryGet(out var job, out var problem)
                ? await body(server, job)
                : around.Screen.Fail(problem),
            cancellationToken,
            onlyHere);
}
