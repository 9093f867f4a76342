using System.Net.Sockets;

namespace Lodger.Cli.Composition;

/// <summary>
/// Carries requests to the local marketplace wherever it is now, and starts it again when it is gone: a server that works for days must not lose its
/// market to a reboot of half the machine. A refused connection proves that nothing was received, so repeating is safe even for a create.
/// </summary>
internal sealed class RevivingHandler(EmbeddedMarket market, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (market.Look() is { } door)
            Point(request, door);
        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
        {
            if (!(await market.EnsureAsync(cancellationToken)).TryGet(out var revived, out _))
                throw;
            Point(request, revived);
            return await base.SendAsync(request, cancellationToken);
        }
    }

    private static void Point(HttpRequestMessage request, MarketDoor door)
    {
        if (request.RequestUri is { IsAbsoluteUri: true } uri && uri.Port != door.Url.Port)
            request.RequestUri = new UriBuilder(uri) { Host = door.Url.Host, Port = door.Url.Port }.Uri;
    }
}
