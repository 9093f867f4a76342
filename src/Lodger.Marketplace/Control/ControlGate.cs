using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Http;

namespace Lodger.Marketplace.Control;

/// <summary>Who may use <c>/control/</c>: whoever has the token of <c>market.json</c>.</summary>
internal static class ControlGate
{
    /// <summary>The body of a call that may pass; null when it was refused and answered.</summary>
    public static async Task<JsonObject?> LetInAsync(HttpContext http, string token)
    {
        if (Api.Bearer(http) is not { } given || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(token)))
        {
            await Api.SendAsync(http, Reply.Error(401, "auth_error", "The control surface needs the control_token of market.json."));
            return null;
        }

        if (await Api.ReadBodyAsync(http) is { } body) return body;
        await Api.SendAsync(http, Reply.Error(400, "invalid_request", "Invalid json body"));
        return null;
    }
}
