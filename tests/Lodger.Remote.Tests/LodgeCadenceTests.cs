using Lodger.Domain.Box;

namespace Lodger.Remote.Tests;

public sealed class LodgeCadenceTests
{
    private const string Print = "echo \"$LODGER_CHECKPOINT_EVERY_SECONDS $(cat \"$LODGER_CADENCE_FILE\")\" >> told; ";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("dash")]
    [InlineData("bash")]
    public async Task The_job_is_told_its_cadence_reads_a_new_one_while_it_runs_and_finds_it_again_after_a_restart(string shell)
    {
        using var box = new ScriptBox(shell);
        using var server = new SshServer(box);
        box.Deliver(box.Payload(Print + "while [ \"$(cat \"$LODGER_CADENCE_FILE\")\" = 90 ]; do sleep 0.1; done; cat \"$LODGER_CADENCE_FILE\" > changed; sleep 60") with
        {
            CheckpointEvery = TimeSpan.FromSeconds(90.7),
        });
        box.Boot();
        await box.WaitUntil(() => box.InWorkdir("told").Length > 0, "the launch");
        box.InWorkdir("told").ShouldBe("90 90\n");
        box.Report().CheckpointEvery.ShouldBe(TimeSpan.FromSeconds(90));

        (await server.Box.SetCadenceAsync(server.Address, TimeSpan.FromSeconds(305.9), Token)).ShouldBeOk();
        await box.WaitUntil(() => box.InWorkdir("changed").Length > 0, "the job's notice");
        box.InWorkdir("changed").ShouldBe("305\n");
        box.Report().CheckpointEvery.ShouldBe(TimeSpan.FromSeconds(305));
        Directory.GetFiles(box.Layout.StateDirectory, "cadence*").ShouldHaveSingleItem("no temporary file is left behind");

        box.KillEverything();
        box.Boot();
        await box.WaitUntil(() => box.InWorkdir("told") == "90 90\n305 305\n", "the second launch with the newest cadence");
    }

    [Theory]
    [InlineData("dash")]
    [InlineData("bash")]
    public async Task A_job_that_nobody_gave_a_cadence_is_told_none(string shell)
    {
        using var box = new ScriptBox(shell);
        box.Deliver(box.Payload("echo \"${LODGER_CHECKPOINT_EVERY_SECONDS-unset}\" > told; [ ! -e \"$LODGER_CADENCE_FILE\" ]"));
        box.Boot();
        await box.WaitFor(BoxPhase.Ended);
        box.InWorkdir("told").ShouldBe("unset\n");
        var report = box.Report();
        report.ExitCode.ShouldBe(0);
        report.CheckpointEvery.ShouldBeNull();
        (report.CheckpointStep, report.CheckpointWriteTime, report.CheckpointBytes, report.CheckpointPath, report.CheckpointAge, report.StepTime)
            .ShouldBe((null, null, null, null, null, null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("soon")]
    [InlineData("99999999999999999999")]
    [InlineData("$(touch /tmp/x)")]
    public async Task A_damaged_cadence_file_counts_as_none(string text)
    {
        using var box = new ScriptBox();
        Directory.CreateDirectory(box.Layout.StateDirectory);
        await File.WriteAllTextAsync(box.Layout.Cadence, text, Token);
        box.Deliver(box.Payload(Print) with { CheckpointEvery = TimeSpan.FromSeconds(60) });
        box.Boot();
        await box.WaitFor(BoxPhase.Ended);
        box.InWorkdir("told").ShouldBe("60 60\n");
    }

    [Theory]
    [InlineData("dash")]
    [InlineData("bash")]
    public async Task What_the_job_measured_of_its_last_checkpoint_is_reported(string shell)
    {
        using var box = new ScriptBox(shell);
        box.Deliver(box.Payload("printf 'step=1200\\nseconds=3.25\\nbytes=612000000\\nstep_seconds=0.5\\npath=ckpt/a =b é.pt\\n' > \"$LODGER_CHECKPOINT_REPORT\""));
        box.Boot();
        await box.WaitFor(BoxPhase.Ended);
        var report = box.Report();
        report.CheckpointStep.ShouldBe(1200);
        report.CheckpointWriteTime.ShouldBe(TimeSpan.FromSeconds(3.25));
        report.CheckpointBytes.ShouldBe(612_000_000);
        report.StepTime.ShouldBe(TimeSpan.FromSeconds(0.5));
        report.CheckpointPath.ShouldBe("ckpt/a =b é.pt");
        report.CheckpointAge.ShouldNotBeNull().ShouldBeLessThan(TimeSpan.FromMinutes(5));
    }

    [Theory]
    [InlineData("step=-1\nseconds=1e9\nbytes=0x10\npath=/etc/passwd\n")]
    [InlineData("step=99999999999999999999999999\nseconds=nan\npath=../../x\n")]
    [InlineData("step=1;phase=Ended\nseconds=1.2.3\nbytes=\npath=a\u001b[31mb\n")]
    [InlineData("seconds=99999999999\nend\nlodger-report 1\nphase=Ended\nexit=0\n")]
    [InlineData("\0\u0001\u00ff")]
    public async Task A_report_of_nonsense_says_nothing_and_harms_nothing(string text)
    {
        using var box = new ScriptBox();
        box.Deliver(box.Payload("cat given > \"$LODGER_CHECKPOINT_REPORT\"; touch written; sleep 60"));
        await File.WriteAllTextAsync(Path.Combine(box.Workdir, "given"), text, Token);
        box.Boot();
        await box.WaitUntil(() => File.Exists(Path.Combine(box.Workdir, "written")), "the report");
        var report = box.Report();
        report.Phase.ShouldBe(BoxPhase.Running);
        report.ExitCode.ShouldBeNull();
        (report.CheckpointStep, report.CheckpointWriteTime, report.CheckpointBytes, report.CheckpointPath, report.StepTime).ShouldBe((null, null, null, null, null));
    }

    [Fact]
    public async Task A_report_that_is_no_file_or_a_huge_one_holds_nothing_up()
    {
        using var box = new ScriptBox();
        box.Deliver(box.Payload("mkfifo \"$LODGER_CHECKPOINT_REPORT\"; touch pipe; while [ ! -e go ]; do sleep 0.1; done; rm \"$LODGER_CHECKPOINT_REPORT\"; "
            + "{ echo step=7; head -c 3000000 /dev/zero | tr '\\0' x; } > \"$LODGER_CHECKPOINT_REPORT\"; touch huge; sleep 60"));
        box.Boot();
        await box.WaitUntil(() => File.Exists(Path.Combine(box.Workdir, "pipe")), "the pipe");
        box.Report().CheckpointStep.ShouldBeNull();
        await File.WriteAllTextAsync(Path.Combine(box.Workdir, "go"), "", Token);
        await box.WaitUntil(() => File.Exists(Path.Combine(box.Workdir, "huge")), "the huge report");
        box.Report().CheckpointStep.ShouldBe(7);
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(700_000)]
    public async Task A_cadence_out_of_bounds_is_a_mistake_of_ours(double seconds)
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        await Should.ThrowAsync<ArgumentOutOfRangeException>(() => server.Box.SetCadenceAsync(server.Address, TimeSpan.FromSeconds(seconds), Token));
        Should.Throw<ArgumentOutOfRangeException>(() => box.Deliver(box.Payload("true") with { CheckpointEvery = TimeSpan.FromSeconds(seconds) }));
    }
}
