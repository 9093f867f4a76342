using System.Security.Cryptography;
using System.Text;
using Lodger.Domain.Box;
using Lodger.Remote.Transfer;

namespace Lodger.Remote.Tests;

public sealed class LodgeCheckpointsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("dash")]
    [InlineData("bash")]
    public async Task Checkpoints_are_the_files_that_their_patterns_name(string shell)
    {
        using var box = new ScriptBox(shell);
        using var server = new SshServer(box);
        (await server.Box.SendAsync(server.Address, box.Payload("true") with { Results = ["out", "ckpt/**"], Checkpoints = ["ckpt/*.pt", "best"] }, null, Token)).ShouldBeOk();
        var time = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
        string[] wanted = ["ckpt/1.pt", "ckpt/a b%41\u00e9.pt", "best/model.bin"];
        foreach (var path in (string[])[.. wanted, "ckpt/2.pt.tmp", "ckpt/log.txt", "out/result", "ckpt/deep/3.pt", "best/odd\nname", $"best/{RsyncRun.PartialDirectory}/model.bin", ".lodger/best"])
        {
            Write(box, path, "12345", time.UtcDateTime);
        }

        File.CreateSymbolicLink(Path.Combine(box.Workdir, "ckpt", "link.pt"), "/etc/passwd");

        var files = (await server.Box.ListCheckpointsAsync(server.Address, Token)).ShouldBeOk();

        files.ShouldBe(wanted.Select(path => new BoxFile(path, 5, time)), ignoreOrder: true);
        Directory.EnumerateFileSystemEntries(box.Layout.StateDirectory, "checkpoints*").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("find: write error: No space left on device", false)]
    [InlineData("", false)]
    [InlineData("find: './ckpt': Permission denied", false)]
    [InlineData("find: './ckpt/tmp1': No such file or directory", true)]
    public async Task A_list_that_may_be_short_is_none_and_what_went_meanwhile_makes_none_short(string complaint, bool isList)
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        (await server.Box.SendAsync(server.Address, box.Payload("true") with { Results = ["out"], Checkpoints = ["ckpt/*.pt"] }, null, Token)).ShouldBeOk();
        Write(box, "ckpt/1.pt", "12345", DateTime.UtcNow);
        box.Tool("find", $"/usr/bin/find \"$@\"\ncase $* in *.lodger-partial*) [ -z \"{complaint}\" ] || echo \"{complaint}\" >&2; exit 1 ;; esac");
        (await server.Box.ListCheckpointsAsync(server.Address, Token)).IsOk.ShouldBe(isList);
    }

    [Fact]
    public async Task A_job_without_checkpoint_patterns_has_none_and_a_machine_without_payload_is_unknown()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        (await server.Box.ListCheckpointsAsync(server.Address, Token)).IsOk.ShouldBeFalse();
        (await server.Box.SendAsync(server.Address, box.Payload("true"), null, Token)).ShouldBeOk();
        Write(box, "results", "1", DateTime.UnixEpoch);

        (await server.Box.ListCheckpointsAsync(server.Address, Token)).ShouldBeOk().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("dash")]
    [InlineData("bash")]
    public async Task Files_are_copied_with_the_hash_they_had_there_and_what_is_gone_is_left_out(string shell)
    {
        using var box = new ScriptBox(shell);
        using var server = new SshServer(box);
        using var home = new TemporaryDirectory();
        (await server.Box.SendAsync(server.Address, box.Payload("true"), null, Token)).ShouldBeOk();
        // Longer together than one command may be.
        var names = Enumerable.Range(0, 250).Select(i => $"ckpt/{new string('n', 90)} {i} 'quoted' $(id).pt").Concat(["-rf", "back\\slash", "\u00e9"]).ToList();
        foreach (var name in names)
        {
            Write(box, name, "content of " + name, DateTime.UnixEpoch);
        }

        Directory.CreateDirectory(Path.Combine(box.Workdir, "directory"));
        File.CreateSymbolicLink(Path.Combine(box.Workdir, "link"), "/etc/passwd");
        // Left by a copy that was cut off.
        Write(box, ".lodger/held/older", "1", DateTime.UnixEpoch);

        var copies = (await server.Box.CopyCheckpointsAsync(server.Address, [.. names, "gone", "directory", "link"], home.Path, null, Token)).ShouldBeOk();

        copies.Sha256.Keys.ShouldBe(names, ignoreOrder: true);
        names.ShouldAllBe(name => copies.Sha256[name] == Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("content of " + name))));
        names.ShouldAllBe(name => File.ReadAllText(Path.Combine(home.Path, name)) == "content of " + name);
        Directory.EnumerateFiles(home.Path, "*", SearchOption.AllDirectories).Count().ShouldBe(names.Count);
        copies.Transfer.Files.ShouldBe(names.Count);
        Directory.Exists(Path.Combine(box.Workdir, ".lodger")).ShouldBeFalse("released");
        (await server.Box.CopyCheckpointsAsync(server.Address, ["../secret"], home.Path, null, Token)).ShouldFail("path-hostile");
        (await server.Box.CopyCheckpointsAsync(server.Address, [], home.Path, null, Token)).ShouldBeOk().Sha256.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("dash")]
    [InlineData("bash")]
    public void A_file_whose_time_lies_ahead_of_the_clock_is_held_once_it_stays_what_it_is(string shell)
    {
        using var box = new ScriptBox(shell);
        box.Deliver(box.Payload("true"));
        foreach (var name in (string[])["first.pt", "growing.pt", "last.pt"])
        {
            Write(box, name, "1", DateTime.UtcNow.AddHours(1));
        }

        // While it is waited for.
        box.Tool("sleep", $"cd '{box.Workdir}'; echo more >>growing.pt; touch -d '+1 hour' growing.pt; exec /bin/sleep \"$@\"");

        var (exit, output) = box.Lodge("hold first.pt growing.pt last.pt");

        exit.ShouldBe(0, output);
        output.Split('\n').Where(line => line.EndsWith(".pt", StringComparison.Ordinal)).Select(line => line.Split(' ')[^1]).ShouldBe(["first.pt", "last.pt"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("dash")]
    [InlineData("bash")]
    public void A_checkpoint_that_the_job_replaces_stays_what_it_was_until_it_is_released(string shell)
    {
        using var box = new ScriptBox(shell);
        box.Deliver(box.Payload("true"));
        Write(box, "ckpt/last.pt", "first", DateTime.UtcNow);
        // The job writes the next one beside it and renames it into its place, while the first is being hashed.
        box.WhileHashing($"echo second >'{box.Workdir}/ckpt/new'; mv -f '{box.Workdir}/ckpt/new' '{box.Workdir}/ckpt/last.pt'");

        var (exit, output) = box.Lodge("hold ckpt/last.pt");

        exit.ShouldBe(0, output);
        output.ShouldBe($"lodger-held 1\n{Convert.ToHexStringLower(SHA256.HashData("first"u8))} 5 ckpt/last.pt\nend\n");
        box.InWorkdir(".lodger/held/ckpt/last.pt").ShouldBe("first");
        box.InWorkdir("ckpt/last.pt").ShouldBe("second\n");

        box.Lodge("release").ShouldBe((0, "lodger-release ok\n"));
        box.InWorkdir("ckpt/last.pt").ShouldBe("second\n");
        Directory.Exists(Path.Combine(box.Workdir, ".lodger")).ShouldBeFalse();
    }

    [Fact]
    public void Where_there_are_no_hard_links_a_copy_is_held()
    {
        using var box = new ScriptBox();
        box.Deliver(box.Payload("true"));
        Write(box, "last.pt", "first", DateTime.UnixEpoch);
        box.Tool("ln", "exit 1");

        box.Lodge("hold last.pt").Output.ShouldContain(" 5 last.pt\n");

        File.WriteAllText(Path.Combine(box.Workdir, "last.pt"), "in place");
        box.InWorkdir(".lodger/held/last.pt").ShouldBe("first");
    }

    [Fact]
    public async Task What_was_held_is_released_when_the_container_starts_again()
    {
        using var box = new ScriptBox();
        box.Deliver(box.Payload("true"));
        Write(box, "last.pt", "1", DateTime.UnixEpoch);
        box.Lodge("hold last.pt").ExitCode.ShouldBe(0);

        box.Boot();
        await box.WaitFor(BoxPhase.Ended);

        Directory.Exists(Path.Combine(box.Workdir, ".lodger")).ShouldBeFalse();
        box.InWorkdir("last.pt").ShouldBe("1");
    }

    [Fact]
    public void A_file_that_changes_while_it_is_hashed_is_left_out()
    {
        using var box = new ScriptBox();
        box.Deliver(box.Payload("true"));
        Write(box, "still", "1", DateTime.UnixEpoch);
        Write(box, "moving", "1", DateTime.UnixEpoch);
        box.WhileHashing($"echo more >> '{box.Workdir}/moving'");

        var (exit, output) = box.Lodge("hold still moving");

        exit.ShouldBe(0, output);
        output.ShouldStartWith("lodger-held 1\n");
        output.ShouldContain(" 1 still\n");
        output.ShouldNotContain("moving");
    }

    [Theory]
    [InlineData("")]
    [InlineData("lodger-checkpoints 1\n5 1 a\n")]
    [InlineData("5 1 a\nend\n")]
    public void A_list_that_was_cut_short_says_nothing(string text) => BoxFilesText.Files(text).ShouldFail("box-list-unreadable");

    [Fact]
    public void What_a_machine_may_not_name_is_left_out_of_its_lists()
    {
        const string Hostile = "1 1 ../x\n1 1 /etc/passwd\n1 1 .lodger/x\n1 1 a/../b\n1 1 a%1B[31m\n1 1 a%0Ab\n1 1 %FF\n1 1 a%zz\n-1 1 a\n1 99999999999999999 a\n1 1 a b\n\n";
        BoxFilesText.Files($"motd\nlodger-checkpoints 1\n{Hostile}7 8 fine\nend\n").ShouldBeOk().ShouldBe([new BoxFile("fine", 7, DateTimeOffset.FromUnixTimeSeconds(8))]);
        var flood = string.Concat(Enumerable.Range(0, 10_001).Select(i => $"1 1 f{i}\n"));
        BoxFilesText.Files($"lodger-checkpoints 1\n{flood}end\n").ShouldFail("too-many-checkpoints");

        var hash = new string('a', 64);
        BoxFilesText.Held($"lodger-held 1\n{hash} 1 asked\n{hash} 2 asked\n{hash} 1 other\n{hash} -1 less\n{hash[1..]} 1 short\n{hash.ToUpperInvariant()} 1 upper\nend\n", ["asked", "short", "upper", "less"])
            .ShouldBeOk().ShouldBe([new HeldFile("asked", 1, hash)]);
    }

    private static void Write(ScriptBox box, string path, string text, DateTime time)
    {
        var file = Path.Combine(box.Workdir, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        File.SetLastWriteTimeUtc(file, time);
    }
}
