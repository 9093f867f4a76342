using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Http;

/// <summary>What renters have none of, and are told so: machines of their own, and serverless endpoints.</summary>
internal sealed class HostsApi
{
    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("machines", "GET", "/api/v0/machines", 0, _ => Reply.Ok(new JsonObject { ["machines"] = new JsonArray() })),
        new("serverless_endpoints", "GET", "/api/v0/endptjobs", 3.0, _ => Reply.Ok(new JsonObject { ["success"] = true, ["results"] = new JsonArray() })),
    ];
}
