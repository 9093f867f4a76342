using System.Text.Json.Nodes;
using Lodger.Marketplace.Access;

namespace Lodger.Marketplace.Http;

/// <summary>What has been changed with the account's keys, and its second factor, of which this market has none.</summary>
internal sealed class AuditApi(AuditLog audit)
{
    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("audit_logs", "GET", "/api/v0/audit_logs", 0, Log),
        new("tfa_status", "GET", "/api/v0/tfa/status", 0, _ => Reply.Ok(new JsonObject
        {
            ["success"] = true,
            ["tfa_enabled"] = false,
            ["methods"] = new JsonArray(),
            ["backup_codes_remaining"] = 0,
        })),
    ];

    private Reply Log(ApiCall call) => Reply.Ok(new JsonArray([.. audit.Of(call.Account.Id).Select(e => new JsonObject
    {
        ["ip_address"] = e.Address,
        ["api_key_id"] = e.KeyId,
        ["created_at"] = Times.Seconds(e.At),
        ["api_route"] = e.Route,
        ["args"] = e.Arguments,
    })]));
}
