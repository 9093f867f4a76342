using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Lodger.Server.Cluster;

/// <summary>What a node shows to the leader: who can read the leader's key in the database is one.</summary>
internal static class NodeKey
{
    public const string Header = "X-Lodger-Node-Key";

    /// <summary>Came over the network, not from this machine's socket that only its user can open.</summary>
    public static bool IsFromNetwork(HttpContext http) => http.Connection.RemoteIpAddress is not null;

    public static bool Fits(HttpContext http, string key) =>
        http.Request.Headers[Header] is [{ } shown] && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(shown), Encoding.UTF8.GetBytes(key));
}
