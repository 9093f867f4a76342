using System.Net;

namespace Lodger.Marketplace.Tests.Life;

public sealed class RecycleTests
{
    [Fact]
    public async Task A_reboot_kills_what_runs_keeps_the_disk_and_runs_onstart_again()
    {
        await using var real = await RealMarket.StartAsync();
        var id = await real.RunningAsync(new { image = "ubuntu", disk = 10, runtype = "ssh_direc ssh_proxy", onstart = "echo run >> /workspace/runs" });
        (await real.SshAsync(id, "for i in $(seq 1000); do test -s /workspace/runs && break; sleep 0.1; done; tmux new-session -d 'sleep 600'; for i in $(seq 1000); do pgrep -x sleep && exit 0; sleep 0.1; done; exit 1")).Must();

        (await real.Market.SendAsync(HttpMethod.Put, $"/api/v0/instances/reboot/{id}/", new { })).Status.ShouldBe(HttpStatusCode.OK);
        await real.Market.AwaitStatusAsync(id, "running");

        (await real.SshAsync(id, "for i in $(seq 1000); do test $(wc -l < /workspace/runs) = 2 && break; sleep 0.1; done; cat /workspace/runs; pgrep -x -c sleep; tmux ls 2>&1")).Output.ShouldStartWith("run\nrun\n0\nno server");
    }

    [Fact]
    public async Task A_recycled_instance_is_fresh_and_keeps_its_contract_and_its_volume()
    {
        await using var real = await RealMarket.StartAsync();
        var offer = await real.Market.AnyOfferAsync();
        var volume = await Volumes.VolumeTests.RentVolumeAsync(real.Market, await Volumes.VolumeTests.VolumeOfferAsync(real.Market, offer), 10);
        var id = await real.RunningAsync(
            new { image = "ubuntu", disk = 10, runtype = "ssh_direc ssh_proxy", onstart = "echo run >> /workspace/runs", env = $"-v V.{volume}:/data" }, (long)offer["id"]!);
        (await real.SshAsync(id, "for i in $(seq 1000); do test -s /workspace/runs && break; sleep 0.1; done; echo mine | tee /workspace/mine > /data/mine")).Must();

        (await real.Market.SendAsync(HttpMethod.Put, $"/api/v0/instances/recycle/{id}/", new { })).Status.ShouldBe(HttpStatusCode.OK);
        await real.Market.AwaitStatusAsync(id, "running");

        (await real.SshAsync(id, "for i in $(seq 1000); do test -s /workspace/runs && break; sleep 0.1; done; cat /workspace/runs /data/mine; ls /workspace")).Must().Output.ShouldBe("run\nmine\nruns\n");
        (await real.Market.SendAsync(HttpMethod.Put, "/api/v0/instances/recycle/1/", new { })).Status.ShouldBe(HttpStatusCode.BadRequest);
    }
}
