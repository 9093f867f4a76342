using System.Diagnostics;
using System.Globalization;
using System.Net;
using Lodger.Marketplace.Sandbox;
using Lodger.Marketplace.Tests.Sandbox;

namespace Lodger.Marketplace.Tests.Life;

/// <summary>The market over its API with real sandboxes and a real ssh client.</summary>
public sealed class RealInstanceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lodger-real-").FullName;
    private string Key => Path.Combine(_folder, "key");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_rental_is_lived_in_over_ssh_metered_stopped_started_and_destroyed()
    {
        await using var market = await StartAsync();
        var id = await market.RentAsync(new { image = "ubuntu", disk = 10, runtype = "ssh_direc ssh_proxy", env = new Dictionary<string, string> { ["GREETING"] = "hello there", ["-p 8081:8081"] = "1" }, onstart = "env >> /etc/environment; echo run >> /workspace/runs" });
        var running = await market.AwaitStatusAsync(id, "running");

        (await SshAsync(Direct(running), "for i in $(seq 1000); do test -s /workspace/runs && break; sleep 0.1; done; hostname; nvidia-smi -L; grep -c -x 'GREETING=hello there' /etc/environment")).Must().Output.ShouldMatch($@"^C\.{id}\nGPU 0: .*4090.*\n1\n$");
        (await SshAsync(Direct(running), "cat > /workspace/data; wc -c < /workspace/data", new string('x', 3_000_000))).Must().Output.Trim().ShouldBe("3000000");
        (await SshAsync((int)running["ssh_port"]!, "cat /workspace/data")).Must().Output.Length.ShouldBe(3_000_000);
        var usage = (await market.LedgerOfAsync(id))["usage"]!;
        ((long)usage["downloaded_bytes"]!).ShouldBeInRange(3_000_000, 3_200_000, "what went in over the direct port");
        ((long)usage["uploaded_bytes"]!).ShouldBeInRange(3_000_000, 3_200_000, "what came out over the proxy");

        // The box stops itself with its own key, found where the platform puts it.
        await SshAsync(Direct(running), "set -a; . /etc/environment; curl -s -m 120 -X PUT -H \"Authorization: Bearer $CONTAINER_API_KEY\" -d '{\"state\":\"stopped\"}' $VAST_URL/api/v0/instances/$CONTAINER_ID/");
        await market.AwaitAsync(id, i => i!["intended_status"]!.ToString() == "stopped");
        (await SshAsync(Direct(running), "true")).Status.ShouldBe(255);
        (await SshAsync((int)running["ssh_port"]!, "true")).Status.ShouldBe(255);

        await Api.InstanceTests.Manage(market, id, "running");
        var again = await market.AwaitStatusAsync(id, "running");
        (await SshAsync(Direct(again), "for i in $(seq 1000); do test $(wc -l < /workspace/runs) = 2 && break; sleep 0.1; done; wc -c < /workspace/data; wc -l < /workspace/runs")).Must().Output.ShouldBe("3000000\n2\n");

        var disk = Path.Combine(market.Directory, "instances", id.ToString(CultureInfo.InvariantCulture));
        Directory.Exists(disk).ShouldBeTrue();
        (await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{id}/")).Status.ShouldBe(HttpStatusCode.OK);
        var since = Stopwatch.GetTimestamp();
        while (Directory.Exists(disk) && Stopwatch.GetElapsedTime(since) < TimeSpan.FromMinutes(3)) await Task.Delay(10, TestContext.Current.CancellationToken);
        Directory.Exists(disk).ShouldBeFalse();
    }

    [Fact]
    public async Task An_instance_is_outbid_in_the_middle_of_a_write_which_stays_as_it_was()
    {
        await using var market = await StartAsync();
        // What is written to all the time elsewhere is none of it; what is written here is seldom open.
        const string Onstart = """
            mkdir -p /workspace/ckpt
            (while :; do echo noise; sleep 0.01; done) >/workspace/log &
            while :; do head -c 300000 /dev/zero >/workspace/ckpt/last.tmp; mv /workspace/ckpt/last.tmp /workspace/ckpt/last; sleep 0.1; done &
            """;
        var id = await market.RentAsync(new { image = "ubuntu", disk = 10, runtype = "ssh_direc ssh_proxy", price = 1, onstart = Onstart });
        await market.AwaitStatusAsync(id, "running");

        var caught = await market.OrderAsync($"instances/{id}/outbid_in_write", new { below = "/workspace/ckpt", within_seconds = 60 });

        caught["path"]!.ToString().ShouldBe("/workspace/ckpt/last.tmp");
        await market.AwaitAsync(id, i => i!["cur_state"]!.ToString() == "stopped" && i["intended_status"]!.ToString() == "stopped");
        await market.OrderAsync($"instances/{id}/stop", new { cause = "outbid" });
        var listed = await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/command/{id}/", new { command = "ls -l /workspace/ckpt/last.tmp" });
        listed.Status.ShouldBe(HttpStatusCode.OK);

        // More than the rival bids, who may hold the same machine.
        var quiet = await market.RentAsync(new { image = "ubuntu", disk = 10, runtype = "ssh_direc ssh_proxy", price = 3 });
        await market.AwaitStatusAsync(quiet, "running");
        var refused = await market.SendAsync(HttpMethod.Post, $"/control/instances/{quiet}/outbid_in_write", new { within_seconds = 0.5 }, market.Control);
        refused.Status.ShouldBe(HttpStatusCode.Conflict);
        (await market.ShowAsync(quiet))!["actual_status"]!.ToString().ShouldBe("running");
        (await market.SendAsync(HttpMethod.Post, $"/control/instances/{quiet}/outbid_in_write", new { below = "../etc" }, market.Control)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_end_of_the_market_is_the_end_of_its_sandboxes_and_a_new_one_boots_them_again()
    {
        var state = Path.Combine(_folder, "state");
        long id;
        await using (var market = await StartAsync(state))
        {
            await market.OrderAsync("creates", new { boot = "no_gpu" });
            id = await market.RentAsync();
            var running = await market.AwaitStatusAsync(id, "running");
            (await SshAsync(Direct(running), "echo kept > /workspace/file; nvidia-smi")).Status.ShouldNotBe(0, "its GPU is not attached");
            await market.StopAsync();
            (await SshAsync(Direct(running), "true")).Status.ShouldBe(255);
        }

        await using var after = await StartAsync(state);
        var booted = await after.AwaitStatusAsync(id, "running");
        (await SshAsync(Direct(booted), "cat /workspace/file")).Must().Output.ShouldBe("kept\n");
        await after.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{id}/");
    }

    [Fact]
    public async Task Lines_can_be_cut_and_slowed_and_keys_can_come_late()
    {
        await using var market = await StartAsync();
        await market.OrderAsync("creates", new { key_delay_seconds = 600 });
        var late = await market.RentAsync(new { image = "ubuntu", disk = 10, runtype = "ssh_direc ssh_proxy" });
        (await SshAsync(Direct(await market.AwaitStatusAsync(late, "running")), "true")).Status.ShouldBe(255, "its key is not there yet");
        await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{late}/");
        await market.OrderAsync("creates", new { key_delay_seconds = 0.5 });
        var id = await market.RentAsync(new { image = "ubuntu", disk = 10, runtype = "ssh_direc ssh_proxy" });
        var running = await market.AwaitStatusAsync(id, "running");
        var (direct, proxy) = (Direct(running), (int)running["ssh_port"]!);
        for (var i = 0; i < 200 && (await SshAsync(direct, "true")).Status != 0; i++) await Task.Delay(100, TestContext.Current.CancellationToken);
        (await SshAsync(direct, "echo in")).Must().Output.ShouldBe("in\n");

        await market.OrderAsync($"instances/{id}/direct", new { line = "cut" });
        (await SshAsync(direct, "true")).Status.ShouldBe(255);
        (await SshAsync(proxy, "echo through the proxy")).Must();
        await market.OrderAsync($"instances/{id}/proxy", new { line = "cut" });
        (await SshAsync(proxy, "true")).Status.ShouldBe(255);
        await market.OrderAsync($"instances/{id}/direct", new { line = "slow", bytes_per_second = 100_000 });
        var clock = System.Diagnostics.Stopwatch.StartNew();
        (await SshAsync(direct, "head -c 300000 /dev/zero")).Must().Output.Length.ShouldBe(300_000);
        clock.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(1.5), "300 kB at 100 kB a second, less the burst");
        await market.OrderAsync($"instances/{id}/direct", new { line = "ok" });
        await market.OrderAsync($"instances/{id}/proxy", new { line = "ok" });
        (await SshAsync(direct, "true")).Must();
        (await SshAsync(proxy, "true")).Must();
        await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{id}/");
    }

    private async Task<RunningMarket> StartAsync(string? state = null)
    {
        Assert.SkipWhen(await Missing() is { Count: > 0 } missing, "this machine cannot run sandboxes");
        if (!File.Exists(Key)) (await Tool.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", Key])).Must();
        var market = await RunningMarket.StartAsync(o => o with { SandboxHost = () => new BubblewrapSandboxHost(), ForwardTraffic = true }, state);
        await market.SendAsync(HttpMethod.Post, "/api/v0/ssh/", new { ssh_key = await File.ReadAllTextAsync(Key + ".pub", TestContext.Current.CancellationToken) });
        return market;

        static async Task<IReadOnlyList<string>> Missing()
        {
            await using var host = new BubblewrapSandboxHost();
            return await host.FindMissingAsync(TestContext.Current.CancellationToken);
        }
    }

    private static int Direct(System.Text.Json.Nodes.JsonNode instance) => int.Parse(instance["ports"]!["22/tcp"]![0]!["HostPort"]!.ToString(), CultureInfo.InvariantCulture);

    private Task<Tool> SshAsync(int port, string command, string input = "") => Tool.RunAsync(
        "ssh",
        ["-F", "none", "-i", Key, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "ConnectTimeout=120", "-o", "LogLevel=ERROR", "-o", "StrictHostKeyChecking=no",
            "-o", "UserKnownHostsFile=/dev/null", "-p", port.ToString(CultureInfo.InvariantCulture), "root@127.0.0.1", command],
        input);
}
