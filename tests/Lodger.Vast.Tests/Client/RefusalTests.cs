using Lodger.Domain.Problems;
using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Client;

public sealed class RefusalTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(404, """{"success": false, "error": "auth_error", "msg": "Invalid user key"}""")]
    [InlineData(401, """{"success": false, "error": "auth_error", "msg": "Invalid user key"}""")]
    [InlineData(401, "")]
    [InlineData(403, """{"success": false, "error": "auth_error", "msg": "This action requires login."}""")]
    [InlineData(200, """{"success": false, "error": "auth_error", "msg": "session expired"}""")]
    public async Task A_refused_key_says_where_it_came_from_and_never_what_it_is(int status, string body)
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(status, body);

        var problem = (await client.UserAsync(Token)).Problem.ShouldNotBeNull();

        (problem.Id, problem.ExitCode).ShouldBe(("not-authorized", ExitCode.NotAuthorized));
        problem.Message.ShouldContain("the test's pocket");
        problem.ToString().ShouldNotContain(ScriptedServer.Key);
        problem.Fix.ShouldContain("lodger login");
    }

    [Theory]
    [InlineData("<html>Access denied</html>")]
    [InlineData("")]
    public async Task A_page_of_something_in_between_says_nothing_of_the_key(string body)
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(403, body);

        (await client.StopAsync(4711, Token)).Problem.ShouldNotBeNull().ShouldSatisfyAllConditions(p => p.Id.ShouldBe("answer-unreadable"), p => p.MayRetry.ShouldBeTrue());
    }

    [Theory]
    [InlineData(200)]
    [InlineData(410)]
    public async Task A_retired_endpoint_is_unknown_and_never_an_empty_list(int status)
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(status, Answers.Retired);

        var problem = (await client.ListAsync(Token)).Problem.ShouldNotBeNull();

        (problem.Id, problem.ExitCode, problem.MayRetry).ShouldBe(("endpoint-retired", ExitCode.Unknown, false));
        problem.Message.ShouldContain("GET /api/v1/instances/");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("<html>It works!</html>")]
    [InlineData("""{"success": true}""")]
    [InlineData("""{"success": true, "instances": null}""")]
    [InlineData("""{"success": true, "instances": {}}""")]
    [InlineData("""{"success": true, "instances": [null]}""")]
    [InlineData("""{"success": true, "instances": [{"label": "no id"}]}""")]
    [InlineData("""{"success": true, "instances": [], "next_token": 5}""")]
    [InlineData("""{"success": true, "instances": [], "next_token": null, "total_instances": 3}""")]
    [InlineData("""{"instances": [], "next_token": null""")]
    public async Task A_listing_that_cannot_be_read_is_unknown_and_never_empty(string body)
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, body);

        var problem = (await client.ListAsync(Token)).Problem.ShouldNotBeNull();

        (problem.Id, problem.ExitCode).ShouldBe(("answer-unreadable", ExitCode.Unknown));
    }

    [Theory]
    [InlineData(200, """{"instances": null}""")]
    [InlineData(404, """{"success": false, "error": "no_such_instance", "msg": "no"}""")]
    [InlineData(404, """{"success": false, "error": "not_found", "msg": "Instance not found"}""")]
    public async Task A_rental_is_gone_only_when_the_platform_says_so(int status, string body)
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(status, body);

        var outcome = await client.ShowAsync(4711, Token);

        outcome.IsOk.ShouldBeTrue();
        outcome.Value.ShouldBeNull();
    }

    [Theory]
    [InlineData(404, "<html>not found</html>")]
    [InlineData(404, """{"detail": "Not Found"}""")]
    [InlineData(404, "")]
    [InlineData(200, "{}")]
    [InlineData(200, "null")]
    [InlineData(200, """{"instances": []}""")]
    [InlineData(200, """{"instances": ""}""")]
    [InlineData(200, """{"instances": {}}""")]
    [InlineData(200, """{"instances": {"id": null}}""")]
    [InlineData(200, """{"success": false, "error": "deprecated_endpoint"}""")]
    [InlineData(500, """{"instances": null}""")]
    public async Task Anything_else_about_a_rental_is_a_problem_and_not_its_end(int status, string body)
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(status, body);

        (await client.ShowAsync(4711, Token)).IsOk.ShouldBeFalse();
    }

    [Fact]
    public async Task The_answer_about_another_rental_is_not_taken_for_this_one()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, Answers.Show(Answers.Row(999)));

        (await client.ShowAsync(4711, Token)).Problem!.Id.ShouldBe("answer-unreadable");
    }

    [Theory]
    [InlineData("""{"success": false, "error": "invalid_args", "msg": "no"}""")]
    [InlineData("""{"success": 0, "msg": "no"}""")]
    [InlineData("""{"success": "false"}""")]
    [InlineData("""{"error": "invalid_args"}""")]
    [InlineData("""{"detail": "no"}""")]
    public async Task HTTP_200_with_a_refusal_in_it_is_a_refusal(string body)
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, body);

        (await client.StopAsync(4711, Token)).Problem.ShouldNotBeNull().Id.ShouldBe("market-refused");
    }

    [Fact]
    public async Task A_longer_answer_than_allowed_is_not_read()
    {
        var (client, server) = ScriptedServer.Start(options: _ => ScriptedServer.Options(answerBytesMax: 500));
        server.Then(200, Answers.List(null, null, Answers.Instance));

        var problem = (await client.ListAsync(Token)).Problem.ShouldNotBeNull();

        problem.Id.ShouldBe("answer-unreadable");
        problem.Message.ShouldContain("longer than 500 bytes");
    }

    [Theory]
    [InlineData(404, """{"success": false, "error": "not_found", "msg": "No SSH keys found for the user."}""")]
    [InlineData(404, "")]
    [InlineData(404, "No SSH keys found for the user")]
    [InlineData(200, "[]")]
    [InlineData(200, """{"success": true, "ssh_keys": "[]"}""")]
    public async Task An_account_without_keys_has_an_empty_list_of_them(int status, string body)
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(status, body);

        (await client.SshKeysAsync(Token)).Value.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_the_platform_says_is_shown_without_secrets_and_terminal_escapes()
    {
        var (client, server) = ScriptedServer.Start();
        client.KeepSecret("hf_topsecret");
        server.Then(400, $$"""{"success": false, "error": "invalid_args", "msg": "key {{ScriptedServer.Key}} env hf_topsecret \u001b[31mred\u0007 \u202ereversed {{new string('a', 64)}} sha256:{{new string('b', 64)}} {{new string('x', 3000)}}"}""");

        var text = (await client.StopAsync(4711, Token)).Problem!.ToString();

        text.ShouldNotContain(ScriptedServer.Key);
        text.ShouldNotContain("hf_topsecret");
        text.ShouldNotContain("\u001b");
        text.ShouldNotContain("\u202e");
        text.ShouldNotContain(new string('a', 64));
        text.ShouldContain("sha256:" + new string('b', 64));
        text.Length.ShouldBeLessThan(800);
    }

    [Fact]
    public async Task The_registry_password_of_a_create_is_never_repeated()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(400, """{"success": false, "error": "invalid_args", "msg": "bad login -u anna -p hunter2 ghcr.io"}""");

        var problem = (await client.CreateAsync(5, new() { Image = "i", Disk = 10, ImageLogin = "-u anna -p hunter2 ghcr.io" }, Token)).Problem!;

        problem.ToString().ShouldNotContain("hunter2");
        problem.Message.ShouldContain("[redacted]");
    }
}
