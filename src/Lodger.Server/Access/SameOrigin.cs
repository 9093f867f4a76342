using Microsoft.AspNetCore.Http;

namespace Lodger.Server.Access;

/// <summary>
/// Whether a request with a cookie was made by a page of this server. A browser sends the cookie whoever made it; but no other page can set a header of its own without asking us first, which is never answered with yes.
/// </summary>
internal static class SameOrigin
{
    /// <summary>A page of ours sets it, to anything, on all that changes something.</summary>
    public const string Header = "X-Lodger-Request";

    public static bool IsRead(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    /// <summary>True: it changes nothing, or was made by a page of ours.</summary>
    public static bool Holds(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"];
        if (site.Count > 0 && site is not ["same-origin"] and not ["none"])
            return false;
        if (IsRead(request))
            return true;
        if (request.Headers[Header].Count != 1)
            return false;
        var origin = request.Headers.Origin;
        return origin.Count == 0
            || (origin is [{ } text] && Uri.TryCreate(text, UriKind.Absolute, out var uri) && string.Equals(uri.Authority, HostWithoutUsualPort(request.Host, uri.Scheme), StringComparison.OrdinalIgnoreCase));
    }

    private static string HostWithoutUsualPort(HostString host, string scheme) =>
        host.Port is { } port && port == (scheme == Uri.UriSchemeHttps ? 443 : 80) ? host.Host : host.Value ?? "";
}
