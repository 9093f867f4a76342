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
}
