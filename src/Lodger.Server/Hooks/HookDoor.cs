using System.Net;
using System.Net.Sockets;
using Lodger.Domain.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using BadHttpRequestException = Microsoft.AspNetCore.Http.BadHttpRequestException;

namespace Lodger.Server.Hooks;

/// <summary>
/// The one place that strangers reach: a listener of its own, with nothing of the server's interface behind it. It takes a small POST, whatever the path, and
/// answers a status without a word. Everything about it is bounded: connections, headers, bytes, time.
/// </summary>
internal sealed class HookDoor : IAsyncDisposable
{
    /// <summary>A notification is less than a kilobyte.</summary>
    public const int BodyBytesMax = 64 << 10;

    private const int ConnectionsMax = 64;
    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(60);

    private readonly WebApplication listener;

    private HookDoor(WebApplication listener) => this.listener = listener;

    /// <param name="take">From a delivery to the HTTP status that answers it.</param>
    public static async Task<Outcome<HookDoor>> OpenAsync(IPEndPoint listen, Func<IHeaderDictionary, byte[], int> take, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k =>
        {
            k.AddServerHeader = false;
            k.Limits.MaxRequestBodySize = BodyBytesMax;
            k.Limits.MaxConcurrentConnections = ConnectionsMax;
            k.Limits.MaxRequestHeaderCount = 48;
            k.Limits.MaxRequestHeadersTotalSize = 16 << 10;
            k.Limits.RequestHeadersTimeout = RequestLimit;
            k.Limits.KeepAliveTimeout = RequestLimit;
            k.Listen(listen, o => o.Protocols = HttpProtocols.Http1);
        });
        var app = builder.Build();
        app.Run(http => AnswerAsync(http, take));
        try
        {
            await app.StartAsync(cancellationToken);
            return new HookDoor(app);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await app.DisposeAsync();
            return new Problem(
                "listen-taken", $"Nothing can listen on {listen}: it is in use, not an address of this machine, or not allowed.", "Choose another:  --listen 127.0.0.1:PORT", ExitCode.Prerequisite);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A stranger's slow request is not waited for.
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await listener.StopAsync(now.Token);
        await listener.DisposeAsync();
    }

    private static async Task AnswerAsync(HttpContext http, Func<IHeaderDictionary, byte[], int> take)
    {
        http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        if (!HttpMethods.IsPost(http.Request.Method))
            return;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
            limit.CancelAfter(RequestLimit);
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, limit.Token);
            http.Response.StatusCode = take(http.Request.Headers, body.ToArray());
        }
        catch (BadHttpRequestException malformed)
        {
            http.Response.StatusCode = malformed.StatusCode;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            http.Response.StatusCode = StatusCodes.Status408RequestTimeout;
        }
    }
}
