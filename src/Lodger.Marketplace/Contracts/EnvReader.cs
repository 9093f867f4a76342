using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Contracts;

/// <summary>What the create call's <c>env</c> asks for, or why it cannot be had.</summary>
/// <param name="InnerPorts">TCP ports of the container, without 22.</param>
/// <param name="UdpPorts">UDP ports of the container.</param>
/// <param name="Mounts">Volumes to mount.</param>
internal sealed record EnvRequest(IReadOnlyList<EnvEntry> Entries, IReadOnlyList<int> InnerPorts, IReadOnlyList<int> UdpPorts, IReadOnlyList<EnvMount> Mounts, string? Error);

/// <summary><c>-v V.881:/mnt</c></summary>
internal sealed record EnvMount(long VolumeId, string Path);

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

    /// <summary>A template's environment under a request's: the same name in both is the request's.</summary>
    public static EnvRequest Merge(EnvRequest template, EnvRequest request)
    {
        if (template.Error is not null) return template;
        var names = request.Entries.Select(e => e.Name).ToHashSet(StringComparer.Ordinal);
        return Check([.. template.Entries.Where(e => !names.Contains(e.Name)), .. request.Entries]);
    }

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
        var (tcp, udp, mounts) = (new List<int>(), new List<int>(), new List<EnvMount>());
        foreach (var entry in entries)
        {
            if (entry.Name.Contains('\0', StringComparison.Ordinal) || entry.Value.Contains('\0', StringComparison.Ordinal)) return Refuse("env contains a NUL byte");
            if (!entry.Name.StartsWith('-')) continue;
            var words = entry.Name.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            switch (words)
            {
                case ["-h" or "--hostname", _]:
                    break;
                case ["-v" or "--volume", var mount] when ReadMount(mount) is { } read:
                    mounts.Add(read);
                    break;
                case ["-v" or "--volume", ..]:
                    return Refuse($"'{entry.Name}': write -v V.<volume id>:/path");
                case ["-p", var mapping] when ReadPort(mapping) is var (port, isUdp):
                    if (isUdp) udp.Add(port);
                    else if (port != 22) tcp.Add(port);
                    break;
                case ["-p", _]:
                    return Refuse($"'{entry.Name}': no such port");
                default:
                    return Refuse($"'{entry.Name}' in env is not understood");
            }
        }

        return tcp.Count + udp.Count > PortsMax
            ? Refuse($"{tcp.Count + udp.Count} ports asked for; at most {PortsMax} can be open")
            : new EnvRequest(entries, [.. tcp.Distinct()], [.. udp.Distinct()], mounts, null);
    }

    private static (int Port, bool IsUdp)? ReadPort(string mapping)
    {
        var isUdp = mapping.EndsWith("/udp", StringComparison.Ordinal);
        if (isUdp || mapping.EndsWith("/tcp", StringComparison.Ordinal)) mapping = mapping[..^4];
        return int.TryParse(mapping.Split(':')[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and (<= 65_535 or >= FirstIdentityPort) ? (port, isUdp) : null;
    }

    private static EnvMount? ReadMount(string text)
    {
        var parts = text.Split(':');
        return parts is [['V', '.', .. var number], ['/', _, ..] path] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? new EnvMount(id, path) : null;
    }

    private static EnvRequest Refuse(string why) => new([], [], [], [], why);

    /// <summary>Splits at blanks; single and double quotes hold words together.</summary>
    public static List<string> Split(string text)
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
