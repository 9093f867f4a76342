using Lodger.Cli.Composition;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Tests.Commands;

/// <summary>A server's process lives and does not listen: it is starting, and looks through its jobs, or it is ending. It is waited for, not said to be absent.</summary>
public sealed class StartingServerTests : IDisposable
{
    private readonly TestStage stage = new();
    private readonly FileStream held;

    public StartingServerTests()
    {
        stage.Around().Places().TryGet(out var places, out _).ShouldBeTrue();
        held = FileLock.Try(places!.ServerLock)!;
    }

    public void Dispose()
    {
        held.Dispose();
        stage.Dispose();
    }

    [Fact]
    public async Task One_that_then_answers_is_shown()
    {
        var run = await WaitingAsync("server", "status");
        await using var server = await FakeServer.StartAsync(stage.Socket);
        ((ExitCode)await run).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("The server runs: process");
    }

    [Fact]
    public async Task One_that_then_is_gone_was_ending()
    {
        var run = await WaitingAsync("server", "stop");
        await held.DisposeAsync();
        ((ExitCode)await run).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("No server runs.");
    }

    private async Task<Task<int>> WaitingAsync(params string[] command)
    {
        var run = Application.RunAsync(command, stage.Around(), TestContext.Current.CancellationToken);
        while (!stage.Error.Contains("starting or ending", StringComparison.Ordinal))
        {
            run.IsCompleted.ShouldBeFalse(stage.Out + stage.Error);
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        return run;
    }
}
