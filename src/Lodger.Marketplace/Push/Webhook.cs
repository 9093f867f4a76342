using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Push;

/// <summary>A receiver's subscription.</summary>
/// <param name="EventTypes">Full keys, as <c>client:outbid</c>.</param>
/// <param name="Secret">Signs deliveries; shown when it is made or rotated.</param>
internal sealed record Webhook(long Id, string? Name, string Url, IReadOnlyList<string> EventTypes, string Secret, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary>An event on its way to one webhook.</summary>
/// <param name="EventId">The same for every attempt, and for the copy of a duplicated delivery.</param>
/// <param name="Body">The exact text that is signed and sent.</param>
internal sealed record PendingDelivery(string EventId, long WebhookId, string Body)
{
    /// <summary>The body of an event; its type has no <c>client:</c> before it, and nothing in it names an instance but the words.</summary>
    public static PendingDelivery Make(string eventId, long webhookId, long userId, string slug, string subject, string message, DateTimeOffset at) => new(
        eventId,
        webhookId,
        new JsonObject
        {
            ["event_id"] = eventId,
            ["user_id"] = userId,
            ["notif_type"] = slug,
            ["subject"] = subject,
            ["message"] = message,
            ["timestamp"] = (at - DateTimeOffset.UnixEpoch).TotalSeconds,
        }.ToJsonString());
}
