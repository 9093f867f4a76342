namespace Lodger.Vast.Credentials;

/// <summary>An API key and where it was found. Prints as the place, never as the key.</summary>
/// <param name="secret">The key itself.</param>
/// <param name="source">For people: <c>VAST_API_KEY</c>, <c>/home/anna/.vast_api_key</c>.</param>
public sealed class ApiKey(string secret, string source)
{
    private readonly string secret = secret.Trim();

    public string Source { get; } = source;

    /// <summary>The key, for the request that needs it.</summary>
    public string Reveal() => secret;

    public override string ToString() => $"key from {Source}";
}
