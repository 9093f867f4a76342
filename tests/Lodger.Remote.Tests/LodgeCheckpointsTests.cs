using System.Security.Cryptography;
using System.Text;
using Lodger.Domain.Box;

namespace Lodger.Remote.Tests;

public sealed class LodgeCheckpointsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("dash")]
    [InlineData("bash")]
    public async Task Checkpoints_are_the_finished_files_that_their_patterns_name(string shell)
    {
        using var box = new ScriptBox(shell);
        using var server = new SshServer(box);
        (await server.Box.SendAsync(server.Address, box.Payload("true") with { Results = ["out", "ckpt/**"], Checkpoints = ["ckpt/*.pt", "best"] }, null, Token)).ShouldBeOk();
        var time = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);
        string[] wanted = ["ckpt/1.pt", "ckpt/a b%41\u00e9.pt", "best/model.bin"];
        foreach (var path in (string[])[.. wanted, "ckpt/2.pt.tmp", "ckpt/log.txt", "out/result", "ckpt/deep/3.pt", "best/odd\nname", ".lodger/best"])
        {
            Write(box, path, "12345", time.UtcDateTime);
        }

        Write(box, "ckpt/being-written.pt", "1", DateTime.UtcNow.AddHours(1));
        File.CreateSymbolicLink(Path.Combine(box.Workdir, "ckpt", "link.pt"), "/etc/passwd");

        var files = (await server.Box.ListCheckpointsAsync(server.Address, Token)).ShouldBeOk();

        files.ShouldBe(wanted.Select(path => new BoxFile(path, 5, time)), ignoreOrder: true);
        Directory.EnumerateFileSystemEntries(box.Layout.StateDirectory, "checkpoints*").ShouldBeEmpty();
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
    public async Task Files_are_hashed_as_they_are_now_and_what_is_gone_is_left_out(string shell)
    {
        using var box = new ScriptBox(shell);
        using var server = new SshServer(box);
        (await server.Box.SendAsync(server.Address, box.Payload("true"), null, Token)).ShouldBeOk();
        // Longer together than one command may be.
        var names = Enumerable.Range(0, 250).Select(i => $"ckpt/{new string('n', 90)} {i} 'quoted' $(id).pt").Concat(["-rf", "back\\slash", "\u00e9"]).ToList();
        foreach (var name in names)
        {
            Write(box, name, "content of " + name, DateTime.UnixEpoch);
        }

        Directory.CreateDirectory(Path.Combine(box.Workdir, "directory"));
        File.CreateSymbolicLink(Path.Combine(box.Workdir, "link"), "/etc/passwd");

        var hashes = (await server.Box.HashFilesAsync(server.Address, [.. names, "gone", "directory", "link"], Token)).ShouldBeOk();

        hashes.Count.ShouldBe(names.Count);
        names.ShouldAllBe(name => hashes[name] == Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("content of " + name))));
        (await server.Box.HashFilesAsync(server.Address, ["../secret"], Token)).ShouldFail("path-hostile");
        (await server.Box.HashFilesAsync(server.Address, [], Token)).ShouldBeOk().ShouldBeEmpty();
    }

    [Fact]
    public void A_file_that_changes_while_it_is_hashed_is_left_out()
    {
        using var box = new ScriptBox();
        box.Deliver(box.Payload("true"));
        Write(box, "still", "1", DateTime.UnixEpoch);
        Write(box, "moving", "1", DateTime.UnixEpoch);
        box.WhileHashing($"echo more >> '{box.Workdir}/moving'");

        var (exit, output) = box.Lodge("hash still moving");

        exit.ShouldBe(0, output);
        output.ShouldStartWith("lodger-hashes 1\n");
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
        BoxFilesText.Hashes($"lodger-hashes 1\n{hash} 1 asked\n{hash} 1 other\n{hash[1..]} 1 short\n{hash.ToUpperInvariant()} 1 upper\nend\n", ["asked", "short", "upper"])
            .ShouldBeOk().Keys.ShouldBe(["asked"]);
    }

    private static void Write(ScriptBox box, string path, string text, DateTime time)
    {
        var file = Path.Combine(box.Workdir, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
        File.SetLastWriteTimeUtc(file, time);
    }
}
