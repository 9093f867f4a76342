using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Tests.Commands;

public sealed class WebhookTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task A_webhook_is_added_looked_at_and_removed()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        (await stage.RunAsync("webhook", "status")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("No account is pushed to");

        (await stage.RunAsync("webhook", "add", "https://gpu.example.org/lodger", "--account", "anna")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("a test delivery arrived at 127.0.0.1:8790");
        server.Hooks.ShouldHaveSingleItem().Account.ShouldBe("anna");

        (await stage.RunAsync("webhook", "status")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("anna https://gpu.example.org/lodger 127.0.0.1:8790 7 1 3 outbid");
        stage.Out.ShouldContain("is this machine's clock right?");

        (await stage.RunAsync("webhook", "remove", "--account", "anna")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("no longer pushes to https://gpu.example.org/lodger");
    }

    [Fact]
    public async Task What_is_wrong_with_a_webhook_is_said_and_in_json_too()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket);
        server.Hooks.Add(Samples.Hook with { Old = 0, Problem = new Problem("listen-taken", "Nothing can listen there.", "Choose another.", ExitCode.Prerequisite) });

        (await stage.RunAsync("webhook", "status")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("anna: Nothing can listen there.");
        stage.Out.ShouldNotContain("clock");
        (await stage.RunAsync("webhook", "status", "--json")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("\"listen-taken\"");
    }

    [Fact]
    public async Task The_journal_says_that_a_preemption_was_pushed()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Home);
        server.Journal.Add(new JournalEntry(1, Samples.Start, new RentalChanged(1, "r1", RentalStatus.Preempted, "cur=stopped", "outbid")));

        (await stage.RunAsync("events", Samples.Home.Name)).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("preempted cur=stopped; looked at once, because the platform pushed \"outbid\"");
    }
}
