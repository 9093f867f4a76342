using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Problems;

namespace Lodger.Acceptance.Tests;

/// <summary><c>lodger market</c> as the built command, each call a process of its own, with real machines in the market that it starts.</summary>
public sealed class MarketCommandTests : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private readonly string root = Directory.CreateTempSubdirectory("ldg-mkt-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string State => Path.Combine(root, "state");

    [Fact]
    public async Task It_starts_shows_outbids_stops_and_is_started_again_as_it_was_and_nothing_of_it_runs_on()
    {
        (await LodgerAsync(ExitCode.ServerUnreachable, "market", "status")).ShouldContain("lodger market start");
        (await LodgerAsync(ExitCode.BadInput, "market", "start", "--rate-limit-scale", "11")).ShouldContain("--rate-limit-scale 1");
        (await LodgerAsync(ExitCode.Ok, "market", "start", "--speed", "10", "--balance", "7", "--rate-limit-scale", "10")).ShouldContain("10 market seconds a second");
        (await LodgerAsync(ExitCode.BadInput, "market", "start")).ShouldContain("runs already");
        var (instance, api) = await BidAsync();
        using var first = api;
        await InstanceAsync(i => i["phase"]!.ToString() == "running");

        (await LodgerAsync(ExitCode.Ok, "market", "fault", "outbid", $"{instance}", "by=0.5")).ShouldContain("somebody bids more");
        (await InstanceAsync(i => i["phase"]!.ToString() == "stopped"))["stop_cause"]!.ToString().ShouldBe("outbid");
        var shown = (await GetAsync(first, $"/api/v0/instances/{instance}/?owner=me"))["instances"]!;
        foreach (var state in (string[])["cur_state", "intended_status", "next_state"])
            shown[state]!.ToString().ShouldBe("stopped");
        await LodgerAsync(ExitCode.Ok, "market", "fault", "release", $"{instance}");
        await InstanceAsync(i => i["phase"]!.ToString() == "running");
        (await LodgerAsync(ExitCode.NotFound, "market", "fault", "outbid", "17")).ShouldContain("no such instance");

        // Ten times the documented spacing, fifty seconds here: two calls in a row are too many.
        await first.GetAsync("/api/v0/secrets/", Cancelled);
        using (var hasty = await first.GetAsync("/api/v0/secrets/", Cancelled))
        {
            hasty.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
            (await hasty.Content.ReadAsStringAsync(Cancelled)).ShouldContain("threshold");
        }

        (await LodgerAsync(ExitCode.Ok, "market", "stop")).ShouldContain("nothing bills");
        Left.Of(root).ShouldBeEmpty("once it says that it has stopped, it has");
        await Should.ThrowAsync<HttpRequestException>(() => first.GetAsync("/", Cancelled));
        (await LodgerAsync(ExitCode.Ok, "market", "stop")).ShouldContain("does not run");

        await LodgerAsync(ExitCode.Ok, "market", "start", "--speed", "10");
        await InstanceAsync(i => i["phase"]!.ToString() == "running");
        using (var market = Process.GetProcessById((int)Access()["pid"]!))
        {
            market.Kill();
            await market.WaitForExitAsync(Cancelled).WaitAsync(Limit, Cancelled);
        }

        await Left.GoneAsync(root, Limit);
        (await LodgerAsync(ExitCode.ServerUnreachable, "market", "status")).ShouldContain("lodger market start");
        await LodgerAsync(ExitCode.Ok, "market", "start", "--step");
        (await LodgerAsync(ExitCode.Ok, "market", "advance", "0.5")).ShouldContain("stands still");
        using (var again = Api())
            (await again.DeleteAsync($"/api/v0/instances/{instance}/", Cancelled)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await LodgerAsync(ExitCode.Ok, "market", "stop");
        Left.Of(root).ShouldBeEmpty();
        Directory.EnumerateFileSystemEntries(Path.Combine(State, "market", "instances")).ShouldBeEmpty("it was destroyed");
        Directory.EnumerateFileSystemEntries(Path.Combine(root, "tmp")).ShouldBeEmpty();
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Combine(State, "market", "market.json")))
            await LodgerAsync(ExitCode.Ok, "market", "stop");
        using var remove = Process.Start("rm", ["-rf", root]);
        await remove.WaitForExitAsync(CancellationToken.None);
    }

    private async Task<(long Instance, HttpClient Api)> BidAsync()
    {
        var api = Api();
        using var found = await api.PostAsJsonAsync("/api/v0/bundles/", new { type = "bid", num_gpus = new { eq = 1 } }, Cancelled);
        var offer = JsonNode.Parse(await found.Content.ReadAsStringAsync(Cancelled))!["offers"]![0]!;
        using var made = await api.PutAsJsonAsync($"/api/v0/asks/{offer["id"]}/", new { image = "ubuntu", disk = 10, price = 2 }, Cancelled);
        var answer = JsonNode.Parse(await made.Content.ReadAsStringAsync(Cancelled))!;
        answer["success"]!.GetValue<bool>().ShouldBeTrue(answer.ToJsonString());
        return ((long)answer["new_contract"]!, api);
    }

    private JsonNode Access() => JsonNode.Parse(File.ReadAllText(Path.Combine(State, "market", "market.json")))!;

    private HttpClient Api() => new()
    {
        BaseAddress = new Uri(Access()["url"]!.ToString()),
        Timeout = Limit,
        DefaultRequestHeaders = { Authorization = new("Bearer", Access()["api_key"]!.ToString()) },
    };

    private static async Task<JsonNode> GetAsync(HttpClient api, string path) => JsonNode.Parse(await api.GetStringAsync(path, Cancelled))!;

    /// <summary>Asks <c>lodger market status</c> until the one instance is as wanted.</summary>
    private async Task<JsonNode> InstanceAsync(Predicate<JsonNode> wanted)
    {
        for (var clock = Stopwatch.StartNew(); ;)
        {
            var status = await LodgerAsync(ExitCode.Ok, "market", "status", "--json");
            var instance = JsonNode.Parse(status)!["instances"]![0]!;
            if (wanted(instance))
                return instance;
            clock.Elapsed.ShouldBeLessThan(Limit, status);
            await Task.Delay(100, Cancelled);
        }
    }

    private async Task<string> LodgerAsync(ExitCode exit, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "lodger.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LODGER_STATE_DIR"] = State;
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(root, "config");
        start.Environment["TMPDIR"] = Directory.CreateDirectory(Path.Combine(root, "tmp")).FullName;
        // As ./lodger does: the runtime's own debugging sockets survive a kill.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Limit);
        var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
        await process.WaitForExitAsync(limit.Token);
        var text = string.Concat(texts);
        process.ExitCode.ShouldBe((int)exit, $"lodger {string.Join(' ', arguments)}\n{text}");
        return text;
    }
}
