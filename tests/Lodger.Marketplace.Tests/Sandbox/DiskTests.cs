using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Tests.Sandbox;

public sealed class DiskTests
{
    [Fact]
    public async Task Commands_run_on_the_disk_of_a_stopped_and_of_a_running_instance()
    {
        await using var instance = await TestInstance.CreateAsync();

        (await instance.ExecuteAsync("echo stopped > /workspace/a; cat /workspace/a; id -u; hostname; echo err >&2"))
            .ShouldBe($"stopped\n0\nC.{instance.Spec.InstanceId}\nerr\n");
        await instance.StartAsync();
        (await instance.ExecuteAsync("cat /workspace/a; echo running > /workspace/b")).ShouldBe("stopped\n");
        (await instance.SshAsync("cat /workspace/b")).Output.ShouldBe("running\n");
    }

    [Fact]
    public async Task A_command_that_says_too_much_is_cut()
    {
        await using var instance = await TestInstance.CreateAsync();

        var said = await instance.ExecuteAsync("yes");

        said.Length.ShouldBeInRange(1 << 20, (1 << 20) + 100);
        said.ShouldEndWith("[output cut after 1 MiB]\n");
    }

    [Fact]
    public async Task A_command_that_a_kill_interrupts_runs_on_the_stopped_disk_instead()
    {
        await using var instance = await TestInstance.RunningAsync();
        // Hangs as long as the instance runs.
        (await instance.SshAsync("mkfifo /run/alive; (sleep 600 > /run/alive) </dev/null >/dev/null 2>&1 &")).Must();
        var command = instance.ExecuteAsync("echo began >> /workspace/began; test $(wc -l < /workspace/began) = 2 || cat /run/alive; echo ended");
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while ((await instance.SshAsync("test -s /workspace/began")).Status != 0)
            limit.IsCancellationRequested.ShouldBeFalse();

        await instance.Sandbox!.KillAsync().WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);

        (await command).ShouldBe("ended\n");
    }

    [Fact]
    public async Task Kills_starts_and_commands_that_race_all_succeed()
    {
        await using var instance = await TestInstance.CreateAsync();
        for (var round = 0; round < 6; round++)
        {
            await instance.StartAsync();
            var commands = Enumerable.Range(0, 3).Select(_ => instance.ExecuteAsync("echo there")).ToList();
            if (round % 2 == 0)
                await Task.WhenAny(commands);
            await instance.Sandbox!.KillAsync();
            (await Task.WhenAll(commands)).ShouldAllBe(said => said == "there\n");
        }
    }

    [Fact]
    public async Task Hostile_links_lead_nowhere_but_into_the_sandbox()
    {
        await using var instance = await TestInstance.RunningAsync();
        var outside = Path.Combine(instance.Folder, "outside");
        Directory.CreateDirectory(outside);
        (await instance.SshAsync(
            $"""
            rm -rf /root/.ssh/authorized_keys /run/sshd /workspace
            ln -s {outside}/keys /root/.ssh/authorized_keys
            ln -s {outside} /run/sshd
            ln -s / /workspace
            mv /opt /opt2; ln -s /oldroot{outside} /opt
            for top in usr bin sbin lib proc dev sys .lodger; do mv /$top /moved-$top 2>/dev/null && echo moved $top; rmdir /$top 2>/dev/null && echo removed $top; done
            true
            """)).Must().Output.ShouldBe("");
        await instance.Sandbox!.KillAsync();

        await Should.ThrowAsync<SandboxException>(() => instance.Host.AddKeyAsync(instance.Spec, "ssh-ed25519 AAAA x", TestContext.Current.CancellationToken));
        (await instance.ExecuteAsync($"cat {outside}/../key; rm -rf --no-preserve-root {outside} /workspace/etc/hostname; echo done")).ShouldEndWith("done\n");

        File.Exists("/etc/hostname").ShouldBeTrue();
        Directory.EnumerateFileSystemEntries(outside).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_tenant_cannot_change_the_host()
    {
        await using var instance = await TestInstance.RunningAsync();

        var tried = await instance.SshAsync(
            "(echo 1 > /proc/sys/kernel/printk) 2>&1; (echo x > /usr/bin/x) 2>&1; (echo x > /.lodger/shell) 2>&1; mknod /d b 7 0 2>&1; (echo h > /proc/sysrq-trigger) 2>&1; mount -t tmpfs none /mnt 2>&1; ls /work /tmp/lodger-box* 2>/dev/null; ls -d /proc/[0-9]* | wc -l");

        var lines = tried.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBeGreaterThanOrEqualTo(7, tried.Output);
        lines[0].ShouldContain("/proc/sys/kernel/printk: ");
        int.Parse(lines[^1]).ShouldBeLessThan(20);
    }

    [Fact]
    public async Task A_full_disk_says_so_and_the_instance_still_starts()
    {
        await using var instance = await TestInstance.RunningAsync(diskGb: 1);
        Assert.SkipUnless(instance.Host.DisksAreCapped, "Only root with loop devices gets disks of the rented size.");

        (await instance.SshAsync("df --output=size -BM / | tail -1")).Output.Trim().ShouldMatch("^(9[0-9]{2}|10[0-2][0-9])M$");
        var full = await instance.SshAsync("fallocate -l 900M /workspace/big; for i in 1 2 3; do dd if=/dev/zero bs=4k status=none >> /workspace/rest; sync; done; exit 1");
        full.Status.ShouldBe(1);
        full.Error.ShouldContain("No space left on device");
        await instance.Sandbox!.KillAsync();
        var failed = await Should.ThrowAsync<SandboxException>(
            () => instance.Host.AddKeyAsync(instance.Spec, "ssh-ed25519 " + new string('A', 5000), TestContext.Current.CancellationToken));
        failed.Message.ShouldContain("No space left on device");

        await instance.StartAsync();
        (await instance.SshAsync("rm /workspace/rest && echo x > /workspace/small")).Must();
    }

    [Fact]
    public async Task A_disk_is_made_once_and_deleted_for_good()
    {
        await using var instance = await TestInstance.CreateAsync();
        await instance.ExecuteAsync("mkdir -p /workspace/locked/in && chmod 000 /workspace/locked");

        (await Should.ThrowAsync<SandboxException>(() => instance.Host.CreateDiskAsync(instance.Spec, TestContext.Current.CancellationToken)))
            .Message.ShouldContain("already holds");
        (await instance.ExecuteAsync("echo there")).ShouldBe("there\n");
        await instance.Host.DeleteDiskAsync(instance.Spec, TestContext.Current.CancellationToken);
        await instance.Host.DeleteDiskAsync(instance.Spec, TestContext.Current.CancellationToken);

        Directory.Exists(instance.Spec.DiskDirectory).ShouldBeFalse();
        (await Should.ThrowAsync<SandboxException>(() => instance.StartAsync())).Message.ShouldContain("has no disk");
    }
}
