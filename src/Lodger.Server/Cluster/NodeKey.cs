using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Lodger.Server.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Lodger.Server.Cluster;

/// <summary>What a node shows to the leader: who can read the leader's key in the database is one.</summary>
internal static class NodeKey
{
    /// <summary>With the key: somebody on the socket of that node asks.</summary>
    public const string Header = "X-Lodger-Node-Key";

    /// <summary>
    /// With the key, instead: a stranger at the public address of that node asks. Another header and not one more, so that a leader of a version that knows no strangers refuses them.
    /// </summary>
    private const string PublicHeader = "X-Lodger-Public-Key";

    /// <summary>The stranger's address.</summary>
    private const string FromHeader = "X-Lodger-From";

    /// <summary>There when the way to the stranger is encrypted.</summary>
    private const string SecureHeader = "X-Lodger-Secure";

    /// <summary>Address and port of the listener that took it.</summary>
    private const string ListenerHeader = "X-Lodger-Listener";

    /// <summary>Came over the network, not from this machine's socket that only its user can open.</summary>
    public static bool IsFromNetwork(HttpContext http) => http.Connection.RemoteIpAddress is not null;

    /// <summary>Says in the headers of what is passed on to the leader where it came in. What the request itself said of that is gone.</summary>
    public static void Show(HttpRequestHeaders headers, string key, Entrance entrance)
    {
        foreach (var name in (string[])[Header, PublicHeader, FromHeader, SecureHeader, ListenerHeader])
            headers.Remove(name);
        headers.Add(entrance.IsOwner ? Header : PublicHeader, key);
        if (entrance.IsOwner)
            return;
        headers.Add(FromHeader, entrance.Address);
        headers.Add(ListenerHeader, entrance.Listener);
        if (entrance.IsSecure)
            headers.Add(SecureHeader, "yes");
    }

    /// <summary>Where another node says that a request came in; null: it shows no key, or a wrong one.</summary>
    public static Entrance? EntranceOf(HttpContext http, string key)
    {
        var headers = http.Request.Headers;
        if (Fits(headers[PublicHeader], key))
            return headers[FromHeader] is [{ } from] ? new Entrance(false, from, headers.ContainsKey(SecureHeader), headers[ListenerHeader] is [{ } listener] ? listener : "") : null;
        return Fits(headers[Header], key) ? Entrance.Socket : null;
    }

    private static bool Fits(StringValues shown, string key) =>
        shown is [{ } one] && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(key));
}
