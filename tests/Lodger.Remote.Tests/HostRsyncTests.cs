using System.Security.Cryptography;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;

namespace Lodger.Remote.Tests;

public sealed class HostRsyncTests
{
    private const int Megabyte = 1 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_files_of_a_stopped_machine_are_listed_with_size_and_time_and_what_is_not_safe_to_name_is_told_apart()
    {
        using var box = new ScriptBox();
        using var host = new HostServer(box);
        var time = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
        string[] plain = ["a b", " blank first", "weights\u00e9\u4e16", "back\\#033slash", "..almost", "-rf", "#notes", "d/deep/x"];
        string[] unsafeNames = ["new\nline", "red\u001b[31m", ".lodger/state"];
        foreach (var name in plain.Concat(unsafeNames))
        {
            Write(box, name, "12345");
            File.SetLastWriteTimeUtc(Path.Combine(box.Workdir, name), time.UtcDateTime);
        }

        File.CreateSymbolicLink(Path.Combine(box.Workdir, "link"), "/etc/passwd");
        File.CreateSymbolicLink(Path.Combine(box.Workdir, "a -> b"), "weights\u00e9 -> x");
        box.Shell($"mkfifo '{box.Workdir}/pipe'; printf 12345 >\"$(printf '{box.Workdir}/latin\\351')\"").ExitCode.ShouldBe(0);

        var disk = (await host.Hosts.ListAsync(host.Door, box.Workdir, Token)).ShouldBeOk();
        // Nothing here can name it to take it away.
        box.Shell($"rm '{box.Workdir}/latin'*").ExitCode.ShouldBe(0);

        disk.Files.ShouldBe(plain.Select(name => new BoxFile(name, 5, time)), ignoreOrder: true);
        disk.Links.ShouldBe([new("link", "/etc/passwd"), new("a -> b", "weights\u00e9 -> x")], ignoreOrder: true);
        disk.Unnamed.ShouldBe(["new\nline", "red\u001b[31m", "latin\ufffd"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_directory_that_is_not_there_is_empty_and_a_host_that_does_not_say_so_is_unknown()
    {
        using var box = new ScriptBox();
        using var host = new HostServer(box);
        (await host.Hosts.ListAsync(host.Door, box.Workdir + "/nothing here", Token)).ShouldBeOk().Files.ShouldBeEmpty();
        (await host.Hosts.ListAsync(host.Door, box.Workdir, Token)).ShouldBeOk().Files.ShouldBeEmpty();

        (await host.Hosts.ListAsync(host.Door with { RentalId = "4712" }, box.Workdir, Token)).ShouldFail("host-refuses").ExitCode.ShouldBe(ExitCode.Unknown);
        host.Ssh.Authorize(false);
        (await host.Hosts.ListAsync(host.Door, box.Workdir, Token)).ShouldFail("ssh-key-refused");
        host.Ssh.ForceCommand("exit 0");
        (await host.Hosts.ListAsync(host.Door, box.Workdir, Token)).IsOk.ShouldBeFalse();
        host.Ssh.Stop();
        (await host.Hosts.ListAsync(host.Door, box.Workdir, Token)).ShouldFail("box-unreachable").ExitCode.ShouldBe(ExitCode.Unknown);
    }

    [Fact]
    public async Task A_listing_without_end_is_a_problem_and_not_a_part()
    {
        using var box = new ScriptBox();
        using var host = new HostServer(box);
        for (var i = 0; i < 30; i++)
        {
            Write(box, $"f{i}", "");
        }

        (await new HostRsync(host.Ssh.Options, box.Profile, TimeProvider.System) { FilesMax = 29 }.ListAsync(host.Door, box.Workdir, Token)).ShouldFail("host-lists-too-much");
        (await new HostRsync(host.Ssh.Options, box.Profile, TimeProvider.System) { FilesMax = 5 }.ListAsync(host.Door, box.Workdir, Token)).ShouldFail("host-lists-too-much");
        (await new HostRsync(host.Ssh.Options, box.Profile, TimeProvider.System) { FilesMax = 30 }.ListAsync(host.Door, box.Workdir, Token)).ShouldBeOk().Files.Count.ShouldBe(30);
    }

    [Fact]
    public async Task A_pull_through_the_host_goes_on_where_it_was_cut_and_makes_no_link()
    {
        using var box = new ScriptBox();
        using var host = new HostServer(box);
        var content = RandomNumberGenerator.GetBytes(12 * Megabyte);
        await File.WriteAllBytesAsync(Path.Combine(box.Workdir, "weights"), content, Token);
        File.CreateSymbolicLink(Path.Combine(box.Workdir, "link"), "/etc/passwd");
        using var proxy = new CuttingProxy(host.Port, 5 * Megabyte, 4 * Megabyte);
        var home = Path.Combine(box.Root, "home");

        var pulled = await host.Hosts.PullAsync(host.Door with { Port = proxy.Port }, box.Workdir, [new("weights", content.Length), new("link", 0)], home, null, Token);

        pulled.ShouldBeOk().Bytes.ShouldBe(content.Length);
        (await File.ReadAllBytesAsync(Path.Combine(home, "weights"), Token)).SequenceEqual(content).ShouldBeTrue();
        proxy.Received.Count.ShouldBe(4, "two were cut, one went on, one asked for the link");
        proxy.Received.Sum(bytes => bytes.Value).ShouldBeLessThan(18 * Megabyte, "what had come before a cut must not travel again, but for what was on its way: 3 MB at most");
        Directory.EnumerateFileSystemEntries(home).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/etc/passwd")]
    [InlineData(".lodger/state/exit")]
    public async Task Hostile_paths_are_refused_before_the_host_is_asked(string path)
    {
        using var box = new ScriptBox();
        var hosts = new HostRsync(new Ssh.SshOptions { IdentityFile = "/none", KnownHostsDirectory = Path.Combine(box.Root, "hosts") }, box.Profile, TimeProvider.System);
        var door = new HostDoor("4711", "127.0.0.1", 1, "nobody");
        (await hosts.PullAsync(door, "/workspace/job", [new(path, 1)], box.Root, null, Token)).ShouldFail("path-hostile");
        (await hosts.DifferencesAsync(door, "/workspace/job", [path], box.Root, Token)).ShouldFail("path-hostile");
        (await hosts.ListAsync(door, "/workspace/../etc", Token)).ShouldFail("workdir-invalid");
        (await hosts.ListAsync(door with { User = "-oProxyCommand=x" }, "/workspace", Token)).ShouldFail("host-door-invalid");
        (await hosts.ListAsync(door with { RentalId = "1/../2" }, "/workspace", Token)).ShouldFail("host-door-invalid");
        (await hosts.ListAsync(door with { Host = "-oProxyCommand=x" }, "/workspace", Token)).ShouldFail("box-address-invalid");
    }

    [Fact]
    public async Task Equal_is_what_checksums_on_both_sides_say_is_equal()
    {
        using var box = new ScriptBox();
        using var host = new HostServer(box);
        var home = Directory.CreateDirectory(Path.Combine(box.Root, "home")).FullName;
        string[] paths = ["same", "d/same \u00e9", "same but older", "changed", "gone", "longer", "became a link", "not here", "link here"];
        foreach (var path in paths)
        {
            Write(box, path, "content of it");
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(home, path))!);
            await File.WriteAllTextAsync(Path.Combine(home, path), "content of it", Token);
            File.SetLastWriteTimeUtc(Path.Combine(home, path), File.GetLastWriteTimeUtc(Path.Combine(box.Workdir, path)));
        }

        (await host.Hosts.DifferencesAsync(host.Door, box.Workdir, paths, home, Token)).ShouldBeOk().ShouldBeEmpty();

        File.SetLastWriteTimeUtc(Path.Combine(box.Workdir, "same but older"), DateTime.UnixEpoch);
        var time = File.GetLastWriteTimeUtc(Path.Combine(box.Workdir, "changed"));
        Write(box, "changed", "CONTENT of it");
        File.SetLastWriteTimeUtc(Path.Combine(box.Workdir, "changed"), time);
        File.Delete(Path.Combine(box.Workdir, "gone"));
        Write(box, "longer", "content of it, and more");
        File.Delete(Path.Combine(box.Workdir, "became a link"));
        File.CreateSymbolicLink(Path.Combine(box.Workdir, "became a link"), "same");
        File.Delete(Path.Combine(home, "not here"));
        File.Delete(Path.Combine(home, "link here"));
        File.CreateSymbolicLink(Path.Combine(home, "link here"), "same");

        (await host.Hosts.DifferencesAsync(host.Door, box.Workdir, paths, home, Token)).ShouldBeOk()
            .ShouldBe(["changed", "gone", "longer", "became a link", "not here", "link here"], ignoreOrder: true);
        File.Exists(Path.Combine(box.Workdir, "gone")).ShouldBeFalse("nothing is copied");
        (await File.ReadAllTextAsync(Path.Combine(box.Workdir, "changed"), Token)).ShouldBe("CONTENT of it");
        (await host.Hosts.DifferencesAsync(host.Door, box.Workdir + "/a/b", ["same"], home, Token)).ShouldBeOk().ShouldBe(["same"]);
        (await host.Hosts.DifferencesAsync(host.Door with { RentalId = "4712" }, box.Workdir, ["same"], home, Token)).IsOk.ShouldBeFalse();
    }

    [Fact]
    public async Task A_fence_written_through_the_host_keeps_the_stopped_machine_from_starting_again()
    {
        using var box = new ScriptBox();
        using var host = new HostServer(box);
        box.Deliver(box.Payload("echo ran >> ran; sleep 60"));

        (await host.Hosts.WriteFenceAsync(host.Door, 1, Token)).ShouldBeOk();
        (await File.ReadAllTextAsync(box.Layout.Fence, Token)).ShouldBe("1\n");
        box.Boot();
        await box.WaitFor(BoxPhase.Fenced);
        File.Exists(Path.Combine(box.Workdir, "ran")).ShouldBeFalse();

        (await host.Hosts.WriteFenceAsync(host.Door, 3, Token)).ShouldBeOk();
        (await host.Hosts.WriteFenceAsync(host.Door, 2, Token)).ShouldBeOk();
        (await File.ReadAllTextAsync(box.Layout.Fence, Token)).ShouldBe("3\n");
    }

    [Fact]
    public async Task A_fence_goes_into_a_directory_that_is_missing_and_never_in_place_of_a_link()
    {
        using var box = new ScriptBox();
        using var host = new HostServer(box);
        Directory.Delete(box.DataDir, recursive: true);
        (await host.Hosts.WriteFenceAsync(host.Door, 2, Token)).ShouldBeOk();
        (await File.ReadAllTextAsync(box.Layout.Fence, Token)).ShouldBe("2\n");

        Directory.Delete(box.DataDir, recursive: true);
        var volume = Directory.CreateDirectory(Path.Combine(box.Root, "volume")).FullName;
        Directory.CreateSymbolicLink(box.DataDir, volume);

        // Newer daemons without chroot do not go through links, others do: what counts is that the answer is true and the link still one.
        var written = await host.Hosts.WriteFenceAsync(host.Door, 3, Token);
        new DirectoryInfo(box.DataDir).LinkTarget.ShouldBe(volume);
        written.IsOk.ShouldBe(File.Exists(Path.Combine(volume, ".lodger", "fence")), written.Problem?.ToString());
        host.Ssh.Stop();
        (await host.Hosts.WriteFenceAsync(host.Door, 4, Token)).ShouldFail("box-unreachable").ExitCode.ShouldBe(ExitCode.Unknown);
    }

    [Fact]
    public async Task The_host_s_key_is_pinned_beside_the_rental_s_own()
    {
        using var box = new ScriptBox();
        using var host = new HostServer(box);
        (await host.Hosts.ListAsync(host.Door, box.Workdir, Token)).ShouldBeOk();
        host.Ssh.Stop();
        host.Ssh.NewHostKey();
        host.Ssh.Start();

        (await host.Hosts.ListAsync(host.Door, box.Workdir, Token)).ShouldFail("host-key-changed");
        host.Ssh.Authorize(true);
        (await host.Ssh.Box.ReachAsync(host.Ssh.Address, Token)).ShouldBeOk();
    }

    private static void Write(ScriptBox box, string path, string text)
    {
        var file = Path.Combine(box.Workdir, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
