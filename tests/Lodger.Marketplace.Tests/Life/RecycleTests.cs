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
}
