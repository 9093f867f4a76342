using System.Text.Json;
using Lodger.Domain.Problems;
using Lodger.Vast.Tests.Script;
using Lodger.Vast.Wire;

namespace Lodger.Vast.Tests.Client;

public sealed class CreateTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static CreateInstance Form => new() { Image = "pytorch/pytorch", Disk = 40, Label = "lodger/digits/1" };

    [Theory]
    [InlineData(500, "<html>")]
    [InlineData(502, "")]
    [InlineData(503, "{}")]
    [InlineData(504, """{"success": false, "msg": "gateway"}""")]
    [InlineData(408, "")]
    [InlineData(200, "")]
    [InlineData(200, "<html>It works!</html>")]
    [InlineData(200, """{"success": true}""")]
    [InlineData(200, """{"success": true, "new_contract": null}""")]
    [InlineData(200, """{"success": true, "new_contract": {"id": 5}}""")]
    [InlineData(200, """{"success": true, "new_contract": -5}""")]
    [InlineData(200, "[]")]
    [InlineData(302, "")]
    [InlineData(404, "<html>not found</html>")]
    public async Task An_answer_that_may_hide_a_rental_is_unclear_and_never_repeated(int status, string body)
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(status, body);

        var outcome = await client.CreateAsync(5, Form, Token);

        outcome.Problem.ShouldNotBeNull().Id.ShouldBe("rent-unclear");
        outcome.Problem.MayRetry.ShouldBeTrue();
        outcome.Problem.ExitCode.ShouldBe(ExitCode.Unknown);
        server.Seen.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_cut_connection_is_unclear_and_never_repeated()
    {
        var (client, server) = ScriptedServer.Start();
        server.ThenCut();

        (await client.CreateAsync(5, Form, Token)).Problem!.Id.ShouldBe("rent-unclear");
        server.Seen.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_timeout_is_unclear_and_never_repeated()
    {
        var (client, server) = ScriptedServer.Start(options: _ => ScriptedServer.Options(tryTimeout: TimeSpan.FromSeconds(5)));
        server.ThenHang();

        var problem = (await client.CreateAsync(5, Form, Token)).Problem!;

        problem.Id.ShouldBe("rent-unclear");
        problem.Message.ShouldContain("no answer within 5 s");
        server.Seen.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_refused_connection_is_known_not_to_have_rented()
    {
        var (client, server) = ScriptedServer.Start();
        server.ThenRefuse();

        (await client.CreateAsync(5, Form, Token)).Problem!.Id.ShouldBe("market-unreachable");
        server.Seen.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(404, """{"success": false, "error": "invalid_args", "msg": "error 404/3603: no_such_ask Instance type by id 5 is not available."}""", "offer-gone", ExitCode.NoOffer)]
    [InlineData(410, """{"success": false, "error": "no_such_ask", "msg": "gone"}""", "offer-gone", ExitCode.NoOffer)]
    [InlineData(400, """{"success": false, "error": "insufficient_credit", "msg": "Your account lacks credit"}""", "no-money", ExitCode.NoMoney)]
    [InlineData(400, """{"success": false, "error": "invalid_args", "msg": "disk"}""", "market-refused", ExitCode.BadInput)]
    [InlineData(403, """{"success": false, "error": "invalid_args", "msg": "Offer 5 is not your own."}""", "market-refused", ExitCode.BadInput)]
    [InlineData(404, """{"success": false, "error": "auth_error", "msg": "Invalid user key"}""", "not-authorized", ExitCode.NotAuthorized)]
    [InlineData(429, Answers.Throttled, "rate-limited", ExitCode.Unknown)]
    [InlineData(200, """{"success": false, "error": "invalid_args", "msg": "no"}""", "market-refused", ExitCode.BadInput)]
    public async Task A_clear_no_is_one_problem_with_its_exit_code(int status, string body, string id, ExitCode exit)
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(status, body);

        var problem = (await client.CreateAsync(5, Form, Token)).Problem.ShouldNotBeNull();

        (problem.Id, problem.ExitCode).ShouldBe((id, exit));
        server.Seen.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData(200, """{"success": true, "new_contract": 4711}""")]
    [InlineData(200, """{"success": true, "new_contract": "4711"}""")]
    [InlineData(200, """{"success": true, "new_contract": 4711.0}""")]
    [InlineData(200, """{"new_contract": 4711}""")]
    [InlineData(200, """{"success": false, "error": "bid_too_low", "new_contract": 4711}""")]
    [InlineData(400, """{"success": false, "error": "bid_too_low", "new_contract": 4711}""")]
    [InlineData(500, """{"success": false, "error": "oops", "new_contract": 4711}""")]
    public async Task A_new_contract_is_never_lost_even_when_it_comes_with_a_refusal(int status, string body)
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(status, body);

        (await client.CreateAsync(5, Form, Token)).Value.ShouldBe(4711);
    }

    [Fact]
    public async Task The_body_is_what_the_platform_expects()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, """{"success": true, "new_contract": 1}""");
        var form = new CreateInstance
        {
            Image = "img",
            Disk = 40,
            Label = "lodger/a/1",
            Onstart = "echo",
            Env = new Dictionary<string, string> { ["A"] = "b", ["-p 8081:8081"] = "1" },
            ImageLogin = "-u anna -p hunter2 ghcr.io",
        };

        await client.CreateAsync(5, form, Token);

        server.Seen[0].Line.ShouldBe("PUT /api/v0/asks/5/");
        server.Seen[0].Key.ShouldBe(ScriptedServer.Key);
        var body = JsonDocument.Parse(server.Seen[0].Body).RootElement;
        body.GetProperty("client_id").GetString().ShouldBe("me");
        body.GetProperty("image").GetString().ShouldBe("img");
        body.GetProperty("disk").GetInt32().ShouldBe(40);
        body.GetProperty("label").GetString().ShouldBe("lodger/a/1");
        body.GetProperty("onstart").GetString().ShouldBe("echo");
        body.GetProperty("runtype").GetString().ShouldBe("ssh_direc ssh_proxy");
        body.GetProperty("image_login").GetString().ShouldBe("-u anna -p hunter2 ghcr.io");
        body.GetProperty("cancel_unavail").GetBoolean().ShouldBeTrue();
        body.GetProperty("env").GetProperty("-p 8081:8081").GetString().ShouldBe("1");
        body.TryGetProperty("price", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task The_caller_who_cancels_gets_a_cancellation()
    {
        var (client, server) = ScriptedServer.Start();
        server.ThenHang();
        using var cancelled = new CancellationTokenSource();
        var call = client.CreateAsync(5, Form, cancelled.Token);
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => call);
    }
}
