using System.Diagnostics;
using Lodger.Cli.Composition;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Tests.Commands;

public sealed class CompletionsTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Theory]
    [InlineData("sh", "show", "a command")]
    [InlineData("market fau", "fault", "a command of a command")]
    [InlineData("run job.yaml --bud", "--budget", "an option, after an argument")]
    [InlineData("ps --js", "--json", "the option of all commands")]
    [InlineData("offers --market ", "local", "what an option can be")]
    [InlineData("offers --market=lo", "--market=local", "the same after a sign of equality")]
    [InlineData("token create ci --scope ap", "approve", "one of few words")]
    [InlineData("wait digits --for ver", "verified", "one of few words")]
    [InlineData("explain VAST3", "VAST3", "a finding")]
    [InlineData("completions z", "zsh", "a shell")]
    [InlineData("man rehea", "rehearse", "a page")]
    public async Task A_line_goes_on_with_what_fits(string line, string expected, string what)
    {
        (await stage.RunAsync(["complete", "--", .. line.Split(' ')])).ShouldBe(ExitCode.Ok);

        stage.Out.Split('\n').Select(l => l.Split('\t')[0]).ShouldContain(expected, what);
    }

    [Theory]
    [InlineData("run ")]
    [InlineData("verify ./res")]
    [InlineData("exec digits -- ls ")]
    [InlineData("login --key-file ")]
    public async Task Where_a_file_may_stand_the_shell_is_asked(string line)
    {
        (await stage.RunAsync(["complete", "--", .. line.Split(' ')])).ShouldBe(ExitCode.Ok);

        stage.Out.ShouldBe(":files\n");
    }

    [Theory]
    [InlineData("show ")]
    [InlineData("ps --json --js")]
    [InlineData("no-such-command ")]
    [InlineData("run --budget ")]
    public async Task Where_nothing_is_known_nothing_is_said_and_nothing_is_started(string line)
    {
        (await stage.RunAsync(["complete", "--", .. line.Split(' ')])).ShouldBe(ExitCode.Ok);

        stage.Out.ShouldBeEmpty();
        stage.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task Jobs_are_completed_by_name_with_their_state_open_ones_first()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Closed with { Name = "older" }, Samples.Job);
        (await stage.RunAsync("complete", "--", "show", "")).ShouldBe(ExitCode.Ok);

        stage.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t')[0]).ShouldBe(["resnet", "older"]);
        stage.Out.Split('\t')[1].ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_name_that_no_job_can_have_is_not_put_onto_a_line()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job with { Name = "$(touch x)" }, Samples.Job with { Name = "bert", Id = "bert.1" });
        (await stage.RunAsync("complete", "--", "show", "")).ShouldBe(ExitCode.Ok);

        stage.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t')[0]).ShouldBe(["bert"]);
    }

    /// <summary>Each shell that is here, itself, with its own way of asking; PowerShell is not.</summary>
    [Theory]
    [InlineData("bash", """source "$1"; COMP_LINE='lodger explain VAST3'; COMP_POINT=${#COMP_LINE}; COMP_WORDS=("$2" explain VAST3); COMP_CWORD=2; compopt() { echo "compopt $*"; }; _lodger; printf '%s\n' "${COMPREPLY[@]}" """, "VAST3")]
    [InlineData("bash", """source "$1"; COMP_LINE='lodger offers --market=lo'; COMP_POINT=${#COMP_LINE}; COMP_WORDS=("$2" offers --market = lo); COMP_CWORD=4; _lodger; printf '%s\n' "${COMPREPLY[@]}" """, "local")]
    [InlineData("bash", """source "$1"; COMP_LINE='lodger run '; COMP_POINT=${#COMP_LINE}; COMP_WORDS=("$2" run ''); COMP_CWORD=2; compopt() { echo "compopt $*"; }; _lodger """, "compopt -o default")]
    [InlineData("zsh", """compdef() { :; }; _describe() { print -rl -- $found; }; _files() { print files; }; source "$1"; words=("$2" explain VAST3); CURRENT=3; _lodger""", "VAST3:Stuck in Scheduling on a machine that looks free")]
    [InlineData("zsh", """compdef() { :; }; _describe() { print -rl -- $found; }; _files() { print files; }; source "$1"; words=("$2" run ''); CURRENT=3; _lodger""", "files")]
    public async Task The_shell_itself_completes(string shell, string line, string expected)
    {
        (await stage.RunAsync("completions", shell)).ShouldBe(ExitCode.Ok);

        var output = await RunAsync(shell, [shell == "zsh" ? "-f" : "--norc", "-c", line, shell, stage.Write("lodger." + shell, stage.Out), Program()]);

        output.Split('\n').ShouldContain(expected, output);
    }

    [Fact]
    public async Task Fish_shows_words_with_what_they_are()
    {
        (await stage.RunAsync("completions", "fish")).ShouldBe(ExitCode.Ok);

        var output = await RunAsync("fish", ["-N", "-c", "set -x PATH (dirname $argv[2]) $PATH; source $argv[1]; complete -C'lodger explain VAST3'", stage.Write("lodger.fish", stage.Out), Program()]);

        output.ShouldContain("VAST3\tStuck in Scheduling on a machine that looks free");
    }

    /// <summary>One file, as people have it.</summary>
    private string Program()
    {
        var text = stage.Write("lodger.sh", $"#!/bin/sh\nexec {string.Join(' ', OwnProgram.Running.Prefix.Prepend(OwnProgram.Running.Path).Select(p => $"'{p}'"))} \"$@\"\n");
        var program = Path.Combine(stage.Directory, "bin", "lodger");
        // Never open for writing in this process: a child of another test that was forked meanwhile would hold it so, and what is written to cannot be executed.
        using var install = Process.Start("install", ["-D", "-m", "500", text, program]);
        install.WaitForExit();
        install.ExitCode.ShouldBe(0);
        return program;
    }

    private async Task<string> RunAsync(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (name, value) in stage.Environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output + await error;
    }
}
