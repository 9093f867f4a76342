using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Access;

/// <summary>
/// What a key with permissions may do. Categories and what belongs to them are those of the platform's page on permissions (docs.vast.ai/api-reference/permissions).
/// </summary>
internal static class Permissions
{
    private static readonly HashSet<string> Categories = new(StringComparer.Ordinal)
    {
        "instance_read", "instance_write", "user_read", "user_write", "billing_read", "billing_write", "machine_read", "machine_write", "misc", "team_read", "team_write",
    };

    /// <summary>Paths by their first words after the version, longest first, with the category's stem.</summary>
    private static readonly (string Path, string Stem)[] Stems =
    [
        ("bundles", "misc"), ("search/", "misc"), ("volumes/search", "misc"), ("benchmarks", "misc"), ("metrics/", "misc"), ("endptjobs", "misc"), ("workergroups", "misc"),
        ("charges", "billing"), ("invoices", "billing"), ("users/me/invoices", "billing"), ("commands/transfer_credit", "billing"),
        ("machines", "machine"), ("team", "team"),
        ("asks/", "instance"), ("instances", "instance"), ("volumes", "instance"), ("contracts/", "instance"),
        ("commands/", "instance"), ("users/cloud_integrations", "instance"),
    ];

    /// <summary>What is wrong with permissions that a key is to be made with; null when nothing is.</summary>
    public static string? Complaint(JsonNode? permissions)
    {
        if (permissions is null) return null;
        if (permissions is not JsonObject { Count: 1 } root || root["api"] is not JsonObject categories) return "permissions must be {\"api\": {category: {}}}";
        foreach (var (name, content) in categories)
        {
            if (!Categories.Contains(name)) return $"'{name}' is not a category of permissions";
            if (content is not JsonObject { Count: 0 }) return $"'{name}': constraints within a category are not offered by this market; use {{}}";
        }

        return null;
    }

    /// <summary>Whether a key with <paramref name="permissions"/> may make a call. Null permissions are all.</summary>
    /// <param name="method">GET, PUT...</param>
    /// <param name="pattern">The route, as <c>/api/v0/instances/{id:long}</c>.</param>
    public static bool Allow(JsonObject? permissions, string method, string pattern) =>
        permissions is null || (permissions["api"] is JsonObject granted && granted.ContainsKey(CategoryOf(method, pattern)));

    public static string CategoryOf(string method, string pattern)
    {
        var path = pattern["/api/v0/".Length..];
        var stem = Stems.FirstOrDefault(s => path.StartsWith(s.Path, StringComparison.Ordinal)).Stem ?? "user";
        if (stem == "misc") return stem;
        var reads = method == "GET" || path.StartsWith("instances/request_logs", StringComparison.Ordinal) || path.StartsWith("contracts/fetch", StringComparison.Ordinal);
        return stem + (reads ? "_read" : "_write");
    }
}
