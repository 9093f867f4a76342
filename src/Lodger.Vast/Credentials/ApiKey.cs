namespace Lodger.Vast.Credentials;

/// <summary>An API key and where it was found. Prints as the place, never as the key.</summary>
/// <param name="secret">The key itself.</param>
/// <param name="source">For people: <c>VAST_API_KEY</c>, <c>/home/anna/.vast_api_key</c>.</param>
/// <param name="server">The server that it was stored for; null when its place does not say.</param>
public sealed class ApiKey(string secret, string source, Uri? server = null)
{
    private readonly string secret = secret.Trim();

    public string Source { get; } = source;

    /// <summary>The server that it was stored for: it is sent to no other. Null when its place does not say.</summary>
    public Uri? Server { get; } = server;

    /// <summary>The key, for the request that needs it.</summary>
    public string Reveal() => secret;

    public override string ToString() => $"key from {Source}";
}
