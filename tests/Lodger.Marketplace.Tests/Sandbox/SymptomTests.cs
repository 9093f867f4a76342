using System.Globalization;

namespace Lodger.Marketplace.Tests.Sandbox;

public sealed class SymptomTests
{
    private const string Look = "nvidia-smi --query-gpu=memory.used,utilization.gpu --format=csv,noheader,nounits; cat /sys/fs/cgroup/memory.max; sed -n 's/^oom_kill //p' /sys/fs/cgroup/memory.events";

    [Fact]
    public async Task A_container_sees_what_is_wrong_with_its_machine_and_that_it_is_well_again()
    {
        await using var real = await RealMarket.StartAsync();
        var id = await real.RunningAsync();
        (await real.SshAsync(id, Look)).Must().Output.ShouldBe("1, 0\nmax\n0\n");

        await real.Market.OrderAsync($"instances/{id}/symptoms", new { gpu_memory_used_mb = 20_000, gpu_busy_percent = 7, clock_ahead_seconds = -420, memory_limit_bytes = 16_000_000_000, memory_used_bytes = 15_900_000_000, oom_kills = 2 });
        (await real.SshAsync(id, Look)).Must().Output.ShouldBe("20000, 7\n16000000000\n2\n");
        (await real.SshAsync(id, "nvidia-smi | grep -c '20000MiB.*  7%'; cat /sys/fs/cgroup/memory.stat")).Must().Output.ShouldBe("1\nanon 15900000000\n");
        await SecondsBehindAsync(300, 500);
        (await real.SshAsync(id, "date -u -d @86400 +%F; date -u -r /etc/hostname +%s >/dev/null && echo file")).Must().Output.ShouldBe("1970-01-02\nfile\n", "a time that is given is what it is");

        // It stays so over a restart, and does not care for what else is done on the disk.
        await real.StopAsync(id);
        await Api.InstanceTests.Manage(real.Market, id, "running");
        await real.Market.AwaitStatusAsync(id, "running");
        await real.Market.SendAsync(HttpMethod.Post, $"/control/instances/{id}/fill", new { what = "none" }, real.Market.Control);
        (await real.SshAsync(id, Look)).Must().Output.ShouldBe("20000, 7\n16000000000\n2\n");

        await real.Market.OrderAsync($"instances/{id}/symptoms", new { });
        (await real.SshAsync(id, Look)).Must().Output.ShouldBe("1, 0\nmax\n0\n");
        await SecondsBehindAsync(-60, 60);

        async Task SecondsBehindAsync(int least, int most)
        {
            var there = long.Parse((await real.SshAsync(id, "date +%s")).Must().Output, CultureInfo.InvariantCulture);
            (DateTimeOffset.UtcNow.ToUnixTimeSeconds() - there).ShouldBeInRange(least, most);
        }
    }
}
