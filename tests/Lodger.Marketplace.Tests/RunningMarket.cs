using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Simulated;

namespace Lodger.Marketplace.Tests;

/// <summary>A marketplace in this process, on a random port and in a directory of its own, with instances that are simulated.</summary>
internal sealed class RunningMarket : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);
    private readonly CancellationTokenSource _end = new();
    private readonly Task<MarketplaceExit> _run;
    private readonly bool _ownsDirectory;

    private RunningMarket(string directory, bool ownsDirectory, Task<MarketplaceExit> run, CancellationTokenSource end, MarketAccess access)
    {
        (Directory, _ownsDirectory, _run, _end, Access) = (directory, ownsDirectory, run, end, access);
        Http = Client(access.ApiKey);
        Control = Client(access.ControlToken);
    }

    public string Directory { get; }
    public MarketAccess Access { get; }
    public HttpClient Http { get; }
    public HttpClient Control { get; }
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Starts with no rate limits, instant provisioning and pulls, unless <paramref name="change"/> says otherwise.</summary>
    public static async Task<RunningMarket> StartAsync(Func<MarketplaceOptions, MarketplaceOptions>? change = null, string? directory = null)
    {
        var at = directory ?? System.IO.Directory.CreateTempSubdirectory("lodger-market-test-").FullName;
        var ready = new TaskCompletionSource<MarketAccess>(TaskCreationOptions.RunContinuationsAsynchronously);
        var options = new MarketplaceOptions
        {
            StateDirectory = at,
            SandboxHost = () => new SimulatedSandboxHost(),
            ForwardTraffic = false,
            RateLimitScale = 0,
            ProvisioningTime = TimeSpan.Zero,
            ImagePullFactor = 0,
            ResultDelay = TimeSpan.Zero,
            WebhookAnswerBound = Bound,
            OnReady = ready.SetResult,
        };
        var end = new CancellationTokenSource();
        var run = Task.Run(() => MarketplaceServer.RunAsync(change?.Invoke(options) ?? options, end.Token), Cancelled);
        if (await Task.WhenAny(run, ready.Task).WaitAsync(Bound, Cancelled) == run)
            throw new InvalidOperationException("the market did not start: " + string.Join(' ', (await run).Complaints));
        return new RunningMarket(at, directory is null, run, end, await ready.Task);
    }

    public HttpClient Client(string key) => new()
    {
        BaseAddress = new Uri(Access.Url),
        Timeout = Bound,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
    };

    public async Task<(HttpStatusCode Status, JsonNode Body)> SendAsync(HttpMethod method, string path, object? body = null, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await (client ?? Http).SendAsync(request, Cancelled);
        var text = await response.Content.ReadAsStringAsync(Cancelled);
        return (response.StatusCode, JsonNode.Parse(text)!);
    }

    public async Task<JsonNode> GetAsync(string path) => (await SendAsync(HttpMethod.Get, path)).Body;

    public async Task<JsonNode> OrderAsync(string path, object body)
    {
        var (status, answer) = await SendAsync(HttpMethod.Post, "/control/" + path, body, Control);
        status.ShouldBe(HttpStatusCode.OK, answer.ToJsonString());
        return answer;
    }

    public async Task<JsonArray> SearchAsync(object query) =>
        (await SendAsync(HttpMethod.Post, "/api/v0/bundles/", query)).Body["offers"]!.AsArray();

    /// <summary>The cheapest offer of one RTX 4090 that is verified and has direct ports.</summary>
    public async Task<JsonNode> AnyOfferAsync()
    {
        var offers = await SearchAsync(new
        {
            gpu_name = new { eq = "RTX 4090" },
            num_gpus = new { eq = 1 },
            verified = new { eq = true },
            rentable = new { eq = true },
            direct_port_count = new { gte = 1 },
            order = new[] { new[] { "dph_total", "asc" } },
        });
        return offers[0]!;
    }

    public async Task<long> RentAsync(object? body = null, long? offer = null, HttpClient? client = null)
    {
        offer ??= (long)(await AnyOfferAsync())["id"]!;
        var (status, answer) = await SendAsync(HttpMethod.Put, $"/api/v0/asks/{offer}/", body ?? new { image = "ubuntu", disk = 20, label = "lodger/job/1", runtype = "ssh_direc ssh_proxy" }, client);
        status.ShouldBe(HttpStatusCode.OK, answer.ToJsonString());
        return (long)answer["new_contract"]!;
    }

    /// <summary>Shows an instance until it is as wanted; fails with what it was last.</summary>
    public async Task<JsonNode?> AwaitAsync(long id, Func<JsonNode?, bool> wanted, HttpClient? client = null)
    {
        var last = await ShowAsync(id, client);
        for (var waited = 0; !wanted(last); waited += 10)
        {
            waited.ShouldBeLessThan((int)Bound.TotalMilliseconds, $"instance {id} stayed {last?["actual_status"]}: {last?["status_msg"]}");
            await Task.Delay(10, Cancelled);
            last = await ShowAsync(id, client);
        }

        return last;
    }

    public async Task<JsonNode> AwaitStatusAsync(long id, string status, HttpClient? client = null) =>
        (await AwaitAsync(id, i => i?["actual_status"]?.ToString() == status, client))!;

    public async Task<JsonNode?> ShowAsync(long id, HttpClient? client = null) =>
        (await SendAsync(HttpMethod.Get, $"/api/v0/instances/{id}/?owner=me", client: client)).Body["instances"];

    public async Task<JsonNode> LedgerAsync() => (await SendAsync(HttpMethod.Get, "/control/ledger", client: Control)).Body;

    public async Task<JsonNode> LedgerOfAsync(long id) => (await LedgerAsync())["contracts"]!.AsArray().Single(c => (long)c!["id"]! == id)!;

    public Task AdvanceAsync(TimeSpan by) => OrderAsync("clock/advance", new { seconds = by.TotalSeconds });

    /// <summary>Ends the market and keeps its directory.</summary>
    public async Task<MarketplaceExit> StopAsync()
    {
        await _end.CancelAsync();
        return await _run.WaitAsync(Bound, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Http.Dispose();
        Control.Dispose();
        _end.Dispose();
        if (_ownsDirectory) System.IO.Directory.Delete(Directory, recursive: true);
    }
}
