using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;

namespace Lodger.Remote.Tests;

/// <summary>A machine that somebody else set up: what lies there is seen, nothing is changed, and its words are only words.</summary>
public sealed class LookTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("dash")]
    [InlineData("bash")]
    public async Task What_lies_there_is_seen_and_a_link_is_followed_to_what_it_names(string shell)
    {
        using var box = new ScriptBox(shell);
        using var server = new SshServer(box);
        var mine = Directory.CreateDirectory(Path.Combine(box.Root, "mine")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(mine, "large 'one'.pt"), new byte[3 << 20], Token);
        await File.WriteAllTextAsync(Path.Combine(mine, "fresh.json"), "{}", Token);
        await File.WriteAllTextAsync(Path.Combine(mine, ".hidden"), "no", Token);
        await File.WriteAllTextAsync(Path.Combine(mine, "old.txt"), "long ago", Token);
        File.SetLastWriteTimeUtc(Path.Combine(mine, "old.txt"), DateTime.UtcNow.AddDays(-9));
        File.CreateSymbolicLink(Path.Combine(box.Root, "link"), mine);
        box.Environment["HOME"] = mine;
        var before = Files(box);

        var seen = (await server.Foreign.LookAsync(server.Address, [Path.Combine(box.Root, "link"), Path.Combine(mine, "fresh.json"), "/no/such"], Token)).ShouldBeOk();

        seen.Lacks.ShouldBeEmpty();
        seen.IsWatched.ShouldBeFalse();
        seen.Paths.ShouldBe([new LookedPath(Path.Combine(box.Root, "link"), mine, 4, (3 << 20) + 12), new LookedPath(Path.Combine(mine, "fresh.json"), Path.Combine(mine, "fresh.json"), 1, 2), new LookedPath("/no/such", null, 0, 0)]);
        seen.Found.Select(f => f.Path).Where(p => p.StartsWith(mine, StringComparison.Ordinal)).ShouldBe([Path.Combine(mine, "large 'one'.pt"), Path.Combine(mine, "fresh.json")]);
        Files(box).ShouldBe(before, customMessage: "a look changes nothing");
    }

    [Fact]
    public async Task What_cannot_be_read_is_said_and_what_is_missing_is_named()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        var mine = Directory.CreateDirectory(Path.Combine(box.Root, "mine")).FullName;
        await File.WriteAllTextAsync(Path.Combine(mine, "a"), "12345", Token);
        box.Tool("find", "/usr/bin/find \"$@\"; case $1 in */mine) echo \"find: '$1/closed': Permission denied\" >&2; exit 1 ;; esac");
        box.Tool("sha256sum", "exit 1");
        var seen = (await server.Foreign.LookAsync(server.Address, [mine], Token)).ShouldBeOk();
        seen.Paths.ShouldHaveSingleItem().ShouldBe(new LookedPath(mine, mine, 1, 5, $"find: '{mine}/closed': Permission denied"));
        seen.Lacks.ShouldBe(["sha256sum"]);
    }

    [Theory]
    [InlineData("lodger-look 1\nhome=\n")]
    [InlineData("lodger-look 1\nhome=\nend\n")]
    [InlineData("lodger-look 1\npath=1 5 L2E= \npath=1 5 L2E= \nend\n")]
    [InlineData("lodger-look 1\npath=1 99999999999999999 L2E= \nend\n")]
    [InlineData("lodger-look 1\npath=1 5 !! \nend\n")]
    [InlineData("lodger-look 1\npath=1 5 Li4vYQ== \nend\n")]
    [InlineData("lodger-look 1\npath=1 5 L2EbWzJK \nend\n")]
    public void Half_an_answer_or_a_path_that_is_none_says_nothing(string text) => BoxLookText.Parse(text, ["/a"]).Problem.ShouldNotBeNull().ExitCode.ShouldBe(ExitCode.Unknown);

    [Fact]
    public void Names_that_the_machine_made_up_are_left_out_and_bounded()
    {
        var text = new StringBuilder("noise\nlodger-look 1\nhome=L3Jvb3Q=\nlacks=rsync\npath=1 5 L2E= \nfile=5 1 relative\nfile=x 1 /a\nfile=5 1 /bad\u001b[2J\nfile=-5 1 /a\nfile=7 1 /good name\nfile=7 1 /good name\n");
        for (var i = 0; i < 200; i++)
            text.Append($"file=1 1 /f{i}\n");
        var look = BoxLookText.Parse(text.Append("end\nfile=9 9 /after\n").ToString(), ["/a"]).Value;
        (look.Home, look.IsWatched, look.IsMore).ShouldBe(("/root", false, true));
        look.Lacks.ShouldBe(["rsync"]);
        look.Found.Count.ShouldBe(40);
        look.Found[0].ShouldBe(new FoundFile("/good name", 7, DateTimeOffset.UnixEpoch.AddSeconds(1)));
        look.Found.ShouldNotContain(f => f.Path == "/after" || f.Path == "/a");
    }

    /// <summary>Of the machine; beside them lies what ssh keeps here.</summary>
    private static IEnumerable<string> Files(ScriptBox box) =>
        [.. new[] { "mine", "workspace" }.SelectMany(d => Directory.EnumerateFileSystemEntries(Path.Combine(box.Root, d), "*", SearchOption.AllDirectories)).Order()];
}
