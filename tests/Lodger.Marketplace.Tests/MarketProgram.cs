using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Tests.Sandbox;

namespace Lodger.Marketplace.Tests;

/// <summary>The marketplace's own program as a process, to be sent signals.</summary>
internal sealed class MarketProgram : IDisposable
{
    public static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);
    private readonly Process _process;
    private readonly HttpClient _http;
    private readonly HttpClient _control;

    private MarketProgram(Process process, JsonNode access)
    {
        (_process, _http, _control) = (process, Client("api_key"), Client("control_token"));

        HttpClient Client(string key) => new()
        {
            BaseAddress = new Uri(access["url"]!.ToString()),
            Timeout = Bound,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", access[key]!.ToString()) },
        };
    }

    /// <summary>Starts it on a directory, without spacing between calls; its temporary files go to <paramref name="temporary"/>.</summary>
    public static async Task<MarketProgram> StartAsync(string state, string temporary)
    {
        var start = new ProcessStartInfo(OwnerProcess.Dotnet, [typeof(MarketplaceServer).Assembly.Location, "--state", state, "--rate-limit-scale", "0", "--pull-factor", "0"]) { UseShellExecute = false, RedirectStandardError = true };
        start.Environment["DOTNET_EnableDiagnostics"] = "0"; // It is going to be killed, and would leave its diagnostics sockets behind.
        start.Environment["TMPDIR"] = temporary;
        var process = Process.Start(start)!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        var file = Path.Combine(state, "market.json");
        var clock = Stopwatch.StartNew();
        while (true)
        {
            clock.Elapsed.ShouldBeLessThan(Bound, "the market does not start");
            try
            {
                if (JsonNode.Parse(await File.ReadAllTextAsync(file)) is { } access && (int)access["pid"]! == process.Id) return new MarketProgram(process, access);
            }
            catch (IOException)
            {
                // Not there yet; or a killed market's, which the new one takes away.
            }

            await Task.Delay(20);
        }
    }

    public Task<JsonNode> SendAsync(HttpMethod method, string path, object? body = null) => SendAsync(_http, method, path, body);

    public Task<JsonNode> OrderAsync(string path, object body) => SendAsync(_control, HttpMethod.Post, "/control/" + path, body);

    public async Task<JsonNode> LedgerOfAsync(long id) =>
        (await SendAsync(_control, HttpMethod.Get, "/control/ledger", null))["contracts"]!.AsArray().Single(c => (long)c!["id"]! == id)!;

    public Task<JsonNode?> AwaitRunningAsync(long id) => AwaitAsync(
        async () => (await SendAsync(HttpMethod.Get, $"/api/v0/instances/{id}/"))["instances"], shown => shown?["actual_status"]?.ToString() == "running");

    /// <summary>Asks again and again until the answer is as wanted.</summary>
    public static async Task<T> AwaitAsync<T>(Func<Task<T>> ask, Func<T, bool> wanted)
    {
        for (var clock = Stopwatch.StartNew(); ;)
        {
            var answer = await ask();
            if (wanted(answer)) return answer;
            clock.Elapsed.ShouldBeLessThan(Bound, answer?.ToString());
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public Task<string> ReadAsync(string url) => AwaitAsync(
        async () =>
        {
            using var response = await _http.GetAsync(url);
            return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync() : "";
        },
        text => text.Length > 0);

    /// <summary>Whether it still answers whoever has its key.</summary>
    public async Task<bool> AnswersAsync()
    {
        try
        {
            using var response = await _http.GetAsync("/api/v0/users/current/");
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Sends it a signal (as kill(1) names it), and waits until it has ended; answers its exit status.</summary>
    /// <param name="again">Sends it until it has ended: two that come before the first is taken are one to the kernel.</param>
    public async Task<int> EndAsync(string signal, bool again = false)
    {
        var ended = _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Bound, TestContext.Current.CancellationToken);
        do
        {
            // The shell's own kill: the program is not everywhere.
            var sent = await Tool.RunAsync("sh", ["-c", "kill -s \"$1\" \"$2\"", "kill", signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
            if (!_process.HasExited) sent.Must();
            await Task.WhenAny(ended, again ? Task.Delay(200, TestContext.Current.CancellationToken) : Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken));
        }
        while (!ended.IsCompleted);
        await ended;
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit(Bound).ShouldBeTrue();
        _process.Dispose();
        _http.Dispose();
        _control.Dispose();
    }

    private static async Task<JsonNode> SendAsync(HttpClient client, HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        response.IsSuccessStatusCode.ShouldBeTrue(text);
        return JsonNode.Parse(text)!;
    }
}
