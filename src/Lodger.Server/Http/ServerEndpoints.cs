using Lodger.Engine.Jobs;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Http;

internal static class ServerEndpoints
{
    /// <param name="board">Null: this node does not lead.</param>
    public static void Map(IEndpointRouteBuilder app, JobBoard? board, ServerOptions options, Func<ClusterView?> cluster, DateTimeOffset startedAt, CancellationTokenSource stopping)
    {
        app.MapGet(Routes.Server, (HttpContext http) => Results.Json(
            http.Features.Get<Principal>() is { Project: not null } limited
                ? new ServerView(Environment.ProcessId, options.Build, startedAt, "", board?.OpenJobsOf(limited.Sees) ?? 0)
                : new ServerView(Environment.ProcessId, options.Build, startedAt, options.Engine.StateDirectory, board?.OpenJobs ?? 0, cluster()),
            ApiJson.Default.ServerView));
        CommandEndpoint.Map(app, options);
        app.MapPost(Routes.ServerStop, (HttpContext http) =>
        {
            http.Response.OnCompleted(stopping.CancelAsync);
            return Results.NoContent();
        });
    }
}
