using Lodger.Domain.Problems;
using Lodger.Engine.Journal;
using Lodger.Server.Access;
using Lodger.Server.Api;

namespace Lodger.Server.Tests.Access;

public sealed class AccessTokensTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("lodger-tokens-").FullName;
    private readonly SetTime time = new();
    private readonly JournalStore journal;

    public AccessTokensTests() => journal = JournalStore.OpenFile(Path.Combine(directory, "lodger.db")).Value;

    public void Dispose()
    {
        journal.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void A_token_is_found_again_after_a_restart_and_only_a_hash_of_it_is_stored()
    {
        var made = Make("ci", [Scope.Operate, Scope.Read]);
        made.Token.ShouldMatch("^lodger_[a-z2-9]{10}_[0-9a-f]{64}\\z");
        var bearer = new AccessTokens(journal, time).Find(made.Token)!;
        bearer.ShouldSatisfyAllConditions(b => b.Name.ShouldBe("token:ci"), b => b.Scopes.ShouldBe([Scope.Read, Scope.Operate], ignoreOrder: true), b => b.TokenId.ShouldBe(made.View.Id));
        var secret = made.Token[^64..];
        foreach (var file in Directory.GetFiles(directory))
            File.ReadAllText(file, System.Text.Encoding.Latin1).ShouldNotContain(secret);
    }

    [Fact]
    public void What_is_nearly_a_token_is_none()
    {
        var tokens = new AccessTokens(journal, time);
        var (a, b) = (Make("a", [Scope.Read], tokens).Token, Make("b", [Scope.Read], tokens).Token);
        tokens.Find(a).ShouldNotBeNull();
        string[] wrong =
        [
            "", " ", "lodger_", a[..^1], a + "0", a + "\n", " " + a, a.ToUpperInvariant(), a[..^1] + (a[^1] == '0' ? '1' : '0'), a[..17] + b[17..], b[..17] + a[17..],
            "lodger_zzzzzzzzzz" + a[17..], new string('x', 82), a.Replace("lodger_", "Lodger_", StringComparison.Ordinal), a[..17] + "-" + a[18..], "\ud800" + a[1..],
        ];
        foreach (var shown in wrong)
            tokens.Find(shown).ShouldBeNull(shown);
    }

    [Fact]
    public void A_token_is_over_when_its_time_is_and_its_name_is_free_again()
    {
        var tokens = new AccessTokens(journal, time);
        var made = Make("ci", [Scope.Read], tokens, TimeSpan.FromDays(1));
        time.Pass(TimeSpan.FromDays(1) - TimeSpan.FromSeconds(1));
        tokens.Find(made.Token).ShouldNotBeNull();
        tokens.Make(new TokenRequest("ci", [Scope.Read], "anna"), "anna", Principal.Owner).Problem!.Id.ShouldBe("token-name-taken");
        time.Pass(TimeSpan.FromSeconds(1));
        tokens.Find(made.Token).ShouldBeNull();
        tokens.IsValid(made.View.Id).ShouldBeFalse();
        tokens.Views.Single().IsValid.ShouldBeFalse();
        Make("ci", [Scope.Read], tokens);
    }

    [Fact]
    public void A_revoked_token_is_nobodys_at_once_and_after_a_restart()
    {
        var tokens = new AccessTokens(journal, time);
        var made = Make("ci", [Scope.Read], tokens);
        tokens.Revoke("ci").Value.IsValid.ShouldBeFalse();
        tokens.Find(made.Token).ShouldBeNull();
        tokens.Revoke("ci").Problem!.ExitCode.ShouldBe(ExitCode.NotFound);
        new AccessTokens(journal, time).Find(made.Token).ShouldBeNull();
    }

    [Fact]
    public void When_it_was_used_is_kept_to_the_hour()
    {
        var tokens = new AccessTokens(journal, time);
        var made = Make("ci", [Scope.Read], tokens);
        tokens.Views.Single().LastUsedAt.ShouldBeNull();
        var first = time.GetUtcNow();
        tokens.Find(made.Token);
        time.Pass(TimeSpan.FromMinutes(59));
        tokens.Find(made.Token);
        journal.Tokens().Single().LastUsedAt.ShouldBe(first);
        time.Pass(TimeSpan.FromMinutes(1));
        tokens.Find(made.Token);
        journal.Tokens().Single().LastUsedAt.ShouldBe(time.GetUtcNow());
        new AccessTokens(journal, time).Views.Single().LastUsedAt.ShouldBe(time.GetUtcNow());
    }

    [Theory]
    [InlineData("")]
    [InlineData("CI")]
    [InlineData("a b")]
    [InlineData("a\nb")]
    [InlineData("a:b")]
    [InlineData("-a")]
    [InlineData("a\u001b[31m")]
    [InlineData("abcdefghijabcdefghijabcdefghijabcdefghijx")]
    public void A_name_that_could_break_a_line_of_a_log_or_be_somebody_elses_is_refused(string name) =>
        new AccessTokens(journal, time).Make(new TokenRequest(name, [Scope.Read], "anna"), "anna", Principal.Owner).Problem!.Id.ShouldBe("token-name");

    [Fact]
    public void Nobody_can_give_what_they_do_not_have()
    {
        var tokens = new AccessTokens(journal, time);
        var admin = new Principal("token:boss", new HashSet<Scope> { Scope.Admin, Scope.Read }, null, Proof.Token, "192.0.2.1");
        tokens.Make(new TokenRequest("a", [Scope.Read, Scope.Approve], "x"), "x", admin).Problem!.ShouldSatisfyAllConditions(p => p.Id.ShouldBe("scope-missing"), p => p.Message.ShouldContain("approve"));
        tokens.Make(new TokenRequest("a", [], "x"), "x", admin).Problem!.Id.ShouldBe("token-scope");
        foreach (var unknown in (int[])[7, -1])
        {
            tokens.Make(new TokenRequest("a", [(Scope)unknown, Scope.Approve], "x"), "x", admin).Problem!.Id.ShouldBe("token-scope");
            tokens.Make(new TokenRequest("a", [Scope.Read, (Scope)unknown], "x"), "x", Principal.Owner).Problem!.Id.ShouldBe("token-scope");
        }

        tokens.Make(new TokenRequest("a", [Scope.Read], "x"), "x", admin).IsOk.ShouldBeTrue();
        tokens.Make(new TokenRequest("b", [Scope.Read], "x", TimeSpan.Zero), "x", admin).Problem!.Id.ShouldBe("token-life");
        tokens.Make(new TokenRequest("b", [Scope.Read], "x", TimeSpan.MaxValue), "x", admin).Problem!.Id.ShouldBe("token-life");
    }

    [Fact]
    public void A_session_ends_with_its_token_and_a_code_is_good_once_and_not_for_long()
    {
        var tokens = new AccessTokens(journal, time);
        var sessions = new Sessions(tokens, time);
        var bearer = tokens.Find(Make("ci", [Scope.Read], tokens, TimeSpan.FromHours(2)).Token)!;
        var (cookie, until) = sessions.Begin(bearer, "127.0.0.1:1");
        until.ShouldBe(time.GetUtcNow() + TimeSpan.FromHours(2), "no longer than its token");
        sessions.Find(cookie, "127.0.0.1:1")!.Value.Who.Name.ShouldBe("token:ci");
        sessions.Find(cookie[..^1], "127.0.0.1:1").ShouldBeNull();

        var code = sessions.Invite(bearer).Code;
        sessions.Accept(code).Value.ShouldBe(bearer);
        sessions.Accept(code).Problem!.Id.ShouldBe("code-void");
        var late = sessions.Invite(bearer).Code;
        time.Pass(TimeSpan.FromMinutes(5));
        sessions.Accept(late).Problem!.Id.ShouldBe("code-void");
        sessions.Accept(cookie).Problem!.Id.ShouldBe("code-void", "a cookie is no code");

        tokens.Revoke("ci");
        sessions.Find(cookie, "127.0.0.1:1").ShouldBeNull();
        var owner = sessions.Begin(new Bearer(null, "owner", Principal.AllScopes, null, null), "tls").Cookie;
        sessions.Find(owner, "tls").ShouldNotBeNull();
        sessions.End(owner);
        sessions.Find(owner, "tls").ShouldBeNull();
    }

    [Fact]
    public void A_session_is_good_at_the_door_where_it_began_alone()
    {
        var tokens = new AccessTokens(journal, time);
        var sessions = new Sessions(tokens, time);
        var bearer = tokens.Find(Make("ci", [Scope.Read], tokens).Token)!;
        var plain = new Entrance(false, "127.0.0.1", false, "127.0.0.1:8765");
        var cookie = sessions.Begin(bearer, plain.SessionDoor).Cookie;
        sessions.Find(cookie, plain.SessionDoor).ShouldNotBeNull();
        sessions.Find(cookie, (plain with { Listener = "127.0.0.1:8766" }).SessionDoor).ShouldBeNull();
        sessions.Find(cookie, new Entrance(false, "192.0.2.7", true, "127.0.0.1:8765").SessionDoor).ShouldBeNull();
        plain.TakesCookies(new("127.0.0.1", 8765)).ShouldBeFalse();
        plain.TakesCookies(new("lodger.localhost", 8765)).ShouldBeTrue();
        (plain with { IsSecure = true }).TakesCookies(new("lab.example.org")).ShouldBeTrue();
    }

    [Fact]
    public void Who_begins_session_after_session_pushes_out_their_own_alone()
    {
        var tokens = new AccessTokens(journal, time);
        var sessions = new Sessions(tokens, time);
        var modest = sessions.Begin(tokens.Find(Make("modest", [Scope.Read], tokens).Token)!, "tls").Cookie;
        var greedy = tokens.Find(Make("greedy", [Scope.Read], tokens).Token)!;
        time.Pass(TimeSpan.FromSeconds(1));
        var first = sessions.Begin(greedy, "tls").Cookie;
        for (var i = 0; i < 2000; i++)
        {
            time.Pass(TimeSpan.FromMilliseconds(1));
            sessions.Begin(greedy, "tls");
        }

        sessions.Find(first, "tls").ShouldBeNull();
        sessions.Find(modest, "tls").ShouldNotBeNull();
    }

    private NewTokenView Make(string name, Scope[] scopes, AccessTokens? tokens = null, TimeSpan? life = null) =>
        (tokens ?? new AccessTokens(journal, time)).Make(new TokenRequest(name, scopes, "anna", life), "anna", Principal.Owner).Value;
}
