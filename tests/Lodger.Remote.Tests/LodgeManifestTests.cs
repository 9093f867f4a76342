using System.Security.Cryptography;
using Lodger.Remote.Script;
using Lodger.Remote.Transfer;

namespace Lodger.Remote.Tests;

public sealed class LodgeManifestTests
{
    private static readonly string EmptyHash = Convert.ToHexStringLower(SHA256.HashData([]));

    [Theory]
    [InlineData("dash", "python3")]
    [InlineData("bash", "python3")]
    [InlineData("dash", "openssl")]
    [InlineData("dash", "sha256sum")]
    public void Every_name_that_a_file_can_have_is_listed_with_its_size_and_hash(string shell, string hasher)
    {
        using var box = new ScriptBox(shell);
        if (hasher != "sha256sum")
            box.Tool("sha256sum", "exit 1");
        box.LeaveOnly(hasher);

        string[] names =
        [
            "plain.txt", "two words.txt", "-rf", "new\nline", "ends in newline\n", "per%cent", "back\\slash", "quote'\"`$(touch x)", "r\u00e9sum\u00e9 \u2713", ".hidden", "deep/er/file",
            "tab\there", "\u0103 \u0081\u0082", "\u001b[31mred", "*", "[a]",
        ];
        foreach (var name in names)
        {
            var path = Path.Combine(box.Workdir, "results", name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, name);
        }

        File.WriteAllText(Path.Combine(box.Workdir, "results", "half.tmp"), "x");
        File.WriteAllText(Path.Combine(box.Workdir, "not a result"), "x");
        // What was left of a transfer to the machine that was cut.
        Directory.CreateDirectory(Path.Combine(box.Workdir, "results", RsyncRun.PartialDirectory));
        File.WriteAllText(Path.Combine(box.Workdir, "results", RsyncRun.PartialDirectory, "5.pt"), "hal");
        File.CreateSymbolicLink(Path.Combine(box.Workdir, "results", "latest link"), "/etc/pass wd");
        box.Deliver(box.Payload("true"));

        var (exit, text) = box.Lodge("manifest");
        exit.ShouldBe(0, text);
        var lines = text.Split('\n');
        lines[0].ShouldMatch($"^lodger-manifest 1 [0-9]+ {System.Text.RegularExpressions.Regex.Escape(Escape(box.Workdir))}$");
        var expected = names.Select(name =>
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(name);
            return $"{Convert.ToHexStringLower(SHA256.HashData(bytes))} {bytes.Length} {Escape("results/" + name)}";
        }).Append("symlink /etc/pass%20wd results/latest%20link").OrderBy(line => line.Split(' ')[2], StringComparer.Ordinal);
        lines[1..^2].ShouldBe(expected);
        lines[^2].ShouldBe($"end {names.Length + 1} {names.Sum(name => System.Text.Encoding.UTF8.GetByteCount(name))}");
        lines[^1].ShouldBeEmpty();
        File.ReadAllText($"{box.Layout.Root}/manifest").ShouldBe(text);
    }

    [Fact]
    public void A_python_without_hashlib_and_one_that_the_job_brought_are_not_asked()
    {
        using var box = new ScriptBox();
        box.Tool("python3", "exit 1");
        Directory.CreateDirectory(Path.Combine(box.Workdir, "results"));
        File.WriteAllText(Path.Combine(box.Workdir, "results", "empty"), "");
        File.WriteAllText(Path.Combine(box.Workdir, "hashlib.py"), $"open('{box.Workdir}/ran', 'w'); raise SystemExit(0)");
        box.Deliver(box.Payload("true"));
        box.Lodge("manifest").Output.ShouldContain($"{EmptyHash} 0 results/empty\n");

        box.Tool("python3", "exec /usr/bin/python3 \"$@\"");
        box.Lodge("manifest").Output.ShouldContain($"{EmptyHash} 0 results/empty\n");
        File.Exists(Path.Combine(box.Workdir, "ran")).ShouldBeFalse();
    }

    [Fact]
    public void An_empty_roster_is_a_manifest_too()
    {
        using var box = new ScriptBox();
        box.Deliver(box.Payload("true"));
        var (exit, text) = box.Lodge("manifest");
        exit.ShouldBe(0);
        text.ShouldEndWith("\nend 0 0\n");
        text.Split('\n').Length.ShouldBe(3);
    }

    [Fact]
    public void Thousands_of_files_are_hashed_in_parallel_without_losing_one()
    {
        using var box = new ScriptBox();
        Directory.CreateDirectory(Path.Combine(box.Workdir, "results"));
        for (var i = 0; i < 500; i++)
        {
            File.WriteAllText(Path.Combine(box.Workdir, "results", $"file {i}"), "");
        }

        box.Deliver(box.Payload("true"));
        var (_, text) = box.Lodge("manifest");
        var lines = text.Split('\n');
        lines.Length.ShouldBe(503);
        lines[1..^2].ShouldAllBe(line => line.StartsWith(EmptyHash + " 0 results/file%20", StringComparison.Ordinal));
    }

    /// <summary>As after a server that was killed while the machine hashed: that goes on there, and the next server asks as well.</summary>
    [Fact]
    public async Task Two_at_once_are_both_whole()
    {
        using var box = new ScriptBox();
        Directory.CreateDirectory(Path.Combine(box.Workdir, "results"));
        for (var i = 0; i < 20; i++)
            await File.WriteAllTextAsync(Path.Combine(box.Workdir, "results", $"file{i}"), "", TestContext.Current.CancellationToken);
        string first = Path.Combine(box.Workdir, "first"), go = Path.Combine(box.Workdir, "go");
        box.WhileHashing($"if mkdir '{first}' 2>/dev/null; then until [ -e '{go}' ]; do sleep 0.05; done; fi");
        box.Deliver(box.Payload("true"));

        var before = Task.Run(() => box.Lodge("manifest"), TestContext.Current.CancellationToken);
        await box.WaitUntil(() => Directory.Exists(first), "the first hashes");
        var during = box.Lodge("manifest");
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);

        foreach (var (exit, text) in (IEnumerable<(int, string)>)[during, await before])
        {
            exit.ShouldBe(0, text);
            text.Split('\n').Length.ShouldBe(23, text);
            text.ShouldEndWith("\nend 20 0\n");
        }

        Directory.EnumerateDirectories(box.Layout.StateDirectory, "manifest.*").ShouldBeEmpty();
    }

    [Fact]
    public void A_list_that_could_not_be_written_whole_is_no_manifest()
    {
        using var box = new ScriptBox();
        Directory.CreateDirectory(Path.Combine(box.Workdir, "results"));
        File.WriteAllText(Path.Combine(box.Workdir, "results", "a"), "");
        File.WriteAllText(Path.Combine(box.Workdir, "results", "b"), "");
        box.Deliver(box.Payload("true"));
        // As with no space left in the middle of it.
        box.Tool("sort", "/usr/bin/sort \"$@\" | head -n 1");
        var (exit, text) = box.Lodge("manifest");
        exit.ShouldNotBe(0);
        text.ShouldNotContain("end 1");
        File.Exists($"{box.Layout.Root}/manifest").ShouldBeFalse();
    }

    [Theory]
    [InlineData("find", "*-print0*")]
    [InlineData("xargs", "*select-files*")]
    [InlineData("xargs", "*select-links*")]
    public void Nor_is_one_of_a_tree_that_cannot_be_listed_whole(string failing, string call)
    {
        using var box = new ScriptBox();
        Directory.CreateDirectory(Path.Combine(box.Workdir, "results"));
        File.WriteAllText(Path.Combine(box.Workdir, "results", "a"), "");
        box.Deliver(box.Payload("true"));
        box.Tool(failing, $"/usr/bin/{failing} \"$@\"; status=$?; case $* in {call}) echo \"{failing}: './results/deep': Input/output error\" >&2; exit 123 ;; esac; exit $status");
        var (exit, text) = box.Lodge("manifest");
        exit.ShouldBe(5);
        text.ShouldContain("Input/output error");
        File.Exists($"{box.Layout.Root}/manifest").ShouldBeFalse();
    }

    [Fact]
    public void What_a_call_that_was_killed_left_goes_with_the_next()
    {
        using var box = new ScriptBox();
        box.Deliver(box.Payload("true"));
        foreach (var left in (string[])["manifest.999999999", $"manifest.{Environment.ProcessId}", "manifest.new"])
            Directory.CreateDirectory(Path.Combine(box.Layout.StateDirectory, left));
        box.Lodge("manifest").ExitCode.ShouldBe(0);
        Directory.EnumerateDirectories(box.Layout.StateDirectory, "manifest.*").Select(d => Path.GetFileName(d)).Order().ShouldBe([$"manifest.{Environment.ProcessId}", "manifest.new"]);
    }

    [Fact]
    public async Task A_file_that_is_written_to_all_the_time_is_named_instead_of_hashed()
    {
        using var box = new ScriptBox();
        Directory.CreateDirectory(Path.Combine(box.Workdir, "results"));
        box.WhileHashing("echo more >> results/log");
        await File.WriteAllTextAsync(Path.Combine(box.Workdir, "results", "log"), "x", TestContext.Current.CancellationToken);
        box.Deliver(box.Payload("true"));
        box.Lodge("manifest").ShouldBe((4, "changed results/log\n"));
    }

    [Theory]
    [InlineData("results", "results/a.json results/deep/b.npy results/deep/c.json")]
    [InlineData("results/", "results/a.json results/deep/b.npy results/deep/c.json")]
    [InlineData("./results/a.json", "results/a.json")]
    [InlineData("results/*", "results/a.json")]
    [InlineData("results/**", "results/a.json results/deep/b.npy results/deep/c.json")]
    [InlineData("**/*.json", "results/a.json results/deep/c.json top.json")]
    [InlineData("*.json", "top.json")]
    [InlineData("r?sults/a.json", "results/a.json")]
    [InlineData("t?p.json", "top.json")]
    [InlineData("*/deep", "results/deep/b.npy results/deep/c.json")]
    [InlineData("topXjson", "")]
    [InlineData("sp ace/*", "sp ace/\u00fc+(1).txt")]
    [InlineData("sp ace/?+(1).txt", "sp ace/\u00fc+(1).txt")]
    public void Patterns_name_the_same_files_here_and_on_the_machine(string pattern, string expected)
    {
        string[] files = ["results/a.json", "results/deep/b.npy", "results/deep/c.json", "top.json", "sp ace/\u00fc+(1).txt"];
        var wanted = files.Where(file => ResultPattern.Matches(pattern, file)).Order(StringComparer.Ordinal).ToList();
        using var box = new ScriptBox();
        foreach (var file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(box.Workdir, file))!);
            File.WriteAllText(Path.Combine(box.Workdir, file), "");
        }

        box.Deliver(box.Payload("true") with { Results = [pattern] });
        var listed = box.Lodge("manifest").Output.Split('\n')[1..^2].Select(line => Uri.UnescapeDataString(line.Split(' ')[2])).Order(StringComparer.Ordinal);
        listed.ShouldBe(wanted);
        string.Join(' ', wanted).ShouldBe(expected);
    }

    private static string Escape(string name) =>
        string.Concat(System.Text.Encoding.UTF8.GetBytes(name).Select(b => b is >= 0x21 and <= 0x7e and not (byte)'%' ? ((char)b).ToString() : $"%{b:X2}"));
}
