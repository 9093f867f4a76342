using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lodger.Marketplace.Sandbox;
using Lodger.Marketplace.Tests.Sandbox;

namespace Lodger.Marketplace.Tests.Life;

/// <summary>The program itself, ended with everything under way.</summary>
public sealed class KilledMarketTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lodger-killed-").FullName;
    private readonly TcpListener _silentCloud = new(IPAddress.Loopback, 0);

    private string State => Path.Combine(_folder, "state");

    private string Temporary => Path.Combine(_folder, "tmp");

    [Theory]
    [InlineData("TERM")]
    [InlineData("ABRT")]
    [InlineData("KILL")]
    public async Task Stopped_crashed_or_killed_with_copies_of_every_kind_under_way_it_leaves_nothing_and_starts_again(string signal)
    {
        await using (var host = new BubblewrapSandboxHost())
            Assert.SkipWhen(await host.FindMissingAsync(TestContext.Current.CancellationToken) is { Count: > 0 }, "this machine cannot run sandboxes");
        Directory.CreateDirectory(Temporary);
        _silentCloud.Start();
        (await Tool.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(_folder, "key")])).Must();
        long id, volume;
        using (var market = await MarketProgram.StartAsync(State, Temporary))
        {
            (id, volume) = await RentAsync(market);
            using var copy = await CopyInAsync(market, id);
            using var toCloud = await CopyToCloudAsync(market, id);
            await market.SendAsync(HttpMethod.Put, "/api/v0/commands/copy_direct/", new { src_id = $"C.{id}", dst_id = $"V.{volume}", src_path = "/workspace/", dst_path = "/copy" });
            Leftovers.Of(State).Count.ShouldBeGreaterThan(10);

            // The runtime keeps the first of these to itself and leaves the next one to the kernel.
            var status = await market.EndAsync(signal, again: signal == "ABRT");

            if (signal == "TERM") status.ShouldBe(0);
            await Leftovers.GoneAsync(State, signal == "TERM" ? TimeSpan.Zero : MarketProgram.Bound);
            (await market.AnswersAsync()).ShouldBeFalse();
            await copy.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(MarketProgram.Bound, TestContext.Current.CancellationToken);
            copy.ExitCode.ShouldNotBe(0, "the copy was cut off");
        }

        using (var market = await MarketProgram.StartAsync(State, Temporary))
        {
            await market.AwaitRunningAsync(id);
            var kept = await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/command/{id}/", new { command = "ls /data" });
            (await market.ReadAsync(kept["result_url"]!.ToString())).ShouldContain("file");
            await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{id}/");
            await market.SendAsync(HttpMethod.Delete, $"/api/v0/volumes/?id={volume}");
            (await market.EndAsync("TERM")).ShouldBe(0);
        }

        Leftovers.Of(State).ShouldBeEmpty();
        foreach (var place in (string[])["volumes", "instances"]) Directory.EnumerateFileSystemEntries(Path.Combine(State, place)).ShouldBeEmpty();
        Directory.EnumerateFileSystemEntries(Temporary).ShouldBeEmpty();
        File.Exists(Path.Combine(State, "market.json")).ShouldBeFalse();
    }

    public void Dispose()
    {
        _silentCloud.Dispose();
        using var remove = Process.Start("rm", ["-rf", _folder]);
        remove.WaitForExit();
    }

    /// <summary>An instance with all there is: a volume, a notebook, a key, a file.</summary>
    private async Task<(long Instance, long Volume)> RentAsync(MarketProgram market)
    {
        await market.SendAsync(HttpMethod.Post, "/api/v0/ssh/", new { ssh_key = await File.ReadAllTextAsync(Path.Combine(_folder, "key.pub")) });
        var offer = (await market.SendAsync(HttpMethod.Post, "/api/v0/bundles/", new { rentable = new { eq = true }, num_gpus = new { eq = 1 }, direct_port_count = new { gte = 1 } }))["offers"]![0]!;
        var space = (await market.SendAsync(HttpMethod.Post, "/api/v0/volumes/search/", new { machine_id = new { eq = offer["machine_id"] } }))["offers"]![0]!;
        var volume = long.Parse((await market.SendAsync(HttpMethod.Put, "/api/v0/volumes/", new { id = space["id"], size = 10 }))["volume_name"]!.ToString()[2..], CultureInfo.InvariantCulture);
        var id = (long)(await market.SendAsync(
            HttpMethod.Put, $"/api/v0/asks/{offer["id"]}/",
            new { image = "ubuntu", disk = 10, runtype = "jupyter_direc ssh_direc ssh_proxy", env = $"-v V.{volume}:/data", onstart = "echo kept > /data/file; head -c 50000000 /dev/zero > /workspace/big" }))["new_contract"]!;
        await market.AwaitRunningAsync(id);
        return (id, volume);
    }

    /// <summary>The real rsync through the host's ssh, at a speed at which it does not end by itself.</summary>
    private async Task<Process> CopyInAsync(MarketProgram market, long id)
    {
        var big = Path.Combine(_folder, "big");
        await using (var file = File.Create(big)) file.SetLength(100_000_000);
        var answer = await market.SendAsync(HttpMethod.Put, "/api/v0/commands/rsync/", new { src_id = (string?)null, dst_id = $"{id}", src_path = big, dst_path = "/workspace/in/" });
        var ssh = $"ssh -F none -i {_folder}/key -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -p {answer["dst_port"]}";
        var copy = Process.Start(new ProcessStartInfo("rsync", ["-a", "--whole-file", "--bwlimit=500", "-e", ssh, big, $"vastai_kaalia@127.0.0.1::{id}//workspace/in/"]) { UseShellExecute = false, RedirectStandardError = true })!;
        _ = copy.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await MarketProgram.AwaitAsync(() => market.LedgerOfAsync(id), contract => (long)contract["usage"]!["downloaded_bytes"]! > 200_000);
        return copy;
    }

    /// <summary>A cloud copy that waits for a cloud that never answers; absent without rclone.</summary>
    private async Task<TcpClient?> CopyToCloudAsync(MarketProgram market, long id)
    {
        if (!File.Exists("/usr/bin/rclone")) return null;
        var account = (await market.SendAsync(HttpMethod.Get, "/api/v0/users/current/"))["id"];
        var connection = (await market.OrderAsync($"accounts/{account}/connections", new { name = "far", cloud_type = "s3", rclone = new { type = "webdav", url = $"http://{_silentCloud.LocalEndpoint}", vendor = "other" } }))["id"];
        await market.SendAsync(HttpMethod.Post, "/api/v0/commands/rclone/", new { instance_id = $"{id}", src = "/workspace", dst = "/x", selected = $"{connection}", transfer = "Instance To Cloud", flags = Array.Empty<string>() });
        return await _silentCloud.AcceptTcpClientAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(MarketProgram.Bound, TestContext.Current.CancellationToken);
    }
}
