using Lodger.Domain.Problems;
using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Client;

public sealed class ResultTests
{
    private const string Ready = """{"success": true, "result_url": "https://store.example/instance_logs/abc.log?sig=1"}""";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_log_is_waited_for_and_fetched_without_the_key()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, Ready).Then(404, "").Then(403, "<Error/>").Then(200, "line 1\nline 2\n");

        (await client.LogsAsync(4711, 50, isDaemon: true, null, Token)).Value.ShouldBe("line 1\nline 2\n");

        server.Seen.Count.ShouldBe(4);
        server.Seen[0].Line.ShouldBe("PUT /api/v0/instances/request_logs/4711/");
        server.Seen[0].Body.ShouldBe("""{"tail":"50","daemon_logs":"true"}""");
        server.Seen.Skip(1).ShouldAllBe(fetch => fetch.Key == null && fetch.Path == "/instance_logs/abc.log");
    }

    [Fact]
    public async Task A_command_s_output_is_waited_for()
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, Ready).Then(200, "a  b\n");

        (await client.ExecuteAsync(4711, "ls /workspace", Token)).Value.ShouldBe("a  b\n");
        server.Seen[0].Body.ShouldBe("""{"command":"ls /workspace"}""");
    }

    [Fact]
    public async Task A_result_that_never_comes_ends_after_a_bounded_wait()
    {
        var time = new JumpingTime();
        var (client, server) = ScriptedServer.Start(time);
        server.Then(200, Ready).Then(404, "");
        var began = time.GetUtcNow();

        var problem = (await client.LogsAsync(4711, 50, isDaemon: false, null, Token)).Problem.ShouldNotBeNull();

        (problem.Id, problem.ExitCode, problem.MayRetry).ShouldBe(("result-late", ExitCode.TimedOut, true));
        (time.GetUtcNow() - began).ShouldBeInRange(TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(61));
    }

    [Theory]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://elsewhere.example/x")]
    [InlineData("ftp://store.example/x")]
    [InlineData("/relative")]
    [InlineData("")]
    public async Task A_result_anywhere_but_on_https_or_the_same_server_is_not_fetched(string address)
    {
        var (client, server) = ScriptedServer.Start();
        server.Then(200, $$"""{"success": true, "result_url": "{{address}}"}""");

        (await client.LogsAsync(4711, 50, isDaemon: false, null, Token)).Problem!.Id.ShouldBe("answer-unreadable");
        server.Seen.Count.ShouldBe(1);
    }
}
