using System.Text;

namespace Lodger.Vast.Http;

/// <summary>One endpoint of the platform: what its rate limit counts.</summary>
/// <param name="Template">With <c>{id}</c> where an id goes.</param>
/// <param name="Spacing">What the platform documents between two calls.</param>
/// <param name="Repeatable">True when the same call twice does no more than once: only such a call is retried.</param>
internal sealed record Route(HttpMethod Method, string Template, TimeSpan Spacing, bool Repeatable)
{
    public string Name => $"{Method} {Template}";

    private static Route Of(HttpMethod method, string template, double spacingSeconds, bool repeatable) =>
        new(method, template, TimeSpan.FromSeconds(spacingSeconds), repeatable);

    // The spacings are the ones that the platform's API description gives as examples of each operation's 429.
    public static readonly Route Search = Of(HttpMethod.Post, "/api/v0/bundles/", 1.0, repeatable: true);
    public static readonly Route Create = Of(HttpMethod.Put, "/api/v0/asks/{id}/", 4.5, repeatable: false);
    public static readonly Route Show = Of(HttpMethod.Get, "/api/v0/instances/{id}/", 2.0, repeatable: true);
    public static readonly Route List = Of(HttpMethod.Get, "/api/v1/instances/", 1.0, repeatable: true);
    public static readonly Route Change = Of(HttpMethod.Put, "/api/v0/instances/{id}/", 1.0, repeatable: true);
    public static readonly Route Destroy = Of(HttpMethod.Delete, "/api/v0/instances/{id}/", 3.0, repeatable: true);
    public static readonly Route ListKeys = Of(HttpMethod.Get, "/api/v0/ssh/", 1.0, repeatable: true);
    public static readonly Route AddKey = Of(HttpMethod.Post, "/api/v0/ssh/", 1.0, repeatable: false);
    public static readonly Route AttachKey = Of(HttpMethod.Post, "/api/v0/instances/{id}/ssh/", 1.0, repeatable: true);
    public static readonly Route Logs = Of(HttpMethod.Put, "/api/v0/instances/request_logs/{id}/", 1.0, repeatable: true);
    public static readonly Route ChangeBid = Of(HttpMethod.Put, "/api/v0/instances/bid_price/{id}/", 5.5, repeatable: true);
    public static readonly Route Execute = Of(HttpMethod.Put, "/api/v0/instances/command/{id}/", 1.5, repeatable: false);
    public static readonly Route User = Of(HttpMethod.Get, "/api/v0/users/current/", 1.0, repeatable: true);
    // The description gives no spacing for notifications: a second is a guess, until the platform names its own.
    public static readonly Route ListWebhooks = Of(HttpMethod.Get, "/api/v0/webhooks/", 1.0, repeatable: true);
    public static readonly Route CreateWebhook = Of(HttpMethod.Post, "/api/v0/webhooks/", 1.0, repeatable: false);
    public static readonly Route DeleteWebhook = Of(HttpMethod.Delete, "/api/v0/webhooks/{id}/", 1.0, repeatable: true);
    public static readonly Route TestWebhook = Of(HttpMethod.Post, "/api/v0/webhooks/{id}/test/", 1.0, repeatable: true);
    public static readonly Route NotificationTypes = Of(HttpMethod.Get, "/api/v0/notification-types/", 1.0, repeatable: true);
    // Not in the description: the spacing is a guess, until the platform names its own.
    public static readonly Route Copy = Of(HttpMethod.Put, "/api/v0/commands/rsync/", 1.0, repeatable: true);
    public static readonly Route ListVolumes = Of(HttpMethod.Get, "/api/v0/volumes/", 5.5, repeatable: true);
    public static readonly Route SearchVolumes = Of(HttpMethod.Post, "/api/v0/volumes/search/", 5.5, repeatable: true);
    public static readonly Route RentVolume = Of(HttpMethod.Put, "/api/v0/volumes/", 1.0, repeatable: false);
    public static readonly Route DeleteVolume = Of(HttpMethod.Delete, "/api/v0/volumes/", 5.5, repeatable: true);
    public static readonly Route ListClouds = Of(HttpMethod.Get, "/api/v0/users/cloud_integrations/", 2.9, repeatable: true);
    public static readonly Route CopyToCloud = Of(HttpMethod.Post, "/api/v0/commands/rclone/", 1.0, repeatable: false);
    public static readonly Route Charges = Of(HttpMethod.Get, "/api/v0/charges/", 1.0, repeatable: true);
}

/// <summary>One call as it will be sent, as often as its route allows.</summary>
internal sealed record Request(Route Route)
{
    public long? Id { get; init; }

    /// <summary>Names and raw values; encoded here and nowhere else.</summary>
    public IReadOnlyList<(string Name, string Value)> Query { get; init; } = [];

    /// <summary>JSON, or null for none.</summary>
    public byte[]? Body { get; init; }

    /// <summary>Asked before each try, when its turn has come; false: it is not sent. Null: it always may.</summary>
    public Func<bool>? MaySend { get; init; }

    /// <summary>Longest for one try; null: the client's.</summary>
    public TimeSpan? Timeout { get; init; }

    public Uri Target(Uri baseUrl)
    {
        var target = new StringBuilder(baseUrl.GetLeftPart(UriPartial.Path).TrimEnd('/'));
        target.Append(Route.Template.Replace("{id}", Id?.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal));
        var separator = '?';
        foreach (var (name, value) in Query)
        {
            target.Append(separator).Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }

        return new Uri(target.ToString());
    }

    /// <summary>The record's own would print the body, and with it the environment.</summary>
    public override string ToString() => Route.Name;
}
