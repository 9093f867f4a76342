using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Lodger.Marketplace;
using Lodger.Marketplace.Simulated;
using Lodger.Vast.Credentials;

namespace Lodger.Vast.Tests.Local;

/// <summary>The local marketplace in this process, on a free port, with instances that are numbers only.</summary>
internal sealed class LocalMarket : IAsyncDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("lodger-market-").FullName;
    private readonly CancellationTokenSource stop = new();
    private readonly HttpClient control = new();
    private Task<MarketplaceExit> running = null!;

    public MarketAccess Access { get; private set; } = null!;

    public VastClient Client { get; private set; } = null!;

    public VastMarket Market { get; private set; } = null!;

    public static async Task<LocalMarket> StartAsync(double speed = 20, double rateLimitScale = 0)
    {
        var market = new LocalMarket();
        var ready = new TaskCompletionSource<MarketAccess>(TaskCreationOptions.RunContinuationsAsynchronously);
        market.running = MarketplaceServer.RunAsync(
            new MarketplaceOptions
            {
                StateDirectory = market.directory,
                SandboxHost = () => new SimulatedSandboxHost(),
                ForwardTraffic = false,
                Speed = speed,
                RateLimitScale = rateLimitScale,
                ImagePullFactor = 0,
                ResultDelay = TimeSpan.FromMilliseconds(50),
                OnReady = ready.SetResult,
            },
            market.stop.Token);
        await Task.WhenAny(ready.Task, market.running);
        if (!ready.Task.IsCompleted) throw new InvalidOperationException(string.Join(' ', (await market.running).Complaints));
        market.Access = await ready.Task;
        market.Client = market.NewClient(market.Access.ApiKey);
        market.Market = new VastMarket(market.Client, "local marketplace");
        return market;
    }

    public VastClient NewClient(string key) => new(new VastOptions
    {
        BaseUrl = new Uri(Access.Url),
        ApiKey = new ApiKey(key, "market.json"),
        StartSpacing = TimeSpan.Zero,
        ResultPoll = TimeSpan.FromMilliseconds(50),
        TryTimeout = TimeSpan.FromMinutes(2),
        CreateTimeout = TimeSpan.FromMinutes(2),
        RetryDelay = TimeSpan.FromMilliseconds(20),
    });

    /// <summary>Orders something from the market's control surface.</summary>
    public async Task ControlAsync(string path, string json)
    {
        using var response = await OrderAsync(HttpMethod.Post, path, json);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>As above; what cannot be just now is left.</summary>
    public async Task TryControlAsync(string path, string json) => (await OrderAsync(HttpMethod.Post, path, json)).Dispose();

    /// <summary>The market's own books.</summary>
    public async Task<JsonNode> LedgerAsync()
    {
        using var response = await OrderAsync(HttpMethod.Get, "ledger", null);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }

    private async Task<HttpResponseMessage> OrderAsync(HttpMethod method, string path, string? json)
    {
        using var request = new HttpRequestMessage(method, $"{Access.Url}/control/{path}") { Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Access.ControlToken);
        return await control.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        Client.Dispose();
        control.Dispose();
        stop.Dispose();
        Directory.Delete(directory, recursive: true);
    }
}
