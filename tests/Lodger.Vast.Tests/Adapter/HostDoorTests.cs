using System.Text.Json;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Adapter;

public sealed class HostDoorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_door_is_where_the_platform_takes_a_copy_of_the_rental_to_this_machine()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, """{"success": true, "src_addr": "192.0.2.45", "src_port": 22001, "msg": "copying"}""").Then(200, """{"success": true, "dst_addr": "host.example.org\n", "dst_port": "22001"}""");

        (await new VastMarket(client, "m").HostDoorAsync("4711", Token)).Value.ShouldBe(new HostDoor("4711", "192.0.2.45", 22001, "vastai_kaalia"));
        (await client.CopyInAsync(4711, "/workspace/in/", Token)).Value.ShouldBe(new Wire.VastHost("host.example.org", 22001));

        server.Seen.Select(call => call.Line).ShouldBe(["PUT /api/v0/commands/rsync/", "PUT /api/v0/commands/rsync/"]);
        Fields(server, 0).ShouldBe("""{"client_id":"me","src_id":"4711","dst_id":null,"src_path":"/workspace/","dst_path":"."}""");
        Fields(server, 1).ShouldBe("""{"client_id":"me","src_id":null,"dst_id":"4711","src_path":".","dst_path":"/workspace/in/"}""");
    }

    [Theory]
    [InlineData("""{"success": true}""")]
    [InlineData("""{"success": true, "src_addr": null, "src_port": 22}""")]
    [InlineData("""{"success": true, "src_addr": "192.0.2.45"}""")]
    [InlineData("""{"success": true, "src_addr": "192.0.2.45", "src_port": 0}""")]
    [InlineData("""{"success": true, "src_addr": "192.0.2.45", "src_port": 70000}""")]
    [InlineData("""{"success": true, "src_addr": "-oProxyCommand=touch /tmp/x", "src_port": 22}""")]
    [InlineData("""{"success": true, "src_addr": "a b", "src_port": 22}""")]
    [InlineData("""{"success": true, "dst_addr": "192.0.2.45", "dst_port": 22}""")]
    [InlineData("[]")]
    [InlineData("<html>")]
    public async Task An_answer_that_names_no_place_is_unknown(string body)
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, body);

        var problem = (await new VastMarket(client, "m").HostDoorAsync("4711", Token)).Problem.ShouldNotBeNull();

        (problem.Id, problem.ExitCode).ShouldBe(("answer-unreadable", ExitCode.Unknown));
    }

    [Theory]
    [InlineData(404, """{"success": false, "error": "no_such_instance", "msg": "no"}""", "rental-gone")]
    [InlineData(200, """{"success": false, "error": "invalid_args", "msg": "Invalid src_path."}""", "market-refused")]
    [InlineData(400, """{"success": false, "error": "insufficient_credit", "msg": "no"}""", "no-money")]
    [InlineData(404, """{"success": false, "error": "auth_error", "msg": "Invalid user key"}""", "not-authorized")]
    public async Task A_refusal_is_a_problem(int status, string body, string id)
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(status, body);

        (await new VastMarket(client, "m").HostDoorAsync("4711", Token)).Problem.ShouldNotBeNull().Id.ShouldBe(id);
        (await new VastMarket(client, "m").HostDoorAsync("../1", Token)).Problem.ShouldNotBeNull().Id.ShouldBe("bad-rental-id");
        server.Seen.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_gateway_that_stumbles_is_asked_again()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(502, "").Then(200, """{"success": true, "src_addr": "192.0.2.45", "src_port": 22001}""");

        (await client.CopyOutAsync(4711, "/workspace/", Token)).Value.Port.ShouldBe(22001);
        server.Seen.Count.ShouldBe(2);
    }

    private static string Fields(ScriptedServer server, int call) => JsonDocument.Parse(server.Seen[call].Body).RootElement.GetRawText();
}
