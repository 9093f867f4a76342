using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Lodger.Server.Access;

/// <summary>Where a request came in. It is set by the listener that took it, never read from the request; one without it is let in nowhere.</summary>
/// <param name="IsOwner">Over the socket of this server or of another node of its cluster.</param>
/// <param name="Address">Who asked, as far as the listener or the proxy before it can tell.</param>
/// <param name="IsSecure">The way to the browser is encrypted.</param>
internal sealed record Entrance(bool IsOwner, string Address, bool IsSecure)
{
    public static Entrance Socket { get; } = new(true, "socket", true);

    public static void Mark(HttpContext http, Entrance entrance) => http.Features.Set(entrance);

    public static Entrance? Of(HttpContext http) => http.Features.Get<Entrance>();

    /// <summary>What failures are counted by: an IPv6 network of a subscriber is one, however many addresses it has.</summary>
    public string Neighbourhood => IPAddress.TryParse(Address, out var ip) && ip.AddressFamily == AddressFamily.InterNetworkV6 && !ip.IsIPv4MappedToIPv6
        ? Convert.ToHexString(ip.GetAddressBytes().AsSpan(0, 8))
        : Address;
}
