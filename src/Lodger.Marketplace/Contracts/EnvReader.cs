using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Contracts;

/// <summary>What the create call's <c>env</c> asks for, or why it cannot be had.</summary>
internal sealed record EnvRequest(IReadOnlyList<EnvEntry> Entries, IReadOnlyList<int> InnerPorts, string? Error);

/// <summary>Reads <c>env</c> in both its forms: an object (<c>{"NAME": "v", "-p 80:80": "1"}</c>) or docker flags in a string (<c>-e NAME=v -p 80:80</c>).</summary>
internal static class EnvReader
{
    private const int PortsMax = 64;
    private const int FirstIdentityPort = 70_000;

    public static EnvRequest Read(JsonNode? env) => env switch
    {
        null => Check([]),
        JsonObject fields => Check([.. fields.Select(f => new EnvEntry(f.Key, f.Value?.ToString() ?? ""))]),
        JsonValue value when value.TryGetValue<string>(out var flags) => ReadFlags(flags),
        _ => Refuse("env must be an object or a string of docker flags"),
    };

    private static EnvRequest ReadFlags(string flags)
    {
        var words = Split(flags);
        var entries = new List<EnvEntry>();
        for (var i = 0; i < words.Count; i++)
        {
            var flag = words[i];
            if (flag is not ("-e" or "--env" or "-p" or "--publish" or "-h" or "--hostname" or "-v" or "--volume"))
                return Refuse($"unknown docker flag '{flag}' in env");
            if (++i == words.Count) return Refuse($"'{flag}' in env lacks its value");
            if (flag is "-e" or "--env")
            {
                var equals = words[i].IndexOf('=', StringComparison.Ordinal);
                if (equals <= 0) return Refuse($"'{flag} {words[i]}' in env is not NAME=VALUE");
                entries.Add(new EnvEntry(words[i][..equals], words[i][(equals + 1)..]));
            }
            else
            {
                entries.Add(new EnvEntry((flag is "--publish" ? "-p" : flag) + " " + words[i], "1"));
            }
        }

        return Check(entries);
    }

    private static EnvRequest Check(IReadOnlyList<EnvEntry> entries)
    {
        var ports = new List<int>();
        foreach (var entry in entries)
        {
            if (entry.Name.Contains('\0', StringComparison.Ordinal) || entry.Value.Contains('\0', StringComparison.Ordinal)) return Refuse("env contains a NUL byte");
            if (!entry.Name.StartsWith('-')) continue;
            var words = entry.Name.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is ["-h" or "--hostname", _]) continue;
            if (words is ["-v" or "--volume", ..]) return Refuse($"'{entry.Name}': volumes are not offered by this market");
            if (words is not ["-p", var mapping]) return Refuse($"'{entry.Name}' in env is not understood");
            if (mapping.EndsWith("/udp", StringComparison.Ordinal)) return Refuse($"'{entry.Name}': this market forwards tcp only");
            var inner = mapping.Replace("/tcp", "", StringComparison.Ordinal).Split(':')[^1];
            if (!int.TryParse(inner, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or (> 65_535 and < FirstIdentityPort))
                return Refuse($"'{entry.Name}': no such port");
            if (port != 22) ports.Add(port);
        }

        return ports.Count > PortsMax ? Refuse($"{ports.Count} ports asked for; at most {PortsMax} can be open") : new EnvRequest(entries, [.. ports.Distinct()], null);
    }

    private static EnvRequest Refuse(string why) => new([], [], why);

    /// <summary>Splits at blanks; single and double quotes hold words together.</summary>
    private static List<string> Split(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var inWord = false;
        char? quote = null;
        foreach (var c in text)
        {
            if (quote is { } q)
            {
                if (c == q) quote = null;
                else word.Append(c);
            }
            else if (c is '\'' or '"')
            {
                quote = c;
                inWord = true;
            }
            else if (!char.IsWhiteSpace(c))
            {
                word.Append(c);
                inWord = true;
            }
            else if (inWord)
            {
                words.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
        }

        if (inWord) words.Add(word.ToString());
        return words;
    }
}
