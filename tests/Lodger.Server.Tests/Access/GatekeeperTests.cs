using System.Globalization;
using Lodger.Engine.Journal;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lodger.Server.Tests.Access;

/// <summary>How often somebody may ask, and may be wrong, on a clock that the test moves.</summary>
public sealed class GatekeeperTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("lodger-keeper-").FullName;
    private readonly SetTime time = new();
    private readonly JournalStore journal;
    private readonly Gatekeeper keeper;

    public GatekeeperTests()
    {
        journal = JournalStore.OpenFile(Path.Combine(directory, "lodger.db")).Value;
        var tokens = new AccessTokens(journal, time);
        keeper = new Gatekeeper(tokens, new Sessions(tokens, time), new AuditLog(journal, time, NullLogger.Instance), (key, _) => key, time, NullLogger.Instance);
    }

    public void Dispose()
    {
        journal.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task One_token_cannot_take_all_of_the_server()
    {
        var (greedy, modest) = (Token("greedy"), Token("modest"));
        for (var i = 0; i < 200; i++)
            (await AskAsync(greedy)).Response.StatusCode.ShouldBe(200);
        var refused = await AskAsync(greedy);
        refused.Response.StatusCode.ShouldBe(429);
        refused.Response.Headers.RetryAfter.ToString().ShouldBe("1");
        (await AskAsync(modest)).Response.StatusCode.ShouldBe(200);
        time.Pass(TimeSpan.FromSeconds(1));
        (await AskAsync(greedy)).Response.StatusCode.ShouldBe(200);
    }

    [Fact]
    public async Task What_a_token_may_not_is_refused_only_so_often_and_fills_no_record()
    {
        var greedy = Token("greedy");
        for (var i = 0; i < 200; i++)
            (await AskAsync(Stopping())).Response.StatusCode.ShouldBe(403);
        (await AskAsync(Stopping())).Response.StatusCode.ShouldBe(429);
        journal.Audit(long.MaxValue, 1000).Count.ShouldBe(60);

        HttpContext Stopping()
        {
            var request = Request(greedy, "192.0.2.7");
            request.Request.Method = "POST";
            request.SetEndpoint(new RouteEndpoint(_ => Task.CompletedTask, RoutePatternFactory.Parse(Routes.ServerStop), 0, null, null));
            return request;
        }
    }

    [Fact]
    public async Task What_the_platform_is_asked_for_is_few_at_once_for_a_token_and_the_others_wait_or_are_refused()
    {
        var (greedy, modest) = (Token("greedy"), Token("modest"));
        var platform = new TaskCompletionSource();
        var inside = 0;
        var asked = Enumerable.Range(0, 20).Select(_ => Survey(greedy)).ToList();
        inside.ShouldBe(4);
        (await AskAsync(greedy)).Response.StatusCode.ShouldBe(200, "what is known here");
        var refused = Asking(greedy);
        await keeper.LetInAsync(refused, _ => Task.CompletedTask);
        refused.Response.StatusCode.ShouldBe(429);
        var other = Survey(modest);
        inside.ShouldBe(5);
        platform.SetResult();
        await Task.WhenAll([.. asked, other]);
        inside.ShouldBe(21);

        Task Survey(string token) => keeper.LetInAsync(
            Asking(token),
            _ =>
            {
                Interlocked.Increment(ref inside);
                return platform.Task;
            });

        HttpContext Asking(string token)
        {
            var request = Request(token, "192.0.2.7");
            request.SetEndpoint(new RouteEndpoint(_ => Task.CompletedTask, RoutePatternFactory.Parse(Routes.Survey), 0, null, null));
            return request;
        }
    }

    [Fact]
    public async Task Turns_are_remembered_for_who_has_or_wants_one_alone()
    {
        var turns = new Turns(most: 1, waitingMax: 1, TimeSpan.Zero);
        var first = await turns.TakeAsync("a", CancellationToken.None);
        (await turns.TakeAsync("a", CancellationToken.None)).ShouldBeNull();
        turns.Count.ShouldBe(1);
        first!.Dispose();
        first.Dispose();
        turns.Count.ShouldBe(0);
        (await turns.TakeAsync("a", CancellationToken.None)).ShouldNotBeNull();
    }

    [Fact]
    public void Signing_in_again_and_again_is_asking_too()
    {
        var greedy = Token("greedy");
        for (var i = 0; i < 200; i++)
            keeper.SignIn(SigningIn("lodger.localhost:1"), null).IsOk.ShouldBeTrue();
        Gatekeeper.StatusOf(keeper.SignIn(SigningIn("lodger.localhost:1"), null).Problem!).ShouldBe(429);
        keeper.SignIn(SigningIn("127.0.0.1:1"), null).Problem!.Id.ShouldBe("other-host");

        HttpContext SigningIn(string host)
        {
            var request = Request(greedy, "127.0.0.1");
            request.Request.Method = "POST";
            request.Request.Host = new HostString(host);
            request.Request.Headers[SameOrigin.Header] = "1";
            return request;
        }
    }

    [Fact]
    public void Of_the_record_of_who_asked_the_newest_entries_are_kept()
    {
        for (var i = 0; i < 10; i++)
            journal.AppendAudit(new AuditEntry(time.GetUtcNow(), $"token:{i}", "192.0.2.7", "cancel", "digits", 200), kept: 3);
        journal.Audit(long.MaxValue, 100).Select(e => e.Who).ShouldBe(["token:7", "token:8", "token:9"]);
    }

    [Fact]
    public async Task Guessing_is_slowed_down_for_its_neighbourhood_and_keeps_out_nobody_who_has_a_token()
    {
        var good = Token("ci");
        var guess = $"lodger_aaaaaaaaaa_{new string('0', 64)}";
        for (var i = 0; i < 10; i++)
            (await AskAsync(guess, "2001:db8::1")).Response.StatusCode.ShouldBe(401);
        var refused = await AskAsync(guess, "2001:db8::ffff");
        refused.Response.StatusCode.ShouldBe(429);
        int.Parse(refused.Response.Headers.RetryAfter.ToString(), CultureInfo.InvariantCulture).ShouldBe(6);
        var signIn = Request(null, "2001:db8::1");
        signIn.Request.Method = "POST";
        signIn.Request.Headers[SameOrigin.Header] = "1";
        Gatekeeper.StatusOf(keeper.SignIn(signIn, "a guess").Problem!).ShouldBe(429);
        (await AskAsync(guess, "2001:db8:1::1")).Response.StatusCode.ShouldBe(401, "another network");
        (await AskAsync(good, "2001:db8::1")).Response.StatusCode.ShouldBe(200);
        time.Pass(TimeSpan.FromSeconds(6));
        (await AskAsync(guess, "2001:db8::1")).Response.StatusCode.ShouldBe(401);
        (await AskAsync(guess, "2001:db8::1")).Response.StatusCode.ShouldBe(429);
    }

    [Fact]
    public async Task A_page_that_is_left_open_after_its_session_is_no_guesser()
    {
        for (var i = 0; i < 100; i++)
        {
            var request = Request(null, "192.0.2.7");
            request.Request.Headers.Cookie = $"lodger={new string('0', 64)}";
            (await AskAsync(request)).Response.StatusCode.ShouldBe(401);
        }
    }

    [Fact]
    public async Task However_many_addresses_guess_the_audit_log_grows_slowly()
    {
        for (var i = 0; i < 500; i++)
            await AskAsync("guess", $"10.0.{i / 250}.{i % 250}");
        journal.Audit(long.MaxValue, 1000).Count.ShouldBe(60);
        time.Pass(TimeSpan.FromSeconds(10));
        await AskAsync("guess", "10.0.9.1");
        await AskAsync("guess", "10.0.9.2");
        journal.Audit(long.MaxValue, 1000).Count.ShouldBe(61);
        journal.Audit(long.MaxValue, 2).Select(e => e.From).ShouldBe(["10.0.0.59", "10.0.9.1"]);
    }

    [Fact]
    public async Task A_request_that_no_listener_marked_is_let_in_nowhere()
    {
        var request = Request(Token("ci"), "192.0.2.7");
        request.Features.Set<Entrance>(null);
        (await AskAsync(request)).Response.StatusCode.ShouldBe(401);
    }

    private string Token(string name) => keeper.Tokens.Make(new TokenRequest(name, [Scope.Read], "anna"), "anna", Principal.Owner).Value.Token;

    private Task<HttpContext> AskAsync(string token, string from = "192.0.2.7") => AskAsync(Request(token, from));

    private async Task<HttpContext> AskAsync(HttpContext http)
    {
        await keeper.LetInAsync(http, _ => Task.CompletedTask);
        return http;
    }

    private static HttpContext Request(string? token, string from)
    {
        var http = new DefaultHttpContext();
        http.Request.Method = "GET";
        http.Request.Host = new HostString("lab");
        http.Response.Body = Stream.Null;
        if (token is not null)
            http.Request.Headers.Authorization = $"Bearer {token}";
        http.SetEndpoint(new RouteEndpoint(_ => Task.CompletedTask, RoutePatternFactory.Parse(Routes.Jobs), 0, null, null));
        Entrance.Mark(http, new Entrance(false, from, false));
        return http;
    }
}
