using System.Net;
using System.Net.Sockets;
using System.Text;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests.Access;

/// <summary>A program that acts for the server's user, or for a token: it looks, and nothing else.</summary>
public sealed class AgentTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_reaches_over_the_socket_what_only_looks_and_every_refusal_stands_in_the_audit_log()
    {
        await using var stage = await ServerStage.StartAsync();
        using var http = Agent(stage.Socket, "Claude Code");
        var refused = new List<string>();
        foreach (var ((method, pattern), need) in NeededScopes.Table.Where(e => e.Key.Pattern != Routes.Stream && !e.Value.ForAnyone))
        {
            var path = pattern.Replace("{job}", "digits", StringComparison.Ordinal).Replace("{account}", "stub", StringComparison.Ordinal)
                .Replace("{volume}", "80", StringComparison.Ordinal).Replace("{token}", "none", StringComparison.Ordinal).Replace("{file}", "app.js", StringComparison.Ordinal);
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = method == "POST" ? new StringContent("[]", Encoding.UTF8, "application/json") : null };
            using var response = await http.SendAsync(request, Token);
            if (need is { ForOwner: false, Act: null, Scope: null or Scope.Read })
            {
                ((int)response.StatusCode).ShouldBeOneOf([200, 204, 400, 404], $"{method} {path}");
            }
            else
            {
                response.StatusCode.ShouldBe(HttpStatusCode.Forbidden, $"{method} {path}");
                refused.Add(need.Act ?? pattern);
            }
        }

        refused.ShouldContain("approve");
        refused.ShouldContain("abandon");
        refused.ShouldContain("submit");
        refused.ShouldContain("volume-delete");
        var audit = (await stage.Client.AuditAsync(500, Token)).Value.Where(e => e.Who == "agent:claude-code").ToList();
        audit.ShouldAllBe(e => e.Status == 403);
        audit.Select(e => e.Act).ShouldBe(refused, ignoreOrder: true);
    }

    [Fact]
    public async Task An_agent_with_a_token_that_may_everything_may_look()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        var token = await stage.TokenAsync("all", Enum.GetValues<Scope>());
        using var visitor = new Visitor(door, token);
        using var http = new HttpClient { BaseAddress = new Uri(door.ToString()!) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        http.DefaultRequestHeaders.Add(Lodger.Server.Access.Agent.Header, "x");

        (await http.GetAsync(Routes.Jobs, Token)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await http.PostAsync(Routes.Approve.Replace("{job}", "digits", StringComparison.Ordinal), null, Token)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await visitor.SendAsync("POST", Routes.Approve.Replace("{job}", "digits", StringComparison.Ordinal), "[]")).Status.ShouldNotBe(HttpStatusCode.Forbidden, "the token itself may");
        (await stage.Client.AuditAsync(50, Token)).Value.ShouldContain(e => e.Who == "token:all agent:x" && e.Status == 403);
    }

    [Fact]
    public void A_name_that_a_request_gives_itself_makes_no_new_limit()
    {
        var token = new Principal("token:ci", Principal.AllScopes, null, Proof.Token, "127.0.0.1");
        Lodger.Server.Access.Agent.For(token, "agent:a").CountedAs.ShouldBe("token:ci");
        Lodger.Server.Access.Agent.For(token, "agent:b").CountedAs.ShouldBe("token:ci");
        Lodger.Server.Access.Agent.For(Principal.Owner, "agent:a").CountedAs.ShouldBe(Lodger.Server.Access.Agent.For(Principal.Owner, "agent:b").CountedAs);
    }

    [Theory]
    [InlineData("Claude Code", "claude-code")]
    [InlineData("cursor-0.45.1", "cursor-0.45.1")]
    [InlineData("", "unnamed")]
    [InlineData(null, "unnamed")]
    [InlineData("\u001b[2Jroot\nowner", "2jroot-owner")]
    [InlineData("a very long name that goes on and on and on", "a-very-long-name-that-goes-on-an")]
    public void An_agents_name_is_a_word(string? said, string name) => Lodger.Server.Access.Agent.NameOf(said).ShouldBe(name);

    private static HttpClient Agent(string socketPath, string name)
    {
        var sockets = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), token);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        var http = new HttpClient(sockets) { BaseAddress = new Uri("http://lodger") };
        http.DefaultRequestHeaders.Add(Lodger.Server.Access.Agent.Header, name);
        return http;
    }
}
