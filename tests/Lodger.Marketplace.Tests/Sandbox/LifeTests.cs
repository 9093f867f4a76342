using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Lodger.Marketplace.Tests.Sandbox;

public sealed class LifeTests
{
    [Fact]
    public async Task Onstart_runs_once_at_each_start_and_its_output_is_the_containers_log()
    {
        await using var instance = await TestInstance.RunningAsync("echo run >> /workspace/runs; echo to-stdout; echo to-stderr >&2");
        await instance.LogUntilAsync("to-stderr");
        await instance.Sandbox!.KillAsync();
        await instance.StartAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while ((await instance.ExecuteAsync("grep -c run /workspace/runs")).Trim() != "2")
            limit.IsCancellationRequested.ShouldBeFalse();

        (await instance.LogUntilAsync("to-stdout")).ShouldContain("Server listening");
    }

    [Fact]
    public async Task A_kill_keeps_the_disk_and_the_host_key()
    {
        await using var instance = await TestInstance.RunningAsync();
        (await instance.SshAsync("echo kept > /workspace/file; cp /workspace/file /root/file")).Must();

        await instance.Sandbox!.KillAsync();
        (await instance.SshAsync("true")).Status.ShouldBe(255);
        await instance.StartAsync();

        // With another host key ssh would refuse: the first contact pinned it.
        (await instance.SshAsync("cat /workspace/file /root/file")).Must().Output.ShouldBe("kept\nkept\n");
    }

    [Fact]
    public async Task Two_instances_have_different_host_keys()
    {
        await using var one = await TestInstance.CreateAsync();
        await using var other = await TestInstance.CreateAsync();

        var key = await one.ExecuteAsync("cat /etc/ssh/ssh_host_ed25519_key.pub");
        key.ShouldStartWith("ssh-ed25519 ");
        (await other.ExecuteAsync("cat /etc/ssh/ssh_host_ed25519_key.pub")).ShouldNotBe(key);
    }

    [Fact]
    public async Task Stubborn_and_detached_processes_die_with_the_sandbox()
    {
        await using var instance = await TestInstance.RunningAsync();
        var marker = Guid.NewGuid().ToString("N");
        (await instance.SshAsync(
            $"""
            setsid bash -c 'trap "" TERM HUP INT; exec -a {marker}-a sleep 600' >/dev/null 2>&1 </dev/null &
            (setsid bash -c '(exec -a {marker}-b sleep 600) & exit' >/dev/null 2>&1 </dev/null &)
            tmux new-session -d "exec -a {marker}-c sleep 600"
            nohup bash -c 'exec -a {marker}-d sleep 600' >/dev/null 2>&1 </dev/null &
            """)).Must();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (Processes(marker).Count < 4)
        {
            limit.IsCancellationRequested.ShouldBeFalse(string.Join('\n', Processes(marker)));
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        await instance.Sandbox!.KillAsync();

        Processes(marker).ShouldBeEmpty();
        instance.Sandbox.Exited.IsCompleted.ShouldBeTrue();
        (await File.ReadAllTextAsync("/proc/self/mountinfo", TestContext.Current.CancellationToken)).ShouldNotContain(instance.Folder);
    }

    [Fact]
    public async Task Exited_tells_when_the_instance_ends_by_itself()
    {
        await using var instance = await TestInstance.RunningAsync();
        instance.Sandbox!.Exited.IsCompleted.ShouldBeFalse();

        // From inside, init heeds only what it has a handler for; tini passes TERM on.
        await instance.SshAsync("kill -TERM 1; sleep 1; kill $(pgrep -o -x sshd)");

        await instance.Sandbox.Exited.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        await instance.StartAsync();
        (await instance.SshAsync("true")).Must();
    }

    [Fact]
    public async Task A_port_that_somebody_takes_just_before_the_ssh_server_is_given_up_for_another()
    {
        await using var instance = await TestInstance.CreateAsync();
        var config = Path.Combine(instance.Spec.DiskDirectory, "guest", "sshd_config");
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        for (var taken = 0; taken == 0;)
        {
            limit.IsCancellationRequested.ShouldBeFalse("the ssh server came first each time");
            File.Delete(config);
            var start = instance.StartAsync();
            using var somebody = await TakePortAsync(config, start);
            await start;
            taken = somebody is null ? 0 : ((IPEndPoint)somebody.LocalEndpoint).Port;
            instance.SshPort.ShouldNotBe(taken);
            (await instance.SshAsync("true")).Must();
            await instance.Sandbox!.KillAsync();
        }
    }

    [Fact]
    public async Task Killing_twice_and_deleting_while_it_runs_are_fine()
    {
        await using var instance = await TestInstance.RunningAsync();
        await Task.WhenAll(instance.Sandbox!.KillAsync(), instance.Sandbox.KillAsync());
        await instance.StartAsync();

        await instance.Host.DeleteDiskAsync(instance.Spec, TestContext.Current.CancellationToken);

        instance.Sandbox.Exited.IsCompleted.ShouldBeTrue();
        Directory.Exists(instance.Spec.DiskDirectory).ShouldBeFalse();
    }

    [Fact]
    public async Task Twenty_at_once_start()
    {
        var instances = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => TestInstance.CreateAsync()));
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(instances.Select(instance => instance.StartAsync()));
        TestContext.Current.TestOutputHelper?.WriteLine($"20 starts to banner: {clock.ElapsedMilliseconds} ms");

        instances.Select(instance => instance.Sandbox!.SshPort).Distinct().Count().ShouldBe(20);
        (await instances[19].SshAsync("hostname")).Output.ShouldBe($"C.{instances[19].Spec.InstanceId}\n");

        await Task.WhenAll(instances.Select(instance => instance.DisposeAsync().AsTask()));
    }

    /// <summary>Listens on the port that a start has chosen; null when the ssh server does already.</summary>
    private static async Task<TcpListener?> TakePortAsync(string config, Task start)
    {
        while (!File.Exists(config) && !start.IsCompleted) await Task.Delay(1, TestContext.Current.CancellationToken);
        var chosen = (await File.ReadAllLinesAsync(config, TestContext.Current.CancellationToken)).Single(line => line.StartsWith("Port ", StringComparison.Ordinal));
        var listener = new TcpListener(IPAddress.Loopback, int.Parse(chosen.AsSpan("Port ".Length), CultureInfo.InvariantCulture));
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }

    private static List<string> Processes(string marker) =>
    [
        .. Directory.EnumerateDirectories("/proc").Select(CommandLine).Where(line => line.StartsWith(marker, StringComparison.Ordinal)),
    ];

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (IOException)
        {
            return "";
        }
        catch (UnauthorizedAccessException)
        {
            return "";
        }
    }
}
