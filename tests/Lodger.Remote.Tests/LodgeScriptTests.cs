using System.Text.RegularExpressions;
using Lodger.Domain.Box;
using Lodger.Remote.Script;

namespace Lodger.Remote.Tests;

public sealed class LodgeScriptTests
{
    public static TheoryData<string> Shells => ["dash", "bash"];

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task A_job_runs_in_its_directory_and_its_end_is_reported(string shell)
    {
        using var box = new ScriptBox(shell);
        box.Boot();
        await box.WaitFor(BoxPhase.WaitingForPayload);
        box.Deliver(box.Payload("pwd > where; echo hello; echo oops >&2; exit 3"));
        await box.WaitFor(BoxPhase.Ended);

        var report = box.Report();
        report.ExitCode.ShouldBe(3);
        report.Attempt.ShouldBe(1);
        report.Starts.ShouldBe(1);
        report.ProgressText.ShouldBe("hello\noops\n");
        report.LogBytes.ShouldBe(11);
        report.RunTime.ShouldNotBeNull();
        report.HeartbeatAge.ShouldNotBeNull().ShouldBeLessThan(TimeSpan.FromMinutes(2));
        report.DiskFreeBytes.ShouldNotBeNull().ShouldBeGreaterThan(0);
        report.DiskTotalBytes.ShouldNotBeNull().ShouldBeGreaterThan(report.DiskFreeBytes.Value);
        report.Gpus.ShouldHaveSingleItem().ShouldBe(new BoxGpu("NVIDIA GeForce RTX 4090", 24564, 3, "550.54.15"));
        box.InWorkdir("where").Trim().ShouldBe(box.Workdir);
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task A_job_killed_with_its_machine_is_run_again_at_the_next_start_until_it_has_ended(string shell)
    {
        using var box = new ScriptBox(shell);
        box.Boot();
        box.Deliver(box.Payload("echo go >> launches; while [ ! -f may-end ]; do sleep 0.1; done; echo done >> launches"));
        await box.WaitUntil(() => box.InWorkdir("launches") == "go\n", "the first launch");
        box.KillEverything();
        box.State("exit").ShouldBeEmpty("a killed wrapper must not claim that the job ended");

        box.Boot();
        await box.WaitUntil(() => box.InWorkdir("launches") == "go\ngo\n", "the second launch");
        await File.WriteAllTextAsync(Path.Combine(box.Workdir, "may-end"), "", TestContext.Current.CancellationToken);
        await box.WaitFor(BoxPhase.Ended);
        box.KillEverything();

        var supervisor = box.State("supervisor");
        box.Boot();
        await box.WaitUntil(() => box.State("supervisor") != supervisor, "the third start");
        await box.WaitForHeartbeats(2);
        box.State("phase").ShouldBe("Ended");
        box.InWorkdir("launches").ShouldBe("go\ngo\ndone\n");
        box.Report().ExitCode.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task Two_boot_scripts_in_one_start_do_not_run_the_job_twice(string shell)
    {
        using var box = new ScriptBox(shell);
        box.Deliver(box.Payload("echo go >> launches; sleep 60"));
        box.Boot();
        await box.WaitUntil(() => box.InWorkdir("launches").Length > 0, "the launch");
        box.Boot();
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        box.InWorkdir("launches").ShouldBe("go\n");
        box.Report().ShouldSatisfyAllConditions(r => r.Starts.ShouldBe(1), r => r.Phase.ShouldBe(BoxPhase.Running));
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task Of_two_lodge_scripts_that_begin_at_once_one_alone_runs_the_job_also_where_one_ended_before_it_said_that_it_is_there(string shell)
    {
        using var box = new ScriptBox(shell);
        box.Deliver(box.Payload("echo go >> launches; sleep 60"));
        var claims = Directory.CreateDirectory(Path.Combine(box.Layout.StateDirectory, "claims")).FullName;
        await File.WriteAllTextAsync(Path.Combine(box.Layout.StateDirectory, "supervisor"), "4194303 7\n", TestContext.Current.CancellationToken);
        // What names nothing lives no more.
        File.CreateSymbolicLink(Path.Combine(claims, "4194303 7"), "4194304 8");
        File.CreateSymbolicLink(Path.Combine(claims, "4194300 1"), "4194301 2");
        // Neither goes on before both have seen that nobody is there.
        box.Tool("ln", "case $* in *'4194304 8') echo >>\"$HOME/came\"; while [ \"$(wc -l <\"$HOME/came\")\" -lt 2 ]; do sleep 0.05; done ;; esac\nexec /bin/ln \"$@\"");
        foreach (var _ in (int[])[1, 2])
        {
            box.Shell($"setsid sh {ShellQuote.Word(box.Layout.Script)} supervise </dev/null >>{ShellQuote.Word(box.Layout.Root)}/lodge.log 2>&1 &").ExitCode.ShouldBe(0);
        }

        await box.WaitFor(BoxPhase.Running);
        await box.WaitUntil(() => box.InWorkdir("launches").Length > 0, "the launch");
        await box.WaitForHeartbeats(3);
        box.InWorkdir("launches").ShouldBe("go\n");
        new DirectoryInfo(claims).EnumerateFileSystemInfos().Select(link => $"{link.Name}: {link.LinkTarget}").ShouldBe(["4194303 7: 4194304 8", $"4194304 8: {box.State("supervisor")}"], ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task What_an_earlier_start_said_is_no_word_of_one_that_has_not_come_to_the_command(string shell)
    {
        using var box = new ScriptBox(shell);
        box.Boot();
        box.Deliver(box.Payload("echo step 40; echo go >> launches; while [ ! -f may-end ]; do sleep 0.1; done"));
        await box.WaitUntil(() => box.InWorkdir("launches") == "go\n", "the first launch");
        box.Report().ShouldSatisfyAllConditions(r => r.Phase.ShouldBe(BoxPhase.Running), r => r.ProgressText.ShouldBe("step 40\n"));
        box.KillEverything();
        await File.WriteAllTextAsync(Path.Combine(box.Layout.StateDirectory, "heartbeat"), "1\n", TestContext.Current.CancellationToken);

        // The moment at which the boot script has counted the start, and nothing else has happened.
        var ready = await File.ReadAllTextAsync(box.Layout.ReadyMarker, TestContext.Current.CancellationToken);
        File.Delete(box.Layout.ReadyMarker);
        box.Boot();
        await box.WaitFor(BoxPhase.WaitingForPayload);
        box.KillEverything();
        await File.WriteAllTextAsync(box.Layout.ReadyMarker, ready, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(box.Layout.StateDirectory, "phase"), "Running\n", TestContext.Current.CancellationToken);
        box.State("phase").ShouldBe("Running");
        box.Report().ShouldSatisfyAllConditions(r => r.Starts.ShouldBe(2), r => r.Phase.ShouldBe(BoxPhase.Checking), r => r.ProgressText.ShouldBeEmpty(), r => r.HeartbeatAge.ShouldNotBeNull().ShouldBeLessThan(TimeSpan.FromMinutes(2)));

        box.Boot();
        await box.WaitUntil(() => box.InWorkdir("launches") == "go\ngo\n", "the second launch");
        box.Report().ShouldSatisfyAllConditions(r => r.Starts.ShouldBe(3), r => r.Phase.ShouldBe(BoxPhase.Running), r => r.ProgressText.ShouldBe("step 40\n"));
        await File.WriteAllTextAsync(Path.Combine(box.Workdir, "may-end"), "", TestContext.Current.CancellationToken);
        await box.WaitFor(BoxPhase.Ended);
        box.KillEverything();
        box.Boot();
        await box.WaitUntil(() => box.State("starts") == "4", "the fourth start");
        box.Report().ShouldSatisfyAllConditions(r => r.Phase.ShouldBe(BoxPhase.Ended), r => r.ProgressText.ShouldBe("step 40\n", "it is over, and these were its last words"));
    }

    [Theory]
    [InlineData("dash", "1", false)]
    [InlineData("bash", "7", false)]
    [InlineData("dash", "not a number", false)]
    [InlineData("dash", "", false)]
    [InlineData("dash", "99999999999999999999", false)]
    [InlineData("dash", "0", true)]
    public async Task A_fenced_attempt_never_starts_and_an_unreadable_fence_keeps_everything_out(string shell, string fence, bool runs)
    {
        using var box = new ScriptBox(shell);
        box.Deliver(box.Payload("echo ran > ran"));
        await File.WriteAllTextAsync(box.Layout.Fence, fence, TestContext.Current.CancellationToken);
        box.Boot();
        await box.WaitFor(runs ? BoxPhase.Ended : BoxPhase.Fenced);
        box.InWorkdir("ran").ShouldBe(runs ? "ran\n" : "");
    }

    [Fact]
    public async Task A_fence_written_while_the_job_runs_ends_it_without_an_exit_marker()
    {
        using var box = new ScriptBox();
        box.Deliver(box.Payload("echo go > launched; sleep 60"));
        box.Boot();
        await box.WaitUntil(() => box.InWorkdir("launched").Length > 0, "the launch");
        await File.WriteAllTextAsync(box.Layout.Fence, "1", TestContext.Current.CancellationToken);
        await box.WaitFor(BoxPhase.Fenced);
        box.State("exit").ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task Ending_the_job_ends_its_whole_process_group_and_leaves_the_marker(string shell)
    {
        using var box = new ScriptBox(shell);
        box.Environment["LODGER_END_GRACE_S"] = "2";
        box.Deliver(box.Payload("trap '' TERM; (trap '' TERM; sleep 300) & echo go > launched; while :; do sleep 1; done"));
        box.Boot();
        await box.WaitUntil(() => box.InWorkdir("launched").Length > 0, "the launch");
        box.Lodge("stop-job").ShouldBe((0, "lodger-stop ok\n"));
        box.Report().ExitCode.ShouldBe(137);
        await box.WaitUntil(() => !box.Processes().Any(pid => CommandLine(pid).Contains("sleep 300", StringComparison.Ordinal)), "the end of the job's children");
    }

    [Fact]
    public async Task Ending_a_job_whose_wrapper_died_still_leaves_a_marker()
    {
        using var box = new ScriptBox();
        box.Deliver(box.Payload("echo go > launched; sleep 60"));
        box.Boot();
        await box.WaitUntil(() => box.InWorkdir("launched").Length > 0, "the launch");
        using (var wrapper = System.Diagnostics.Process.GetProcessById(int.Parse(box.State("supervisor").Split(' ')[0])))
        {
            wrapper.Kill();
        }

        box.Lodge("stop-job").ShouldBe((0, "lodger-stop ok\n"));
        box.Report().ExitCode.ShouldBe(143);
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task Setup_runs_once_and_its_failure_ends_the_attempt(string shell)
    {
        using var box = new ScriptBox(shell);
        box.Deliver(box.Payload("echo run >> trace; exit 0") with { Setup = "echo setup >> trace\nfalse\necho never >> trace" });
        box.Boot();
        await box.WaitFor(BoxPhase.Refused);
        box.InWorkdir("trace").ShouldBe("setup\n");
        box.Report().Failure.ShouldNotBeNull().ShouldContain("setup: ended with status 1");

        using var other = new ScriptBox(shell);
        other.Deliver(other.Payload("echo run >> trace; sleep 60") with { Setup = "echo setup >> trace" });
        other.Boot();
        await other.WaitUntil(() => other.InWorkdir("trace") == "setup\nrun\n", "the run");
        other.KillEverything();
        other.Boot();
        await other.WaitUntil(() => other.InWorkdir("trace") == "setup\nrun\nrun\n", "the second run without a second setup");
    }

    [Fact]
    public async Task The_profiles_overrides_reach_the_job()
    {
        using var box = new ScriptBox();
        var credentials = Path.Combine(box.Root, "credentials");
        await File.WriteAllTextAsync(credentials, "# comment\nWANDB_TOKEN=from-file\nbad name=x\n", TestContext.Current.CancellationToken);
        using var other = new ScriptBox(profile: TestProfile.At(box.DataDir, "export HOOKED=yes", credentials));
        other.Deliver(other.Payload("env | sort > env.txt"));
        other.Boot();
        await box.WaitFor(BoxPhase.Ended);
        var lines = other.InWorkdir("env.txt").Split('\n');
        lines.ShouldContain($"DATA_DIR={box.DataDir}");
        lines.ShouldContain("DURABLE_DIR=off-box");
        lines.ShouldContain("PROXY_HOOK=export HOOKED=yes");
        lines.ShouldContain("HOOKED=yes");
        lines.ShouldContain($"CRED_FILE={credentials}");
        lines.ShouldContain("WANDB_TOKEN=from-file");
        lines.ShouldContain("SCRATCH=latest.pth *.tmp");
        lines.ShouldContain($"HF_HOME={box.DataDir}/.cache/huggingface");
        lines.ShouldContain("PYTHONUNBUFFERED=1");
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task Whatever_the_jobs_variables_are_called_setup_and_run_find_what_env_says(string shell)
    {
        using var box = new ScriptBox(shell);
        // Each name that the scripts give to something of their own, whatever else looks like one.
        var names = Regex.Matches($"{EmbeddedScript.Common}{EmbeddedScript.Boot}{EmbeddedScript.Lodge}", @"(?<=^|[\s(""])(?<name>[A-Za-z_][A-Za-z0-9_]*)(?==)|(?<=read -r |for )(?<name>[A-Za-z_]+)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(20))
            .Select(match => match.Groups["name"].Value)
            .Where(name => !name.StartsWith("LODGER_", StringComparison.Ordinal) && name is not ("PATH" or "IFS" or "LC_ALL" or "DATA_DIR" or "DURABLE_DIR" or "PROXY_HOOK" or "CRED_FILE" or "SCRATCH" or "_"))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        new[] { "D", "S", "P", "value", "path", "count", "source", "file", "limit" }.ShouldBeSubsetOf(names);
        foreach (var name in names)
        {
            box.Environment[name] = $"the job's {name}";
        }

        box.Environment["LODGER_ENV_NAMES"] = string.Join(' ', names);
        box.Boot();
        await box.WaitFor(BoxPhase.WaitingForPayload);
        box.Deliver(box.Payload("env > run.txt") with { Setup = "env > setup.txt" });
        await box.WaitFor(BoxPhase.Ended);
        foreach (var file in (string[])["setup.txt", "run.txt"])
        {
            names.Select(name => $"{name}=the job's {name}").Except(box.InWorkdir(file).Split('\n'), StringComparer.Ordinal).ShouldBeEmpty(file);
        }

        var sessions = await File.ReadAllLinesAsync(Path.Combine(box.Root, "etc", "environment"), TestContext.Current.CancellationToken);
        names.Select(name => $"{name}=\"the job's {name}\"").Except(sessions, StringComparer.Ordinal).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task A_command_whose_script_is_killed_before_it_is_written_down_never_begins(string shell)
    {
        using var box = new ScriptBox(shell);
        // It stands still in the moment in which it would write itself down.
        box.Tool("mv", "case $* in */group) : >\"$HOME/standing\"; while [ ! -f \"$HOME/may-go\" ]; do sleep 0.05; done; : >\"$HOME/went\" ;; esac\nexec /bin/mv \"$@\"");
        box.Deliver(box.Payload("echo go >> launches; sleep 60"));
        box.Boot();
        await box.WaitUntil(() => File.Exists(Path.Combine(box.Root, "standing")), "the launch");
        box.Shell($"read -r pid _ <{ShellQuote.Word(box.Layout.StateDirectory)}/supervisor; kill -9 $pid; : >\"$HOME/may-go\"").ExitCode.ShouldBe(0);
        await box.WaitUntil(() => File.Exists(Path.Combine(box.Root, "went")) && !box.Processes().Any(), "the end of everything");
        box.InWorkdir("launches").ShouldBeEmpty();

        box.Boot();
        await box.WaitUntil(() => box.InWorkdir("launches").Length > 0, "the launch after the next start");
        box.InWorkdir("launches").ShouldBe("go\n");
    }

    [Fact]
    public async Task A_proxy_hook_that_fails_ends_the_attempt()
    {
        using var box = new ScriptBox();
        using var other = new ScriptBox(profile: TestProfile.At(box.DataDir, ". /no/such/file"));
        other.Deliver(other.Payload("true"));
        other.Boot();
        await box.WaitFor(BoxPhase.Refused);
        box.State("failure").ShouldContain("proxy hook");
    }

    [Fact]
    public async Task A_machine_without_the_platforms_boot_hook_ends_the_attempt()
    {
        using var box = new ScriptBox();
        using var other = new ScriptBox(profile: TestProfile.At(box.DataDir, detach: "/no/such/onstart.sh"));
        other.Deliver(other.Payload("true"));
        other.Boot();
        await box.WaitFor(BoxPhase.Refused);
        box.State("failure").ShouldContain("/no/such/onstart.sh");
    }

    [Fact]
    public async Task A_job_without_output_is_quiet_and_its_progress_file_counts_as_life()
    {
        using var box = new ScriptBox();
        box.Deliver(box.Payload("echo start; while :; do echo step >> progress.txt; sleep 0.2; done") with { ProgressFile = "progress.txt" });
        box.Boot();
        await box.WaitUntil(() => box.InWorkdir("progress.txt").Length > 50, "some progress");
        var report = box.Report();
        report.Phase.ShouldBe(BoxPhase.Running);
        report.ProgressText.ShouldStartWith("step\n");
        report.QuietTime.ShouldNotBeNull().ShouldBeLessThan(TimeSpan.FromMinutes(1));
        report.ExitCode.ShouldBeNull();
    }

    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }
}
