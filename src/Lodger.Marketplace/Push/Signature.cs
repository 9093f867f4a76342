using System.Security.Cryptography;
using System.Text;

namespace Lodger.Marketplace.Push;

/// <summary><c>sha256=HMAC(secret, "timestamp.body")</c>, in lower-case hex.</summary>
internal static class Signature
{
    public static string Of(string secret, long unixSeconds, string body) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{unixSeconds}.{body}")));
}
