using System.Net;
using Lodger.Domain.Problems;
using Lodger.Engine.Journal;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Lodger.Server.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Forwarder;

namespace Lodger.Server.Cluster;

/// <summary>A node that does not lead passes on what it is asked.</summary>
internal sealed class Following(IServiceProvider services, Func<Leader?> leader) : IDisposable
{
    /// <summary>A plan over many offers, or a look into a slow machine.</summary>
    private static readonly ForwarderRequestConfig Config = new() { ActivityTimeout = TimeSpan.FromSeconds(120) };

    private readonly IHttpForwarder forwarder = services.GetRequiredService<IHttpForwarder>();
    private readonly HttpMessageInvoker client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(3),
    });

    public async Task AnswerAsync(HttpContext http)
    {
        if (leader() is not { } now)
        {
            await ProblemAnswers.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, NoLeader);
            return;
        }

        // Whether it may is the leader's to say; this node only must not be what stands in the way.
        if (http.Request.Path == Routes.Code)
            CodeEndpoints.Enlarge(http);
        var error = await forwarder.SendAsync(http, $"http://{now.Address}/", client, Config, (_, request) =>
        {
            NodeKey.Show(request.Headers, now.Key, Entrance.Of(http)!);
            // As asked for: whether a page of ours made the request shows by it.
            request.Headers.Host = http.Request.Host.Value;
            return ValueTask.CompletedTask;
        });
        if (error != ForwarderError.None && !http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested)
            await ProblemAnswers.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, NoLeader);
    }

    public void Dispose() => client.Dispose();

    /// <summary>Whether a request that the leader had begun to answer took effect is not known.</summary>
    public static Problem NoLeader { get; } = new(
        "no-leader", "No node of the cluster leads just now, or it does not answer; whether what was asked for is done is not known.", "Another takes over within seconds; try again.", ExitCode.Unknown, MayRetry: true);
}
