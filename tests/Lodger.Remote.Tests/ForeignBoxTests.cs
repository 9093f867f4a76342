using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;

namespace Lodger.Remote.Tests;

/// <summary>A machine that somebody else set up is read: everything that is named is seen or said not to be, and nothing is left there.</summary>
public sealed class ForeignBoxTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("dash")]
    [InlineData("bash")]
    public async Task Every_file_and_link_is_surveyed_hashed_and_pulled_under_its_whole_path_and_nothing_is_left_there(string shell)
    {
        using var box = new ScriptBox(shell);
        using var server = new SshServer(box);
        var mine = Directory.CreateDirectory(Path.Combine(box.Root, "my [1] out*")).FullName;
        string[] names = ["plain", "with space", "it's", "new\nline", "unfinished.tmp", ".hidden", "*", "ünï", "per%cent", "back\\slash"];
        foreach (var name in names)
        {
            await File.WriteAllTextAsync(Path.Combine(mine, name), name, Token);
        }

        File.CreateSymbolicLink(Path.Combine(mine, "a link"), "./with space");
        Directory.CreateDirectory(Path.Combine(box.DataDir, ".lodger"));
        await File.WriteAllTextAsync(Path.Combine(box.DataDir, ".lodger", "old"), "of a job that is over", Token);
        await File.WriteAllTextAsync(Path.Combine(box.DataDir, "result"), "r", Token);
        var before = Everything(box);

        var survey = (await server.Foreign.SurveyAsync(server.Address, [mine, box.DataDir], Token)).ShouldBeOk();
        var files = survey.Entries.Where(e => e.EscapedTarget is null).ToList();
        files.Count.ShouldBe(names.Length + 1, "Lodger's own directory is nobody's result");
        var link = survey.Entries.Single(e => e.EscapedTarget is not null);
        link.EscapedTarget.ShouldBe("./with%20space");
        (survey.At - DateTimeOffset.UtcNow).Duration().ShouldBeLessThan(TimeSpan.FromMinutes(10));
        files.ShouldAllBe(f => (f.ChangedAt - survey.At).Duration() < TimeSpan.FromMinutes(10));

        var hashes = (await server.Foreign.HashAsync(server.Address, [.. files, files[0] with { EscapedPath = "no/such" }], Token)).ShouldBeOk();
        hashes.Count.ShouldBe(names.Length + 1, "one that has gone is left out");
        foreach (var name in names)
        {
            hashes.Values.ShouldContain(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))));
        }

        var home = Path.Combine(box.Root, "home");
        var wanted = names.Select(name => new WantedFile($"{mine[1..]}/{name}", Encoding.UTF8.GetByteCount(name))).ToList();
        (await server.Foreign.PullAsync(server.Address, wanted, home, null, Token)).ShouldBeOk();
        foreach (var name in names)
        {
            (await File.ReadAllTextAsync(Path.Combine(home, mine[1..], name), Token)).ShouldBe(name);
        }

        Everything(box).ShouldBe(before, "it is only read");
    }

    [Fact]
    public async Task The_stamp_tells_a_file_that_was_written_to_or_replaced_though_its_size_and_time_are_the_same()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        var file = Path.Combine(box.DataDir, "a");
        await File.WriteAllTextAsync(file, "1", Token);
        var at = DateTime.UtcNow.AddDays(-1);
        File.SetLastWriteTimeUtc(file, at);
        var first = await StampAsync();
        (await StampAsync()).ShouldBe(first);
        await File.WriteAllTextAsync(file, "2", Token);
        File.SetLastWriteTimeUtc(file, at);
        var second = await StampAsync();
        second.ShouldNotBe(first);
        File.Copy(file, file + ".new");
        File.SetLastWriteTimeUtc(file + ".new", at);
        File.Move(file + ".new", file, overwrite: true);
        (await StampAsync()).ShouldNotBe(second);

        async Task<string> StampAsync() => (await server.Foreign.SurveyAsync(server.Address, [box.DataDir], Token)).ShouldBeOk().Entries.Single(e => e.EscapedPath.EndsWith("/a", StringComparison.Ordinal)).Stamp;
    }

    [Fact]
    public async Task A_directory_that_cannot_be_listed_is_an_error_that_names_it_and_never_a_shorter_list()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        await File.WriteAllTextAsync(Path.Combine(box.DataDir, "seen"), "1", Token);
        box.Tool("find", "/usr/bin/find \"$@\"; echo \"find: '$1/closed': Permission denied\" >&2; exit 1");
        var problem = (await server.Foreign.SurveyAsync(server.Address, [box.DataDir], Token)).Problem.ShouldNotBeNull();
        (problem.Id, problem.ExitCode).ShouldBe(("path-unreadable", ExitCode.NotVerified));
        problem.Message.ShouldContain($"{box.DataDir}/closed");

        box.Tool("find", "/usr/bin/find \"$@\"; echo \"find: '$1/gone': No such file or directory\" >&2; exit 1");
        var moving = (await server.Foreign.SurveyAsync(server.Address, [box.DataDir], Token)).ShouldBeOk();
        moving.Gone.ShouldHaveSingleItem().ShouldContain($"{box.DataDir}/gone");
        moving.Entries.ShouldHaveSingleItem().EscapedPath.ShouldEndWith("/seen", Case.Sensitive, "all else is there");
        box.Tool("find", "/usr/bin/find \"$@\" | head -c 10; exit 0");
        (await server.Foreign.SurveyAsync(server.Address, [box.DataDir], Token)).Problem!.Id.ShouldBe("survey-unreadable");
    }

    [Theory]
    [InlineData("dash")]
    [InlineData("bash")]
    public async Task A_named_path_that_is_not_there_any_more_is_left_out_and_nothing_else_is_listed_in_its_place(string shell)
    {
        using var box = new ScriptBox(shell);
        using var server = new SshServer(box);
        var there = Path.Combine(box.DataDir, "with space");
        await File.WriteAllTextAsync(there, "1", Token);
        (await server.Foreign.SurveyAsync(server.Address, [$"{box.DataDir}/gone", there, $"{box.DataDir}/gone too"], Token)).ShouldBeOk().Entries.ShouldHaveSingleItem().EscapedPath.ShouldEndWith("/with%20space");
        (await server.Foreign.SurveyAsync(server.Address, [$"{box.DataDir}/gone"], Token)).ShouldBeOk().Entries.ShouldBeEmpty("find without a path lists where it stands");
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task What_comes_home_is_its_users_alone_and_a_directory_of_rsyncs_own_name_comes_home_too()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        string[] names = ["key", ".lodger-partial/of the machine", "deep/.lodger-partial/b"];
        foreach (var name in names)
        {
            var path = Path.Combine(box.DataDir, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, name, Token);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        var home = Path.Combine(box.Root, "home");
        // So that something is replaced, too, and goes over a partial directory of our own.
        var first = Path.Combine(home, box.DataDir[1..], "key");
        Directory.CreateDirectory(Path.GetDirectoryName(first)!);
        await File.WriteAllTextAsync(first, "an older one", Token);
        File.SetUnixFileMode(first, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await server.Foreign.PullAsync(server.Address, [.. names.Select(n => new WantedFile($"{box.DataDir[1..]}/{n}", n.Length))], home, null, Token)).ShouldBeOk();
        foreach (var name in names)
        {
            var path = Path.Combine(home, box.DataDir[1..], name);
            (await File.ReadAllTextAsync(path, Token)).ShouldBe(name);
            File.GetUnixFileMode(path).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, name);
        }
    }

    [Fact]
    public async Task Hashing_stands_back_behind_whatever_works_there()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        var file = Path.Combine(box.DataDir, "a");
        await File.WriteAllTextAsync(file, "1", Token);
        box.Tool("sha256sum", $"nice >'{box.Root}/niceness'; exec /usr/bin/sha256sum \"$@\"");
        var entry = (await server.Foreign.SurveyAsync(server.Address, [file], Token)).ShouldBeOk().Entries[0];
        (await server.Foreign.HashAsync(server.Address, [entry], Token)).ShouldBeOk().Count.ShouldBe(1);
        (await File.ReadAllTextAsync(Path.Combine(box.Root, "niceness"), Token)).Trim().ShouldBe("19");
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_an_error_that_names_it()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        await File.WriteAllTextAsync(Path.Combine(box.DataDir, "a"), "1", Token);
        box.Tool("sha256sum", "echo 'sha256sum: /x/closed: Input/output error' >&2; exit 1");
        var problem = (await server.Foreign.HashAsync(server.Address, [new SurveyedEntry($"{box.DataDir[1..]}/a".Replace(" ", "%20", StringComparison.Ordinal), 1, "", default, default, null)], Token)).Problem.ShouldNotBeNull();
        (problem.Id, problem.ExitCode).ShouldBe(("path-unreadable", ExitCode.NotVerified));
        problem.Message.ShouldContain("/x/closed");
    }

    [Theory]
    [InlineData("lodger-survey 1 5\0f 1 2.0 3.0 1:2 /out/a\0")]
    [InlineData("lodger-survey 1 5\0f 1 2.0 3.0 1:2 /elsewhere\0end\0")]
    [InlineData("lodger-survey 1 5\0f 1 2.0 3.0 1:2 /out2/a\0end\0")]
    [InlineData("lodger-survey 1 5\0f 1 2.0 3.0 1:2 /out/a\0f 1 2.0 3.0 1:2 /out/a\0end\0")]
    [InlineData("lodger-survey 1 5\0f -1 2.0 3.0 1:2 /out/a\0end\0")]
    [InlineData("lodger-survey 1 5\0l 1 2.0 3.0 1:2 /out/a\0end\0")]
    [InlineData("lodger-survey 1 x\0end\0")]
    [InlineData("lodger-survey 1 5\0nonsense\0end\0")]
    [InlineData("")]
    public void A_survey_that_is_not_whole_or_speaks_of_something_else_is_none(string said) =>
        BoxSurveyText.Survey(Encoding.UTF8.GetBytes(said), [], ["/out"]).Problem.ShouldNotBeNull().ExitCode.ShouldBe(ExitCode.Unknown);

    [Fact]
    public void A_whole_survey_is_taken_over_as_it_is()
    {
        var survey = BoxSurveyText.Survey(Encoding.UTF8.GetBytes("noise\nlodger-survey 1 5\0f 12 2.5 3.5 1:2 /out/a b\0l 1 2.0 4.0 1:3 /out/l\0/out/a b\0end\0"), [], ["/out"]).ShouldBeOk();
        survey.At.ToUnixTimeSeconds().ShouldBe(5);
        survey.Entries.ShouldBe([
            new SurveyedEntry("out/a%20b", 12, "12 2.5 3.5 1:2", DateTimeOffset.FromUnixTimeSeconds(2), DateTimeOffset.FromUnixTimeSeconds(3), null),
            new SurveyedEntry("out/l", 0, "1 2.0 4.0 1:3", DateTimeOffset.FromUnixTimeSeconds(2), DateTimeOffset.FromUnixTimeSeconds(4), "/out/a%20b"),
        ]);
    }

    private static List<string> Everything(ScriptBox box) =>
        [.. Directory.EnumerateFileSystemEntries(box.Root, "*", SearchOption.AllDirectories).Where(p => !p.StartsWith(Path.Combine(box.Root, "ssh"), StringComparison.Ordinal) && !p.StartsWith(Path.Combine(box.Root, "home"), StringComparison.Ordinal)).Order()];
}
