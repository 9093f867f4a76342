using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Http;

/// <summary>
/// The interface as an OpenAPI 3.1 document: routes, parameters and bodies are read off the endpoints themselves, scopes off <see cref="NeededScopes"/>, shapes off the one JSON context.
/// </summary>
internal static class OpenApi
{
    private const string Schemas = "#/components/schemas/";

    public static void Map(IEndpointRouteBuilder app)
    {
        var document = new Lazy<byte[]>(() => Encoding.UTF8.GetBytes(Make(app.DataSources.SelectMany(d => d.Endpoints)).ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n"));
        app.MapGet(Routes.OpenApi, () => Results.Bytes(document.Value, "application/json"));
    }

    public static JsonObject Make(IEnumerable<Endpoint> endpoints)
    {
        var shapes = new JsonShapes(Schemas);
        var paths = new JsonObject();
        foreach (var endpoint in endpoints.OfType<RouteEndpoint>().OrderBy(e => e.RoutePattern.RawText, StringComparer.Ordinal))
        {
            var pattern = endpoint.RoutePattern.RawText!;
            foreach (var method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>())
            {
                // The pages of the dashboard are no interface.
                if (!IsInterface(pattern) || NeededScopes.Table.GetValueOrDefault((method, pattern)) is not { } need)
                    continue;
                if (paths[pattern] is not JsonObject path)
                    paths[pattern] = path = [];
                path[method.ToLowerInvariant()] = Operation(method, pattern, endpoint, need, shapes);
            }
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Lodger",
                ["version"] = "1",
                ["description"] = "The interface of Lodger's server. Members are added within a version, never renamed or removed. Times are ISO 8601 in UTC, durations [d.]hh:mm:ss, money US dollars, sizes bytes unless the name says otherwise.",
                ["license"] = new JsonObject { ["name"] = "MIT" },
            },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject
                {
                    ["token"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "Made by  lodger token create  where the server runs." },
                },
                ["responses"] = new JsonObject
                {
                    ["problem"] = new JsonObject { ["description"] = "What went wrong and what to do.", ["content"] = Json(shapes.Of(ApiJson.Default.ProblemView)) },
                },
                ["schemas"] = shapes.All(),
            },
        };
    }

    public static bool IsInterface(string pattern) => pattern.StartsWith("/v1/", StringComparison.Ordinal) || pattern == Routes.OpenApi;

    private static JsonObject Operation(string method, string pattern, RouteEndpoint endpoint, Need need, JsonShapes shapes)
    {
        var parameters = new JsonArray();
        JsonNode? body = null;
        foreach (var parameter in endpoint.Metadata.GetMetadata<MethodInfo>()?.GetParameters() ?? [])
        {
            if (parameter.ParameterType == typeof(HttpContext) || parameter.ParameterType == typeof(CancellationToken) || parameter.ParameterType == typeof(Principal))
                continue;
            if (parameter.ParameterType.Namespace == typeof(Routes).Namespace)
                body = new JsonObject { ["required"] = true, ["content"] = Json(shapes.Of(ApiJson.Default.GetTypeInfo(parameter.ParameterType)!)) };
            else
                parameters.Add((JsonNode)Parameter(parameter, pattern));
        }

        // The one body that is no JSON.
        if ((method, pattern) == ("POST", Routes.Code))
            body = new JsonObject { ["required"] = true, ["content"] = new JsonObject { ["application/x-tar"] = new JsonObject() } };
        var answers = new JsonObject();
        var isJson = AnswerTypes.Table.TryGetValue((method, pattern), out var answer);
        answers[isJson && answer is null ? "204" : "200"] = answer is null
            ? new JsonObject { ["description"] = isJson ? "Done." : pattern == Routes.ResultBytes ? "Bytes." : "Text." }
            : new JsonObject { ["description"] = "Done.", ["content"] = Json(shapes.Of(answer)) };
        answers["default"] = new JsonObject { ["$ref"] = "#/components/responses/problem" };
        var operation = new JsonObject { ["operationId"] = Id(method, pattern), ["description"] = Rights(need) };
        if (parameters.Count > 0)
            operation["parameters"] = parameters;
        if (body is not null)
            operation["requestBody"] = body;
        operation["responses"] = answers;
        operation["security"] = need.ForAnyone ? new JsonArray() : new JsonArray(new JsonObject { ["token"] = new JsonArray() });
        return operation;
    }

    private static JsonObject Parameter(ParameterInfo parameter, string pattern)
    {
        var isPath = pattern.Contains($"{{{parameter.Name}}}", StringComparison.Ordinal);
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        var isOptional = type != parameter.ParameterType || new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable;
        return new JsonObject
        {
            ["name"] = parameter.Name,
            ["in"] = isPath ? "path" : "query",
            ["required"] = isPath || !isOptional,
            ["schema"] = new JsonObject { ["type"] = type == typeof(bool) ? "boolean" : type == typeof(string) ? "string" : "integer" },
        };
    }

    private static string Rights(Need need) => need switch
    {
        { ForAnyone: true } => "Needs no token.",
        { ForOwner: true } => "For the user of the server's machine, over its socket alone.",
        { Scope: { } scope } => $"Needs the scope {Principal.Word(scope)}.",
        _ => "Needs a token, of whatever scope.",
    };

    private static string Id(string method, string pattern) =>
        method.ToLowerInvariant() + string.Concat(pattern.Split('/', StringSplitOptions.RemoveEmptyEntries).Skip(1).SelectMany(p => p.Trim('{', '}').Split('-', '.')).Select(w => char.ToUpperInvariant(w[0]) + w[1..]));

    private static JsonObject Json(JsonObject schema) => new() { ["application/json"] = new JsonObject { ["schema"] = schema } };
}
