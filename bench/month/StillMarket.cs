using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Lodger.Marketplace;
using Lodger.Marketplace.Sandbox;
using Lodger.Marketplace.Simulated;
using Lodger.Vast;
using Lodger.Vast.Credentials;

namespace Lodger.Bench.Month;

/// <summary>The local marketplace in this process, busy, with instances that are numbers only, and a time that passes only when it is told to.</summary>
internal sealed class StillMarket : IAsyncDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("lodger-month-").FullName;
    private readonly CancellationTokenSource stop = new();
    private readonly HttpClient control = new() { Timeout = TimeSpan.FromMinutes(10) };
    private Task<MarketplaceExit> running = null!;
    private MarketAccess access = null!;
    private VastClient client = null!;

    public VastMarket Market { get; private set; } = null!;

    /// <param name="seed">Of its machines and their tenants.</param>
    /// <param name="machines">What instances are made of; null: they are numbers only.</param>
    public static async Task<StillMarket> StartAsync(int seed, ISandboxHost? machines = null)
    {
        var market = new StillMarket();
        var ready = new TaskCompletionSource<MarketAccess>(TaskCreationOptions.RunContinuationsAsynchronously);
        market.running = MarketplaceServer.RunAsync(
            new MarketplaceOptions
            {
                StateDirectory = market.directory,
                Seed = seed,
                SandboxHost = () => machines ?? new SimulatedSandboxHost(),
                ForwardTraffic = false,
                Speed = 0,
                Time = new SameDay(),
                Tenants = TenantLevel.Busy,
                RateLimitScale = 0,
                ImagePullFactor = 0,
                OpeningBalanceUsd = 1_000_000,
                OnReady = ready.SetResult,
            },
            market.stop.Token);
        await Task.WhenAny(ready.Task, market.running);
        if (!ready.Task.IsCompleted)
            throw new InvalidOperationException(string.Join(' ', (await market.running).Complaints));
        market.access = await ready.Task;
        market.client = new VastClient(new VastOptions
        {
            BaseUrl = new Uri(market.access.Url),
            ApiKey = new ApiKey(market.access.ApiKey, "market.json"),
            StartSpacing = TimeSpan.Zero,
            TryTimeout = TimeSpan.FromMinutes(2),
        });
        market.Market = new VastMarket(market.client, "local marketplace");
        return market;
    }

    public Task PassAsync(TimeSpan time) => OrderAsync(HttpMethod.Post, "clock/advance", $$"""{"seconds": {{time.TotalSeconds.ToString(CultureInfo.InvariantCulture)}}}""");

    public async Task<DateTimeOffset> NowAsync() => DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds((double)(await OrderAsync(HttpMethod.Get, "clock", null))["market_now"]!);

    /// <summary>All that was charged, by the market's own books.</summary>
    public async Task<decimal> ChargedUsdAsync() => (decimal)(await OrderAsync(HttpMethod.Get, "ledger", null))["accounts"]![0]!["charged_usd"]!;

    private async Task<JsonNode> OrderAsync(HttpMethod method, string path, string? json)
    {
        using var request = new HttpRequestMessage(method, $"{access.Url}/control/{path}") { Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", access.ControlToken);
        using var answer = await control.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        client.Dispose();
        control.Dispose();
        stop.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>What a market's machines live through depends on its first day and the hour at which it is begun.</summary>
    private sealed class SameDay : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
    }
}
