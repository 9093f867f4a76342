using System.Text.Json;
using Lodger.Domain.Problems;
using Lodger.Vast.Http;
using Lodger.Vast.Json;
using Lodger.Vast.Wire;

namespace Lodger.Vast;

public sealed partial class VastClient
{
    /// <summary><c>GET /webhooks/</c>.</summary>
    public Task<Outcome<IReadOnlyList<VastWebhook>>> WebhooksAsync(CancellationToken cancellationToken) =>
        RowsAsync(Route.ListWebhooks, "webhooks", VastJson.Default.VastWebhook, webhook => webhook.Id is not null, cancellationToken);

    /// <summary><c>GET /notification-types/</c>: what can be subscribed to.</summary>
    public Task<Outcome<IReadOnlyList<VastNotificationType>>> NotificationTypesAsync(CancellationToken cancellationToken) =>
        RowsAsync(Route.NotificationTypes, "notification_types", VastJson.Default.VastNotificationType, type => type.Key is not null, cancellationToken);

    /// <summary><c>POST /webhooks/</c>: the answer carries the signing secret, this once. Never repeated: twice makes two.</summary>
    public async Task<Outcome<VastWebhook>> CreateWebhookAsync(Uri address, string name, IReadOnlyList<string> eventTypes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        var body = new WebhookBody { Name = name, WebhookUrl = address.AbsoluteUri, EventTypes = eventTypes };
        var request = new Request(Route.CreateWebhook) { Body = Json(body, VastBodies.Default.WebhookBody) };
        var made = await CallAsync<VastWebhook>(
            request,
            answer => answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("webhook", out var row)
                && Verdict.Read(row, VastJson.Default.VastWebhook) is { Id: > 0, WebhookSecret.Length: > 0 } webhook
                    ? webhook
                    : problems.Unreadable(request.Route, "no webhook with an id and a secret"),
            cancellationToken);
        if (made.TryGet(out var fresh, out _)) KeepSecret(fresh.WebhookSecret);
        return made;
    }

    /// <summary><c>DELETE /webhooks/{id}/</c>. Ok also when the platform says that there is none.</summary>
    public async Task<Outcome<Done>> DeleteWebhookAsync(long id, CancellationToken cancellationToken)
    {
        var request = new Request(Route.DeleteWebhook) { Id = id };
        var verdict = await JudgeAsync(request, cancellationToken);
        if (verdict.Refusal is { Status: 404, IsApi: true, IsAuth: false, IsRetired: false }) return Done.Ok;
        if (verdict.Refusal is { } refusal) return problems.Of(request.Route, refusal);
        return verdict.Unknown is { } unknown ? unknown : Done.Ok;
    }

    /// <summary><c>POST /webhooks/{id}/test/</c>: one delivery now.</summary>
    public Task<Outcome<Done>> TestWebhookAsync(long id, CancellationToken cancellationToken) => DoAsync(new Request(Route.TestWebhook) { Id = id }, cancellationToken);

    private Task<Outcome<IReadOnlyList<T>>> RowsAsync<T>(
        Route route, string name, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, Func<T, bool> isWhole, CancellationToken cancellationToken)
        where T : class =>
        CallAsync(
            new Request(route),
            body =>
            {
                if (Elements(body, name) is not { } rows) return problems.Unreadable(route, $"no list of {name}");
                var read = rows.Select(row => Verdict.Read(row, type)).ToList();
                return read.TrueForAll(row => row is not null && isWhole(row))
                    ? Outcome<IReadOnlyList<T>>.Ok([.. read.Select(row => row!)])
                    : problems.Unreadable(route, $"one of {name} that names nothing");
            },
            cancellationToken);
}
