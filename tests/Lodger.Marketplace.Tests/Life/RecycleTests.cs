using System.Globalization;
using System.Net;

namespace Lodger.Marketplace.Tests.Life;

public sealed class RecycleTests
{
    [Fact]
    public async Task A_recycled_instance_is_fresh_and_keeps_its_contract_and_its_volume()
    {
        await using var real = await RealMarket.StartAsync();
        var offer = await real.Market.AnyOfferAsync();
        var volume = await Volumes.VolumeTests.RentVolumeAsync(real.Market, await Volumes.VolumeTests.VolumeOfferAsync(real.Market, offer), 10);
        var id = await real.RunningAsync(
            new { image = "ubuntu", disk = 10, runtype = "ssh_direc ssh_proxy", onstart = "echo run >> /workspace/runs", env = $"-v V.{volume}:/data" }, (long)offer["id"]!);
        (await real.SshAsync(id, "for i in $(seq 100); do test -e /workspace/runs && break; sleep 0.1; done; echo mine | tee /workspace/mine > /data/mine")).Must();

        (await real.Market.SendAsync(HttpMethod.Put, $"/api/v0/instances/recycle/{id}/", new { })).Status.ShouldBe(HttpStatusCode.OK);
        (await real.Market.ShowAsync(id))!["actual_status"]!.ToString().ShouldBe("loading");
        await real.Market.AwaitStatusAsync(id, "running");

        (await real.SshAsync(id, "for i in $(seq 100); do test -e /workspace/runs && break; sleep 0.1; done; cat /workspace/runs /data/mine; ls /workspace")).Must().Output.ShouldBe("run\nmine\nruns\n");
        (await real.Market.SendAsync(HttpMethod.Put, "/api/v0/instances/recycle/1/", new { })).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_proxys_port_of_a_jupyter_instance_is_one_above_the_one_that_is_shown()
    {
        await using var real = await RealMarket.StartAsync();
        var id = await real.RunningAsync(new { image = "ubuntu", disk = 10, runtype = "jupyter_direc ssh_direc ssh_proxy" });
        var shown = (await real.Market.ShowAsync(id))!;
        shown["image_runtype"]!.ToString().ShouldContain("jupyter");

        (await real.SshToAsync((int)shown["ssh_port"]! + 1, "hostname")).Must().Output.ShouldBe(string.Create(CultureInfo.InvariantCulture, $"C.{id}\n"));
    }
}
