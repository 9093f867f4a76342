using System.Text.Json.Nodes;
using Lodger.Marketplace.Contracts;

namespace Lodger.Marketplace.Http;

/// <summary>What an endpoint answers.</summary>
internal sealed record Reply(int Status, JsonNode Body)
{
    public static Reply Ok(JsonNode body) => new(200, body);

    public static Reply Success(string? message = null)
    {
        var body = new JsonObject { ["success"] = true };
        if (message is not null) body["msg"] = message;
        return Ok(body);
    }

    /// <summary>The platform's error body.</summary>
    public static Reply Error(int status, string slug, string message) =>
        new(status, new JsonObject { ["success"] = false, ["error"] = slug, ["msg"] = message });

    public static Reply NoSuchInstance(long id) => Error(404, "no_such_instance", $"Instance {id} not found.");
}

/// <summary>One authenticated call.</summary>
/// <param name="Http">The request.</param>
/// <param name="Account">Who calls.</param>
/// <param name="Scope">The one contract that a container's key may touch; null for an account's own key.</param>
/// <param name="Body">The JSON body; empty when there was none.</param>
internal sealed record ApiCall(HttpContext Http, Account Account, Contract? Scope, JsonObject Body)
{
    /// <summary>The number of the key that was used.</summary>
    public long KeyId { get; init; }

    /// <summary>A number in the path; 0 when it is not one, which no record has.</summary>
    public long RouteId(string name = "id") => long.TryParse(Http.Request.RouteValues[name]?.ToString(), out var id) ? id : 0;

    /// <summary>Whether the path speaks of the caller: by number, or as <c>me</c>.</summary>
    public bool IsOwnUser() => Http.Request.RouteValues["user"]?.ToString() is "me" || RouteId("user") == Account.Id;

    public string BaseUrl => $"{Http.Request.Scheme}://{Http.Request.Host}";

    public string? Text(string name) => Body[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>A boolean, also when it is sent as a number or a string; null when absent.</summary>
    public bool? Flag(string name) => Body[name]?.ToString().ToLowerInvariant() switch
    {
        "true" or "1" => true,
        "false" or "0" => false,
        _ => null,
    };
}

/// <summary>One operation of the API.</summary>
/// <param name="Name">The name by which the control surface aims faults at it.</param>
/// <param name="ThresholdSeconds">Documented spacing between calls; 0 for none.</param>
/// <param name="ForContainers">Whether a container's own key may call it.</param>
internal sealed record Endpoint(string Name, string Method, string Pattern, double ThresholdSeconds, Func<ApiCall, Task<Reply>> Handle, bool ForContainers = false)
{
    public Endpoint(string name, string method, string pattern, double thresholdSeconds, Func<ApiCall, Reply> handle, bool forContainers = false)
        : this(name, method, pattern, thresholdSeconds, call => Task.FromResult(handle(call)), forContainers)
    {
    }
}
