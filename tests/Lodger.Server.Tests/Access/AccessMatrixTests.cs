using System.Net;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Lodger.Server.Site;
using Lodger.Server.Tests.Stage;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Lodger.Server.Tests.Access;

/// <summary>Every endpoint with every scope, with all of them, and with none, over the public address.</summary>
public sealed class AccessMatrixTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_endpoint_is_reached_with_its_scope_and_with_no_other()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        var scopes = Enum.GetValues<Scope>();
        using var nobody = new Visitor(door);
        var visitors = new Dictionary<Scope, Visitor>();
        foreach (var scope in scopes)
            visitors[scope] = new Visitor(door, await stage.TokenAsync($"only-{Principal.Word(scope)}", scope));
        using var all = new Visitor(door, await stage.TokenAsync("all", scopes));
        using var revoked = new Visitor(door, (await stage.Client.MakeTokenAsync(new TokenRequest("revoked", scopes, "anna"), Token)).Value.Token);
        (await stage.Client.RevokeTokenAsync("revoked", Token)).IsOk.ShouldBeTrue();

        // Last: it ends the server.
        foreach (var ((method, pattern), need) in NeededScopes.Table.OrderBy(e => e.Key.Pattern == Routes.ServerStop).ThenBy(e => e.Key.Pattern, StringComparer.Ordinal))
        {
            var path = pattern.Replace("{job}", "digits", StringComparison.Ordinal).Replace("{account}", "stub", StringComparison.Ordinal)
                .Replace("{volume}", "80", StringComparison.Ordinal).Replace("{token}", "none", StringComparison.Ordinal).Replace("{file}", "app.js", StringComparison.Ordinal);
            // One that was let in would be listened to for ever.
            if (pattern == Routes.Stream)
                path += "?job=nobody";
            // No request at all: whoever is let in is told that, and nothing happens.
            var body = method == "POST" ? "[]" : null;
            var what = $"{method} {path}";
            var anonymous = (await nobody.SendAsync(method, path, body)).Status;
            if (need.ForAnyone)
            {
                // The stage has no dashboard: what is said of it is that.
                if (pattern == Dashboard.File)
                    anonymous.ShouldBe(HttpStatusCode.NotFound, what);
                else
                    anonymous.ShouldNotBe(HttpStatusCode.NotFound, what);
                continue;
            }

            anonymous.ShouldBe(HttpStatusCode.Unauthorized, what);
            (await revoked.SendAsync(method, path, body)).Status.ShouldBeOneOf([HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests], what);
            foreach (var (scope, visitor) in visitors.OrderBy(v => v.Key == need.Scope))
            {
                var status = (await visitor.SendAsync(method, path, body)).Status;
                if (need.ForOwner || (need.Scope is { } needed && needed != scope))
                    status.ShouldBe(HttpStatusCode.Forbidden, $"{what} with {scope}");
                else
                    ((int)status).ShouldBeOneOf([200, 204, 400, 404], $"{what} with {scope}");
            }

            if (pattern != Routes.ServerStop)
                (await all.SendAsync(method, path, body)).Status.ShouldBe(need.ForOwner ? HttpStatusCode.Forbidden : (await visitors[need.Scope ?? Scope.Read].SendAsync(method, path, body)).Status, what);
        }

        foreach (var visitor in visitors.Values)
            visitor.Dispose();
    }

    [Fact]
    public void An_endpoint_that_says_nowhere_which_scope_it_needs_is_found_and_so_is_a_scope_without_endpoint()
    {
        var gaps = NeededScopes.Gaps([Made("GET", "/v1/forgotten"), Made("GET", Routes.Jobs)]);
        gaps.ShouldContain("GET /v1/forgotten says nowhere which scope it needs");
        gaps.ShouldNotContain(g => g.StartsWith($"GET {Routes.Jobs} ", StringComparison.Ordinal));
        gaps.ShouldContain($"POST {Routes.Jobs} needs a scope and is no endpoint");

        static Endpoint Made(string method, string pattern) =>
            new RouteEndpoint(_ => Task.CompletedTask, RoutePatternFactory.Parse(pattern), 0, new EndpointMetadataCollection(new HttpMethodMetadata([method])), null);
    }
}
