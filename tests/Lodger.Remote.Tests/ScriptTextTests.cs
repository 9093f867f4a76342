using System.Diagnostics;
using Lodger.Remote.Script;

namespace Lodger.Remote.Tests;

public sealed class ScriptTextTests
{
    [Fact]
    public void Shellcheck_has_nothing_to_say()
    {
        using var box = new ScriptBox();
        var scripts = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["lodge.sh"] = EmbeddedScript.Lodge,
            ["probe.sh"] = EmbeddedScript.Probe,
            ["look.sh"] = EmbeddedScript.Look,
            ["survey.sh"] = EmbeddedScript.Survey,
            ["boot.sh"] = Onstart.Build(TestProfile.At("/work space", onstartMaxChars: 100_000)).Value,
            ["onstart.sh"] = Onstart.Build(TestProfile.At("/workspace")).Value,
        };
        foreach (var (name, text) in scripts)
        {
            File.WriteAllText(Path.Combine(box.Root, name), text);
        }

        var start = new ProcessStartInfo("shellcheck", ["--shell=sh", "--severity=style", .. scripts.Keys.Select(name => Path.Combine(box.Root, name))]) { RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        output.ShouldBeEmpty();
        process.ExitCode.ShouldBe(0);
    }

    [Fact]
    public void The_boot_script_fits_the_platforms_limit_and_is_packed_only_when_it_must_be()
    {
        var packed = Onstart.Build(TestProfile.At("/workspace")).ShouldBeOk();
        packed.Length.ShouldBeLessThan(4048);
        packed.ShouldContain("base64 -d");
        Onstart.Build(TestProfile.At("/workspace", onstartMaxChars: 16_000)).ShouldBeOk().ShouldNotContain("base64 -d");
        Onstart.Build(TestProfile.At("/workspace", onstartMaxChars: 1000)).ShouldFail("onstart-too-long");
    }

    [Fact]
    public void The_boot_script_does_not_depend_on_the_job_and_so_holds_none_of_its_secrets()
    {
        Onstart.Build(TestProfile.At("/workspace")).ShouldBeOk().ShouldBe(Onstart.Build(TestProfile.At("/workspace")).ShouldBeOk());
        typeof(Onstart).GetMethods().Single(method => method.Name == nameof(Onstart.Build)).GetParameters().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("plain-1.0/x", "plain-1.0/x")]
    [InlineData("", "''")]
    [InlineData("it's $HOME", "'it'\\''s $HOME'")]
    public void Words_are_quoted_for_the_shell(string text, string quoted) => ShellQuote.Word(text).ShouldBe(quoted);
}
