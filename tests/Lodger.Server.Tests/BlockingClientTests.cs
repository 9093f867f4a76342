using System.Net.Sockets;
using System.Text;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Server.Client;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests;

/// <summary>The client of a command that has nothing else to do while it waits.</summary>
public sealed class BlockingClientTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_asks_and_says_the_same_as_one_that_does_not_block()
    {
        await using var stage = await ServerStage.StartAsync();
        using var client = new ServerClient(stage.Socket) { Blocks = true };
        using var agent = new ServerClient(stage.Socket) { Blocks = true, Agent = "tester" };

        (await client.ServerAsync(Token)).Value.ProcessId.ShouldBe(Environment.ProcessId);
        var job = (await client.SubmitAsync(stage.Submission(), Token)).Value;
        (await client.JobAsync("digits", Token)).Value.Id.ShouldBe(job.Id);
        (await client.JobAsync("nobody", Token)).Problem.ShouldBe((await stage.Client.JobAsync("nobody", Token)).Problem);
        (await client.OffersAsync("stub", "gpu_name=RTX_4090 & more", 10, false, Token)).IsOk.ShouldBeTrue();
        (await agent.CancelAsync("digits", "anna", Token)).Problem!.Id.ShouldBe("needs-person");
        (await client.CancelAsync("digits", "anna", Token)).IsOk.ShouldBeTrue();
    }

    [Fact]
    public async Task A_long_answer_comes_whole()
    {
        await using var stage = await ServerStage.StartAsync();
        var spec = ServerStage.Spec with { Run = string.Concat(Enumerable.Repeat("echo 0123456789\n", 20_000)) };
        using var client = new ServerClient(stage.Socket) { Blocks = true };

        (await client.SubmitAsync(stage.Submission(spec), Token)).Value.Spec.Run.ShouldBe(spec.Run);
        (await client.EventsAsync("digits", 0, Token)).Value[0].Event.ShouldBeOfType<JobSubmitted>().Spec.Run.ShouldBe(spec.Run);
    }

    [Fact]
    public async Task Nobody_who_answers_is_said_to_be_out_of_reach()
    {
        using var client = new ServerClient("/nonexistent/s.sock") { Blocks = true };
        (await client.ServerAsync(Token)).Problem!.ShouldSatisfyAllConditions(p => p.Id.ShouldBe("server-unreachable"), p => p.ExitCode.ShouldBe(ExitCode.ServerUnreachable));
    }

    [Fact]
    public async Task A_command_is_carried_out_for_the_same_build_alone_and_where_there_are_commands()
    {
        await using var stage = await ServerStage.StartAsync();
        CommandHandover.Send(stage.Socket, "test", ["ps"], Patience).ShouldBeNull("this server has none");
        await stage.RestartAsync(commands: parts => parts is ["ps", _, "", "last"] ? token => Task.FromResult(new CommandSaid(3, $"héllo {parts[1]}\n", "remark")) : null);

        CommandHandover.Send(stage.Socket, "test", ["ps", "--all", "", "last"], Patience).ShouldBe(new CommandSaid(3, "héllo --all\n", "remark"));
        CommandHandover.Send(stage.Socket, "older", ["ps", "--all", "", "last"], Patience).ShouldBeNull();
        CommandHandover.Send(stage.Socket, "test", ["show"], Patience).ShouldBeNull("it does not understand that one");
        CommandHandover.Send(stage.Socket + ".none", "test", ["ps"], Patience).ShouldBeNull();
    }

    [Fact]
    public async Task Waiting_ends_when_it_is_cancelled()
    {
        var directory = Directory.CreateTempSubdirectory("lodger-mute-");
        try
        {
            using var mute = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            mute.Bind(new UnixDomainSocketEndPoint(Path.Combine(directory.FullName, "s.sock")));
            mute.Listen();
            using var client = new ServerClient(Path.Combine(directory.FullName, "s.sock")) { Blocks = true };
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
            stop.CancelAfter(TimeSpan.FromMilliseconds(200));

            await Should.ThrowAsync<OperationCanceledException>(() => Task.Run(() => client.ServerAsync(stop.Token), Token));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", 200, "[]")]
    [InlineData("HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n", 204, "")]
    [InlineData("HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n1\r\n[\r\nA\r\n0123456789\r\n0\r\n\r\n", 404, "[0123456789")]
    public void An_answer_is_its_status_and_its_body(string said, int status, string body)
    {
        Encoding.UTF8.GetString(SocketCall.Answer(Encoding.UTF8.GetBytes(said), out var got)).ShouldBe(body);
        got.ShouldBe(status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n[\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n[\r\n0\r\n\r\n")]
    [InlineData("220 mail.example.org\r\n\r\n")]
    public void An_answer_that_was_cut_off_is_no_answer(string said) => Should.Throw<IOException>(() => SocketCall.Answer(Encoding.UTF8.GetBytes(said), out _));
}
