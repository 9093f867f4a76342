using System.Text.Json;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Access;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Control;
using Lodger.Marketplace.Schedule;

namespace Lodger.Marketplace.Http;

/// <summary>
/// The way of every API call: key, spacing, ordered faults, body, handler. Routes match with and without a trailing slash.
/// <paramref name="catchUp"/> brings the market up to its clock first, so that nothing that fell due before a call happens after it.
/// </summary>
internal sealed class Api(Book book, RateLimits limits, FaultPlan faults, AuditLog audit, TimeProvider clock, Action catchUp)
{
    private const int AddressesMax = 100;
    private const int BodyBytesMax = 1 << 20;

    public void Map(IEndpointRouteBuilder routes, IEnumerable<Endpoint> endpoints)
    {
        foreach (var endpoint in endpoints)
            routes.MapMethods(endpoint.Pattern, [endpoint.Method], (HttpContext http) => ServeAsync(http, endpoint));
    }

    private async Task ServeAsync(HttpContext http, Endpoint endpoint)
    {
        var key = Bearer(http);
        if (key is null)
        {
            await SendAsync(http, Reply.Error(403, "auth_error", "This action requires login."));
            return;
        }

        Caller? caller;
        lock (book.Lock)
        {
            catchUp();
            caller = Caller.Of(book, key);
            if (caller is not null) Remember(caller, http);
        }

        if (caller is null)
        {
            await SendAsync(http, Reply.Error(404, "auth_error", "Invalid user key"));
            return;
        }

        if (caller.Scope is not null && !endpoint.ForContainers)
        {
            await SendAsync(http, Reply.Error(403, "auth_error", "This key may only show and stop its own instance."));
            return;
        }

        if (!Permissions.Allow(caller.Key?.Permissions, endpoint.Method, endpoint.Pattern))
        {
            await SendAsync(http, Reply.Error(403, "not_authorized", $"This key lacks the permission {Permissions.CategoryOf(endpoint.Method, endpoint.Pattern)}."));
            return;
        }

        if (limits.Check(key + http.Request.Headers[JobRunner.HeaderName], endpoint) is { } tooSoon)
        {
            await SendAsync(http, tooSoon);
            return;
        }

        var fault = faults.TakeFor(endpoint.Name);
        if (fault is { CarriedOut: false, NeedsAnswer: false })
        {
            await SpoiledAnswer.SendAsync(http, fault, null);
            return;
        }

        var reply = await ReadBodyAsync(http) is { } body
            ? await HandleAsync(new ApiCall(http, caller.Account, caller.Scope, body) { KeyId = caller.KeyId }, endpoint)
            : Reply.Error(400, "invalid_request", "Invalid json body");
        if (fault is null) await SendAsync(http, reply);
        else await SpoiledAnswer.SendAsync(http, fault, reply);
    }

    private async Task<Reply> HandleAsync(ApiCall call, Endpoint endpoint)
    {
        if (endpoint.Method != "GET")
            audit.Add(call.Account.Id, new AuditEntry(AddressOf(call.Http), call.KeyId, clock.GetUtcNow(), call.Http.Request.Path, AuditLog.Describe(call.Body)));
        return await endpoint.Handle(call);
    }

    private void Remember(Caller caller, HttpContext http)
    {
        var addresses = caller.Account.Addresses;
        if (addresses.Count >= AddressesMax || addresses.Exists(a => a.Address == AddressOf(http))) return;
        addresses.Add(new SeenAddress(book.NextKeyId(), AddressOf(http), clock.GetUtcNow()));
        book.Save(caller.Account);
    }

    private static string AddressOf(HttpContext http) => http.Connection.RemoteIpAddress?.ToString() ?? "";

    /// <summary>Sends a reply as JSON.</summary>
    public static Task SendAsync(HttpContext http, Reply reply)
    {
        http.Response.StatusCode = reply.Status;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(reply.Body.ToJsonString(), http.RequestAborted);
    }

    /// <summary>The bearer token of a request; null when there is none.</summary>
    public static string? Bearer(HttpContext http)
    {
        const string scheme = "Bearer ";
        var header = http.Request.Headers.Authorization.ToString();
        return header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) && header.Length > scheme.Length ? header[scheme.Length..].Trim() : null;
    }

    /// <summary>The body as an object, empty when there is none; null when it is not a JSON object or too long.</summary>
    public static async Task<JsonObject?> ReadBodyAsync(HttpContext http)
    {
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await http.Request.Body.ReadAsync(chunk, http.RequestAborted)) > 0)
        {
            if (buffer.Length + read > BodyBytesMax) return null;
            buffer.Write(chunk, 0, read);
        }

        if (buffer.Length == 0) return [];
        try
        {
            return JsonNode.Parse(buffer.ToArray()) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What retired endpoints answer, with HTTP 200.</summary>
    public static Reply Deprecated() => new(200, new JsonObject
    {
        ["success"] = false,
        ["error"] = "deprecated_endpoint",
        ["msg"] = "This endpoint has been retired. Use GET /api/v1/instances/ instead.",
    });
}
