namespace Lodger.Server.Access;

/// <summary>What an access token looks like: <c>lodger_ID_SECRET</c>, so that scanners find one that was published.</summary>
public static class TokenForm
{
    public const string Prefix = "lodger_";

    private const int LengthMax = 200;

    /// <summary>Whether it could be one; whose it is, the server knows.</summary>
    public static bool IsPossible(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length > Prefix.Length && text.Length < LengthMax && text.StartsWith(Prefix, StringComparison.Ordinal) && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
    }
}
