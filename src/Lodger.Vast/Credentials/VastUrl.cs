using Lodger.Domain.Problems;

namespace Lodger.Vast.Credentials;

/// <summary>Which server to talk to: <c>VAST_URL</c>, as the official client, or the platform's own.</summary>
public static class VastUrl
{
    public static readonly Uri Default = new("https://console.vast.ai");

    /// <returns>A problem <c>bad-url</c> for anything that is not http or https, and for http to another machine: the key would travel readable.</returns>
    public static Outcome<Uri> From(IReadOnlyDictionary<string, string> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var text = environment.GetValueOrDefault("VAST_URL", "").Trim();
        if (text.Length == 0) return Default;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp))
            return Bad("VAST_URL is no http or https address.");
        if (url.UserInfo.Length > 0) return Bad("VAST_URL holds a user name or password, which do not belong there.");
        return url.Scheme == Uri.UriSchemeHttps || url.IsLoopback
            ? url
            : Bad($"VAST_URL names {url.Host} over plain http: everybody on the way could read the key.");
    }

    private static Problem Bad(string message) => new("bad-url", message, "Write for example https://console.vast.ai, or unset it.", ExitCode.BadInput);
}
