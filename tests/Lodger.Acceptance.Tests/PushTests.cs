using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Spec;
using Lodger.Engine;
using Lodger.Server;
using Lodger.Server.Api;
using Lodger.Server.Client;
using Lodger.Tests.Shared;

namespace Lodger.Acceptance.Tests;

/// <summary>The marketplace really delivers to the real server, whose own looks are hours apart.</summary>
public sealed class PushTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_preemption_that_is_pushed_is_seen_long_before_the_next_look_and_the_journal_says_how()
    {
        await using var stage = await EngineStage.StartAsync();
        using var stop = new CancellationTokenSource();
        var state = Directory.CreateDirectory(Path.Combine(stage.Root, "server")).FullName;
        var options = new ServerOptions
        {
            SocketPath = Path.Combine(state, "s.sock"),
            Build = "test",
            WebhooksDirectory = Path.Combine(state, "webhooks"),
            Engine = new EngineOptions { StateDirectory = state, SecretsDirectory = state, Waits = _ => EngineStage.Quick, SweepEvery = TimeSpan.FromHours(5), PushEchoes = TimeSpan.Zero, ToolVersion = "test" },
        };
        var serving = LodgerServer.RunAsync(options, stage, TimeProvider.System, stop.Token);
        using var client = new ServerClient(options.SocketPath);
        try
        {
            await UntilAsync(async () => (await client.ServerAsync(Token)).IsOk, () => "the server does not answer");
            var listen = $"127.0.0.1:{FreePort.Next()}";
            var added = await client.AddWebhookAsync("local", new WebhookRequest($"http://{listen}/lodger", listen), Token);
            added.Problem.ShouldBeNull();

            // No look comes at its turn or as an echo: everything from the boot on is seen because it was pushed.
            var offer = await stage.CheapestBidAsync();
            var spec = ServerStage.SixSteps("pushed") with { Run = "sleep 600", Rent = RentMode.Interruptible, Checkpoints = ["ckpt"] };
            var request = new SubmitRequest(spec, "local", offer, 1m, Path.Combine(stage.Root, "pushed"), "test", new Dictionary<string, string>(), offer.MinBidUsdPerHour * 1.2m);
            (await client.SubmitAsync(request, Token)).Problem.ShouldBeNull();
            var running = await SeenAsync(client, RentalStatus.Running);
            await stage.Market.ControlAsync($"instances/{running.RentalId}/outbid", new { by = 5m });

            (await SeenAsync(client, RentalStatus.Preempted)).Pushed.ShouldBe("outbid");

            (await client.WebhooksAsync(Token)).Value.ShouldHaveSingleItem().Unsigned.ShouldBe(0);
            (await client.RemoveWebhookAsync("local", Token)).Problem.ShouldBeNull();
        }
        finally
        {
            await stop.CancelAsync();
            await serving.WaitAsync(TimeSpan.FromMinutes(3), CancellationToken.None);
        }
    }

    private static async Task<RentalChanged> SeenAsync(ServerClient client, RentalStatus status)
    {
        RentalChanged? seen = null;
        string[] story = [];
        await UntilAsync(
            async () =>
            {
                var events = (await client.EventsAsync("pushed", 1, Token)).Value;
                story = [.. events.Select(e => $"{e.At:mm:ss.fff} {e.Event}")];
                seen = events.Select(e => e.Event).OfType<RentalChanged>().FirstOrDefault(e => e.Status == status);
                return seen is not null;
            },
            () => string.Join('\n', story));
        return seen!;
    }

    private static async Task UntilAsync(Func<Task<bool>> wanted, Func<string> otherwise)
    {
        var end = DateTimeOffset.UtcNow + TimeSpan.FromMinutes(5);
        while (!await wanted())
        {
            if (DateTimeOffset.UtcNow > end)
                throw new TimeoutException(otherwise());
            await Task.Delay(50, Token);
        }
    }
}
