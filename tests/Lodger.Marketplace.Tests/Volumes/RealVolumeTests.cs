using System.Globalization;
using System.Net;

namespace Lodger.Marketplace.Tests.Volumes;

/// <summary>Volumes as disks.</summary>
public sealed class RealVolumeTests
{
    [Fact]
    public async Task A_volume_outlives_its_instance_and_the_market_and_two_instances_share_it()
    {
        await using var real = await RealMarket.StartAsync();
        var offer = await real.Market.AnyOfferAsync();
        var volume = await VolumeTests.RentVolumeAsync(real.Market, await VolumeTests.VolumeOfferAsync(real.Market, offer), 12);
        var first = await real.RunningAsync(new { image = "ubuntu", disk = 10, runtype = "ssh_direc ssh_proxy", env = $"-v V.{volume}:/workspace/data -e A=b" }, (long)offer["id"]!);
        (await real.SshAsync(first, "mountpoint -q /workspace/data && echo kept > /workspace/data/file && stat -c %u /workspace/data/file")).Must().Output.ShouldBe("0\n");
        var sized = (await real.SshAsync(first, "df --output=size -BG /workspace/data | tail -1; df --output=size -BG / | tail -1")).Must().Output;
        if (Environment.IsPrivilegedProcess && File.Exists(Path.Combine(VolumeFolder(real, volume), "disk.img"))) sized.Split('\n')[0].Trim().ShouldBe("12G");

        var others = await real.Market.SearchAsync(new { machine_id = new { eq = offer["machine_id"] }, rentable = new { eq = true } });
        if (others.Count > 0)
        {
            var second = await real.RunningAsync(new { image = "ubuntu", disk = 10, runtype = "ssh_direc ssh_proxy", volume_info = new { create_new = false, volume_id = volume, mount_path = "/shared" } }, (long)others[0]!["id"]!);
            (await real.SshAsync(second, "cat /shared/file; echo too > /shared/second")).Must().Output.ShouldBe("kept\n");
            (await real.SshAsync(first, "cat /workspace/data/second")).Must().Output.ShouldBe("too\n");
            await real.Market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{second}/");
        }

        await real.Market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{first}/");
        await real.RestartAsync();
        var third = await real.RunningAsync(new { image = "ubuntu", disk = 10, runtype = "ssh_direc ssh_proxy", env = new Dictionary<string, string> { [$"-v V.{volume}:/mnt"] = "1" } }, (long)offer["id"]!);
        (await real.SshAsync(third, "cat /mnt/file")).Must().Output.ShouldBe("kept\n");

        // Copies from and to a volume by itself; what a copy writes is there for whoever has it mounted.
        (await Copy($"V.{volume}", "/file", $"C.{third}", "/workspace/from-volume/")).ShouldBe(HttpStatusCode.OK);
        await real.AwaitMessageAsync(third, "Copy Operation Finished");
        (await real.SshAsync(third, "cat /workspace/from-volume/file && echo new > /workspace/new")).Must().Output.ShouldBe("kept\n");
        (await Copy($"C.{third}", "/workspace/new", $"V.{volume}", "/deep/down/")).ShouldBe(HttpStatusCode.OK);
        await real.Market.AwaitAsync(third, i => real.SshAsync(third, "cat /mnt/deep/down/new").Result.Output == "new\n");
        (await Copy($"V.{volume}", "/file", "local", "/tmp/x")).ShouldBe(HttpStatusCode.BadRequest);

        await real.Market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{third}/");
        (await real.Market.SendAsync(HttpMethod.Delete, $"/api/v0/volumes/?id={volume}")).Status.ShouldBe(HttpStatusCode.OK);
        Directory.Exists(VolumeFolder(real, volume)).ShouldBeFalse();

        async Task<HttpStatusCode> Copy(string from, string fromPath, string to, string toPath) =>
            (await real.Market.SendAsync(HttpMethod.Put, "/api/v0/commands/copy_direct/", new { src_id = from, dst_id = to, src_path = fromPath, dst_path = toPath })).Status;
    }

    [Fact]
    public async Task A_volume_is_not_mounted_where_a_tenants_link_points()
    {
        await using var real = await RealMarket.StartAsync();
        var offer = await real.Market.AnyOfferAsync();
        var volume = await VolumeTests.RentVolumeAsync(real.Market, await VolumeTests.VolumeOfferAsync(real.Market, offer), 10);
        var id = await real.RunningAsync(new { image = "ubuntu", disk = 10, runtype = "ssh_direc ssh_proxy", env = $"-v V.{volume}:/workspace/data/deep" }, (long)offer["id"]!);
        (await real.SshAsync(id, "mv /workspace/data /workspace/old && ln -s /oldroot/tmp /workspace/data")).Must();

        await real.StopAsync(id);
        await Api.InstanceTests.Manage(real.Market, id, "running");

        (await real.Market.AwaitStatusAsync(id, "created"))["status_msg"]!.ToString().ShouldContain("symbolic link");
    }

    private static string VolumeFolder(RealMarket real, long volume) => Path.Combine(real.Folder, "state", "volumes", volume.ToString(CultureInfo.InvariantCulture));
}
