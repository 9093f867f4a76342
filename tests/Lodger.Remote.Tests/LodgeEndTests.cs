using System.Diagnostics;
using Lodger.Domain.Box;
using Lodger.Remote.Script;

namespace Lodger.Remote.Tests;

/// <summary>How a command is told to end, and what is done about what does not, on a machine whose disk or driver has gone bad.</summary>
public sealed class LodgeEndTests
{
    public static TheoryData<string> Shells => ["dash", "bash"];

    [Theory]
    [MemberData(nameof(Shells))]
    public async Task A_program_that_saves_at_its_end_is_told_once_and_has_the_time_to(string shell)
    {
        using var box = new ScriptBox(shell);
        // Its shell has no trap and is gone at once; the program takes longer than a command's leftovers get.
        box.Deliver(box.Payload("sh -c 'trap \"echo told >>saved\" TERM; echo go >launched; while [ ! -f saved ]; do sleep 0.1; done; sleep 8; echo whole >>saved'; echo never >>saved"));
        box.Boot();
        await box.WaitUntil(() => box.InWorkdir("launched").Length > 0, "the launch");
        box.Lodge("stop-job").ShouldBe((0, "lodger-stop ok\n"));
        box.InWorkdir("saved").ShouldBe("told\nwhole\n");
        box.Report().ExitCode.ShouldBe(143);
    }

    [Theory]
    [InlineData("dash", true)]
    [InlineData("bash", true)]
    [InlineData("dash", false)]
    public async Task What_has_left_the_commands_group_ends_with_it(string shell, bool isAsked)
    {
        using var box = new ScriptBox(shell);
        // As torchrun's workers do, and as they stay when torchrun itself is killed.
        box.Deliver(box.Payload("setsid sh -c 'echo $$ >worker; while :; do sleep 0.2; done' & echo $$ >main; sleep 300"));
        box.Boot();
        await box.WaitUntil(() => box.InWorkdir("worker").Length > 0 && box.InWorkdir("main").Length > 0, "the worker");
        if (isAsked)
            box.Lodge("stop-job").ShouldBe((0, "lodger-stop ok\n"));
        else
            box.Shell($"kill -9 {box.InWorkdir("main").Trim()}").ExitCode.ShouldBe(0);
        await box.WaitFor(BoxPhase.Ended);
        box.Processes().Select(pid => $"{pid}").ShouldNotContain(box.InWorkdir("worker").Trim(), "nothing writes any more when the end is said");
    }

    [Fact]
    public async Task A_worker_that_saves_at_its_end_has_the_time_to_as_well()
    {
        using var box = new ScriptBox();
        box.Deliver(box.Payload("setsid sh -c 'trap \"echo told >>saved\" TERM; echo go >launched; while [ ! -f saved ]; do sleep 0.1; done; sleep 8; echo whole >>saved' & sleep 300"));
        box.Boot();
        await box.WaitUntil(() => box.InWorkdir("launched").Length > 0, "the launch");
        box.Lodge("stop-job").ShouldBe((0, "lodger-stop ok\n"));
        box.InWorkdir("saved").ShouldBe("told\nwhole\n");
    }

    [Fact]
    public async Task What_setup_has_started_in_a_session_of_its_own_is_there_for_the_command()
    {
        using var box = new ScriptBox();
        box.Deliver(box.Payload("kill -0 $(cat service) && echo there >seen") with { Setup = "setsid sh -c 'echo $$ >service; exec sleep 300' >/dev/null 2>&1 & until [ -s service ]; do sleep 0.1; done" });
        box.Boot();
        await box.WaitFor(BoxPhase.Ended);
        box.InWorkdir("seen").ShouldBe("there\n");
    }

    [Theory]
    [InlineData("supervisor")]
    [InlineData("group")]
    public async Task On_a_full_disk_the_space_that_was_kept_is_given_up_for_what_has_to_be_written_down(string name)
    {
        using var box = new ScriptBox();
        Directory.CreateDirectory(box.Layout.StateDirectory);
        var spare = Path.Combine(box.Layout.StateDirectory, "spare");
        await File.WriteAllTextAsync(spare, "kept", TestContext.Current.CancellationToken);
        box.Tool("mv", $"case $* in */{name}) [ ! -e {ShellQuote.Word(spare)} ] || exit 1 ;; esac\nexec /bin/mv \"$@\"");
        box.Deliver(box.Payload("echo go >>launches"));
        box.Boot();
        await box.WaitFor(BoxPhase.Ended);
        box.Report().ExitCode.ShouldBe(0);
        box.InWorkdir("launches").ShouldBe("go\n");
        box.State("supervisor").ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_driver_that_hangs_keeps_neither_a_report_nor_the_watch_waiting_and_is_asked_no_more()
    {
        using var box = new ScriptBox();
        box.Environment["LODGER_LOOK_S"] = "5";
        box.Deliver(box.Payload("echo go >launched; sleep 300") with { StallAfter = TimeSpan.FromSeconds(1), StopWhenAbandonedAfter = TimeSpan.FromDays(1) });
        box.Boot();
        await box.WaitUntil(() => box.InWorkdir("launched").Length > 0, "the launch");
        // Neither a signal nor a closed pipe reaches it.
        box.Tool("nvidia-smi", "trap '' TERM HUP INT; echo >>\"$HOME/asked\"; while :; do sleep 1; done");
        var begun = Stopwatch.GetTimestamp();
        box.Report().Gpus.ShouldBeEmpty();
        box.Report().Phase.ShouldBe(BoxPhase.Running);
        // Far from what it would take if it were waited for, which is for ever.
        Stopwatch.GetElapsedTime(begun).ShouldBeLessThan(TimeSpan.FromMinutes(5));
        await box.WaitForHeartbeats(3);

        // One that no signal ends, as where the driver holds it: it lives, as the supervisor does.
        File.Copy(Path.Combine(box.Layout.StateDirectory, "supervisor"), Path.Combine(box.Layout.StateDirectory, "gpu-hung"), overwrite: true);
        await box.WaitForHeartbeats(3);
        var asked = new FileInfo(Path.Combine(box.Root, "asked")).Length;
        box.Report().Gpus.ShouldBeEmpty();
        await box.WaitForHeartbeats(3);
        new FileInfo(Path.Combine(box.Root, "asked")).Length.ShouldBe(asked, "no other is started beside it");
    }

    [Fact]
    public async Task An_image_without_setsid_is_refused_by_name()
    {
        using var box = new ScriptBox();
        box.LeaveOnly();
        File.Delete(Path.Combine(box.Bin, "setsid"));
        box.Deliver(box.Payload("true"));
        box.Boot();
        await box.WaitFor(BoxPhase.Refused);
        box.State("failure").ShouldBe("The image has no 'setsid', which running a job detached needs.");
    }
}
