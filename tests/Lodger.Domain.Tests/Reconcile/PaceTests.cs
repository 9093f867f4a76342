using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Reconcile;

/// <summary>How often a running job is told to write a checkpoint, how often those are copied, and what is at risk meanwhile.</summary>
public sealed class PaceTests
{
    private static readonly JobSpec Spot = Samples.Spec with { Rent = RentMode.Interruptible, Checkpoints = ["ckpt/*.pt"] };

    private static readonly BoxReport Runs = new() { Phase = BoxPhase.Running, Attempt = 1, Starts = 1 };

    private static readonly JobEvent[] Bid = [new RentIntended(1, "offer-1", "lodger/digits.k3f9qa/1", null, 0.2m), .. Samples.Running[1..], new RunRestarted(1, 1, null)];

    private static JobState Job(params JobEvent[] more) => Samples.Job(Spot, [.. Bid, .. more]);

    private static Observation See(TimeSpan at, BoxReport report) => new()
    {
        Listing = new Listing([Samples.Rental with { Interruptible = true, BidUsdPerHour = 0.2m }], Samples.T0 + at),
        Report = report,
        ReportAt = Samples.T0 + at,
        MirrorLookedAt = Samples.T0 + at,
    };

    private static JobAction Decide(JobState job, Observation seen) => Reconciler.Decide(job, seen, seen.Listing.At, new Waits()).ShouldHaveSingleItem();

    private static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);

    private static CadenceTold Told(TimeSpan at, BoxReport report, params JobEvent[] more) => Decide(Job(more), See(at, report)).ShouldBeOfType<TellCadence>().Cadence;

    [Fact]
    public void A_slower_write_makes_checkpoints_rarer_and_the_measured_one_replaces_the_assumed()
    {
        var quick = Told(Minutes(5), Runs with { CheckpointWriteTime = TimeSpan.FromSeconds(2) });
        var slow = Told(Minutes(5), Runs with { CheckpointWriteTime = TimeSpan.FromSeconds(60) });
        quick.Why.ShouldContain("2 s (measured)");
        slow.Every.ShouldBeGreaterThan(quick.Every * 3);
        Told(Minutes(5), Runs).Why.ShouldContain("(assumed)");
    }

    [Fact]
    public void Preemptions_that_were_seen_make_checkpoints_more_frequent()
    {
        var calm = CheckpointPace.Decide(Job(), Job().Current!, Runs, 1, Samples.T0 + Minutes(30))!;
        var job = Job();
        for (var i = 0; i < 6; i++)
        {
            job = job.After(Minutes((i * 4) + 3), new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"))
                .After(Minutes((i * 4) + 4), new RentalChanged(1, "r1", RentalStatus.Running, "running"));
        }

        job.Current!.PreemptedRuns.Count.ShouldBe(6);
        CheckpointPace.Decide(job, job.Current, Runs, 1, Samples.T0 + Minutes(30))!.Every.ShouldBeLessThan(calm.Every / 2);
    }

    [Fact]
    public void A_bid_far_above_the_least_that_runs_is_trusted_longer_and_on_demand_longest()
    {
        JobState With(decimal? bid) => Samples.Job(Spot, [new RentIntended(1, "offer-1", "lodger/digits.k3f9qa/1", Samples.Offer with { MinBidUsdPerHour = 0.1m }, bid), .. Samples.Running[1..]]);
        TimeSpan Every(decimal? bid) => CheckpointPace.Decide(With(bid), With(bid).Current!, Runs, 1, Samples.T0 + Minutes(1))!.Every;
        Every(0.15m).ShouldBeGreaterThan(Every(0.105m));
        Every(null).ShouldBeGreaterThan(Every(0.15m));
    }

    [Fact]
    public void A_market_at_sixty_times_the_speed_brings_its_preemptions_sixty_times_as_soon()
    {
        var job = Job();
        var real = CheckpointPace.Decide(job, job.Current!, Runs, 1, Samples.T0 + Minutes(1))!;
        CheckpointPace.Decide(job, job.Current!, Runs, 60, Samples.T0 + Minutes(1))!.Every.ShouldBeLessThan(real.Every / 5);
    }

    [Fact]
    public void Steps_are_kept_whole()
    {
        var told = Told(Minutes(5), Runs with { StepTime = TimeSpan.FromSeconds(7) });
        (told.Every.TotalSeconds % 7).ShouldBe(0, 1e-6);
    }

    [Fact]
    public void What_the_job_knows_already_is_not_said_again()
    {
        var told = Told(Minutes(5), Runs);
        var job = Job().After(Minutes(5), told);
        Decide(job, See(Minutes(6), Runs with { CheckpointEvery = told.Every })).ShouldBeOfType<Wait>();
    }

    [Fact]
    public void A_job_without_checkpoints_is_told_nothing() =>
        CheckpointPace.Decide(Samples.Job(Samples.Running), Samples.Job(Samples.Running).Current!, Runs, 1, Samples.T0).ShouldBeNull();

    [Theory]
    [InlineData(1e-9)]
    [InlineData(3e7)]
    public void However_long_a_step_claims_to_be_the_machine_can_be_told(double stepSeconds)
    {
        var every = Told(Minutes(5), Runs with { StepTime = TimeSpan.FromSeconds(stepSeconds) }).Every;
        every.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromDays(7));
    }

    private static JobState Copied(long bytes, decimal price, out Observation seen, TimeSpan? after = null)
    {
        var told = Told(Minutes(5), Runs);
        var job = Job(told, new CheckpointMirrored(1, "ckpt/1.pt", bytes, "abc", 100, "loads"));
        seen = See(after ?? Minutes(6), Runs with { CheckpointEvery = told.Every, CheckpointAge = TimeSpan.FromSeconds(20), CheckpointBytes = bytes });
        seen = seen with { MirrorLookedAt = null, Listing = new Listing([seen.Listing.Rentals![0] with { UploadUsdPerGb = price }], seen.Listing.At) };
        return job;
    }

    [Fact]
    public void Small_checkpoints_are_copied_as_they_are_found()
    {
        var job = Copied(1_000_000, 0.01m, out var seen);
        var paced = Decide(job, seen).ShouldBeOfType<Record>().Event.ShouldBeOfType<MirrorPaced>();
        paced.Spacing.ShouldBe(TimeSpan.Zero);
        Decide(job.After(Minutes(6), paced), seen).ShouldBeOfType<MirrorCheckpoints>();
    }

    [Fact]
    public void Where_bandwidth_is_dear_copies_are_spaced_by_what_they_cost_and_the_look_is_only_the_floor()
    {
        var job = Copied(20_000_000_000, 0.02m, out var seen);
        var paced = Decide(job, seen).ShouldBeOfType<Record>().Event.ShouldBeOfType<MirrorPaced>();
        paced.Spacing.ShouldBeGreaterThan(Minutes(30));
        job = job.After(Minutes(6), paced);
        Decide(job, seen).ShouldBeOfType<Wait>();
        bool IsDue(DateTimeOffset now) => MirrorPace.IsDue(new Situation(job, job.Current!, seen.Listing.Rentals![0], seen, now, new Waits()));
        IsDue(seen.Listing.At + (paced.Spacing / 2)).ShouldBeFalse();
        IsDue(seen.Listing.At + paced.Spacing).ShouldBeTrue();
    }

    [Fact]
    public void A_disk_out_of_reach_risks_the_work_since_the_copy_and_a_preemption_only_that_since_the_write()
    {
        var job = Job().After(Minutes(10), new CheckpointMirrored(1, "ckpt/1.pt", 10, "abc", 100, "loads"));
        var risk = WorkAtRisk.Of(job, job.Current!, Runs with { CheckpointAge = Minutes(2) }, Samples.T0 + Minutes(20), Samples.T0 + Minutes(21));
        risk.ShouldBe(new WorkAtRisk(Minutes(3), Minutes(11), 100));
        WorkAtRisk.Of(job, job.Current!, Runs, null, Samples.T0 + Minutes(21)).IfPreempted.ShouldBeNull();
    }

    [Fact]
    public void What_would_be_done_again_weighs_on_waiting_or_moving()
    {
        var job = Job(Told(Minutes(5), Runs)).After(Minutes(10), new CheckpointMirrored(1, "ckpt/1.pt", 10, "abc", 100, "loads"))
            .After(Minutes(90), new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"));
        var seen = See(Minutes(91), Runs with { CheckpointAge = Minutes(4) }) with { ReportAt = Samples.T0 + Minutes(90) };
        var rental = seen.Listing.Rentals![0] with { Status = RentalStatus.Preempted };
        var facts = PreemptionFactsOf.Paused(new Situation(job, job.Current!, rental, seen, Samples.T0 + Minutes(91), new Waits()), []);
        facts.ReworkOnReturn.ShouldBe(Minutes(4));
        facts.Rework.ShouldBe(Minutes(80));
        facts.WorkAtRisk.ShouldNotBeNull();
    }

    [Fact]
    public void The_longer_a_run_has_lasted_the_fewer_checkpoints_it_is_asked_for()
    {
        TimeSpan Every(TimeSpan age) => CheckpointPace.Decide(Job(), Job().Current!, Runs, 1, Samples.T0 + age)!.Every;
        Every(TimeSpan.FromHours(20)).ShouldBeGreaterThan(Every(Minutes(1)));
        Every(TimeSpan.FromHours(-1)).ShouldBe(Every(TimeSpan.FromSeconds(3)), "a clock that was set back makes no run younger than nothing");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_market_that_claims_no_speed_that_can_be_is_taken_for_one_at_ours(double speed)
    {
        var job = Job();
        CheckpointPace.Decide(job, job.Current!, Runs, speed, Samples.T0 + Minutes(1)).ShouldBe(CheckpointPace.Decide(job, job.Current!, Runs, 1, Samples.T0 + Minutes(1)));
        var copied = Copied(20_000_000_000, 0.02m, out var seen);
        Paced(copied, seen with { MarketSpeed = speed }).ShouldBe(Paced(copied, seen));
    }

    [Fact]
    public void One_slow_write_counts_half_and_what_is_not_said_any_more_stays_as_it_was()
    {
        var job = Job(new CadenceTold(1, Minutes(5), Minutes(60), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(3), ""));
        CadenceTold Next(BoxReport? report) => CheckpointPace.Decide(job, job.Current!, report, 1, Samples.T0 + Minutes(9))!;
        Next(Runs with { CheckpointWriteTime = TimeSpan.FromSeconds(60), StepTime = TimeSpan.FromSeconds(4) }).ShouldSatisfyAllConditions(
            n => n.WriteTime.ShouldBe(TimeSpan.FromSeconds(40)), n => n.StepTime.ShouldBe(TimeSpan.FromSeconds(4)));
        Next(Runs).ShouldSatisfyAllConditions(n => n.WriteTime.ShouldBe(TimeSpan.FromSeconds(20)), n => n.StepTime.ShouldBe(TimeSpan.FromSeconds(3)));
        Next(null).WriteTime.ShouldBe(TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData(60, 10)]
    [InlineData(4, 4)]
    public void A_machine_is_told_again_after_an_interval_and_after_ten_minutes_at_the_latest(double told, double after)
    {
        var job = Job().After(Minutes(20), new CadenceTold(1, Minutes(told), Minutes(60), TimeSpan.FromSeconds(300), null, ""));
        bool IsTold(TimeSpan later, BoxReport report) => Decide(job, See(Minutes(20) + later, report)) is TellCadence;
        var news = Runs with { CheckpointEvery = Minutes(told), CheckpointWriteTime = TimeSpan.FromSeconds(1000) };
        IsTold(Minutes(after) - TimeSpan.FromTicks(1), news).ShouldBeFalse();
        IsTold(Minutes(after), news).ShouldBeTrue();
        IsTold(Minutes(after), news with { Phase = BoxPhase.SettingUp }).ShouldBeFalse();
    }

    [Fact]
    public void The_first_write_that_was_measured_is_told_at_once()
    {
        var job = Job().After(Minutes(20), Told(Minutes(20), Runs));
        var known = Runs with { CheckpointEvery = job.Current!.Cadence!.Every };
        Decide(job, See(Minutes(20) + TimeSpan.FromSeconds(6), known with { CheckpointWriteTime = TimeSpan.FromSeconds(300) })).ShouldBeOfType<TellCadence>();
        Decide(job, See(Minutes(20) + TimeSpan.FromSeconds(6), known)).ShouldNotBeOfType<TellCadence>();
    }

    [Fact]
    public void Runs_that_a_preemption_ended_are_told_from_those_that_we_ended()
    {
        var job = Job().After(Minutes(60), new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"))
            .After(Minutes(70), new RentalChanged(1, "r1", RentalStatus.Running, ""), new StopIntended(1, "a drill"))
            .After(Minutes(100), new RentalChanged(1, "r1", RentalStatus.Stopped, ""));
        var history = CheckpointPace.History(job);
        history.Preempted.ShouldBe([Minutes(60) - TimeSpan.FromSeconds(3)]);
        history.EndedOtherwise.ShouldBe([Minutes(30)]);
        CheckpointPace.History(Job().After(Minutes(60), new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"))).EndedOtherwise.ShouldBeEmpty();
    }

    private static MirrorPaced? Paced(JobState job, Observation seen) =>
        MirrorPace.News(new Situation(job, job.Current!, seen.Listing.Rentals![0], seen, seen.Listing.At, new Waits()), seen.Report!);

    /// <summary>Told an interval of five minutes, with a minute to write; a copy takes twenty minutes on its line and costs nothing.</summary>
    private static JobState Slow(out Observation seen, params JobEvent[] more)
    {
        var report = Runs with { CheckpointAge = TimeSpan.FromSeconds(20), CheckpointBytes = 1_200_000_000, CheckpointEvery = Minutes(5) };
        seen = See(Minutes(6), report) with { CopyBytesPerSecond = 1_000_000 };
        seen = seen with { Listing = new Listing([seen.Listing.Rentals![0] with { UploadUsdPerGb = 0 }], seen.Listing.At) };
        return Job().After(Minutes(5), [new CadenceTold(1, Minutes(5), Minutes(60), Minutes(1), null, ""), .. more]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    public void A_line_that_is_slower_than_the_checkpoints_are_frequent_carries_as_many_as_it_can_at_any_speed_of_the_market(double speed)
    {
        var paced = Paced(Slow(out var seen), seen with { MarketSpeed = speed }).ShouldNotBeNull();
        paced.Spacing.ShouldBe(4 * Minutes(6), "from one checkpoint to the next are six minutes, and twenty are three of them and a bit");
        paced.Why.ShouldStartWith("one checkpoint in 4: the line carries no more");
    }

    [Fact]
    public void Until_a_copy_was_made_its_line_is_reckoned_as_fast_as_the_offer_says()
    {
        var job = Slow(out var seen);
        Paced(job, seen with { CopyBytesPerSecond = null })!.Spacing.ShouldBe(TimeSpan.Zero, "500 Mbps carry it in 20 s");
        var slow = Samples.Job(Spot, [new RentIntended(1, "offer-1", "lodger/digits.k3f9qa/1", Samples.Offer with { UploadMbps = 8 }, 0.2m), .. Bid[1..], new CadenceTold(1, Minutes(5), Minutes(60), Minutes(1), null, "")]);
        Paced(slow, seen with { CopyBytesPerSecond = null })!.Spacing.ShouldBe(4 * Minutes(6));
    }

    [Fact]
    public void A_job_that_does_not_say_when_it_writes_has_each_look_counted()
    {
        var job = Slow(out var seen);
        var silent = Paced(job, seen with { Report = seen.Report! with { CheckpointAge = null } })!;
        silent.Spacing.ShouldBe(40 * new Waits().Mirror, "twenty minutes are forty looks");
        silent.Why.ShouldStartWith("the job does not say when it writes, so each look counts as one; ");
        Paced(job, seen)!.Why.ShouldNotContain("does not say");
    }

    [Theory]
    [InlineData(24, false)]
    [InlineData(30, false)]
    [InlineData(30.1, true)]
    [InlineData(19.2, false)]
    [InlineData(19.1, true)]
    public void Another_spacing_is_written_down_when_it_differs_by_more_than_a_quarter(double last, bool isNews) =>
        (Paced(Slow(out var seen, new MirrorPaced(1, Minutes(last), "")), seen) is not null).ShouldBe(isNews);

    [Fact]
    public void While_nobody_knows_how_large_a_checkpoint_is_the_first_one_is_copied_as_it_is_found()
    {
        var job = Slow(out var seen);
        seen = seen with { MirrorLookedAt = null, Report = seen.Report! with { CheckpointBytes = null } };
        Paced(job, seen).ShouldBeNull();
        Decide(job, seen).ShouldBe(new MirrorCheckpoints(1));
        Decide(job, seen with { MirrorLookedAt = seen.Listing.At - new Waits().Mirror }).ShouldBe(new MirrorCheckpoints(1));
        Decide(job, seen with { MirrorLookedAt = seen.Listing.At - new Waits().Mirror + TimeSpan.FromTicks(1) }).ShouldBeOfType<Wait>();
    }

    [Fact]
    public void Nothing_is_at_risk_before_the_command_runs_and_never_more_than_since_it_began()
    {
        var sent = Samples.Job(Spot, Bid[..7]);
        WorkAtRisk.Of(sent, sent.Current!, null, null, Samples.T0 + Minutes(20)).ShouldBe(new WorkAtRisk(null, null, null));
        var job = Samples.Job(Spot, Bid[..7]).After(Minutes(10), new JobStarted(1));
        var old = Runs with { CheckpointAge = Minutes(100) };
        WorkAtRisk.Of(job, job.Current!, old, Samples.T0 + Minutes(15), Samples.T0 + Minutes(15)).ShouldBe(new WorkAtRisk(Minutes(5), Minutes(5), null));
        WorkAtRisk.Of(job, job.Current!, Runs with { CheckpointAge = Minutes(1) }, Samples.T0 + Minutes(16), Samples.T0 + Minutes(15)).IfPreempted.ShouldBe(Minutes(1), "a report of a moment that is still to come adds nothing");
        WorkAtRisk.Of(job, job.Current!, null, null, Samples.T0 + Minutes(9)).IfDiskLost.ShouldBe(TimeSpan.Zero);
        var early = Samples.Job(Spot, Bid[..7]).After(Minutes(1), new CheckpointMirrored(1, "ckpt/1.pt", 10, "abc", 100, "loads")).After(Minutes(10), new JobStarted(1));
        WorkAtRisk.Of(early, early.Current!, null, null, Samples.T0 + Minutes(15)).IfDiskLost.ShouldBe(Minutes(5));
    }

    [Fact]
    public void A_machine_that_shows_something_else_than_it_was_told_is_told_again()
    {
        var told = CheckpointPace.Decide(Job(), Job().Current!, Runs, 1, Samples.T0 + Minutes(40))!;
        var job = Job().After(Minutes(20), told);
        Decide(job, See(Minutes(40), Runs with { CheckpointEvery = told.Every })).ShouldNotBeOfType<TellCadence>();
        Decide(job, See(Minutes(40), Runs)).ShouldBeOfType<TellCadence>("it lost what it was told, with its disk perhaps");
    }

    [Fact]
    public void How_large_a_checkpoint_is_now_comes_before_how_large_one_ever_was()
    {
        var job = Slow(out var seen, new CheckpointMirrored(1, "ckpt/1.pt", 1_200_000_000, "aa", 1, "loads"));
        Paced(job, seen with { Report = seen.Report! with { CheckpointBytes = 1_000_000 } })!.Spacing.ShouldBe(TimeSpan.Zero);
        Paced(job, seen with { Report = seen.Report! with { CheckpointBytes = null } })!.Spacing.ShouldBe(4 * Minutes(6));
    }
}
