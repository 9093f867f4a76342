namespace Lodger.Marketplace.Tests.Sandbox;

public sealed class LoginTests
{
    [Fact]
    public async Task The_accounts_key_opens_the_instance_as_root_under_its_own_name()
    {
        await using var instance = await TestInstance.RunningAsync();

        var seen = (await instance.SshAsync("id -u; id -un; hostname; pwd; echo $HOME $SHELL")).Must();

        seen.Output.ShouldBe($"0\nroot\nC.{instance.Spec.InstanceId}\n/root\n/root /bin/bash\n");
    }

    [Fact]
    public async Task Another_key_does_not()
    {
        await using var instance = await TestInstance.RunningAsync();
        File.Delete(instance.KeyFile);
        (await Tool.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", instance.KeyFile + "2"])).Must();
        File.Move(instance.KeyFile + "2", instance.KeyFile);

        var refused = await instance.SshAsync("true");

        refused.Status.ShouldBe(255);
        refused.Error.ShouldContain("Permission denied (publickey)");
    }

    [Fact]
    public async Task A_key_added_later_opens_a_running_and_a_stopped_instance()
    {
        await using var instance = await TestInstance.RunningAsync();
        foreach (var running in (bool[])[true, false])
        {
            File.Delete(instance.KeyFile);
            File.Delete(instance.KeyFile + ".pub");
            (await Tool.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", instance.KeyFile])).Must();
            if (!running)
                await instance.Sandbox!.KillAsync();

            var key = await File.ReadAllTextAsync(instance.KeyFile + ".pub", TestContext.Current.CancellationToken);
            await instance.Host.AddKeyAsync(instance.Spec, key, TestContext.Current.CancellationToken);

            if (!running)
                await instance.StartAsync();
            (await instance.SshAsync("true")).Must();
        }
        (await instance.SshAsync("grep -c . .ssh/authorized_keys")).Output.Trim().ShouldBe("3");
    }

    [Fact]
    public async Task An_interactive_login_lands_in_tmux()
    {
        await using var instance = await TestInstance.RunningAsync();

        // The screen is drawn, so what was typed is looked for in what it did.
        var typed = instance.SshWithoutCommandAsync("echo \"[$TMUX]\" > /workspace/where; tmux detach\n", "-tt", "-o", "SetEnv=TERM=xterm");
        (await typed).Must();

        (await instance.SshAsync("cat /workspace/where; tmux list-sessions -F '#S'")).Must().Output.ShouldMatch(@"^\[/tmp/tmux-0/default,.*\]\nssh_tmux\n$");
    }

    [Fact]
    public async Task A_file_named_no_auto_tmux_turns_that_off()
    {
        await using var instance = await TestInstance.RunningAsync();
        (await instance.SshAsync("touch ~/.no_auto_tmux")).Must();

        (await instance.SshWithoutCommandAsync("echo \"[$TMUX][$-]\" > /workspace/where; exit\n", "-tt")).Must();

        (await instance.SshAsync("cat /workspace/where")).Output.ShouldMatch(@"^\[\]\[.*i.*\]\n$");
    }

    [Fact]
    public async Task Commands_without_a_terminal_never_meet_tmux()
    {
        await using var instance = await TestInstance.RunningAsync();

        (await instance.SshAsync("echo [$TMUX]; exit 7")).ShouldBe(new Tool(7, "[]\n", ""));
        (await instance.SshWithoutCommandAsync("echo [$TMUX]\n", "-T")).Must().Output.ShouldBe("[]\n");
    }

    [Fact]
    public async Task What_a_job_needs_is_there()
    {
        await using var instance = await TestInstance.RunningAsync();

        (await instance.SshAsync("for tool in free df openssl sha256sum gzip base64 curl rsync setsid tmux; do command -v $tool >/dev/null || echo no $tool; done; free >/dev/null && df / >/dev/null"))
            .ShouldBe(new Tool(0, "", ""));
        (await instance.SshAsync("python3 -c 'import numpy, ssl; print(int(numpy.arange(4).sum()))'")).Must().Output.ShouldBe("6\n");
        (await instance.SshAsync("touch /root/a /workspace/b /tmp/c /var/d /run/e /home/f /etc/g /h && ! touch /usr/i 2>/dev/null")).Must();
    }
}
