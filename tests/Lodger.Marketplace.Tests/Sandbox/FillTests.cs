using System.Net;

namespace Lodger.Marketplace.Tests.Sandbox;

public sealed class FillTests
{
    [Fact]
    public async Task A_disk_is_full_of_bytes_or_of_inodes_at_a_word_and_free_at_another()
    {
        await using var real = await RealMarket.StartAsync();
        var id = await real.RunningAsync();
        if (!File.Exists(Path.Combine(real.Folder, "state", "instances", $"{id}", "disk.img")))
        {
            (await real.Market.SendAsync(HttpMethod.Post, $"/control/instances/{id}/fill", new { what = "bytes" }, real.Market.Control)).Body["msg"]!.ToString().ShouldContain("no size of its own");
            return;
        }

        await FillAsync("bytes", 1_000_000);
        (await real.SshAsync(id, "head -c 5000000 /dev/zero > /workspace/file")).Error.ShouldContain("No space left on device");
        (await real.SshAsync(id, "rm /workspace/file; echo still > /workspace/small && cat /workspace/small")).Must().Output.ShouldBe("still\n");

        await real.StopAsync(id);
        await FillAsync("inodes", 2);
        await Api.InstanceTests.Manage(real.Market, id, "running");
        await real.Market.AwaitStatusAsync(id, "running");
        (await real.SshAsync(id, "for i in 1 2 3; do : > /workspace/new$i; done; df --output=avail -BM /")).Error.ShouldContain("No space left on device");

        await FillAsync("none", 0);
        (await real.SshAsync(id, "head -c 5000000 /dev/zero > /workspace/file && wc -c < /workspace/file")).Must().Output.ShouldBe("5000000\n");
        (await real.Market.SendAsync(HttpMethod.Post, $"/control/instances/{id}/fill", new { what = "soup" }, real.Market.Control)).Status.ShouldBe(HttpStatusCode.BadRequest);

        async Task FillAsync(string what, int left)
        {
            // On a busy machine a hundred thousand files take their time.
            using var patient = real.Market.Client(real.Market.Access.ControlToken);
            patient.Timeout = TimeSpan.FromMinutes(3);
            var (status, answer) = await real.Market.SendAsync(HttpMethod.Post, $"/control/instances/{id}/fill", new { what, left }, patient);
            status.ShouldBe(HttpStatusCode.OK, answer.ToJsonString());
            ((long)answer["free"]!).ShouldBeLessThan(left + 1_000_000);
        }
    }
}
