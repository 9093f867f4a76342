using System.Net.Http.Json;
using System.Text.Json;
using Lodger.Marketplace;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Acceptance.Tests.Stage;

/// <summary>A marketplace with real sandboxes, in this process, with its control surface at hand. Gone without a trace when disposed.</summary>
internal sealed class MarketStage : IAsyncDisposable
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromMinutes(3);

    private readonly CancellationTokenSource stop = new();
    private readonly HttpClient control = new();
    private Task<MarketplaceExit> running = null!;

    private MarketStage(string directory) => Directory = directory;

    public string Directory { get; }

    public MarketAccess Access { get; private set; } = null!;

    public static async Task<MarketStage> StartAsync(string root, int seed = 1, double speed = 1)
    {
        var stage = new MarketStage(Path.Combine(root, "market"));
        TaskCompletionSource<MarketAccess> ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        stage.running = MarketplaceServer.RunAsync(
            new MarketplaceOptions
            {
                StateDirectory = stage.Directory,
                Seed = seed,
                Speed = speed,
                SandboxHost = () => new BubblewrapSandboxHost(),
                ImagePullFactor = 0,
                RateLimitScale = 0,
                ProvisioningTime = TimeSpan.FromMilliseconds(200),
                DestroyLinger = TimeSpan.FromMilliseconds(400),
                WebhookAnswerBound = TimeSpan.FromMinutes(2),
                OnReady = ready.SetResult,
            },
            stage.stop.Token);
        var first = await Task.WhenAny(ready.Task, stage.running, Task.Delay(TimeSpan.FromMinutes(2)));
        if (first == stage.running)
            throw new InvalidOperationException(string.Join(' ', (await stage.running).Complaints));
        stage.Access = await ready.Task.WaitAsync(TimeSpan.FromSeconds(1));
        stage.control.BaseAddress = new Uri(stage.Access.Url + "/control/");
        stage.control.DefaultRequestHeaders.Authorization = new("Bearer", stage.Access.ControlToken);
        return stage;
    }

    public async Task<JsonElement> LedgerAsync() => await control.GetFromJsonAsync<JsonElement>("ledger");

    /// <summary>How many rentals were ever made.</summary>
    public async Task<int> ContractCountAsync() => (await LedgerAsync()).GetProperty("contracts").GetArrayLength();

    /// <summary>The market's own time.</summary>
    public async Task<DateTimeOffset> NowAsync() =>
        DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds((await control.GetFromJsonAsync<JsonElement>("clock")).GetProperty("market_now").GetDouble());

    public async Task ControlAsync(string path, object body)
    {
        using var answer = await control.PostAsJsonAsync(path, body);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Takes every key off an instance, as a person may in the platform's console.</summary>
    public async Task DetachKeysAsync(string instance)
    {
        using var api = new HttpClient { BaseAddress = new Uri($"{Access.Url}/api/v0/instances/{instance}/ssh/") };
        api.DefaultRequestHeaders.Authorization = new("Bearer", Access.ApiKey);
        var attached = await api.GetFromJsonAsync<JsonElement>("");
        foreach (var key in JsonDocument.Parse(attached.GetProperty("ssh_keys").GetString()!).RootElement.EnumerateArray())
        {
            using var answer = await api.DeleteAsync(new Uri($"{key.GetProperty("id")}/", UriKind.Relative));
            answer.EnsureSuccessStatusCode();
        }
    }

    /// <summary>No fault is ordered any more.</summary>
    public async Task ForgetFaultsAsync()
    {
        using var answer = await control.DeleteAsync(new Uri("faults", UriKind.Relative));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>False when the market refused it: what it is to happen to is not in that state.</summary>
    public async Task<bool> TryControlAsync(string path, object body)
    {
        using var answer = await control.PostAsJsonAsync(path, body);
        return answer.IsSuccessStatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running.WaitAsync(EndLimit);
        stop.Dispose();
        control.Dispose();
    }
}
