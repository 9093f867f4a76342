using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Sandbox;
using Lodger.Marketplace.Tests.Sandbox;

namespace Lodger.Marketplace.Tests;

/// <summary>A market with real sandboxes, and a tenant with a key.</summary>
internal sealed class RealMarket : IAsyncDisposable
{
    private RealMarket(string folder, RunningMarket market) => (Folder, Market) = (folder, market);

    public string Folder { get; }
    public RunningMarket Market { get; private set; }
    private string Key => Path.Combine(Folder, "key");

    /// <summary>Starts it; skips the test where the machine cannot build sandboxes.</summary>
    public static async Task<RealMarket> StartAsync()
    {
        await using (var host = new BubblewrapSandboxHost())
            Assert.SkipWhen(await host.FindMissingAsync(TestContext.Current.CancellationToken) is { Count: > 0 }, "this machine cannot run sandboxes");
        var folder = Directory.CreateTempSubdirectory("lodger-real-").FullName;
        var real = new RealMarket(folder, await BeginAsync(Path.Combine(folder, "state")));
        await real.MakeKeyAsync(real.Key, real.Market.Http);
        return real;
    }

    /// <summary>Ends the market and starts another one in its directory.</summary>
    public async Task RestartAsync()
    {
        await Market.DisposeAsync();
        Market = await BeginAsync(Path.Combine(Folder, "state"));
    }

    /// <summary>Makes a key and gives it to whoever the client is.</summary>
    public async Task MakeKeyAsync(string file, HttpClient client)
    {
        (await Tool.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file])).Must();
        await Market.SendAsync(HttpMethod.Post, "/api/v0/ssh/", new { ssh_key = await File.ReadAllTextAsync(file + ".pub", TestContext.Current.CancellationToken) }, client);
    }

    public async Task<long> RunningAsync(object? body = null, long? offer = null)
    {
        var id = await Market.RentAsync(body ?? new { image = "ubuntu", disk = 10, runtype = "ssh_direc ssh_proxy" }, offer);
        await Market.AwaitStatusAsync(id, "running");
        return id;
    }

    public async Task StopAsync(long id)
    {
        await Api.InstanceTests.Manage(Market, id, "stopped");
        await Market.AwaitAsync(id, i => i!["cur_state"]!.ToString() == "stopped");
    }

    public async Task<Tool> SshAsync(long id, string command)
    {
        var port = (await Market.ShowAsync(id))!["ports"]!["22/tcp"]![0]!["HostPort"]!.ToString();
        return await SshToAsync(int.Parse(port, CultureInfo.InvariantCulture), command);
    }

    public Task<Tool> SshToAsync(int port, string command) =>
        Tool.RunAsync("ssh", ["-F", "none", .. SshOptions(Key), "-p", port.ToString(CultureInfo.InvariantCulture), "root@127.0.0.1", command]);

    /// <summary>Asks the market as the official client does, then runs rsync as it does.</summary>
    public async Task<Tool> CopyInAsync(string from, string id, string to, string? key = null)
    {
        var answer = await MayCopyAsync(new { client_id = "me", src_id = (string?)null, dst_id = id, src_path = from, dst_path = to });
        return await RsyncAsync((int)answer["dst_port"]!, [from, $"vastai_kaalia@{answer["dst_addr"]}::{id}/{to}"], key);
    }

    public async Task<Tool> CopyOutAsync(string id, string from, string to, string? key = null)
    {
        var answer = await MayCopyAsync(new { client_id = "me", src_id = id, dst_id = (string?)null, src_path = from, dst_path = to });
        return await RsyncAsync((int)answer["src_port"]!, [$"vastai_kaalia@{answer["src_addr"]}::{id}/{from}", to], key);
    }

    /// <summary>Copies without asking the market for this path.</summary>
    public async Task<Tool> CopyOutByHandAsync(long id, string from, string to) =>
        await RsyncAsync(await HostPortAsync(id), [$"vastai_kaalia@127.0.0.1::{id}/{from}", to]);

    public async Task<Tool> CopyInByHandAsync(string from, long id, string to) =>
        await RsyncAsync(await HostPortAsync(id), [from, $"vastai_kaalia@127.0.0.1::{id}/{to}"]);

    /// <summary>Tries a shell on the host.</summary>
    public async Task<Tool> HostShellAsync(long id, string command) => await Tool.RunAsync(
        "ssh", ["-F", "none", .. SshOptions(Key), "-p", (await HostPortAsync(id)).ToString(CultureInfo.InvariantCulture), "vastai_kaalia@127.0.0.1", command]);

    private async Task<int> HostPortAsync(long id) =>
        (int)(await MayCopyAsync(new { src_id = $"{id}", dst_id = (string?)null, src_path = "/workspace/", dst_path = "x" }))["src_port"]!;

    public Task<Tool> RsyncAsync(int port, IReadOnlyList<string> places, string? key = null) => Tool.RunAsync(
        "rsync", ["-arz", "-e", $"ssh -F none {string.Join(' ', SshOptions(key ?? Key))} -p {port.ToString(CultureInfo.InvariantCulture)}", .. places]);

    /// <summary>Waits until an instance's status says this.</summary>
    public Task<JsonNode?> AwaitMessageAsync(long id, string words) =>
        Market.AwaitAsync(id, i => i?["status_msg"]?.ToString().Contains(words, StringComparison.Ordinal) == true);

    /// <summary>A folder with files, a link and depth.</summary>
    public string MakeTree(string name)
    {
        var tree = Directory.CreateDirectory(Path.Combine(Folder, name)).FullName;
        Directory.CreateDirectory(Path.Combine(tree, "deep"));
        File.WriteAllBytes(Path.Combine(tree, "deep", "random"), System.Security.Cryptography.RandomNumberGenerator.GetBytes(500_000));
        File.WriteAllText(Path.Combine(tree, "with space"), "x");
        File.CreateSymbolicLink(Path.Combine(tree, "link"), "/etc/hostname");
        return tree;
    }

    public async Task<(long Up, long Down)> TrafficAsync(long id)
    {
        var usage = (await Market.LedgerOfAsync(id))["usage"]!;
        return ((long)usage["uploaded_bytes"]!, (long)usage["downloaded_bytes"]!);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var contract in (await Market.LedgerAsync())["contracts"]!.AsArray().Where(c => (bool)c!["alive"]!))
            await Market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{contract!["id"]}/");
        await Market.DisposeAsync();
        (await Tool.RunAsync("rm", ["-rf", Folder])).Must();
    }

    private async Task<JsonNode> MayCopyAsync(object body)
    {
        var (status, answer) = await Market.SendAsync(HttpMethod.Put, "/api/v0/commands/rsync/", body);
        status.ShouldBe(HttpStatusCode.OK, answer.ToJsonString());
        return answer;
    }

    private static Task<RunningMarket> BeginAsync(string state) =>
        RunningMarket.StartAsync(o => o with { SandboxHost = () => new BubblewrapSandboxHost(), ForwardTraffic = true }, state);

    private static string[] SshOptions(string key) =>
    [
        "-i", key, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "ConnectTimeout=120", "-o", "LogLevel=ERROR", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
    ];
}
