using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NJsonSchema;
using NJsonSchema.Validation;

namespace Lodger.Marketplace.Tests.Contract;

/// <summary>What an answer has against its description. A finding is one line: operation, status, place, what.</summary>
internal static partial class Conformance
{
    /// <summary>Breaches of the schema, and (in answers of success) described fields that are not there.</summary>
    public static async Task<IReadOnlyList<string>> FindAsync(string operation, int status, JsonObject? schema, JsonNode? answer)
    {
        if (schema is null) return [$"{operation} {status}: the status is not described"];
        var findings = await BreachesAsync($"{operation} {status}", schema, answer);
        if (status is >= 200 and < 300) findings.UnionWith(Absent(schema, answer, "").Select(place => $"{operation} {status} {place}: absent"));
        return [.. findings];
    }

    public static async Task<IReadOnlyList<string>> FindInRequestAsync(string operation, JsonObject? schema, JsonNode body) =>
        schema is null ? [] : [.. await BreachesAsync($"{operation} request", schema, body)];

    private static async Task<SortedSet<string>> BreachesAsync(string where, JsonObject schema, JsonNode? instance)
    {
        var parsed = await JsonSchema.FromJsonAsync(schema.ToJsonString(), TestContext.Current.CancellationToken);
        var errors = parsed.Validate(instance?.ToJsonString() ?? "null");
        return new SortedSet<string>(errors.SelectMany(Leaves).Select(e => $"{where} {Indices().Replace(e.Path?.TrimStart('#', '/') ?? "", "[]")}: {e.Kind}"), StringComparer.Ordinal);
    }

    /// <summary>An invalid item of a list is told by what is wrong within it.</summary>
    private static IEnumerable<ValidationError> Leaves(ValidationError error) =>
        error is ChildSchemaValidationError { Errors: var children } && children.Values.Any(c => c.Count > 0) ? children.Values.SelectMany(c => c).SelectMany(Leaves) : [error];

    private static IEnumerable<string> Absent(JsonNode? schema, JsonNode? value, string place)
    {
        if (value is JsonArray items) return items.SelectMany(i => Absent(schema?["items"], i, place + "[]"));
        if (value is not JsonObject fields || schema?["properties"] is not JsonObject properties) return [];
        return properties.SelectMany(p => fields.ContainsKey(p.Key) ? Absent(p.Value, fields[p.Key], Join(place, p.Key)) : [Join(place, p.Key)]);
    }

    private static string Join(string place, string name) => place.Length == 0 ? name : $"{place}.{name}";

    [GeneratedRegex(@"\[\d+\]", RegexOptions.None, 20_000)]
    private static partial Regex Indices();
}
