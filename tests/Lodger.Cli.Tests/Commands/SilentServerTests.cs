using System.Net.Sockets;
using Lodger.Cli.Composition;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Tests.Commands;

/// <summary>A server that lives and does not answer, as one that was stopped with SIGSTOP: it is said with its process, and none is started beside it.</summary>
public sealed class SilentServerTests : IDisposable
{
    private readonly TestStage stage = new();
    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Places places;
    private readonly FileStream held;

    public SilentServerTests()
    {
        stage.Around().Places().TryGet(out var found, out _).ShouldBeTrue();
        places = found!;
        // Connections are let in by the kernel; nobody reads them.
        socket.Bind(new UnixDomainSocketEndPoint(places.Socket));
        socket.Listen(16);
        held = FileLock.Try(places.ServerLock)!;
        File.WriteAllText(places.ServerProcessId, "4711\n");
    }

    public void Dispose()
    {
        held.Dispose();
        socket.Dispose();
        stage.Dispose();
    }

    [Theory]
    [InlineData("server", "status")]
    [InlineData("server", "stop")]
    public async Task It_is_not_said_to_be_absent(params string[] command)
    {
        (await stage.RunAsync(command)).ShouldBe(ExitCode.ServerUnreachable);
        stage.Out.ShouldBeEmpty();
        stage.Error.ShouldContain("Lodger's server (process 4711) runs and does not answer.");
        stage.Error.ShouldContain("kill -9 4711");
    }

    [Fact]
    public async Task Self_check_counts_it_as_missing()
    {
        (await stage.RunAsync("self-check")).ShouldBe(ExitCode.Prerequisite);
        stage.OutInOneLine.ShouldContain("missing server Lodger's server (process 4711) runs and does not answer.");
    }

    [Fact]
    public async Task A_command_that_needs_it_says_so_and_starts_no_other()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var run = Application.RunAsync(["show", "digits"], stage.Around(), patience.Token);
        while (!stage.Error.Contains("Waiting for it", StringComparison.Ordinal) && !run.IsCompleted)
            await Task.Delay(50, TestContext.Current.CancellationToken);

        stage.Error.ShouldContain("Lodger's server (process 4711) runs and does not answer.");
        await patience.CancelAsync();
        ((ExitCode)await run).ShouldBe(ExitCode.Interrupted);
        File.Exists(places.ServerLog).ShouldBeFalse("nothing was started");
    }
}
