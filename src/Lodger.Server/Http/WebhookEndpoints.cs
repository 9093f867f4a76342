using Lodger.Server.Access;
using Lodger.Server.Api;
using Lodger.Server.Hooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Http;

/// <summary>Subscriptions, for the user of this machine. Deliveries arrive elsewhere, at <see cref="HookDoor"/>.</summary>
internal static class WebhookEndpoints
{
    public static void Map(IEndpointRouteBuilder app, HookDesk desk)
    {
        app.MapGet(Routes.Webhooks, () => Results.Json([.. desk.Views], ApiJson.Default.WebhookViewArray));
        app.MapPost(Routes.Webhook, async (string account, WebhookRequest request, Principal who, CancellationToken token) =>
            Answers.Of(await desk.AddAsync(account, request, who.IsOwner, token), ApiJson.Default.WebhookView));
        app.MapDelete(Routes.Webhook, async (string account, CancellationToken token) =>
            Answers.Of(await desk.RemoveAsync(account, token), ApiJson.Default.WebhookView));
    }
}
