using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Lodger.Marketplace.Tests.Contract;

/// <summary>The platform's description of its interface, as it lies beside this file.</summary>
internal sealed class Description
{
    private readonly JsonObject _root = (JsonObject)ReadYaml("openapi.yaml")!;

    /// <summary>Every operation, as <c>GET /api/v0/ssh</c>.</summary>
    public IReadOnlyList<string> Operations =>
        [.. Paths.SelectMany(p => p.Value!.AsObject().Where(m => m.Key != "parameters").Select(m => $"{m.Key.ToUpperInvariant()} {p.Key}"))];

    private JsonObject Paths => _root["paths"]!.AsObject();

    /// <summary>The spacing between calls in seconds; null for none.</summary>
    public double? ThresholdOf(string operation) => Find(operation)["x-threshold-seconds"]?.GetValue<double>();

    /// <summary>The schema of a status' answer; null when the status is not described, an empty one when its body is not.</summary>
    public JsonObject? AnswerOf(string operation, int status)
    {
        if (Find(operation)["responses"]![status.ToString(CultureInfo.InvariantCulture)] is not JsonObject response) return null;
        var content = response["content"]?["application/json"];
        if (content?["example"] is JsonObject example) return OfferSchema(example);
        return content?["schema"] is JsonObject schema ? Inline(schema) : [];
    }

    /// <summary>The schema of the request's body; null for none.</summary>
    public JsonObject? RequestOf(string operation) => Find(operation)["requestBody"]?["content"]?["application/json"]?["schema"] is JsonObject schema ? Inline(schema) : null;

    public static JsonNode? ReadYaml(string name)
    {
        using var reader = File.OpenText(Path.Combine(AppContext.BaseDirectory, "Contract", name));
        var stream = new YamlStream();
        stream.Load(reader);
        return ToJson(stream.Documents[0].RootNode);
    }

    private JsonObject Find(string operation)
    {
        var words = operation.Split(' ');
        return Paths[words[1]]?[words[0].ToLowerInvariant()]?.AsObject() ?? throw new InvalidOperationException($"{operation} is not described");
    }

    /// <summary>Offers are described by an example only (as one object, though it is a list): every field that it names, with the type that it has there.</summary>
    private static JsonObject OfferSchema(JsonObject example)
    {
        var properties = new JsonObject();
        foreach (var (name, value) in example["offers"]!.AsObject())
            properties[name] = value is null ? [] : new JsonObject { ["type"] = TypeOf(value) };
        return new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { ["offers"] = new JsonObject { ["type"] = "array", ["items"] = new JsonObject { ["type"] = "object", ["properties"] = properties } } },
        };
    }

    private static string TypeOf(JsonNode value) => value switch
    {
        JsonObject => "object",
        JsonArray => "array",
        JsonValue v when v.TryGetValue<bool>(out _) => "boolean",
        JsonValue v when v.TryGetValue<string>(out _) => "string",
        _ => "number",
    };

    /// <summary>The schema without references, and with what belongs together merged.</summary>
    private JsonObject Inline(JsonObject schema)
    {
        if (schema["$ref"]?.ToString() is { } reference) return Inline(_root["components"]!["schemas"]![reference.Split('/')[^1]]!.AsObject());
        var result = new JsonObject();
        foreach (var (name, value) in schema)
            if (name != "allOf")
                result[name] = InlineWithin(value);
        foreach (var part in schema["allOf"]?.AsArray() ?? [])
            foreach (var (name, value) in Inline(part!.AsObject()))
                if (name != "properties") result[name] ??= value?.DeepClone();
                else Merge(result, value!.AsObject());
        return result;
    }

    private JsonNode? InlineWithin(JsonNode? node) => node switch
    {
        JsonObject o => Inline(o),
        JsonArray a => new JsonArray([.. a.Select(InlineWithin)]),
        _ => node?.DeepClone(),
    };

    private static void Merge(JsonObject schema, JsonObject properties)
    {
        schema["properties"] ??= new JsonObject();
        foreach (var (name, value) in properties) schema["properties"]![name] = value?.DeepClone();
    }

    private static JsonNode? ToJson(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(c => KeyValuePair.Create(((YamlScalarNode)c.Key).Value!, ToJson(c.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(ToJson)]),
        YamlScalarNode { Style: ScalarStyle.Plain } plain => Plain(plain.Value!),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => throw new InvalidOperationException("no such node: " + node.NodeType),
    };

    private static JsonNode? Plain(string text) => text switch
    {
        "null" or "~" or "" => null,
        "true" => JsonValue.Create(true),
        "false" => JsonValue.Create(false),
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => JsonValue.Create(whole),
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => JsonValue.Create(number),
        _ => JsonValue.Create(text),
    };
}
