using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Lodger.Domain.Problems;
using Lodger.Server.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Lodger.Server.Access;

/// <summary>
/// A listener of its own for the network, so that what strangers do to it keeps nobody from the socket. It marks where a request came in and passes it on; who asks is found out behind it. Everything about it is bounded.
/// </summary>
internal sealed class PublicDoor : IAsyncDisposable
{
    private const int ConnectionsMax = 1000;
    private const int AddressLengthMax = 64;
    private static readonly TimeSpan HeadersLimit = TimeSpan.FromSeconds(30);

    /// <summary>Longer than a dashboard waits between two questions.</summary>
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(30);

    /// <summary>4 MB, the largest request, in a bit over four minutes; slower ones are cut off. Code, which is larger, has its own limit besides: at this rate alone it could take most of a day.</summary>
    private static readonly MinDataRate BodyRateMin = new(bytesPerSecond: 16 << 10, gracePeriod: TimeSpan.FromSeconds(5));

    private readonly WebApplication listener;

    private PublicDoor(DoorOptions options, Uri address, WebApplication listener)
    {
        Options = options;
        Address = address;
        this.listener = listener;
    }

    public DoorOptions Options { get; }

    /// <summary>As it listens: with the port that was taken when none was named.</summary>
    public Uri Address { get; }

    /// <summary>All that can be known of a listener before it is opened: whether it may be, and its certificate, read. Null without TLS.</summary>
    public static Outcome<(DoorCertificate? Certificate, DoorOptions Options)> Prepare(DoorOptions options, ILoggerFactory logs, TimeProvider time)
    {
        if (options.Refuse() is { } unfit)
            return unfit;
        DoorCertificate? certificate = null;
        if (options is { CertificateFile: { } file, KeyFile: { } key } && !DoorCertificate.Open(file, key, time, logs.CreateLogger<PublicDoor>()).TryGet(out certificate, out var unreadable))
            return unreadable;
        return (certificate, options);
    }

    /// <param name="logs">Of the process.</param>
    /// <param name="answer">Has to let in whom it answers.</param>
    public static async Task<Outcome<PublicDoor>> OpenAsync(DoorOptions options, RequestDelegate answer, ILoggerFactory logs, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!Prepare(options, logs, time).TryGet(out var prepared, out var unfit))
            return unfit;
        var log = logs.CreateLogger<PublicDoor>();
        var certificate = prepared.Certificate;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(logs);
        // Over TLS too: an answer holds no secret that whoever can write into it could guess by its length.
        builder.Services.AddResponseCompression(o => o.EnableForHttps = true);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(k => Limit(k, options, certificate));
        var app = builder.Build();
        app.Use((http, next) => Mark(http, options, next));
        ProblemAnswers.Use(app, log);
        app.UseResponseCompression();
        app.Run(answer);
        try
        {
            await app.StartAsync(cancellationToken);
            var bound = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
            return new PublicDoor(options, bound, app);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await app.DisposeAsync();
            return new Problem(
                "listen-taken", $"Nothing can listen on {options.Listen}: it is in use, not an address of this machine, or not allowed.", "Choose another:  --public ADDRESS:PORT", ExitCode.Prerequisite);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A stranger's slow request is not waited for.
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await listener.StopAsync(now.Token);
        await listener.DisposeAsync();
    }

    private static void Limit(KestrelServerOptions kestrel, DoorOptions options, DoorCertificate? certificate)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = LodgerServer.RequestBytesMax;
        kestrel.Limits.MinRequestBodyDataRate = BodyRateMin;
        kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.MaxRequestHeadersTotalSize = 16 << 10;
        kestrel.Limits.RequestHeadersTimeout = HeadersLimit;
        kestrel.Limits.KeepAliveTimeout = IdleLimit;
        kestrel.Listen(options.Listen, listen =>
        {
            listen.Protocols = certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
            // Behind a proxy all come from its address: how many of each it lets through is for it to say.
            if (!options.BehindProxy)
                listen.Use(new DoorConnections().Around);
            if (certificate is not null)
            {
                listen.UseHttps(new TlsHandshakeCallbackOptions
                {
                    HandshakeTimeout = HeadersLimit,
                    OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
                    {
                        ServerCertificateContext = certificate.Current,
                        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                    }),
                });
            }
        });
    }

    private static Task Mark(HttpContext http, DoorOptions options, RequestDelegate next)
    {
        Entrance.Mark(http, new Entrance(false, Asker(http, options), options.IsSecure, $"{new IPEndPoint(http.Connection.LocalIpAddress ?? IPAddress.None, http.Connection.LocalPort)}"));
        http.Response.OnStarting(() =>
        {
            var headers = http.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            // What has its own says so: a page of ours needs its script.
            headers.TryAdd("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
            headers.TryAdd("Cache-Control", "no-store");
            if (options.IsSecure)
                headers.StrictTransportSecurity = "max-age=31536000";
            return Task.CompletedTask;
        });
        return next(http);
    }

    /// <summary>What the proxy itself saw is the last entry; what stands before it, anybody can write.</summary>
    private static string Asker(HttpContext http, DoorOptions options)
    {
        var peer = http.Connection.RemoteIpAddress;
        if (options.BehindProxy && http.Request.Headers["X-Forwarded-For"] is [.., { } chain] && chain.Split(',')[^1].Trim() is { Length: > 0 and < AddressLengthMax } last && IPAddress.TryParse(last, out var told))
            peer = told;
        return (peer is { IsIPv4MappedToIPv6: true } ? peer.MapToIPv4() : peer)?.ToString() ?? "unknown";
    }
}
