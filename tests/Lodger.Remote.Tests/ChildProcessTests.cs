using System.Diagnostics;
using System.Text;
using Lodger.Domain.Problems;
using Lodger.Remote.Processes;

namespace Lodger.Remote.Tests;

public sealed class ChildProcessTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ChildCommand Sh(string script) => new() { Program = "sh", Arguments = ["-c", script], Timeout = TimeSpan.FromMinutes(5) };

    [Fact]
    public async Task Streams_and_status_come_back()
    {
        var command = Sh("cat; echo err >&2; exit 3") with { Input = Encoding.UTF8.GetBytes("in put") };
        var result = (await ChildProcess.RunAsync(command, TimeProvider.System, Token)).ShouldBeOk();
        result.ShouldSatisfyAllConditions(
            () => result.End.ShouldBe(ChildEnd.Exited),
            () => result.ExitCode.ShouldBe(3),
            () => result.OutputText.ShouldBe("in put"),
            () => result.ErrorText.ShouldBe("err\n"),
            () => result.IsTruncated.ShouldBeFalse());
    }

    [Fact]
    public async Task Endless_output_is_bounded_and_endless_time_too()
    {
        var result = (await ChildProcess.RunAsync(Sh("yes | head -c 3000000") with { MaxOutputBytes = 1000 }, TimeProvider.System, Token)).ShouldBeOk();
        result.Output.Length.ShouldBe(1000);
        result.IsTruncated.ShouldBeTrue();
        result.Succeeded.ShouldBeTrue();

        result = (await ChildProcess.RunAsync(Sh("sleep 60") with { Timeout = TimeSpan.FromMilliseconds(200) }, TimeProvider.System, Token)).ShouldBeOk();
        result.End.ShouldBe(ChildEnd.TimedOut);
        result.Succeeded.ShouldBeFalse();
    }

    [Fact]
    public async Task Descendants_are_killed_with_it_and_input_nobody_reads_is_no_error()
    {
        var (time, limit) = (new StillTime(), TimeSpan.FromSeconds(5));
        var command = Sh("sleep 61 & echo $!; wait") with { Timeout = limit, Input = new byte[1 << 20], OnOutput = _ => time.End(limit) };
        var result = (await ChildProcess.RunAsync(command, time, Token)).ShouldBeOk();
        result.End.ShouldBe(ChildEnd.TimedOut);
        var child = int.Parse(result.OutputText);
        for (var i = 0; i < 3000 && IsAlive(child); i++)
        {
            await Task.Delay(20, Token);
        }

        IsAlive(child).ShouldBeFalse();
    }

    [Fact]
    public async Task A_reader_that_says_no_ends_it()
    {
        var result = (await ChildProcess.RunAsync(Sh("yes") with { OnOutput = _ => false }, TimeProvider.System, Token)).ShouldBeOk();
        result.End.ShouldBe(ChildEnd.Rejected);
    }

    [Fact]
    public async Task What_a_child_that_keeps_the_pipe_may_still_write_is_given_up_and_said_to_be()
    {
        var time = new StillTime();
        var running = ChildProcess.RunAsync(Sh("sleep 600 & echo $!"), time, Token);
        // What it wrote itself may come in the first of them.
        var quiet = 0;
        for (; !running.IsCompleted; await Task.Delay(10, Token))
        {
            quiet += time.End(TimeSpan.FromSeconds(3)) ? 1 : 0;
        }

        var result = (await running).ShouldBeOk();
        quiet.ShouldBeInRange(2, 3);
        (result.Succeeded, result.IsTruncated, result.IsCutOff).ShouldBe((true, false, true));
        using var child = Process.GetProcessById(int.Parse(result.OutputText));
        child.HasExited.ShouldBeFalse("its parent was waited for, and it was not");
        child.Kill();
    }

    [Fact]
    public async Task What_is_still_being_written_when_it_has_exited_is_read_to_its_end()
    {
        var result = (await ChildProcess.RunAsync(Sh("(sleep 1; echo late; sleep 1; echo later) & echo out"), new StillTime(), Token)).ShouldBeOk();
        (result.End, result.IsCutOff, result.OutputText).ShouldBe((ChildEnd.Exited, false, "out\nlate\nlater\n"));
    }

    [Fact]
    public async Task A_program_that_is_not_installed_is_a_problem_that_says_how_to_get_it()
    {
        var problem = (await ChildProcess.RunAsync(new ChildCommand { Program = "no-such-program", Timeout = TimeSpan.FromSeconds(1) }, TimeProvider.System, Token)).ShouldFail("program-missing");
        problem.ExitCode.ShouldBe(ExitCode.Prerequisite);
        problem.Fix.ShouldContain("apt-get install no-such-program");
    }

    [Fact]
    public async Task Cancelling_kills_it_and_throws()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        cancel.CancelAfter(200);
        await Should.ThrowAsync<OperationCanceledException>(() => ChildProcess.RunAsync(Sh("sleep 60"), TimeProvider.System, cancel.Token));
    }

    [Fact]
    public async Task Keys_and_tokens_in_our_environment_stay_with_us()
    {
        const string name = "LODGER_TEST_VAST_API_KEY";
        Environment.SetEnvironmentVariable(name, "marker-of-a-secret");
        try
        {
            var result = (await ChildProcess.RunAsync(Sh("env") with { Environment = new Dictionary<string, string?> { ["GIVEN"] = "yes" } }, TimeProvider.System, Token)).ShouldBeOk();
            result.OutputText.ShouldNotContain("marker-of-a-secret");
            result.OutputText.ShouldContain("GIVEN=yes\n");
            result.OutputText.ShouldContain("PATH=");
        }
        finally
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }

    private static bool IsAlive(int pid)
    {
        try
        {
            return !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
