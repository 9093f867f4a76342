using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Http;

/// <summary>Query parameters, which carry JSON.</summary>
internal static class Queries
{
    /// <summary>False when it is there and no JSON.</summary>
    public static bool TryParse(string? text, out JsonNode? node)
    {
        node = null;
        if (string.IsNullOrEmpty(text)) return true;
        try
        {
            node = JsonNode.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>A row with the columns that were asked for; an unknown one is null, not an error. Null or <c>*</c> are all.</summary>
    public static JsonObject Select(JsonObject row, JsonArray? columns)
    {
        var names = columns?.Select(c => c?.ToString() ?? "").ToList();
        if (names is null || names.Contains("*")) return row;
        var selected = new JsonObject();
        foreach (var name in names) selected[name] = row[name]?.DeepClone();
        return selected;
    }
}
