using Lodger.Domain.Box;
using Lodger.Domain.Doctor;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using static Lodger.Domain.Tests.Doctor.RuleCases;

namespace Lodger.Domain.Tests.Doctor;

/// <summary>What was seen on a machine that runs: at which figure a rule begins to speak, how grave it is, and what it names.</summary>
public sealed class OnAMachineTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static readonly BoxReport Report = Run.Report!;

    private static Facts Said(Func<BoxReport, BoxReport> change) => Probed(p => p with { Report = change(Report) });

    private static Facts Disk(long total, long free) => Probed(p => p with { WorkDisk = new(total, free, null, null) });

    private static BusySample[] Looks(int count, TimeSpan over, int percent) =>
        [.. Enumerable.Range(0, count).Select(i => new BusySample(Run.Now - over + (over * i / (count - 1)), percent))];

    [Theory]
    [InlineData(60, null)]
    [InlineData(61, "61 s ahead of")]
    [InlineData(-61, "61 s behind")]
    [InlineData(119, "119 s ahead of")]
    [InlineData(120, "2 min ahead of")]
    [InlineData(7_140, "119 min ahead of")]
    [InlineData(7_200, "2 h ahead of")]
    [InlineData(172_440, "47.9 h ahead of")]
    [InlineData(172_800, "2 d ahead of")]
    [InlineData(61.4, "61 s ahead of")]
    [InlineData(-216_300, "2.5 d behind")]
    public void A_clock_may_be_a_minute_off_and_by_how_much_it_is_is_said_in_the_unit_that_fits(double seconds, string? said) =>
        (Found("clock-skew", Probed(p => p with { ClockAhead = TimeSpan.FromSeconds(seconds) }))?.Evidence).ShouldBe(said is null ? null : $"its clock is {said} this machine's");

    [Theory]
    [InlineData(null, "offers: machine_id!=m1 ")]
    [InlineData("gpu_ram>=24", "offers: gpu_ram>=24 machine_id!=m1 ")]
    public void Another_host_is_asked_for_besides_what_the_job_asks_for_already(string? offers, string fix) =>
        Found("clock-skew", Probed(p => p with { ClockAhead = Hour }) with { Spec = Samples.Spec with { Offers = offers } })!.Fix.ShouldContain(fix);

    [Theory]
    [InlineData(1_000_000_000, null)]
    [InlineData(999_999_999, Severity.Warning)]
    [InlineData(0, Severity.Error)]
    public void A_disk_is_warned_of_below_a_twentieth_and_full_at_nothing(long free, Severity? severity)
    {
        (Found("VAST10", Disk(20_000_000_000, free))?.Severity).ShouldBe(severity);
        (Found("VAST10", Run with { Probe = null, Report = Report with { DiskTotalBytes = 20_000_000_000, DiskFreeBytes = free } })?.Severity).ShouldBe(severity, "the machine's own report says so too");
        var root = Found("VAST10", Probed(p => p with { RootDisk = new(20_000_000_000, free, null, null) }));
        (root?.Severity).ShouldBe(severity);
        (root?.Evidence ?? "on / (df)").ShouldEndWith("on / (df)");
    }

    [Theory]
    [InlineData(50_000, null)]
    [InlineData(49_999, Severity.Warning)]
    [InlineData(0, Severity.Error)]
    public void A_disk_without_inodes_is_as_full_as_one_without_bytes(long left, Severity? severity) =>
        (Found("VAST10", Probed(p => p with { WorkDisk = new(20_000_000_000, 10_000_000_000, 1_000_000, left) }))?.Severity).ShouldBe(severity);

    [Fact]
    public void Room_is_made_only_where_checkpoints_are_copied()
    {
        var full = Disk(20_000_000_000, 0);
        Found("VAST10", full)!.Automatic.ShouldBeNull();
        Found("VAST10", full with { Spec = full.Spec with { Checkpoints = ["ckpt/**"] } })!.Automatic.ShouldNotBeNull().ShouldContain("copied off the machine");
        Found("VAST10", full with { Rental = Samples.Rental with { Status = RentalStatus.Stopped } }).ShouldBeNull("nothing writes there now");
    }

    [Theory]
    [InlineData(120, 60, true)]
    [InlineData(119, 60, false)]
    [InlineData(120, 59, false)]
    public void A_download_stands_still_after_two_minutes_while_the_command_says_nothing(int hub, int quiet, bool warns)
    {
        var facts = Probed(p => p with { Hub = new HubDownloads(1, 5, TimeSpan.FromSeconds(hub)), Report = Report with { QuietTime = TimeSpan.FromSeconds(quiet) } });
        (Found("stalled-download", facts) is not null).ShouldBe(warns);
    }

    [Theory]
    [InlineData(12, 120, 14, true)]
    [InlineData(11, 120, 14, false)]
    [InlineData(12, 119, 14, false)]
    [InlineData(12, 120, 15, false)]
    public void A_GPU_is_starved_when_it_is_hardly_busy_at_twelve_looks_over_two_minutes(int looks, int seconds, int percent, bool notes) =>
        (Found("loader-starved", Run with { Busy = Looks(looks, TimeSpan.FromSeconds(seconds), percent) }) is not null).ShouldBe(notes);

    [Fact]
    public void One_busy_look_of_late_shows_that_the_GPU_is_not_starved_and_an_old_one_does_not()
    {
        var idle = Looks(20, TimeSpan.FromMinutes(4), 3);
        Found("loader-starved", Run with { Busy = [.. idle[..10], idle[10] with { Percent = 90 }, .. idle[11..]] }).ShouldBeNull();
        Found("loader-starved", Run with { Busy = [new(Run.Now - TimeSpan.FromMinutes(6), 90), .. idle[..19], idle[19] with { Percent = 1 }] })!.Evidence.ShouldStartWith("at most 3 % busy at 20 looks over 4 min; its processes use 1 processors");
        Found("loader-starved", Run with { Busy = idle, Probe = null })!.Evidence.ShouldEndWith("over 4 min");
        Found("loader-starved", Said(r => r with { QuietTime = TimeSpan.FromSeconds(121) }) with { Busy = idle }).ShouldBeNull("a command that says nothing may not be in its loop");
        Found("loader-starved", Said(r => r with { QuietTime = TimeSpan.FromSeconds(120) }) with { Busy = idle }).ShouldNotBeNull();
        Found("loader-starved", Said(r => r with { RunTime = TimeSpan.Zero }) with { Busy = idle })!.Evidence.ShouldEndWith("over 4 min");
    }

    [Theory]
    [InlineData(599, null)]
    [InlineData(600, "nothing new for 10 min; the GPU was not watched; 3 process(es) used 58 min of processor time in 60 min")]
    public void A_log_stands_still_after_ten_minutes(int seconds, string? said) => (Found("frozen-log", Said(r => r with { QuietTime = TimeSpan.FromSeconds(seconds) }))?.Evidence).ShouldBe(said);

    [Theory]
    [InlineData(0, 72, "waits")]
    [InlineData(0, 73, "works")]
    [InlineData(5, 0, "waits")]
    [InlineData(6, 0, "works")]
    public void A_command_that_says_nothing_works_where_its_processes_or_the_GPU_do(int percent, int cpuSeconds, string what)
    {
        var facts = Probed(p => p with { CpuTime = TimeSpan.FromSeconds(cpuSeconds), Report = Report with { QuietTime = TimeSpan.FromMinutes(30) } });
        Found("frozen-log", facts with { Busy = [new(Run.Now - TimeSpan.FromMinutes(5), percent), new(Run.Now - TimeSpan.FromMinutes(3), 0)] })!.Cause.ShouldStartWith($"Hypothesis: it {what}");
    }

    [Fact]
    public void Only_looks_at_the_GPU_since_the_last_line_of_the_log_count_and_the_busiest_of_them()
    {
        var quiet = Said(r => r with { QuietTime = TimeSpan.FromMinutes(30) });
        BusySample At(int minutes, int percent) => new(Run.Now - TimeSpan.FromMinutes(minutes), percent);
        Found("frozen-log", quiet with { Busy = [At(40, 99), At(30, 98), At(20, 4), At(10, 2)] })!.Evidence.ShouldContain("the GPU was up to 4 % busy meanwhile");
        Found("frozen-log", quiet with { Busy = [At(40, 99)] })!.Evidence.ShouldContain("the GPU was up to 0 % busy meanwhile");
        Found("frozen-log", quiet with { Probe = null, Report = quiet.Report! with { QuietTime = TimeSpan.FromMinutes(30) } })!.Evidence.ShouldEndWith("its processes were not looked at");
    }

    [Theory]
    [InlineData(BoxPhase.Checking, 1501, true)]
    [InlineData(BoxPhase.Checking, 1500, false)]
    [InlineData(BoxPhase.Running, 20_000, false)]
    [InlineData(BoxPhase.SettingUp, 20_000, false)]
    [InlineData(BoxPhase.Ended, 20_000, true)]
    public void Memory_of_the_GPU_is_held_by_the_dead_only_where_nothing_of_the_job_can_hold_it(BoxPhase phase, int mb, bool warns)
    {
        var facts = Probed(p => p with { Report = Report with { Phase = phase }, Processes = 0, Gpus = [p.Gpus[0] with { MemoryUsedMb = mb }] });
        (Found("zombie-vram", facts) is not null).ShouldBe(warns);
        Found("zombie-vram", facts with { Probe = facts.Probe! with { Processes = 1 } }).ShouldBeNull();
        Found("zombie-vram", facts with { Probe = facts.Probe with { Report = null } }).ShouldBeNull("nobody knows what runs there");
    }

    [Theory]
    [InlineData(93, false)]
    [InlineData(94, true)]
    public void Memory_is_nearly_gone_above_93_percent_of_its_limit(long used, bool warns) =>
        (Found("out-of-memory", Probed(p => p with { MemoryLimitBytes = 100, MemoryUsedBytes = used })) is not null).ShouldBe(warns);

    [Theory]
    [InlineData(18_000, false)]
    [InlineData(17_999, true)]
    public void A_card_with_less_than_nine_tenths_of_the_promised_memory_is_another_one(int mb, bool errs)
    {
        var facts = Probed(p => p with { Gpus = [p.Gpus[0] with { MemoryMb = 24_000 }, p.Gpus[0] with { MemoryMb = mb }] });
        (Found("VAST14", facts with { Priced = RuleCases.Plan.Priced! with { Offer = Samples.Offer with { GpuMemoryMb = 20_000 } } }) is not null).ShouldBe(errs);
    }

    [Theory]
    [InlineData(BoxPhase.Running, 120, true, null)]
    [InlineData(BoxPhase.Running, 121, true, "the last heartbeat of r1 is 2 min old")]
    [InlineData(BoxPhase.Running, 121, false, "the last heartbeat of r1 is 2 min old, and the lodge script is not alive")]
    [InlineData(BoxPhase.Ended, 900, false, null)]
    [InlineData(BoxPhase.Refused, 900, false, null)]
    [InlineData(BoxPhase.Fenced, 900, false, null)]
    public void A_heartbeat_is_missed_after_two_minutes_unless_all_is_over(BoxPhase phase, int seconds, bool supervised, string? said) =>
        (Found("no-heartbeat", Probed(p => p with { IsSupervised = supervised, Report = Report with { Phase = phase, HeartbeatAge = TimeSpan.FromSeconds(seconds) } }))?.Evidence).ShouldBe(said);

    [Theory]
    [InlineData(BoxPhase.Running, 119, false)]
    [InlineData(BoxPhase.Running, 120, true)]
    [InlineData(BoxPhase.Ended, 900, false)]
    [InlineData(BoxPhase.Refused, 900, false)]
    [InlineData(BoxPhase.Fenced, 900, false)]
    public void A_machine_that_was_sent_everything_has_to_beat_within_two_minutes(BoxPhase phase, int seconds, bool errs)
    {
        var facts = Said(r => r with { Phase = phase, HeartbeatAge = null });
        (Found("no-heartbeat", facts with { Now = facts.Job!.Current!.PayloadDeliveredAt!.Value + TimeSpan.FromSeconds(seconds) }) is not null).ShouldBe(errs);
    }

    [Fact]
    public void A_machine_that_booted_and_has_no_lodge_script_to_report_is_silent_too()
    {
        Found("no-heartbeat", Probed(_ => new BoxProbe { HasBooted = true }))!.Evidence.ShouldBe("r1 was sent everything 60 min ago and has no heartbeat");
        Found("no-heartbeat", Probed(_ => new BoxProbe { HasBooted = true }, Samples.Running[..6])).ShouldBeNull("nothing was sent yet");
    }

    private static Facts Copies(int ranMinutes, int? copiedMinutesAgo, int? writtenMinutesAgo, int paceMinutes = 0, int everyMinutes = 0)
    {
        JobEvent[] events =
        [
            .. Samples.Running,
            new MirrorPaced(1, TimeSpan.FromMinutes(paceMinutes), "why"),
            new CadenceTold(1, TimeSpan.FromMinutes(everyMinutes), Hour, null, null, "why"),
        ];
        var spec = Samples.Spec with { Checkpoints = ["ckpt/**"] };
        var job = Samples.Job(spec, events);
        var now = job.Current!.StartedAt!.Value + TimeSpan.FromMinutes(ranMinutes);
        if (copiedMinutesAgo is { } ago)
            job = job.After(now - TimeSpan.FromMinutes(ago) - Samples.T0, new CheckpointMirrored(1, "ckpt/1.pt", 5, "aa", null, "loads"));
        var report = Report with { CheckpointAge = writtenMinutesAgo is { } written ? TimeSpan.FromMinutes(written) : null };
        return Run with { Spec = spec, Job = job, Now = now, Probe = null, Report = report };
    }

    [Theory]
    [InlineData(40, null, null, 0, 0, null)]
    [InlineData(41, null, null, 0, 0, "no copy since the command began 41 min ago")]
    [InlineData(90, 40, null, 0, 0, null)]
    [InlineData(90, 41, null, 0, 0, "the newest copy is 41 min old")]
    [InlineData(90, 41, null, 10, 0, null)]
    [InlineData(90, 41, null, 0, 10, null)]
    [InlineData(90, 71, null, 10, 20, "the newest copy is 71 min old")]
    [InlineData(90, 70, null, 10, 20, null)]
    [InlineData(90, 25, 5, 0, 0, null)]
    [InlineData(90, 26, 5, 0, 0, "the newest copy is 26 min old, the newest checkpoint 5 min")]
    [InlineData(90, 21, 0, 0, 0, "the newest copy is 21 min old, the newest checkpoint 0 s")]
    [InlineData(90, 20, 0, 0, 0, null)]
    [InlineData(30, null, 5, 0, 0, "no copy since the command began 30 min ago, and it wrote a checkpoint 5 min ago")]
    [InlineData(90, 80, 75, 0, 0, null)]
    public void Copies_stand_still_when_the_newest_is_older_than_the_newest_checkpoint_by_the_pace_and_twenty_minutes(int ran, int? copied, int? written, int pace, int every, string? said) =>
        (Found("copies-stand-still", Copies(ran, copied, written, pace, every))?.Evidence).ShouldBe(said);

    [Fact]
    public void Of_the_hubs_cache_on_the_root_disk_it_is_said_what_is_free_there_where_df_says_it() =>
        Found("hub-cache", Probed(p => p with { HubBesideDataDisk = "/root/x", RootDisk = new(null, null, null, null) }))!.Evidence.ShouldEndWith("; ? are free on /");

    [Fact]
    public void An_image_without_nvidia_smi_cannot_show_its_GPU() =>
        Found("gpu-missing", Probed(p => p with { HasNvidiaSmi = false, Gpus = [] }))!.Evidence.ShouldBe("there is no nvidia-smi on r1");

    [Fact]
    public void A_port_on_which_nobody_listens_is_a_note() =>
        Found("VAST6", Port(PortListener.None))!.ShouldSatisfyAllConditions(f => f.Severity.ShouldBe(Severity.Note), f => f.Evidence.ShouldBe("nobody listens on 8081/tcp just now; from outside it is 127.0.0.1:40001"));

    [Fact]
    public void Where_no_offer_is_known_another_host_is_taken_by_running_again() =>
        Found("clock-skew", Probed(p => p with { ClockAhead = Hour }) with { Job = null })!.Fix.ShouldBe("lodger run job.yaml   takes another host");
}
