using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Sandbox;
using Lodger.Marketplace.Tests.Sandbox;

namespace Lodger.Marketplace.Tests.Life;

/// <summary>The program itself, killed with everything under way.</summary>
public sealed class KilledMarketTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Killed_with_volumes_hosts_and_copies_under_way_it_leaves_no_process_and_no_mount_and_starts_again()
    {
        await using (var host = new BubblewrapSandboxHost())
            Assert.SkipWhen(await host.FindMissingAsync(TestContext.Current.CancellationToken) is { Count: > 0 }, "this machine cannot run sandboxes");
        var state = Directory.CreateTempSubdirectory("lodger-killed-").FullName;
        try
        {
            long id, volume;
            using (var market = await StartAsync(state))
            {
                var offer = (await market.SendAsync(HttpMethod.Post, "/api/v0/bundles/", new { rentable = new { eq = true }, num_gpus = new { eq = 1 } }))["offers"]![0]!;
                var space = (await market.SendAsync(HttpMethod.Post, "/api/v0/volumes/search/", new { machine_id = new { eq = offer["machine_id"] } }))["offers"]![0]!;
                volume = long.Parse((await market.SendAsync(HttpMethod.Put, "/api/v0/volumes/", new { id = space["id"], size = 10 }))["volume_name"]!.ToString()[2..], CultureInfo.InvariantCulture);
                id = (long)(await market.SendAsync(
                    HttpMethod.Put, $"/api/v0/asks/{offer["id"]}/",
                    new { image = "ubuntu", disk = 10, runtype = "ssh", env = $"-v V.{volume}:/data", onstart = "echo kept > /data/file; head -c 50000000 /dev/urandom > /workspace/big" }))["new_contract"]!;
                await market.AwaitRunningAsync(id);
                (await market.SendAsync(HttpMethod.Put, "/api/v0/commands/rsync/", new { src_id = $"{id}", dst_id = (string?)null, src_path = "/workspace", dst_path = "x" }))["src_port"]!.GetValue<int>().ShouldBeGreaterThan(0);
                await market.SendAsync(HttpMethod.Put, "/api/v0/commands/copy_direct/", new { src_id = $"C.{id}", dst_id = $"V.{volume}", src_path = "/workspace/", dst_path = "/copy" });
                await Task.Delay(50, TestContext.Current.CancellationToken);
                MountsBelow(state).ShouldNotBeEmpty();
                market.Kill();
            }

            var clock = Stopwatch.StartNew();
            while (MountsBelow(state) is { Count: > 0 } left)
            {
                clock.Elapsed.ShouldBeLessThan(Bound, string.Join(' ', left));
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }

            using (var market = await StartAsync(state))
            {
                await market.AwaitRunningAsync(id);
                var kept = await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/command/{id}/", new { command = "ls /data" });
                (await market.ReadAsync(kept["result_url"]!.ToString())).ShouldContain("file");
                await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{id}/");
                await market.SendAsync(HttpMethod.Delete, $"/api/v0/volumes/?id={volume}");
                market.End();
            }

            MountsBelow(state).ShouldBeEmpty();
            Directory.EnumerateDirectories(Path.Combine(state, "volumes")).ShouldBeEmpty();
            Directory.EnumerateDirectories(Path.Combine(state, "instances")).ShouldBeEmpty();
            foreach (var loop in Directory.EnumerateDirectories("/sys/block", "loop*").Select(d => Path.Combine(d, "loop", "backing_file")).Where(File.Exists))
                (await File.ReadAllTextAsync(loop, TestContext.Current.CancellationToken)).ShouldNotStartWith(state);
        }
        finally
        {
            (await Tool.RunAsync("rm", ["-rf", state])).Must();
        }
    }

    /// <summary>Processes in whose mount namespace something comes from below this directory.</summary>
    private static List<string> MountsBelow(string directory)
    {
        var place = MountTable.PlaceOf(directory);
        return
        [
            .. Directory.EnumerateDirectories("/proc").Select(Path.GetFileName).OfType<string>()
                .Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && MountTable.Read(pid).Any(mount => mount.IsBelow(directory, place))),
        ];
    }

    private static async Task<Program> StartAsync(string state)
    {
        var start = new ProcessStartInfo(OwnerProcess.Dotnet, [typeof(MarketplaceServer).Assembly.Location, "--state", state, "--rate-limit-scale", "0", "--pull-factor", "0"]) { UseShellExecute = false };
        start.Environment["DOTNET_EnableDiagnostics"] = "0"; // It is going to be killed, and would leave its diagnostics sockets behind.
        var process = Process.Start(start)!;
        var file = Path.Combine(state, "market.json");
        var clock = Stopwatch.StartNew();
        while (true)
        {
            clock.Elapsed.ShouldBeLessThan(Bound, "the market does not start");
            try
            {
                if (JsonNode.Parse(await File.ReadAllTextAsync(file)) is { } access && (int)access["pid"]! == process.Id) return new Program(process, access);
            }
            catch (FileNotFoundException)
            {
                // Not there yet; or a killed market's, which the new one takes away.
            }

            await Task.Delay(20);
        }
    }

    private sealed class Program(Process process, JsonNode access) : IDisposable
    {
        private readonly HttpClient _http = new()
        {
            BaseAddress = new Uri(access["url"]!.ToString()),
            Timeout = Bound,
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", access["api_key"]!.ToString()) },
        };

        public async Task<JsonNode> SendAsync(HttpMethod method, string path, object? body = null)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            using var response = await _http.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            response.IsSuccessStatusCode.ShouldBeTrue(text);
            return JsonNode.Parse(text)!;
        }

        public async Task AwaitRunningAsync(long id)
        {
            var clock = Stopwatch.StartNew();
            while ((await SendAsync(HttpMethod.Get, $"/api/v0/instances/{id}/"))["instances"]?["actual_status"]?.ToString() != "running")
            {
                clock.Elapsed.ShouldBeLessThan(Bound);
                await Task.Delay(20);
            }
        }

        public async Task<string> ReadAsync(string url)
        {
            var clock = Stopwatch.StartNew();
            while (true)
            {
                using var response = await _http.GetAsync(url);
                if (response.IsSuccessStatusCode) return await response.Content.ReadAsStringAsync();
                clock.Elapsed.ShouldBeLessThan(Bound);
                await Task.Delay(50);
            }
        }

        public void Kill()
        {
            process.Kill();
            process.WaitForExit(Bound).ShouldBeTrue();
        }

        /// <summary>Asks it to end, and waits until it has.</summary>
        public void End()
        {
            using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            process.WaitForExit(Bound).ShouldBeTrue();
            process.ExitCode.ShouldBe(0);
        }

        public void Dispose()
        {
            if (!process.HasExited) Kill();
            process.Dispose();
            _http.Dispose();
        }
    }
}
