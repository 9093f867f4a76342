using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;
using Lodger.Marketplace;
using Lodger.Marketplace.Simulated;

namespace Lodger.Cli.Tests.Commands;

/// <summary><c>lodger market</c> against a marketplace that really serves, in this process.</summary>
public sealed class MarketTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task A_person_sees_the_market_lets_time_pass_and_outbids_an_instance()
    {
        using var end = new CancellationTokenSource();
        var (access, run) = await StartAsync(end.Token);
        try
        {
            var id = await BidAsync(access);
            (await stage.RunAsync("market", "advance", "1")).ShouldBe(ExitCode.Ok);
            (await stage.RunAsync("market", "status")).ShouldBe(ExitCode.Ok);
            stage.Out.ShouldContain("stands still");
            stage.Out.ShouldContain("running");

            (await stage.RunAsync("market", "fault", "outbid", $"{id}", "by=0.5")).ShouldBe(ExitCode.Ok);
            (await stage.RunAsync("market", "status", "--json")).ShouldBe(ExitCode.Ok);
            stage.Out.ShouldContain("\"stop_cause\":\"outbid\"");

            (await stage.RunAsync("market", "fault", "outbid", "17")).ShouldBe(ExitCode.NotFound);
            stage.Error.ShouldContain("no such instance");
            (await stage.RunAsync("market", "fault", "storm", "list", "count=2")).ShouldBe(ExitCode.Ok);
        }
        finally
        {
            await end.CancelAsync();
            await run;
        }
    }

    [Fact]
    public async Task What_is_not_understood_is_answered_with_what_to_write()
    {
        (await stage.RunAsync("market", "fault", "outbit", "1")).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("Did you mean outbid?");
        (await stage.RunAsync("market", "fault", "outbid")).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("lodger market fault outbid ID");
        (await stage.RunAsync("market", "fault", "outbid", "1", "hours=2")).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("it has by, seconds");
        (await stage.RunAsync("market", "status")).ShouldBe(ExitCode.ServerUnreachable);
        stage.Error.ShouldContain("lodger market start");
        (await stage.RunAsync("market", "stop")).ShouldBe(ExitCode.Ok);
        (await stage.RunAsync("market", "fault", "--list")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("outbid INSTANCE by=0.01 seconds");
    }

    [Theory]
    [InlineData("--balance", "-5", "--balance must be from 0 to 1000000 (USD).")]
    [InlineData("--balance", "2000000", "--balance must be from 0 to 1000000 (USD).")]
    [InlineData("--seed", "-1", "--seed must be from 0 to 2147483647.")]
    [InlineData("--speed", "-1", "--speed must be from 0 to 100000.")]
    [InlineData("--speed", "NaN", "--speed must be from 0 to 100000.")]
    [InlineData("--rate-limit-scale", "11", "--rate-limit-scale must be from 0 to 10.")]
    public async Task A_number_that_a_market_cannot_have_is_refused_before_one_is_started(string option, string value, string said)
    {
        (await stage.RunAsync("market", "start", option, value)).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain(said);
    }

    [Fact]
    public async Task A_market_that_lives_and_does_not_answer_is_said_with_its_process_and_no_words_of_the_runtime()
    {
        using var silent = new TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var port = ((System.Net.IPEndPoint)silent.LocalEndpoint).Port;
        stage.Write("s/market/market.json", $$"""{"url":"http://127.0.0.1:{{port}}/","api_key":"k","control_token":"t","pid":{{System.Environment.ProcessId}}}""");

        (await stage.RunAsync("market", "status")).ShouldBe(ExitCode.Unknown);
        stage.Error.ShouldContain($"The local marketplace (process {System.Environment.ProcessId}) does not answer: nothing came within 20 s.");
        stage.Error.ShouldContain("lodger market stop");
        stage.Error.ShouldNotContain("HttpClient");
    }

    private async Task<(MarketAccess Access, Task Run)> StartAsync(CancellationToken cancellationToken)
    {
        var ready = new TaskCompletionSource<MarketAccess>(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = MarketplaceServer.RunAsync(
            new MarketplaceOptions
            {
                StateDirectory = Path.Combine(stage.Environment["LODGER_STATE_DIR"], "market"),
                SandboxHost = () => new SimulatedSandboxHost(),
                ForwardTraffic = false,
                Speed = 0,
                OnReady = ready.SetResult,
            },
            cancellationToken);
        return (await ready.Task.WaitAsync(TimeSpan.FromMinutes(3), TestContext.Current.CancellationToken), run);
    }

    private static async Task<long> BidAsync(MarketAccess access)
    {
        using var http = new HttpClient { BaseAddress = new Uri(access.Url) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", access.ApiKey);
        using var found = await http.PostAsJsonAsync("/api/v0/bundles/", new { type = "bid" }, TestContext.Current.CancellationToken);
        var offer = JsonNode.Parse(await found.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["offers"]![0]!;
        using var made = await http.PutAsJsonAsync($"/api/v0/asks/{offer["id"]}/", new { image = "ubuntu", price = 2 }, TestContext.Current.CancellationToken);
        return (long)JsonNode.Parse(await made.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["new_contract"]!;
    }
}
