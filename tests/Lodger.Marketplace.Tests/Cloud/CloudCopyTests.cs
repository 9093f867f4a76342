using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lodger.Tests.Shared;

namespace Lodger.Marketplace.Tests.Cloud;

/// <summary>Cloud copies with the real rclone.</summary>
public sealed class CloudCopyTests
{
    [Fact]
    public async Task Results_reach_a_cloud_from_a_stopped_instance_and_come_back_to_another()
    {
        await using var real = await RealMarket.StartAsync();
        var cloud = Directory.CreateDirectory(Path.Combine(real.Folder, "cloud")).FullName;
        var connection = await ConnectAsync(real, new { name = "mine", cloud_type = "s3", directory = cloud });
        (await real.Market.GetAsync("/api/v0/users/cloud_integrations/"))[0]!.ToJsonString().ShouldBe($$"""{"id":{{connection}},"cloud_type":"s3","name":"mine"}""");
        var id = await real.RunningAsync();
        (await real.SshAsync(id, $"mkdir -p /workspace/out/deep && head -c 2000000 /dev/urandom > /workspace/out/deep/big && echo x > '/workspace/out/a b' && ln -s {real.Folder}/key /workspace/out/link")).Must();
        await real.StopAsync(id);

        var answer = await CopyAsync(real, id, "/workspace/out", "/bucket/run 1", connection, "Instance To Cloud");
        answer.Status.ShouldBe(HttpStatusCode.OK, answer.Body.ToJsonString());
        await real.AwaitMessageAsync(id, "Cloud Copy Operation Finished");
        new FileInfo(Path.Combine(cloud, "bucket", "run 1", "deep", "big")).Length.ShouldBe(2_000_000);
        File.Exists(Path.Combine(cloud, "bucket", "run 1", "link")).ShouldBeFalse("rclone leaves links out");
        (await real.TrafficAsync(id)).Up.ShouldBeGreaterThan(2_000_000);

        var second = await real.RunningAsync();
        await CopyAsync(real, second, "/bucket/run 1", "/workspace/back", connection, "Cloud To Instance");
        await real.AwaitMessageAsync(second, "Cloud Copy Operation Finished");
        (await real.SshAsync(second, "wc -c < /workspace/back/deep/big; cat '/workspace/back/a b'")).Must().Output.ShouldBe("2000000\nx\n");
        (await real.TrafficAsync(second)).Down.ShouldBeGreaterThan(2_000_000);

        // The same by "copy", which names the cloud by its kind.
        (await real.Market.SendAsync(HttpMethod.Put, "/api/v0/commands/copy_direct/", new { src_id = $"s3.{connection}", dst_id = $"C.{second}", src_path = "/bucket/run 1/deep", dst_path = "/workspace/again" })).Status.ShouldBe(HttpStatusCode.OK);
        await real.Market.AwaitAsync(second, i => real.SshAsync(second, "wc -c < /workspace/again/big").Result.Output == "2000000\n");
    }

    [Fact]
    public async Task An_S3_server_is_the_cloud_with_every_request_signed_by_the_connections_key_and_a_wrong_key_is_said()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/rclone"), "this machine has no rclone");
        await using var real = await RealMarket.StartAsync();
        await using var cloud = await S3Endpoint.StartAsync();
        var connection = await ConnectAsync(real, S3(S3Endpoint.Secret));
        var id = await real.RunningAsync();
        (await real.SshAsync(id, "mkdir -p /workspace/out/deep && head -c 2000000 /dev/urandom > /workspace/out/deep/big && echo x > '/workspace/out/a b'")).Must();
        await real.StopAsync(id);
        await CopyAsync(real, id, "/workspace/out", "/bucket/run 1", connection, "Instance To Cloud");
        await real.AwaitMessageAsync(id, "Cloud Copy Operation Finished");
        cloud.Objects.Keys.Order(StringComparer.Ordinal).ShouldBe(["bucket/run 1/a b", "bucket/run 1/deep/big"]);

        var second = await real.RunningAsync();
        await CopyAsync(real, second, "/bucket/run 1", "/workspace/back", connection, "Cloud To Instance");
        await real.AwaitMessageAsync(second, "Cloud Copy Operation Finished");
        (await real.SshAsync(second, "sha256sum < /workspace/back/deep/big")).Must().Output.Split(' ')[0]
            .ShouldBe(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(cloud.Objects["bucket/run 1/deep/big"])));
        cloud.Refused.ShouldBe(0);
        cloud.Taken.ShouldContain("PUT");

        await CopyAsync(real, second, "/workspace/back", "/bucket/run 2", await ConnectAsync(real, S3("another")), "Instance To Cloud");
        (await real.AwaitMessageAsync(second, "Cloud Copy Operation Failed"))!["status_msg"]!.ToString().ShouldContain("403");
        cloud.Objects.Count.ShouldBe(2);

        object S3(string secret) => new
        {
            name = "bucket",
            cloud_type = "s3",
            rclone = new { type = "s3", provider = "Other", endpoint = cloud.Url, access_key_id = S3Endpoint.AccessKey, secret_access_key = secret },
        };
    }

    [Fact]
    public async Task A_cloud_copy_over_the_network_can_be_watched_and_cancelled()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/rclone"), "this machine has no rclone");
        await using var real = await RealMarket.StartAsync();
        var served = Directory.CreateDirectory(Path.Combine(real.Folder, "served")).FullName;
        var port = FreePort.Next();
        using var server = Process.Start(new ProcessStartInfo("rclone", ["--config", "", "--bwlimit", "1M", "serve", "webdav", "--addr", $"127.0.0.1:{port}", served]) { UseShellExecute = false, RedirectStandardError = true })!;
        try
        {
            var connection = await ConnectAsync(real, new { name = "far", cloud_type = "drive", rclone = new { type = "webdav", url = $"http://127.0.0.1:{port}", vendor = "other" } });
            var id = await real.RunningAsync();
            (await real.SshAsync(id, "mkdir /workspace/out && head -c 100000000 /dev/zero > /workspace/out/big")).Must();
            await MarketProgram.AwaitAsync(() => AnswersAsync(port), answers => answers);

            (await CopyAsync(real, id, "/workspace/out", "/run", connection, "Instance To Cloud")).Status.ShouldBe(HttpStatusCode.OK);
            await real.AwaitMessageAsync(id, "of 100.0 MB");
            (await real.Market.SendAsync(HttpMethod.Delete, "/api/v0/commands/rclone/", new { client_id = "me", dst_id = $"{id}" })).Status.ShouldBe(HttpStatusCode.OK);
            await real.AwaitMessageAsync(id, "Canceled");
        }
        finally
        {
            server.Kill();
        }
    }

    [Fact]
    public async Task What_cannot_be_copied_is_refused_with_the_reason()
    {
        await using var market = await RunningMarket.StartAsync();
        var id = await market.RentAsync();
        await market.AwaitStatusAsync(id, "running");
        var other = await market.OrderAsync("accounts", new { balance = 10 });
        var theirs = (long)(await market.OrderAsync($"accounts/{other["id"]}/connections", new { directory = market.Directory }))["id"]!;
        (await market.GetAsync("/api/v0/users/cloud_integrations/")).AsArray().ShouldBeEmpty("connections are their account's alone");

        (await Refused(theirs, "Instance To Cloud", [])).ShouldContain("No such cloud connection");
        (await Refused(theirs, "Sideways", [])).ShouldContain("transfer must be");
        (await Refused(theirs, "Instance To Cloud", ["--config=/etc/passwd"])).ShouldContain("is not one of");
        (await Refused(theirs, "Cloud To Instance", [], "/root")).ShouldContain("permissions");
        (await Refused(theirs, "Cloud To Instance", [], "/workspace/../../x")).ShouldContain("Invalid path");
        (await market.SendAsync(HttpMethod.Post, $"/control/accounts/{other["id"]}/connections", new { cloud_type = "s3" }, market.Control)).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await market.SendAsync(HttpMethod.Post, $"/control/accounts/{other["id"]}/connections", new { directory = "/tmp" })).Status.ShouldBe(HttpStatusCode.Unauthorized);

        async Task<string> Refused(long connection, string transfer, string[] flags, string dst = "/workspace")
        {
            var (status, answer) = await market.SendAsync(HttpMethod.Post, "/api/v0/commands/rclone/", new { instance_id = $"{id}", src = "/x", dst, selected = $"{connection}", transfer, flags });
            status.ShouldBe(HttpStatusCode.BadRequest);
            return answer["msg"]!.ToString();
        }
    }

    private static async Task<long> ConnectAsync(RealMarket real, object connection)
    {
        var account = (await real.Market.LedgerAsync())["accounts"]![0]!["id"]!;
        return (long)(await real.Market.OrderAsync($"accounts/{account}/connections", connection))["id"]!;
    }

    private static Task<(HttpStatusCode Status, System.Text.Json.Nodes.JsonNode Body)> CopyAsync(RealMarket real, long id, string src, string dst, long connection, string transfer) =>
        real.Market.SendAsync(HttpMethod.Post, "/api/v0/commands/rclone/", new { instance_id = id.ToString(CultureInfo.InvariantCulture), src, dst, selected = connection.ToString(CultureInfo.InvariantCulture), transfer, flags = Array.Empty<string>() });

    private static async Task<bool> AnswersAsync(int port)
    {
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
