using System.Net;

namespace Lodger.Vast.Adapter;

/// <summary>A host as the platform states it. It becomes an argument of ssh: nothing but an address or a name, and never a dash in front.</summary>
internal static class HostName
{
    private const int CharsMax = 253;

    /// <summary>Null when it cannot be a host.</summary>
    public static string? Read(string? stated)
    {
        var host = stated?.Trim() ?? "";
        if (IPAddress.TryParse(host, out var address)) return address.ToString();
        return host.Length is > 0 and <= CharsMax && char.IsAsciiLetterOrDigit(host[0]) && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-') ? host : null;
    }
}
