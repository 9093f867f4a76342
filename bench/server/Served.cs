using System.Collections.Concurrent;
using System.Text.Json;
using Lodger.Bench.Engine;
using Lodger.Domain.Problems;
using Lodger.Engine;
using Lodger.Engine.Accounts;
using Lodger.Engine.Profile;
using Lodger.Server;
using Lodger.Vast;
using Lodger.Vast.Credentials;

namespace Lodger.Bench.Server;

/// <summary>The server as it is, with its journal on the disk and the marketplace over its interface; only the machines answer at once. A process of its own, ended by its parent.</summary>
internal static class Served
{
    /// <param name="hurried">Without the platform's pace, which would let ten thousand machines be rented within a day.</param>
    public static async Task<int> RunAsync(string state, Uri market, string key, string dashboard, bool hurried)
    {
        ConcurrentDictionary<string, long> calls = new(StringComparer.Ordinal);
        using var client = new VastClient(
            new VastOptions { BaseUrl = market, StartSpacing = hurried ? TimeSpan.Zero : null, ApiKey = new ApiKey(key, "bench"), OnCall = call => calls.AddOrUpdate(call.Status is >= 200 and < 300 ? call.Endpoint : $"{call.Endpoint} {call.Status?.ToString() ?? call.Failure}", 1, (_, n) => n + 1) }, TimeProvider.System);
        var box = new InstantBox();
        var machines = Path.Combine(state, "machines.json");
        box.Recall(machines);
        var account = new OpenAccount("bench", new VastMarket(client, "local marketplace"), box, ProfileReader.VastAi, market, PublicKey(), "/nonexistent") { Hosts = box };
        var options = new ServerOptions
        {
            SocketPath = Path.Combine(state, "server.sock"),
            Build = TypedCommands.Build,
            Commands = TypedCommands.Take,
            WebhooksDirectory = Path.Combine(state, "webhooks"),
            DashboardDirectory = dashboard,
            Engine = new EngineOptions { StateDirectory = state, SecretsDirectory = state, ToolVersion = "bench", SweepEvery = hurried ? TimeSpan.FromSeconds(10) : null },
        };
        using var parentGone = new CancellationTokenSource();
        // Whoever began this reads what was called until then by writing a line, and ends it by closing.
        _ = Task.Run(async () =>
        {
            while (await Console.In.ReadLineAsync() is not null)
                Console.WriteLine(JsonSerializer.Serialize(calls));
            await parentGone.CancelAsync();
        });
        var ran = await LodgerServer.RunAsync(options, new One(account), TimeProvider.System, parentGone.Token);
        box.Keep(machines);
        return ran.IsOk ? 0 : 1;
    }

    /// <summary>Of nobody, in the form that the marketplace asks for.</summary>
    private static string PublicKey()
    {
        byte[] blob = [0, 0, 0, 11, .. "ssh-ed25519"u8, 0, 0, 0, 32, .. new byte[32]];
        return $"ssh-ed25519 {Convert.ToBase64String(blob)} lodger@bench";
    }

    private sealed class One(OpenAccount account) : IAccounts
    {
        public Task<Outcome<OpenAccount>> OpenAsync(string name, CancellationToken cancellationToken) => Task.FromResult<Outcome<OpenAccount>>(account);
    }
}
