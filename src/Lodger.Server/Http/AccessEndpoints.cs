using Lodger.Domain.Problems;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Http;

/// <summary>Who may ask: browsers sign in and out, tokens are made and revoked.</summary>
internal static class AccessEndpoints
{
    private const int AuditMax = 1000;

    public static void Map(IEndpointRouteBuilder app, Gatekeeper keeper)
    {
        app.MapGet(Routes.Session, (HttpContext http, Principal who) => Results.Json(View(who, keeper.SessionUntil(http)), ApiJson.Default.SessionView));
        app.MapPost(Routes.Session, (HttpContext http, SignInRequest r) => keeper.SignIn(http, r.Code).TryGet(out var who, out var problem)
            ? Results.Json(View(who.Principal, who.Until), ApiJson.Default.SessionView)
            : Results.Json(new ProblemView(problem), ApiJson.Default.ProblemView, statusCode: Gatekeeper.StatusOf(problem)));
        app.MapDelete(Routes.Session, (HttpContext http) =>
        {
            keeper.SignOut(http);
            return Results.NoContent();
        });
        app.MapPost(Routes.SessionCode, (HttpContext http, Principal who) => keeper.AsBearer(http, who) is { } bearer && keeper.Sessions.Invite(bearer) is var (code, until)
            ? Results.Json(new SignInCodeView(code, until), ApiJson.Default.SignInCodeView)
            : Answers.Of(new Problem("session-no-code", "A browser's session makes no other one.", "Ask with a token, or where the server runs:  lodger dashboard", ExitCode.BadInput)));

        app.MapGet(Routes.Tokens, () => Results.Json([.. keeper.Tokens.Views], ApiJson.Default.TokenViewArray));
        app.MapPost(Routes.Tokens, (HttpContext http, TokenRequest r, Principal who) =>
        {
            AuditLog.About(http, r.Name);
            return Answers.Of(keeper.Tokens.Make(r, who.By(r.By), who), ApiJson.Default.NewTokenView);
        });
        app.MapDelete(Routes.Token, (string token) => Answers.Of(keeper.Tokens.Revoke(token), ApiJson.Default.TokenView));
        app.MapGet(Routes.Audit, (long? before, int? max) => Results.Json([.. keeper.Audit.Read(before ?? long.MaxValue, Math.Clamp(max ?? 100, 1, AuditMax))], ApiJson.Default.AuditViewArray));
    }

    private static SessionView View(Principal who, DateTimeOffset? until) => new(who.Name, [.. who.Scopes.Order()], until, who.Project);
}
