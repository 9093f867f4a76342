using System.Globalization;

namespace Lodger.Domain.Spec;

/// <summary>Ports that the rental opens, as the container sees them: <c>8081</c>, <c>8081/tcp</c>, <c>514/udp</c>.</summary>
public static class PortRule
{
    private const int SshPort = 22;

    /// <summary>The one spelling of it, <c>8081/tcp</c>; or null and why it cannot be opened.</summary>
    public static bool TryParse(string text, out string port, out string complaint)
    {
        ArgumentNullException.ThrowIfNull(text);
        port = "";
        complaint = "A port is a number from 1 to 65535, with /tcp or /udp where it matters. Write for example:  8081 or 8081/tcp";
        string[] parts = text.Split('/');
        if (parts.Length > 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            if (text.Contains(':', StringComparison.Ordinal))
                complaint = "Which port it is outside is the platform's choice, different each time; lodger ports shows it. Write the inner one alone:  8081";
            return false;
        }

        string protocol = parts.Length == 2 ? parts[1].ToLowerInvariant() : "tcp";
        if (number is < 1 or > 65535 || protocol is not ("tcp" or "udp"))
            return false;
        if (number == SshPort && protocol == "tcp")
        {
            complaint = "Port 22 is ssh and always open. Leave it out.";
            return false;
        }

        port = $"{number}/{protocol}";
        return true;
    }
}
