using Lodger.Domain.Problems;
using Lodger.Vast.Credentials;
using Lodger.Vast.Query;
using Lodger.Vast.Tests.Credentials;
using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Client;

public sealed class RetryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("search")]
    [InlineData("show")]
    [InlineData("list")]
    [InlineData("stop")]
    [InlineData("destroy")]
    [InlineData("user")]
    public async Task A_call_that_is_safe_to_repeat_survives_a_gateway_a_cut_and_a_throttle(string call)
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(502, "<html>").ThenCut().Then(429, Answers.Throttled).Then(200, GoodAnswer(call));

        (await ProblemOfAsync(client, call)).ShouldBeNull();
        server.Seen.Count.ShouldBe(4);
        server.Seen.Select(seen => seen.Line).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task It_gives_up_after_the_last_try_and_says_what_it_saw()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(503, "");

        var problem = (await client.ListAsync(Token)).Problem.ShouldNotBeNull();

        problem.Id.ShouldBe("market-failing");
        problem.MayRetry.ShouldBeTrue();
        problem.Message.ShouldContain("HTTP 503");
        server.Seen.Count.ShouldBe(4);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(302)]
    public async Task A_clear_answer_is_not_asked_for_again(int status)
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(status, """{"success": false, "error": "invalid_args", "msg": "no"}""");

        (await client.ListAsync(Token)).IsOk.ShouldBeFalse();
        server.Seen.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_destroy_whose_first_answer_was_lost_ends_well_when_the_rental_is_gone()
    {
        var (client, server) = ScriptedServer.Start();
        server.ThenCut().Then(404, """{"success": false, "error": "no_such_instance", "msg": "Instance 5 not found"}""");

        (await client.DestroyAsync(5, Token)).IsOk.ShouldBeTrue();
        server.Seen.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Adding_a_key_and_running_a_command_are_tried_once()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(502, "");

        await client.AddSshKeyAsync(SshPublicKey.Parse(SshPublicKeyTests.Ed25519).Value, Token);
        await client.ExecuteAsync(5, "ls", Token);

        server.Seen.Select(seen => seen.Line).ShouldBe(["POST /api/v0/ssh/", "PUT /api/v0/instances/command/5/"]);
    }

    [Fact]
    public async Task Attaching_a_key_that_is_there_already_is_done()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(400, """{"success": false, "error": "invalid_args", "msg": "SSH key already associated with instance."}""");

        (await client.AttachSshKeyAsync(5, SshPublicKey.Parse(SshPublicKeyTests.Ed25519).Value, Token)).IsOk.ShouldBeTrue();
    }

    [Fact]
    public async Task Every_try_is_told_without_body_key_or_query()
    {
        var told = new List<string>();
        var time = new JumpingTime();
        var server = new ScriptedServer(time).Then(502, "").Then(200, Answers.List(null, 0));
        using var client = new VastClient(
            new VastOptions { BaseUrl = new Uri("http://127.0.0.1:9"), ApiKey = new ApiKey(ScriptedServer.Key, "x"), OnCall = call => told.Add(call.ToString()) }, time, server);

        await client.ListAsync(Token);

        told.Count.ShouldBe(2);
        told[0].ShouldContain("GET /api/v1/instances/");
        told[0].ShouldContain("502");
        told.ShouldAllBe(line => !line.Contains(ScriptedServer.Key, StringComparison.Ordinal) && !line.Contains('?', StringComparison.Ordinal));
    }

    private static string GoodAnswer(string call) => call switch
    {
        "search" => Answers.Offers,
        "show" => Answers.Show(),
        "list" => Answers.List(null, 1, Answers.Instance),
        "user" => Answers.User,
        _ => """{"success": true}""",
    };

    private static async Task<Problem?> ProblemOfAsync(VastClient client, string call) => call switch
    {
        "search" => (await client.SearchAsync(OfferQuery.Everything, OfferOrder.Score, 10, 5, Token)).Problem,
        "show" => (await client.ShowAsync(4711, Token)).Problem,
        "list" => (await client.ListAsync(Token)).Problem,
        "stop" => (await client.StopAsync(4711, Token)).Problem,
        "destroy" => (await client.DestroyAsync(4711, Token)).Problem,
        _ => (await client.UserAsync(Token)).Problem,
    };
}
