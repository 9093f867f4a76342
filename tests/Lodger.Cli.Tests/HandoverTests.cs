using Lodger.Cli.Composition;
using Lodger.Cli.Tests.Stage;
using Lodger.Server.Client;

namespace Lodger.Cli.Tests;

/// <summary>Commands that the server carries out for the process that was started for them.</summary>
public sealed class HandoverTests : IDisposable
{
    private readonly TestStage stage = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => stage.Dispose();

    [Theory]
    [InlineData("ps")]
    [InlineData("ps", "--all", "--json")]
    [InlineData("offers", "--market", "local")]
    [InlineData("cost")]
    [InlineData("ps", "--al")]
    [InlineData("cost", "--help")]
    public async Task What_the_server_says_is_what_the_process_would_have_said(params string[] words)
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        var status = await stage.RunAsync(words);

        var said = await TakeAsync(null, words);

        said.ShouldBe(new CommandSaid((int)status, stage.Out, stage.Error));
    }

    [Fact]
    public async Task It_knows_the_terminal_and_the_language_of_whoever_asks()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        stage.Environment["TERM"] = "xterm";

        (await TakeAsync(60, "ps")).Output.ShouldContain("\u001b[2m");
        (await TakeAsync(60, "ps")).Output.Split('\n').ShouldAllBe(l => l.Replace("\u001b[2m", "", StringComparison.Ordinal).Replace("\u001b[0m", "", StringComparison.Ordinal).Length <= 60);
        (await TakeAsync(null, "ps")).Output.ShouldNotContain("\u001b");
        stage.Environment["TERM"] = "dumb";
        (await TakeAsync(60, "ps")).Output.ShouldNotContain("\u001b");
    }

    [Fact]
    public void Where_the_clock_on_the_wall_is_another_one_it_is_not_taken()
    {
        var parts = Handover.Say(name => name == "TZ" ? "Asia/Tokyo" : null, null, false, ["ps"]);
        Handover.Take(stage.Around(), parts).ShouldBeNull();
        stage.Environment["TZ"] = "Asia/Tokyo";
        Handover.Take(stage.Around(), parts).ShouldNotBeNull();
        Handover.Take(stage.Around(), ["ps"]).ShouldBeNull("that is no command of this build");
    }

    private Task<CommandSaid> TakeAsync(int? width, params string[] words) =>
        Handover.Take(stage.Around(), Handover.Say(stage.Environment.GetValueOrDefault, width, width is not null, words))!(Token);
}
