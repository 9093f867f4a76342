using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Lodger.Server.Access;

/// <summary>Where a request came in. It is set by the listener that took it, never read from the request; one without it is let in nowhere.</summary>
/// <param name="IsOwner">Over the socket of this server or of another node of its cluster.</param>
/// <param name="Address">Who asked, as far as the listener or the proxy before it can tell.</param>
/// <param name="IsSecure">The way to the browser is encrypted.</param>
/// <param name="Listener">Address and port that took it; empty: not known.</param>
internal sealed record Entrance(bool IsOwner, string Address, bool IsSecure, string Listener = "")
{
    /// <summary>
    /// The host under which a browser reaches a listener without TLS, which is one of its own machine. A browser sends a cookie to every port of a host: to 127.0.0.1 also where a rented machine answers through a tunnel.
    /// </summary>
    public const string PlainHost = Api.DoorView.PlainHost;

    public static Entrance Socket { get; } = new(true, "socket", true);

    public static void Mark(HttpContext http, Entrance entrance) => http.Features.Set(entrance);

    public static Entrance? Of(HttpContext http) => http.Features.Get<Entrance>();

    /// <summary>A session is good where it began alone. Behind TLS that is anywhere: a browser sends its cookie to that very host, over TLS.</summary>
    public string SessionDoor => IsSecure ? "tls" : Listener;

    /// <summary>Whether a cookie may be taken from, or given to, who asks for that host.</summary>
    public bool TakesCookies(HostString host) => IsSecure || string.Equals(host.Host, PlainHost, StringComparison.OrdinalIgnoreCase);

    /// <summary>What failures are counted by: an IPv6 network of a subscriber is one, however many addresses it has.</summary>
    public string Neighbourhood => IPAddress.TryParse(Address, out var ip) ? NeighbourhoodOf(ip) : Address;

    public static string NeighbourhoodOf(IPAddress? ip) => ip switch
    {
        null => "unknown",
        { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false } => Convert.ToHexString(ip.GetAddressBytes().AsSpan(0, 8)),
        { IsIPv4MappedToIPv6: true } => ip.MapToIPv4().ToString(),
        _ => ip.ToString(),
    };
}
