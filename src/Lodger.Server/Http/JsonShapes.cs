using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace Lodger.Server.Http;

/// <summary>JSON Schemas of published types by their names, read off the JSON contexts; each is written once and referred to.</summary>
/// <param name="prefix">What a reference begins with: <c>#/$defs/</c>.</param>
public sealed class JsonShapes(string prefix)
{
    private readonly Dictionary<string, (Type Type, JsonNode? Schema)> known = new(StringComparer.Ordinal);

    /// <summary>Of a type, or of a list of it.</summary>
    public JsonObject Of(JsonTypeInfo type)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (type.Kind == JsonTypeInfoKind.Enumerable)
            return new JsonObject { ["type"] = "array", ["items"] = Refer(type.ElementType!, type.Options) };
        return Refer(type.Type, type.Options);
    }

    /// <summary>Every shape that was asked for or is within one, in the order of their names.</summary>
    public JsonObject All() => [.. known.OrderBy(k => k.Key, StringComparer.Ordinal).Select(k => KeyValuePair.Create(k.Key, k.Value.Schema))];

    private JsonObject Refer(Type type, JsonSerializerOptions options)
    {
        if (!known.TryGetValue(type.Name, out var found))
        {
            // First, so that a shape that holds itself ends.
            known[type.Name] = (type, null);
            known[type.Name] = (type, options.GetJsonSchemaAsNode(type, new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = (context, schema) => Split(context, schema, options) }));
        }
        else if (found.Type != type)
        {
            throw new InvalidOperationException($"{type} and {found.Type} would have the same name in what is published.");
        }

        return new JsonObject { ["$ref"] = prefix + type.Name };
    }

    /// <summary>A shape of ours within another one is referred to.</summary>
    private JsonNode Split(JsonSchemaExporterContext context, JsonNode schema, JsonSerializerOptions options)
    {
        LeaveOutNulls(schema);
        var type = Nullable.GetUnderlyingType(context.TypeInfo.Type) ?? context.TypeInfo.Type;
        if (context.Path.Length == 0 || context.BaseTypeInfo is not null || type.IsGenericType || type.IsArray || type.Namespace?.StartsWith("Lodger", StringComparison.Ordinal) is not true)
            return schema;
        return MayBeNull(schema) ? new JsonObject { ["anyOf"] = new JsonArray(Refer(type, options), new JsonObject { ["type"] = "null" }) } : Refer(type, options);
    }

    /// <summary>A member without a value is not written, so none that may be null has to be there.</summary>
    private static void LeaveOutNulls(JsonNode schema)
    {
        if (schema is not JsonObject { } o || o["required"] is not JsonArray required || o["properties"] is not JsonObject properties)
            return;
        foreach (var name in required.Where(name => MayBeNull(properties[name!.GetValue<string>()])).ToList())
            required.Remove(name);
        if (required.Count == 0)
            o.Remove("required");
    }

    private static bool MayBeNull(JsonNode? schema) => schema is JsonObject o
        && ((o["type"] is JsonArray types && types.Any(t => t?.GetValue<string>() == "null"))
            || (o["enum"] is JsonArray values && values.Any(v => v is null))
            || (o["anyOf"] is JsonArray forms && forms.Any(f => f is JsonObject form && form["type"] is JsonValue type && type.TryGetValue<string>(out var word) && word == "null")));
}
