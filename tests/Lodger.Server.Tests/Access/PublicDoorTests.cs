using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Lodger.Domain.Jobs;
using Lodger.Engine.Journal;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests.Access;

/// <summary>The server's public address: what strangers, tokens and browsers get there.</summary>
public sealed class PublicDoorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_address_does_not_hold_all_connections()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        List<TcpClient> held = [];
        try
        {
            List<Task<int>> closed = [];
            for (var i = 0; i <= DoorConnections.EachMax; i++)
            {
                held.Add(new TcpClient());
                try
                {
                    await held[^1].ConnectAsync(door.Host, door.Port, Token);
                    closed.Add(ReadAsync(held[^1]));
                }
                catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
                {
                    // Closed before it was even told that it is open.
                    closed.Add(Task.FromResult(0));
                }
            }

            (await (await Task.WhenAny(closed))).ShouldBe(0, "which of them it is, they find out among themselves");
            closed.Count(c => c.IsCompleted).ShouldBe(1);
        }
        finally
        {
            held.ForEach(c => c.Dispose());
        }

        using var other = new Visitor(door);
        for (var i = 0; ; i++)
        {
            try
            {
                (await other.SendAsync("GET", "/healthz")).Status.ShouldBe(HttpStatusCode.OK);
                return;
            }
            catch (HttpRequestException) when (i < 1000)
            {
                // What was held has not all been given back yet.
                await Task.Delay(20, Token);
            }
        }

        static async Task<int> ReadAsync(TcpClient client)
        {
            try
            {
                return await client.GetStream().ReadAsync(new byte[1], Token);
            }
            catch (IOException)
            {
                return 0;
            }
        }
    }

    [Fact]
    public async Task Who_shows_no_token_that_is_good_is_told_nothing_but_that()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        var good = await stage.TokenAsync("ci", Scope.Read);
        using var stranger = new Visitor(door);
        var refused = await stranger.SendAsync("GET", Routes.Jobs);
        refused.Status.ShouldBe(HttpStatusCode.Unauthorized);
        refused.Problem.Id.ShouldBe("token-needed");
        refused.Headers["WWW-Authenticate"].ShouldStartWith("Bearer");
        refused.Headers.Keys.ShouldNotContain("Server");
        refused.Headers["X-Content-Type-Options"].ShouldBe("nosniff");
        refused.Headers["Cache-Control"].ShouldBe("no-store");
        refused.Headers["Content-Security-Policy"].ShouldContain("default-src 'none'");
        refused.Headers.Keys.ShouldNotContain(k => k.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        (await stranger.SendAsync("POST", Routes.Session, $"{{\"code\":\"{new string('x', 8000)}\"}}")).Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await stranger.SendAsync("GET", "/nothing")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        foreach (var header in (string[])["", "Bearer", "Bearer ", $"Basic {good}", $"Bearer {good} x", $"Bearer {good},{good}", $"Bearer {good[..^1]}", "Bearer " + new string('x', 4000)])
            (await stranger.SendAsync("GET", Routes.Jobs, null, ("Authorization", header))).Status.ShouldBe(HttpStatusCode.Unauthorized, header);
        (await stranger.SendAsync("GET", $"{Routes.Jobs}?access_token={good}&token={good}")).Status.ShouldBe(HttpStatusCode.Unauthorized, "a token in an address would be in logs");
        foreach (var forged in (string[])["X-Lodger-Node-Key", "X-Lodger-Public-Key", "X-Lodger-From", "X-Forwarded-For"])
            (await stranger.SendAsync("GET", Routes.Jobs, null, (forged, "127.0.0.1"))).Status.ShouldBe(HttpStatusCode.Unauthorized, forged);
    }

    [Fact]
    public async Task What_a_token_does_stands_in_the_journal_under_its_name_whatever_it_says_of_itself()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        await stage.Client.SubmitAsync(stage.Submission(), Token);
        using var ci = new Visitor(door, await stage.TokenAsync("ci", Scope.Operate));
        (await ci.SendAsync("POST", "/v1/jobs/digits/cancel", "{\"by\":\"anna\\u001b[31m\"}")).Status.ShouldBe(HttpStatusCode.OK);
        var said = (await stage.Client.EventsAsync("digits", 0, Token)).Value.Select(e => e.Event).OfType<CancelRequested>().ShouldHaveSingleItem();
        said.By.ShouldBe("token:ci");

        // What was refused is there beside what was done, and what was written into the address moves no cursor.
        (await ci.SendAsync("POST", "/v1/jobs/digits%1b%5b31m%0a/approve", "{}")).Status.ShouldBe(HttpStatusCode.Forbidden);
        using var guesser = new Visitor(door, "guess");
        await guesser.SendAsync("POST", Routes.ServerStop);
        var audit = (await stage.Client.AuditAsync(100, Token)).Value;
        audit.Select(e => (e.Who, e.From, e.Act, e.Status)).ShouldBe(
            [("owner", "socket", "address-open", 200), ("owner", "socket", "submit", 200), ("owner", "socket", "token-create", 200), ("token:ci", "127.0.0.1", "cancel", 200), ("token:ci", "127.0.0.1", "approve", 403), ("nobody", "127.0.0.1", "server-stop", 401)]);
        audit.Select(e => e.Target).ShouldAllBe(t => !t.Any(char.IsControl));
        audit.Take(4).Select(e => e.Target).ShouldBe(["", "digits", "ci", "digits"]);
        (await ci.SendAsync("GET", Routes.Audit)).Status.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_browser_signs_in_with_a_code_and_only_pages_of_the_server_change_anything_with_its_cookie()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        await stage.Client.SubmitAsync(stage.Submission(), Token);
        var code = (await stage.Client.SignInCodeAsync(Token)).Value.Code;
        using var browser = new Visitor(door);
        (await browser.SendAsync("POST", Routes.Session, $"{{\"code\":\"{code}\"}}")).Status.ShouldBe(HttpStatusCode.Forbidden, "another page could sign its visitor in");
        browser.IsOwnPage = true;
        var signedIn = await browser.SendAsync("POST", Routes.Session, $"{{\"code\":\"{code}\"}}", ("Origin", $"http://lodger.localhost:{door.Port}"));
        signedIn.Status.ShouldBe(HttpStatusCode.OK);
        signedIn.Session.Scopes.ShouldBe(Enum.GetValues<Scope>());
        var cookie = signedIn.Headers["Set-Cookie"];
        foreach (var trait in (string[])["httponly", "samesite=strict", "path=/", "expires="])
            cookie.ToLowerInvariant().ShouldContain(trait);
        (await browser.SendAsync("POST", Routes.Session, $"{{\"code\":\"{code}\"}}")).Status.ShouldBe(HttpStatusCode.Unauthorized, "once");

        browser.Cookie = cookie.Split(';')[0];
        (await browser.SendAsync("GET", Routes.Session)).Session.Until.ShouldNotBeNull();
        (await browser.SendAsync("POST", Routes.SessionCode)).Problem.Id.ShouldBe("session-no-code");
        browser.IsOwnPage = false;
        (await browser.SendAsync("GET", Routes.Jobs)).Status.ShouldBe(HttpStatusCode.OK);
        (await browser.SendAsync("GET", Routes.Jobs, null, ("Host", $"127.0.0.1:{door.Port}"))).Status.ShouldBe(HttpStatusCode.Unauthorized, "there the cookie is every other port's");
        var second = await stage.OpenDoorAsync();
        using (var elsewhere = new Visitor(second) { Cookie = browser.Cookie })
            (await elsewhere.SendAsync("GET", Routes.Jobs)).Status.ShouldBe(HttpStatusCode.Unauthorized, "a session of another door");
        var proxied = await stage.OpenDoorAsync(new DoorRequest("127.0.0.1:0", BehindProxy: true));
        using (var replayed = new Visitor(proxied) { Cookie = $"__Host-{browser.Cookie}" })
            (await replayed.SendAsync("GET", Routes.Jobs)).Status.ShouldBe(HttpStatusCode.Unauthorized, "a session of another door");
        (await browser.SendAsync("GET", Routes.Jobs, null, ("Sec-Fetch-Site", "cross-site"))).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await browser.SendAsync("POST", "/v1/jobs/digits/cancel", "{\"by\":\"x\"}")).Problem.Id.ShouldBe("other-origin");
        browser.IsOwnPage = true;
        (await browser.SendAsync("POST", "/v1/jobs/digits/cancel", "{\"by\":\"x\"}", ("Origin", "https://evil.example"))).Problem.Id.ShouldBe("other-origin");
        (await stage.Client.EventsAsync("digits", 0, Token)).Value.ShouldNotContain(e => e.Event is CancelRequested);
        (await browser.SendAsync("POST", "/v1/jobs/digits/cancel", "{\"by\":\"x\"}")).Status.ShouldBe(HttpStatusCode.OK);

        (await browser.SendAsync("DELETE", Routes.Session)).Headers["Set-Cookie"].ShouldContain("expires=Thu, 01 Jan 1970");
        (await browser.SendAsync("GET", Routes.Jobs)).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_browser_that_signed_in_with_a_token_may_what_the_token_may_as_long_as_that_is_valid()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        using var browser = new Visitor(door, await stage.TokenAsync("anna", Scope.Read)) { IsOwnPage = true };
        var signedIn = await browser.SendAsync("POST", Routes.Session, "{}");
        signedIn.Session.ShouldSatisfyAllConditions(s => s.Name.ShouldBe("token:anna"), s => s.Scopes.ShouldBe([Scope.Read]));
        using var later = new Visitor(door) { IsOwnPage = true, Cookie = signedIn.Headers["Set-Cookie"].Split(';')[0] };
        (await later.SendAsync("GET", Routes.Jobs)).Status.ShouldBe(HttpStatusCode.OK);
        (await later.SendAsync("POST", "/v1/jobs/digits/cancel", "{\"by\":\"x\"}")).Problem.Id.ShouldBe("scope-missing");
        (await stage.Client.RevokeTokenAsync("anna", Token)).IsOk.ShouldBeTrue();
        (await later.SendAsync("GET", Routes.Jobs)).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Whether_it_is_well_is_told_in_a_word_to_anyone_and_its_numbers_to_who_may_read()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        await stage.Client.SubmitAsync(stage.Submission(), Token);
        using var stranger = new Visitor(door);
        foreach (var path in (string[])["/healthz", "/readyz"])
        {
            var answer = await stranger.SendAsync("GET", path);
            (answer.Status, answer.Body).ShouldBe((HttpStatusCode.OK, "ok\n"), path);
            (await stranger.SendAsync("POST", path, "{}")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        }

        (await stranger.SendAsync("GET", Routes.Metrics)).Status.ShouldBe(HttpStatusCode.Unauthorized);
        using var prometheus = new Visitor(door, await stage.TokenAsync("prometheus", Scope.Read));
        using var other = new Visitor(door, await stage.TokenAsync("other", "speech", [Scope.Read]));
        Answer numbers;
        for (var i = 0; !(numbers = await prometheus.SendAsync("GET", Routes.Metrics)).Body.Contains("lodger_burn_usd_per_hour{what=\"disk\"} 0.01", StringComparison.Ordinal); i++)
        {
            i.ShouldBeLessThan(3000, numbers.Body);
            await Task.Delay(20, Token);
        }

        numbers.Headers["Content-Type"].ShouldStartWith("text/plain; version=0.0.4");
        numbers.Body.ShouldContain("# TYPE lodger_jobs gauge\n");
        numbers.Body.ShouldContain("lodger_listing_age_seconds{account=\"stub\"} ");
        numbers.Body.Split('\n').Where(l => l.StartsWith("lodger_jobs{", StringComparison.Ordinal)).Sum(l => int.Parse(l.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(1);
        (await other.SendAsync("GET", Routes.Metrics)).Body.ShouldContain("lodger_burn_usd_per_hour{what=\"disk\"} 0\n");
    }

    [Fact]
    public async Task Only_the_user_of_the_machine_opens_addresses_and_one_that_is_kept_is_there_after_a_restart()
    {
        await using var stage = await ServerStage.StartAsync();
        var listen = StubPush.FreePlace();
        (await stage.Client.OpenDoorAsync(new DoorRequest("0.0.0.0:0"), Token)).Problem!.Id.ShouldBe("tls-needed");
        var door = await stage.OpenDoorAsync(new DoorRequest(listen, IsKept: true));
        var token = await stage.TokenAsync("all", Enum.GetValues<Scope>());
        using (var all = new Visitor(door, token))
        {
            (await all.SendAsync("POST", Routes.Doors, "{\"listen\":\"127.0.0.1:0\"}")).Problem.Id.ShouldBe("owner-only");
            (await all.SendAsync("DELETE", Routes.Doors)).Problem.Id.ShouldBe("owner-only");
            (await all.SendAsync("GET", Routes.Doors)).Status.ShouldBe(HttpStatusCode.OK);
        }

        await stage.RestartAsync();
        using (var after = new Visitor(door, token))
            (await after.SendAsync("GET", Routes.Jobs)).Status.ShouldBe(HttpStatusCode.OK, "the address and the token are kept");
        (await stage.Client.CloseDoorsAsync(Token)).IsOk.ShouldBeTrue();
        (await stage.Client.DoorsAsync(Token)).Value.ShouldBeEmpty();
        using (var gone = new Visitor(door, token))
            await Should.ThrowAsync<HttpRequestException>(() => gone.SendAsync("GET", Routes.Jobs));
        await stage.RestartAsync();
        (await stage.Client.DoorsAsync(Token)).Value.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_address_that_gives_way_to_one_that_cannot_be_opened_is_open_again()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync(new DoorRequest(StubPush.FreePlace(), IsKept: true));
        using var visitor = new Visitor(door, await stage.TokenAsync("ci", Scope.Read));
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        (await stage.Client.OpenDoorAsync(new DoorRequest($"{taken.LocalEndpoint}", IsKept: true), Token)).Problem!.Id.ShouldBe("listen-taken");
        (await visitor.SendAsync("GET", Routes.Jobs)).Status.ShouldBe(HttpStatusCode.OK);
        (await stage.Client.DoorsAsync(Token)).Value.ShouldHaveSingleItem().Address.ShouldBe(door);
        await stage.RestartAsync();
        (await visitor.SendAsync("GET", Routes.Jobs)).Status.ShouldBe(HttpStatusCode.OK, "it is the one that is kept");
    }

    [Fact]
    public async Task A_token_that_has_expired_lets_nobody_in_and_ends_the_stream_that_it_opened()
    {
        await using var stage = await ServerStage.StartAsync();
        // Nobody makes one of less than a minute: this one was made a while ago.
        var expiring = $"lodger_aaaaaaaaaa_{new string('b', 64)}";
        using (var journal = JournalStore.OpenFile(stage.Database).Value)
            journal.AddToken(new StoredToken("aaaaaaaaaa", "brief", "read", null, Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(expiring))), DateTimeOffset.UtcNow.AddDays(-1), "anna", DateTimeOffset.UtcNow.AddSeconds(8), null, null));
        await stage.RestartAsync();
        var door = await stage.OpenDoorAsync();
        using var lasting = new Visitor(door, await stage.TokenAsync("lasting", Scope.Read));
        using var stream = await EventReader.OpenAsync(door, expiring, "/v1/events?live=true&after=0");
        using var brief = new Visitor(door, expiring);
        Answer refused;
        while ((refused = await brief.SendAsync("GET", Routes.Jobs)).Status == HttpStatusCode.OK)
            await Task.Delay(100, Token);
        (refused.Status, refused.Problem.Id).ShouldBe((HttpStatusCode.Unauthorized, "token-needed"));
        (await lasting.SendAsync("GET", Routes.Jobs)).Status.ShouldBe(HttpStatusCode.OK);
        (await stage.Client.TokensAsync(Token)).Value.Single(t => t.Name == "brief").IsValid.ShouldBeFalse();
        // What happens now is told nobody any more who came in with it.
        await stage.Client.SubmitAsync(stage.Submission(), Token);
        while (await stream.NextAsync(Token) is { } happened)
            happened.Data.ShouldNotContain("digits");
    }

    [Fact]
    public async Task Who_asks_too_slowly_is_cut_off_and_keeps_nobody_waiting()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        var token = await stage.TokenAsync("ci", Scope.Read, Scope.Operate);
        var slowHead = CutOffAsync(door, "GET /v1/jobs HTTP/1.1\r\nHost: x\r\nX-Sl");
        var slowBody = CutOffAsync(door, $"POST /v1/plan HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{{\"spec\":");
        using var other = new Visitor(door, token);
        (await other.SendAsync("GET", Routes.Jobs)).Status.ShouldBe(HttpStatusCode.OK);
        foreach (var said in await Task.WhenAll(slowHead, slowBody))
        {
            if (said.Length > 0)
                said.ShouldStartWith("HTTP/1.1 408");
        }
    }

    /// <summary>What is answered to a request that is never finished, until the connection is closed.</summary>
    private static async Task<string> CutOffAsync(Uri door, string begun)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, door.Port, Token);
        await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(begun), Token);
        using var answer = new MemoryStream();
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Token);
        bound.CancelAfter(TimeSpan.FromMinutes(3));
        try
        {
            await client.GetStream().CopyToAsync(answer, bound.Token);
        }
        catch (IOException)
        {
            // Cut off in so many words.
        }

        return System.Text.Encoding.ASCII.GetString(answer.ToArray());
    }

    [Fact]
    public async Task Behind_a_proxy_who_asks_is_what_the_proxy_saw_and_not_what_the_asker_wrote()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync(new DoorRequest("127.0.0.1:0", BehindProxy: true));
        using var guesser = new Visitor(door, "guess");
        List<HttpStatusCode> told = [];
        for (var i = 0; i < 100; i++)
            told.Add((await guesser.SendAsync("GET", Routes.Jobs, null, ("X-Forwarded-For", $"10.0.0.{i}, 192.0.2.7"))).Status);
        told.ShouldContain(HttpStatusCode.TooManyRequests);
        (await guesser.SendAsync("GET", Routes.Jobs, null, ("X-Forwarded-For", "192.0.2.7, 192.0.2.8"))).Status.ShouldBe(HttpStatusCode.Unauthorized, "another one");
    }
}
