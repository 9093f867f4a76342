using System.Net;
using Lodger.Marketplace.Tests.Sandbox;

namespace Lodger.Marketplace.Tests.Copying;

/// <summary>Copies with the real rsync, through a host's ssh server.</summary>
public sealed class CopyTests
{
    [Fact]
    public async Task A_tree_goes_in_and_comes_back_whether_the_instance_runs_or_not_and_is_metered()
    {
        await using var real = await RealMarket.StartAsync();
        var id = await real.RunningAsync();
        var tree = real.MakeTree("tree");

        (await real.CopyInAsync(tree + "/", $"C.{id}", "/workspace/not/there/yet")).Must();
        (await real.SshAsync(id, "cd /workspace/not/there/yet && wc -c < deep/random && cat 'with space' && readlink link && stat -c %u deep")).Must().Output.ShouldBe("500000\nx/etc/hostname\n0\n");
        (await real.TrafficAsync(id)).Down.ShouldBeGreaterThan(500_000);

        await real.StopAsync(id);
        var before = await real.TrafficAsync(id);
        var back = Path.Combine(real.Folder, "back");
        (await real.CopyOutAsync($"{id}", "/workspace/not/there/yet/", back)).Must();
        (await Tool.RunAsync("diff", ["-r", "--no-dereference", tree, back])).Must();
        (await real.CopyInAsync(tree, $"{id}", "/workspace/second")).Must();
        var after = await real.TrafficAsync(id);
        (after.Up - before.Up).ShouldBeInRange(500_000, 600_000, "what came out");
        (after.Down - before.Down).ShouldBeInRange(500_000, 600_000, "what went in");

        await Api.InstanceTests.Manage(real.Market, id, "running");
        await real.Market.AwaitStatusAsync(id, "running");
        (await real.SshAsync(id, "cat '/workspace/second/tree/with space'")).Must().Output.ShouldBe("x");
    }

    [Fact]
    public async Task Another_accounts_key_steps_upwards_shells_and_ssh_folders_get_nowhere()
    {
        await using var real = await RealMarket.StartAsync();
        var id = await real.RunningAsync();
        var other = await real.Market.OrderAsync("accounts", new { balance = 10 });
        using var stranger = real.Market.Client(other["api_key"]!.ToString());
        var strangersKey = Path.Combine(real.Folder, "stranger");
        await real.MakeKeyAsync(strangersKey, stranger);
        var secret = Path.Combine(real.Folder, "secret");
        await File.WriteAllTextAsync(secret, "of this machine", TestContext.Current.CancellationToken);
        (await real.SshAsync(id, $"ln -s {secret} /workspace/link; ln -s {real.Folder} /workspace/way; echo mine > /workspace/mine; ln -s /root /workspace/home")).Must();
        var tree = real.MakeTree("tree");
        var back = Path.Combine(real.Folder, "back");

        // The stranger may not ask, and at the port that somebody else asked for its key opens nothing.
        var body = new { src_id = $"C.{id}", dst_id = (string?)null, src_path = "/workspace/", dst_path = back };
        (await real.Market.SendAsync(HttpMethod.Put, "/api/v0/commands/rsync/", body, stranger)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await real.CopyOutAsync($"C.{id}", "/workspace/", back, strangersKey)).Status.ShouldNotBe(0);
        // Also when it rents on the same machine and the server knows its key.
        var machine = (await real.Market.ShowAsync(id))!["machine_id"]!;
        var offer = (await real.Market.SearchAsync(new { machine_id = new { eq = machine }, rentable = new { eq = true } })).FirstOrDefault();
        if (offer is not null)
        {
            var (status, answer) = await real.Market.SendAsync(HttpMethod.Put, $"/api/v0/asks/{offer["id"]}/", new { image = "ubuntu", disk = 10, runtype = "ssh" }, stranger);
            status.ShouldBe(HttpStatusCode.OK, answer.ToJsonString());
            (await real.CopyOutAsync($"C.{id}", "/workspace/", back, strangersKey)).Error.ShouldContain("Unknown module");
        }

        Directory.Exists(back).ShouldBeFalse();

        // Its own tenant gets links as links, and nothing from behind them.
        (await real.CopyOutAsync($"C.{id}", "/workspace/", back)).Must();
        new FileInfo(Path.Combine(back, "link")).LinkTarget.ShouldBe(secret);
        foreach (var path in (string[])["/workspace/way/secret", "/../../.." + secret])
            (await real.CopyOutByHandAsync(id, path, Path.Combine(real.Folder, "got"))).Status.ShouldNotBe(0, path);
        File.Exists(Path.Combine(real.Folder, "got")).ShouldBeFalse();

        foreach (var path in (string[])["/", "/root", "/root/", "//root/.", "/./"])
            (await real.Market.SendAsync(HttpMethod.Put, "/api/v0/commands/rsync/", new { src_id = (string?)null, dst_id = $"{id}", src_path = tree, dst_path = path })).Status.ShouldBe(HttpStatusCode.BadRequest, path);
        // Whoever leaves the question out and runs rsync at once is refused by the host.
        (await real.CopyInByHandAsync(tree + "/", id, "/workspace/home")).Status.ShouldNotBe(0);
        // The reason reaches the user, as long as ssh brings it before rsync hangs up.
        var refused = "";
        for (var tries = 0; tries < 20 && !refused.Contains("permissions that ssh needs", StringComparison.Ordinal); tries++)
        {
            var tried = await real.CopyInByHandAsync(tree + "/", id, "/root");
            tried.Status.ShouldNotBe(0);
            refused = tried.Error;
        }

        refused.ShouldContain("/root cannot be the destination of a copy: it would break the permissions that ssh needs");
        (await real.SshAsync(id, "ls /root")).Must().Output.ShouldBe("");

        (await real.HostShellAsync(id, "id")).Error.ShouldContain("copies with rsync only");
    }

    [Fact]
    public async Task A_copy_from_box_to_box_shows_its_end_in_the_status()
    {
        await using var real = await RealMarket.StartAsync();
        var source = await real.RunningAsync();
        var target = await real.RunningAsync();
        (await real.SshAsync(source, "mkdir -p /workspace/data && head -c 3000000 /dev/urandom > /workspace/data/big && sha256sum < /workspace/data/big > /workspace/data/sum && echo x > '/workspace/data/a b'")).Must();
        await real.StopAsync(source);

        (await Copy($"C.{source}", "/workspace/data/", $"{target}", "/workspace/new/place")).ShouldBe(HttpStatusCode.OK);
        await real.AwaitMessageAsync(target, "Copy Operation Finished");
        (await real.SshAsync(target, "cd /workspace/new/place && sha256sum < big | cmp - sum && cat 'a b'")).Must().Output.ShouldBe("x\n");
        (await real.TrafficAsync(source)).Up.ShouldBeGreaterThan(3_000_000);
        (await real.TrafficAsync(target)).Down.ShouldBeGreaterThan(3_000_000);

        (await Copy($"C.{source}", "/workspace/nothing", $"C.{target}", "/workspace/x")).ShouldBe(HttpStatusCode.OK);
        (await real.AwaitMessageAsync(target, "Copy Operation Failed"))!["status_msg"]!.ToString().ShouldContain("nothing");
        (await Copy($"C.{source}", "/workspace/data", $"C.{target}", "/root")).ShouldBe(HttpStatusCode.BadRequest);
        (await Copy("C.1", "/workspace/data", $"C.{target}", "/workspace/x")).ShouldBe(HttpStatusCode.NotFound);

        async Task<HttpStatusCode> Copy(string from, string fromPath, string to, string toPath) =>
            (await real.Market.SendAsync(HttpMethod.Put, "/api/v0/commands/copy_direct/", new { client_id = "me", src_id = from, dst_id = to, src_path = fromPath, dst_path = toPath })).Status;
    }
}
