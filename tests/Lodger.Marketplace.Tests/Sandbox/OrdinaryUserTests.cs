using System.Globalization;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Tests.Sandbox;

/// <summary>The same instances, built without root's rights. As an ordinary user the other tests show this as well; these show it to root.</summary>
public sealed class OrdinaryUserTests
{
    private const string Uid = "65534";

    [Fact]
    public async Task The_tenant_is_root_in_his_own_eyes_and_the_environment_rules_hold()
    {
        await using var instance = await TestInstance.PlanAsync(
            "echo \"$GIVEN:$(id -u)\" > /workspace/seen; env | grep ^GIVEN= >> /etc/environment; touch /workspace/done",
            new Dictionary<string, string> { ["GIVEN"] = "yes" });
        using var owner = await StartAsync(instance);
        (await instance.SshAsync("for i in $(seq 1000); do test -e /workspace/done && exit; sleep 0.1; done; exit 1")).Must();

        (await instance.SshAsync("id -u; id -un; hostname; cat /workspace/seen; echo $GIVEN; chown 0:0 /workspace/seen && nvidia-smi -L | grep -c GPU"))
            .ShouldBe(new Tool(0, $"0\nroot\nC.{instance.Spec.InstanceId}\nyes:0\nyes\n1\n", ""));
        (await instance.SshAsync("python3 -c 'import numpy'; free >/dev/null; df / >/dev/null; echo x | openssl dgst -sha256 >/dev/null")).Must();
    }

    [Fact]
    public async Task Rsync_sftp_and_tmux_work()
    {
        await using var instance = await TestInstance.PlanAsync();
        using var owner = await StartAsync(instance);
        var (source, back) = await TransferTests.MakeTreeAsync(instance);

        (await Tool.RunAsync("rsync", ["-a", "-e", instance.RemoteShell, source + "/", "root@127.0.0.1:/workspace/in/"])).Must();
        (await Tool.RunAsync("rsync", ["-a", "-e", instance.RemoteShell, "root@127.0.0.1:/workspace/in/", back + "/"])).Must();
        (await Tool.RunAsync("diff", ["-r", "--no-dereference", source, back])).Must();
        (await Tool.RunAsync("scp", [.. instance.SshOptions(), "-P", instance.Port, source + "/deep/random", "root@127.0.0.1:/workspace/scp"])).Must();
        (await Tool.RunAsync("scp", ["-O", .. instance.SshOptions(), "-P", instance.Port, source + "/deep/random", "root@127.0.0.1:/workspace/scp-o"])).Must();
        (await instance.SshAsync("cmp /workspace/scp /workspace/in/deep/random && cmp /workspace/scp-o /workspace/scp")).Must();
        (await instance.SshWithoutCommandAsync("echo \"[$TMUX]\" > /workspace/where; tmux detach\n", "-tt", "-o", "SetEnv=TERM=xterm")).Must();
        (await instance.SshAsync("cat /workspace/where")).Output.ShouldStartWith("[/tmp/tmux-0/default,");
    }

    [Fact]
    public async Task Detached_processes_die_with_the_marketplace()
    {
        await using var instance = await TestInstance.PlanAsync();
        using var owner = await StartAsync(instance);
        (await instance.SshAsync("setsid bash -c 'trap \"\" TERM HUP; sleep 600' >/dev/null 2>&1 </dev/null & for i in $(seq 600); do pgrep -x sleep && exit 0; sleep 0.1; done; exit 1")).Must();

        owner.Kill();

        (await owner.First.WaitGoneAsync(TimeSpan.FromMinutes(2))).ShouldBeTrue();
        var place = MountTable.PlaceOf(instance.Spec.DiskDirectory);
        Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && MountTable.Read(pid).Any(mount => mount.IsBelow(instance.Spec.DiskDirectory, place)))
            .ShouldBeEmpty();
    }

    /// <summary>Starts the instance in a process of an ordinary user.</summary>
    private static async Task<OwnerProcess> StartAsync(TestInstance instance)
    {
        string[] prefix = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", Uid, "--regid", Uid, "--clear-groups", "env", "-u", "HOME"] : [];
        var assembly = typeof(OrdinaryUserTests).Assembly.Location;
        if (prefix.Length > 0)
        {
            // The repository may lie where nobody else may look.
            var copy = Path.Combine(instance.Folder, "program");
            (await Tool.RunAsync("cp", ["-r", Path.GetDirectoryName(assembly)!, copy])).Must();
            (await Tool.RunAsync("chmod", ["-R", "a+rX", copy])).Must();
            (await Tool.RunAsync("chown", [Uid, instance.Folder])).Must();
            assembly = Path.Combine(copy, Path.GetFileName(assembly));
            Assert.SkipUnless(
                (await Tool.RunAsync(prefix[0], [.. prefix.Skip(1), OwnerProcess.Dotnet, "--list-runtimes"])).Status == 0,
                "An ordinary user cannot run .NET on this machine.");
            Assert.SkipUnless(
                (await Tool.RunAsync(prefix[0], [.. prefix.Skip(1), "bwrap", "--unshare-user", "--ro-bind", "/", "/", "true"])).Status == 0,
                "This machine forbids user namespaces to ordinary users.");
        }
        var owner = await OwnerProcess.StartAsync(instance.Spec, assembly, prefix);
        instance.SshPort = owner.SshPort;
        return owner;
    }
}
