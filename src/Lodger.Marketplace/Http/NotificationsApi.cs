using System.Text.Json.Nodes;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Push;

namespace Lodger.Marketplace.Http;

/// <summary>Which events there are, and by which channel the account wants to hear of them.</summary>
internal sealed class NotificationsApi(Book book)
{
    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("notification_types", "GET", "/api/v0/notification-types", 0, Types),
        new("notification_prefs", "GET", "/api/v0/users/{user}/notification-prefs", 0, Show),
        new("notification_prefs_set", "PUT", "/api/v0/users/{user}/notification-prefs", 0, Set),
    ];

    private static Reply Types(ApiCall call) => Reply.Ok(new JsonObject
    {
        ["success"] = true,
        ["notification_types"] = new JsonArray([.. NotificationTypes.All.Select(t => new JsonObject
        {
            ["key"] = t.Key,
            ["slug"] = t.Slug,
            ["context"] = "client",
            ["topic"] = t.Topic,
            ["category"] = t.Topic,
            ["display_name"] = t.DisplayName,
            ["default_preferences"] = new JsonObject { ["email"] = true, ["webhooks"] = false },
            ["mandatory_email"] = t.MandatoryEmail,
        })]),
    });

    private Reply Show(ApiCall call)
    {
        if (!call.IsOwnUser()) return Strangers();
        lock (book.Lock) return Reply.Ok(new JsonObject { ["success"] = true, ["notification_preferences"] = Preferences.Of(call.Account) });
    }

    private Reply Set(ApiCall call)
    {
        if (!call.IsOwnUser()) return Strangers();
        if (call.Body["notification_preferences"] is not JsonObject wanted || wanted.Any(c => c.Value is not JsonObject)) return Reply.Error(400, "invalid_request", "notification_preferences is missing");
        foreach (var (slug, channels) in wanted["client"] as JsonObject ?? [])
            if (!NotificationTypes.All.Any(t => t.Slug == slug) || channels is not JsonObject)
                return Reply.Error(400, "invalid_request", $"'{slug}' is not a notification type");
        lock (book.Lock)
        {
            call.Account.NotificationPreferences = (JsonObject)wanted.DeepClone();
            book.Save(call.Account);
            return Reply.Ok(new JsonObject { ["success"] = true, ["notification_preferences"] = wanted.DeepClone() });
        }
    }

    private static Reply Strangers() => Reply.Error(401, "auth_error", "These are another user's preferences.");
}
