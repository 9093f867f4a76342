using System.Globalization;
using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Http;

/// <summary>One condition of a search: <c>{"gte": 0.99}</c>.</summary>
internal sealed record Condition(string Field, string Operator, JsonNode? Value)
{
    public SortKey Key { get; } = SortKey.Of(Value);
}

/// <summary>The platform's filter objects and orders over rows of JSON.</summary>
internal static class Filters
{
    private static readonly HashSet<string> Operators = new(StringComparer.Ordinal) { "eq", "neq", "gt", "lt", "gte", "lte", "in", "notin" };

    /// <summary>Reads <c>{field: {op: value}}</c>. The error says what is wrong, in the platform's words.</summary>
    public static (IReadOnlyList<Condition> Conditions, string? Error) Read(JsonObject filters, Func<string, bool> isField)
    {
        var conditions = new List<Condition>();
        foreach (var (field, node) in filters)
        {
            if (!isField(field)) return ([], $"Error in query parameters: {field} is not a valid search key");
            if (node is not JsonObject operations) return ([], $"Error in query parameters: {field} needs an operator");
            foreach (var (name, value) in operations)
            {
                if (!Operators.Contains(name)) return ([], $"Error in query parameters: {name} is not a valid operator");
                if (name is "in" or "notin" && value is not JsonArray) return ([], $"Error in query parameters: {name} needs a list");
                conditions.Add(new Condition(field, name, value));
            }
        }

        return (conditions, null);
    }

    public static bool Matches(JsonNode? actual, Condition condition) => condition.Operator switch
    {
        "eq" => AreEqual(actual, condition.Value),
        "neq" => !AreEqual(actual, condition.Value),
        "in" => condition.Value!.AsArray().Any(v => AreEqual(actual, v)),
        "notin" => !condition.Value!.AsArray().Any(v => AreEqual(actual, v)),
        "gt" => Compare(actual, condition) > 0,
        "lt" => Compare(actual, condition) < 0,
        "gte" => Compare(actual, condition) >= 0,
        _ => Compare(actual, condition) <= 0,
    };

    private static int? Compare(JsonNode? actual, Condition condition) => actual is null || condition.Value is null ? null : SortKey.Of(actual).CompareTo(condition.Key);

    /// <summary>Order of two values; null (unknown) when they cannot be compared.</summary>
    public static int? Compare(JsonNode? a, JsonNode? b)
    {
        if (a is null || b is null) return null;
        return SortKey.Of(a).CompareTo(SortKey.Of(b));
    }

    /// <summary>A number, also when it is written as a string.</summary>
    public static decimal? Number(JsonNode? node) => node switch
    {
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag ? 1 : 0,
        JsonValue value when value.TryGetValue<int>(out var number) => number,
        JsonValue value when value.TryGetValue<long>(out var number) => number,
        JsonValue value when value.TryGetValue<decimal>(out var number) => number,
        JsonValue value when decimal.TryParse(value.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    private static bool AreEqual(JsonNode? a, JsonNode? b)
    {
        if (a is null || b is null) return a is null && b is null;
        if (Number(a) is { } x && Number(b) is { } y) return x == y;
        return Normal(a) == Normal(b);
    }

    /// <summary>The platform takes <c>RTX_4090</c> for <c>RTX 4090</c>.</summary>
    private static string Normal(JsonNode node) => node.ToString().Replace('_', ' ');
}
