using System.Net;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Push;

namespace Lodger.Marketplace.Http;

/// <summary>Subscriptions. The secret is answered by create and by rotate only. Receivers are on this machine's loopback, with or without TLS: nothing else is reached from here.</summary>
internal sealed class WebhooksApi(Book book, Deliveries deliveries, TimeProvider clock, Func<string> newSecret)
{
    private const int WebhooksMax = 4;
    private const int NameCharactersMax = 120;
    private const int UrlCharactersMax = 2048;

    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("webhook_list", "GET", "/api/v0/webhooks", 0, List),
        new("webhook_create", "POST", "/api/v0/webhooks", 0, Create),
        new("webhook_update", "PUT", "/api/v0/webhooks/{id:long}", 0, Update),
        new("webhook_delete", "DELETE", "/api/v0/webhooks/{id:long}", 0, Delete),
        new("webhook_rotate", "POST", "/api/v0/webhooks/{id:long}/rotate-secret", 0, Rotate),
        new("webhook_test", "POST", "/api/v0/webhooks/{id:long}/test", 0, TestAsync),
    ];

    private Reply List(ApiCall call)
    {
        lock (book.Lock) return Reply.Ok(new JsonObject { ["success"] = true, ["webhooks"] = new JsonArray([.. call.Account.Webhooks.Select(w => Facts(call.Account, w))]) });
    }

    private Reply Create(ApiCall call)
    {
        lock (book.Lock)
        {
            if (call.Account.Webhooks.Count >= WebhooksMax) return Invalid($"At most {WebhooksMax} webhooks are allowed.");
            var now = clock.GetUtcNow();
            var (webhook, error) = Read(call, new Webhook(book.NextKeyId(), null, "", [], newSecret(), now, now));
            if (webhook is null) return Invalid(error!);
            call.Account.Webhooks.Add(webhook);
            var enabled = Enable(call.Account, webhook);
            book.Save(call.Account);
            return Reply.Ok(new JsonObject { ["success"] = true, ["webhook"] = WithSecret(call.Account, webhook), ["enabled_notification_preferences"] = enabled });
        }
    }

    private Reply Update(ApiCall call)
    {
        lock (book.Lock)
        {
            var index = call.Account.Webhooks.FindIndex(w => w.Id == call.RouteId());
            if (index < 0) return NotFound();
            var (webhook, error) = Read(call, call.Account.Webhooks[index] with { UpdatedAt = clock.GetUtcNow() });
            if (webhook is null) return Invalid(error!);
            call.Account.Webhooks[index] = webhook;
            var enabled = Enable(call.Account, webhook);
            book.Save(call.Account);
            return Reply.Ok(new JsonObject { ["success"] = true, ["webhook"] = Facts(call.Account, webhook), ["enabled_notification_preferences"] = enabled });
        }
    }

    private Reply Delete(ApiCall call)
    {
        lock (book.Lock)
        {
            if (call.Account.Webhooks.RemoveAll(w => w.Id == call.RouteId()) == 0) return NotFound();
            book.Save(call.Account);
            return Reply.Success();
        }
    }

    private Reply Rotate(ApiCall call)
    {
        lock (book.Lock)
        {
            var index = call.Account.Webhooks.FindIndex(w => w.Id == call.RouteId());
            if (index < 0) return NotFound();
            var webhook = call.Account.Webhooks[index] = call.Account.Webhooks[index] with { Secret = newSecret(), UpdatedAt = clock.GetUtcNow() };
            book.Save(call.Account);
            return Reply.Ok(new JsonObject { ["success"] = true, ["webhook"] = WithSecret(call.Account, webhook) });
        }
    }

    private async Task<Reply> TestAsync(ApiCall call)
    {
        Webhook? webhook;
        lock (book.Lock) webhook = call.Account.Webhooks.Find(w => w.Id == call.RouteId());
        if (webhook is null) return NotFound();
        return await deliveries.TestAsync(call.Account, webhook) ? Reply.Success("Test webhook delivered") : Reply.Error(400, "delivery_failed", "The receiver did not acknowledge the test delivery.");
    }

    /// <summary>The webhook with what the body changes, or what is wrong with the body.</summary>
    private static (Webhook? Webhook, string? Error) Read(ApiCall call, Webhook before)
    {
        var name = call.Body.ContainsKey("name") ? call.Text("name") : before.Name;
        if (name?.Length > NameCharactersMax) return (null, $"name has at most {NameCharactersMax} characters");
        var url = call.Text("webhook_url") ?? before.Url;
        if (url.Length > UrlCharactersMax || !IsReceiver(url)) return (null, "webhook_url must be an http or https URL on this machine's loopback");
        var types = call.Body["event_types"] is JsonArray array ? [.. array.Select(t => t?.ToString() ?? "")] : before.EventTypes;
        if (types.Count == 0) return (null, "event_types must name at least one notification type");
        var unknown = types.FirstOrDefault(t => !NotificationTypes.All.Any(n => n.Key == t));
        return unknown is null ? (before with { Name = name, Url = url, EventTypes = [.. types.Distinct()] }, null) : (null, $"'{unknown}' is not a notification type; GET /api/v0/notification-types/ lists them");
    }

    private static bool IsReceiver(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        && (uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)));

    private static JsonArray Enable(Account account, Webhook webhook)
    {
        Preferences.Enable(account, webhook.EventTypes.Select(t => t[(Preferences.Context.Length + 1)..]));
        return new JsonArray([.. webhook.EventTypes.Select(t => JsonValue.Create(t))]);
    }

    private static JsonObject WithSecret(Account account, Webhook webhook)
    {
        var facts = Facts(account, webhook);
        facts["webhook_secret"] = webhook.Secret;
        return facts;
    }

    private static JsonObject Facts(Account account, Webhook webhook) => new()
    {
        ["id"] = webhook.Id,
        ["user_id"] = account.Id,
        ["name"] = webhook.Name,
        ["webhook_url"] = webhook.Url,
        ["event_types"] = new JsonArray([.. webhook.EventTypes.Select(t => JsonValue.Create(t))]),
        ["created_at"] = Times.Seconds(webhook.CreatedAt),
        ["updated_at"] = Times.Seconds(webhook.UpdatedAt),
    };

    private static Reply Invalid(string message) => Reply.Error(400, "invalid_request", message);

    private static Reply NotFound() => Reply.Error(404, "not_found", "Webhook not found.");
}
