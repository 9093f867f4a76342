using System.Diagnostics;
using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Remote.Ssh;

namespace Lodger.Remote.Tests;

public sealed class SshCommandLineTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lodger 100% state ").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    private SshCommandLine Line(string host = "192.0.2.7", string rental = "4711") => SshCommandLine.For(
        new SshOptions { IdentityFile = Path.Combine(root, "key"), KnownHostsDirectory = Path.Combine(root, "hosts") },
        new BoxAddress(rental, new Endpoint(host, 33526), IsProxy: false)).ShouldBeOk();

    /// <summary>What ssh itself understands of the arguments.</summary>
    private static List<string> AsSshReadsThem(IEnumerable<string> arguments)
    {
        using var ssh = Process.Start(new ProcessStartInfo("ssh", ["-G", .. arguments]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = ssh.StandardOutput.ReadToEnd();
        ssh.WaitForExit();
        ssh.ExitCode.ShouldBe(0);
        return [.. output.Split('\n')];
    }

    [Fact]
    public void Ssh_understands_the_arguments_also_when_paths_are_strange()
    {
        var lines = AsSshReadsThem(Line().Command("echo ok"));
        lines.ShouldContain("hostname 192.0.2.7");
        lines.ShouldContain("port 33526");
        lines.ShouldContain("user root");
        lines.ShouldContain("hostkeyalias lodger-4711");
        lines.ShouldContain($"userknownhostsfile {root}/hosts/lodger-4711");
        lines.ShouldContain("batchmode yes");
        lines.ShouldContain("identitiesonly yes");
        lines.ShouldContain("forwardagent no");
        lines.ShouldContain("stricthostkeychecking accept-new");
    }

    [Fact]
    public void Once_a_key_is_pinned_nothing_else_is_accepted()
    {
        var line = Line();
        File.WriteAllText(line.KnownHostsFile, "lodger-4711 ssh-ed25519 AAAA\n");
        AsSshReadsThem(line.Command("x")).ShouldContain("stricthostkeychecking true");
    }

    [Fact]
    public void Tunnels_listen_on_loopback_alone_and_fail_when_they_cannot()
    {
        var lines = AsSshReadsThem(Line().Tunnel(16006, 6006));
        lines.ShouldContain("localforward [127.0.0.1]:16006 [localhost]:6006");
        lines.ShouldContain("exitonforwardfailure yes");
    }

    [Fact]
    public void A_config_entry_is_read_back_by_ssh()
    {
        var config = Path.Combine(root, "config");
        File.WriteAllText(config, Line().ConfigEntry("resnet"));
        var lines = AsSshReadsThem(["-F", config, "resnet"]);
        lines.ShouldContain("hostname 192.0.2.7");
        lines.ShouldContain("port 33526");
        lines.ShouldContain("hostkeyalias lodger-4711");
        lines.ShouldNotContain("batchmode yes");
    }

    [Fact]
    public void A_rentals_id_cannot_leave_the_directory_of_known_hosts()
    {
        Line(rental: "../../etc/x y").KnownHostsFile.ShouldBe($"{root}/hosts/lodger-______etc_x_y");
    }
}
