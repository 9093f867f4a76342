using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lodger.Vast.Json;

/// <summary>
/// Internal port, for example <c>22/tcp</c>, to the external port of the host. The platform sends docker's map; its description says a list of
/// numbers, which tells nothing about where they lead and is read as empty; a machine that is not up sends null.
/// </summary>
[JsonConverter(typeof(PortMapConverter))]
public sealed class PortMap
{
    public static readonly PortMap Empty = new(new Dictionary<string, int>());

    internal PortMap(IReadOnlyDictionary<string, int> external) => External = external;

    /// <summary>Internal port with protocol to external port number, 1 to 65535.</summary>
    public IReadOnlyDictionary<string, int> External { get; }
}

internal sealed class PortMapConverter : JsonConverter<PortMap?>
{
    // The platform opens at most 64; a list of thousands is not one.
    private const int EntriesMax = 1024;

    public override PortMap? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return PortMap.Empty;
        }

        using var map = JsonDocument.ParseValue(ref reader);
        var external = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in map.RootElement.EnumerateObject().Take(EntriesMax))
        {
            if (PortName.Normalize(NameOf(entry)) is { } name && HostPort(entry.Value) is { } port) external[name] = port;
        }

        return new PortMap(external);
    }

    public override void Write(Utf8JsonWriter writer, PortMap? value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (name, port) in value?.External ?? PortMap.Empty.External) writer.WriteNumber(name, port);
        writer.WriteEndObject();
    }

    private static string NameOf(JsonProperty entry)
    {
        try
        {
            return entry.Name;
        }
        catch (InvalidOperationException)
        {
            return ""; // Half of a surrogate pair.
        }
    }

    // "33526", 33526, {"HostPort": "33526"} or a list of one of them: the first that is a port counts.
    private static int? HostPort(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.EnumerateArray().Take(8).Select(HostPort).FirstOrDefault(port => port is not null),
        JsonValueKind.Object => value.TryGetProperty("HostPort", out var inner) && inner.ValueKind is JsonValueKind.String or JsonValueKind.Number ? HostPort(inner) : null,
        JsonValueKind.String or JsonValueKind.Number => PortName.Number(value.GetRawText().Trim('"')),
        _ => null,
    };
}

/// <summary>Names such as <c>8081/tcp</c>.</summary>
internal static class PortName
{
    public static int? Number(ReadOnlySpan<char> text) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535 ? port : null;

    /// <summary><c>8081</c> and <c>8081/tcp</c> to the latter; null for anything that names no TCP or UDP port.</summary>
    public static string? Normalize(string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var protocol = slash < 0 ? "tcp" : name[(slash + 1)..].ToLowerInvariant();
        return protocol is "tcp" or "udp" && Number(slash < 0 ? name : name.AsSpan(0, slash)) is { } port ? $"{port}/{protocol}" : null;
    }
}
