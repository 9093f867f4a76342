using Lodger.Server.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Lodger.Cli.Tests.Stage;

/// <content>Who may come in: tokens, doors, and what is told of both.</content>
internal sealed partial class FakeServer
{
    public TokenRequest? TokenAsked { get; private set; }

    public string NewToken { get; set; } = "lodger_aaaaaaaaaa_0000";

    public List<DoorView> Doors { get; } = [];

    public List<AuditView> Audit { get; } = [];

    private void MapAccess()
    {
        app.MapGet(Routes.Session, () => Results.Json(new SessionView("token:ci", [Server.Access.Scope.Read, Server.Access.Scope.Approve], null, "vision"), ApiJson.Default.SessionView));
        app.MapGet(Routes.Tokens, () => Results.Json([TokenOf(TokenAsked!)], ApiJson.Default.TokenViewArray));
        app.MapPost(Routes.Tokens, async (HttpContext http) =>
        {
            TokenAsked = await http.Request.ReadFromJsonAsync(ApiJson.Default.TokenRequest);
            return Results.Json(new NewTokenView(NewToken, TokenOf(TokenAsked!)), ApiJson.Default.NewTokenView);
        });
        app.MapDelete(Routes.Token, (string token) => Results.Json(TokenOf(TokenAsked! with { Name = token }), ApiJson.Default.TokenView));
        app.MapGet(Routes.Audit, (int? max) => Results.Json([.. Audit.TakeLast(max ?? 0)], ApiJson.Default.AuditViewArray));
        app.MapGet(Routes.Doors, () => Results.Json([.. Doors], ApiJson.Default.DoorViewArray));
        app.MapPost(Routes.Doors, async (HttpContext http) =>
        {
            var wish = await http.Request.ReadFromJsonAsync(ApiJson.Default.DoorRequest);
            Doors.Add(new DoorView(wish!.Listen, new Uri($"http://{wish.Listen}/"), wish.BehindProxy, null));
            return Results.Json(Doors[^1], ApiJson.Default.DoorView);
        });
        app.MapDelete(Routes.Doors, () =>
        {
            Doors.Clear();
            return Results.NoContent();
        });
    }

    private static TokenView TokenOf(TokenRequest asked) => new(asked.Name, "aaaaaaaaaa", asked.Scopes, asked.Project, Samples.Start, asked.By, null, null, null, true);
}
