using System.Text.Json.Nodes;
using Lodger.Marketplace.Contracts;

namespace Lodger.Marketplace.Push;

/// <summary>Channels by context and event: <c>{"client": {"outbid": {"email": true, "webhooks": true}}}</c>.</summary>
internal static class Preferences
{
    public const string Context = "client";

    /// <summary>What the account has put, or the defaults: mail for all, webhooks for what it has subscribed to.</summary>
    public static JsonObject Of(Account account)
    {
        if (account.NotificationPreferences is { } put) return (JsonObject)put.DeepClone();
        var client = new JsonObject();
        foreach (var type in NotificationTypes.All)
            client[type.Slug] = Channels(account.Webhooks.Exists(w => w.EventTypes.Contains(type.Key, StringComparer.Ordinal)));
        return new JsonObject { [Context] = client };
    }

    /// <summary>False when the account has turned webhooks off for this event.</summary>
    public static bool WantWebhooks(Account account, string slug) =>
        account.NotificationPreferences?[Context]?[slug]?["webhooks"] is not JsonValue value || !value.TryGetValue<bool>(out var wanted) || wanted;

    /// <summary>A subscription turns the channel on.</summary>
    public static void Enable(Account account, IEnumerable<string> slugs)
    {
        var preferences = Of(account);
        if (preferences[Context] is not JsonObject) preferences[Context] = new JsonObject();
        var client = preferences[Context]!.AsObject();
        foreach (var slug in slugs)
        {
            if (client[slug] is JsonObject channels) channels["webhooks"] = true;
            else client[slug] = Channels(webhooks: true);
        }

        account.NotificationPreferences = preferences;
    }

    private static JsonObject Channels(bool webhooks) => new() { ["email"] = true, ["webhooks"] = webhooks };
}
