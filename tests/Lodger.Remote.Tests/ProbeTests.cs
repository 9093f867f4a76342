using System.Text;
using Lodger.Domain.Box;
using Lodger.Domain.Problems;

namespace Lodger.Remote.Tests;

public sealed class ProbeTests
{
    private static readonly DateTimeOffset Asked = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("dash")]
    [InlineData("bash")]
    public async Task A_machine_at_work_is_seen_whole_in_one_look(string shell)
    {
        using var box = new ScriptBox(shell);
        using var server = new SshServer(box);
        box.Tool("nvidia-smi", "case $* in *memory.used*) echo 'NVIDIA GeForce RTX 4090, 24564, 18000, 93, 550.54.15' ;; *query*) echo 'NVIDIA GeForce RTX 4090, 24564, 93, 550.54.15' ;; *) echo '| CUDA Version: 12.4     |' ;; esac");
        Write(box, "sys/fs/cgroup/memory.max", "64000000000\n");
        Write(box, "sys/fs/cgroup/memory.stat", "file 9\nanon 123456\n");
        Write(box, "sys/fs/cgroup/memory.events", "oom 3\noom_kill 2\n");
        Write(box, "proc/net/tcp", "  sl  local_address rem_address   st\n   0: 0100007F:1F91 00000000:0000 0A 0\n   1: 00000000:1770 00000000:0000 0A 0\n");
        Write(box, "hf/hub/models--a/blobs/x.incomplete", "12345");
        File.SetLastWriteTimeUtc(Path.Combine(box.Root, "hf/hub/models--a/blobs/x.incomplete"), DateTime.UtcNow.AddMinutes(-9));
        box.Environment["HF_HOME"] = Path.Combine(box.Root, "hf");
        box.Environment["CUDA_VERSION"] = "12.1.1";
        box.Deliver(box.Payload("sleep 300 & while :; do :; done"));
        box.Boot();
        await box.WaitFor(BoxPhase.Running);
        await box.WaitUntil(() => (server.Box.ProbeAsync(server.Address, [], Token).GetAwaiter().GetResult()).ShouldBeOk().CpuTime >= TimeSpan.FromSeconds(1), "a second of work");

        var seen = (await server.Box.ProbeAsync(server.Address, [8081, 6000, 7000], Token)).ShouldBeOk();

        seen.ShouldSatisfyAllConditions(
            p => p.HasBooted.ShouldBeTrue(),
            p => p.IsSupervised.ShouldBeTrue(),
            p => p.Report!.Phase.ShouldBe(BoxPhase.Running),
            p => p.Report!.HeartbeatAge.ShouldNotBeNull(),
            p => p.Report!.Gpus.ShouldHaveSingleItem().UtilizationPercent.ShouldBe(93),
            p => p.Processes.ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(2),
            p => p.ClockAhead!.Value.Duration().ShouldBeLessThan(TimeSpan.FromMinutes(1)),
            p => p.Gpus.ShouldHaveSingleItem().MemoryUsedMb.ShouldBe(18_000),
            p => (p.DriverCuda, p.ImageCuda).ShouldBe((12.4m, 12.1m)),
            p => (p.MemoryLimitBytes, p.MemoryUsedBytes, p.OomKills).ShouldBe((64_000_000_000, 123_456, 2)),
            p => p.WorkDisk!.FreeBytes.ShouldNotBeNull().ShouldBeGreaterThan(0),
            p => (p.Hub!.Incomplete, p.Hub.Bytes, p.Hub.QuietTime >= TimeSpan.FromMinutes(9)).ShouldBe((1, 5, true)),
            p => (p.Ports[8081], p.Ports[6000], p.Ports[7000]).ShouldBe((PortListener.LoopbackOnly, PortListener.Everywhere, PortListener.None)));
    }

    [Fact]
    public async Task A_machine_on_which_nothing_of_ours_ever_ran_is_seen_too()
    {
        using var box = new ScriptBox();
        using var server = new SshServer(box);
        box.Tool("nvidia-smi", "echo \"NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\"; exit 9");

        (await server.Box.ProbeAsync(server.Address, [], Token)).ShouldBeOk().ShouldSatisfyAllConditions(
            p => p.HasBooted.ShouldBeFalse(),
            p => p.Report.ShouldBeNull(),
            p => p.Processes.ShouldBeNull(),
            p => p.GpuComplaint.ShouldNotBeNull().ShouldContain("couldn't communicate"),
            p => p.Gpus.ShouldBeEmpty(),
            p => p.Hub.ShouldBeNull());
        File.Exists(box.Layout.StateDirectory).ShouldBeFalse();
        Directory.Exists(box.Layout.StateDirectory).ShouldBeFalse("a look changes nothing");
    }

    [Theory]
    [InlineData("")]
    [InlineData("lodger-probe 1\nclock=1800000000\n")]
    [InlineData("clock=1\nlodger-probe end\n")]
    public void A_look_that_was_cut_short_says_nothing(string text) => BoxProbeText.Parse(text, Asked).ShouldFail("box-probe-unreadable").ExitCode.ShouldBe(ExitCode.Unknown);

    [Fact]
    public void A_report_that_was_cut_short_inside_a_whole_look_makes_it_unknown() =>
        BoxProbeText.Parse("lodger-probe 1\nlodger-report 1\nphase=Running\nlodger-probe end\n", Asked).ShouldFail("box-report-unreadable");

    [Fact]
    public void What_a_hostile_machine_says_is_bounded_and_cleaned_or_unknown()
    {
        var evil = Convert.ToBase64String(Encoding.UTF8.GetBytes("\u001b[2Jgone\u0007\nsecond line"));
        var text = $"lodger-probe 1\nclock=99999999999999999999\nprocesses=-4\ncpu_s=-1\nmemory_limit=max\nmemory_used=-5\noom_kills=9999999999999\nwork_total_kb=-1\nwork_inodes=-\n"
            + $"gpu_complaint={evil}\ngpus=%%%\ndriver_cuda=12.4; rm -rf /\nimage_cuda=999.9\nhub_incomplete=5\nhub_beside={evil}\nport_22=everywhere; x\nport_99999999=none\nport_80=loopback\nlodger-probe end\n";
        var seen = BoxProbeText.Parse(text, Asked).ShouldBeOk();
        seen.ShouldSatisfyAllConditions(
            p => p.ClockAhead.ShouldBeNull(),
            p => p.Processes.ShouldBeNull(),
            p => p.CpuTime.ShouldBe(TimeSpan.Zero),
            p => (p.MemoryLimitBytes, p.MemoryUsedBytes, p.OomKills).ShouldBe((null, null, null)),
            p => p.WorkDisk.ShouldBeNull(),
            p => p.GpuComplaint.ShouldNotBeNull().ShouldNotContain('\u001b'),
            p => p.HubBesideDataDisk.ShouldNotBeNull().ShouldNotContain('\n'),
            p => p.Gpus.ShouldBeEmpty(),
            p => (p.DriverCuda, p.ImageCuda).ShouldBe((null, null)),
            p => p.Hub.ShouldBeNull("without an age it is no sign"),
            p => p.Ports.ShouldHaveSingleItem().Value.ShouldBe(PortListener.LoopbackOnly));
    }

    private static void Write(ScriptBox box, string path, string text)
    {
        var file = Path.Combine(box.Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
