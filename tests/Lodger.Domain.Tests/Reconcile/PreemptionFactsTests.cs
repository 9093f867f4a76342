using System.Globalization;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Policy;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Reconcile;

/// <summary>What the policy is told of a job that was interrupted: too little work left, or too short a start, and a deadline is missed.</summary>
public sealed class PreemptionFactsTests
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    private static JobSpec Spec { get; } = Samples.Spec with { Rent = RentMode.Auto, Work = TimeSpan.FromHours(10), Checkpoints = ["checkpoint.pt"] };

    private static TimeSpan Minutes(double minutes) => TimeSpan.FromMinutes(minutes);

    /// <summary>Three hours on the first machine, its command begun after half an hour, preempted twice; then another that is taken in the middle of sending.</summary>
    private static JobState Moved(JobSpec spec) => Samples.Job(spec, Samples.Running[0], Samples.Running[1])
        .After(Minutes(1), Samples.Running[2])
        .After(Minutes(31), [.. Samples.Running[3..^1], new CadenceTold(1, Every, TimeSpan.FromHours(1), null, null, ""), Samples.Running[^1]])
        .After(Minutes(91), new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"))
        .After(Minutes(101), new RentalChanged(1, "r1", RentalStatus.Running, ""))
        .After(Minutes(191), new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"), new MoveDecided(1, "", "", [], Samples.Offer, 0.2m, null), new RentIntended(2, "offer-1", "lodger/digits.k3f9qa/2", Samples.Offer, 0.2m), new Rented(2, "r2", Adopted: false))
        .After(Minutes(192), new RentalChanged(2, "r2", RentalStatus.Running, ""), new PayloadIntended(2))
        .After(Minutes(194), new RentalChanged(2, "r2", RentalStatus.Preempted, "outbid"));

    private static Situation At(JobState job, TimeSpan at, BoxReport? report = null)
    {
        var rental = Samples.Rental with { Id = job.Current!.RentalId!, Label = job.Current.Label, Status = RentalStatus.Preempted, Interruptible = true };
        var seen = new Observation { Listing = new Listing([rental], Samples.T0 + at), Report = report, ReportAt = report is null ? null : Samples.T0 + at };
        return new Situation(job, job.Current, rental, seen, Samples.T0 + at, new Waits());
    }

    [Fact]
    public void A_machine_that_is_lost_in_the_middle_of_sending_makes_nobody_forget_what_was_lost_on_the_ones_before()
    {
        // Ran for 180 minutes: 30 of them before its command, and twice an interval and a start of the command lost.
        PreemptionFactsOf.Paused(At(Moved(Spec), Minutes(200)), []).WorkLeft.ShouldBe(TimeSpan.FromHours(10) - Minutes(180 - 30 - (2 * 12)));
        PreemptionFactsOf.Paused(At(Moved(Spec with { Checkpoints = [] }), Minutes(200)), []).WorkLeft.ShouldBe(TimeSpan.FromHours(10));
    }

    [Fact]
    public void What_the_next_preemption_can_lose_is_reckoned_also_where_no_interval_was_told_yet_and_grows_with_the_run_that_is_expected()
    {
        var first = Samples.Job(Spec, Samples.Running[..6]).After(Minutes(5), new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"));
        var risk = PreemptionFactsOf.Paused(At(first, Minutes(6)), []).WorkAtRisk!.Value;
        risk.ShouldBeGreaterThan(Minutes(5));
        PreemptionFactsOf.Paused(At(Samples.Job(Spec with { Work = TimeSpan.FromHours(100) }, Samples.Running[..6]), Minutes(6)), []).WorkAtRisk!.Value.ShouldBeGreaterThan(risk);
        PreemptionFactsOf.Paused(At(Moved(Spec with { Checkpoints = [] }), Minutes(200)), []).WorkAtRisk.ShouldBe(TimeSpan.FromHours(10));
    }

    [Fact]
    public void Machines_on_which_other_jobs_of_the_account_bid_are_no_way_on()
    {
        var at = At(Moved(Spec), Minutes(200));
        var other = Samples.Rental with { Id = "r9", Label = "lodger/other.k3f9qb/1", MachineId = "m2", Interruptible = true, BidUsdPerHour = 0.2m };
        var ours = Samples.Offer with { Id = "o2", MachineId = "m2", MinBidUsdPerHour = 0.3m };
        Offer[] offers = [ours, ours with { Id = "o3", MachineId = "m3" }];
        PreemptionFactsOf.Paused(at, offers).Offers.Select(o => o.Id).ShouldBe(["o2", "o3"]);
        at = at with { Seen = at.Seen with { Listing = new Listing([at.Rental!, other], at.Now) } };
        PreemptionFactsOf.Paused(at, offers).Offers.Select(o => o.Id).ShouldBe(["o3"]);
    }

    [Fact]
    public void What_other_jobs_of_the_account_go_for_is_no_way_on()
    {
        var at = At(Moved(Spec), Minutes(200));
        var free = Samples.Offer with { Id = "o2", MachineId = "m2", MinBidUsdPerHour = 0.3m };
        at = at with { Seen = at.Seen with { Held = new HashSet<string> { "o2" } } };
        PreemptionFactsOf.Paused(at, [free, free with { Id = "o3", MachineId = "m3" }]).Offers.Select(o => o.Id).ShouldBe(["o3"]);
    }

    [Fact]
    public void How_far_it_is_by_its_own_word_comes_before_every_reckoning() =>
        PreemptionFactsOf.Paused(At(Moved(Spec), Minutes(200), new BoxReport { Phase = BoxPhase.Running, ProgressText = "step 250/1000" }), []).WorkLeft.ShouldBe(TimeSpan.FromHours(7.5));

    [Fact]
    public void What_its_own_machines_took_to_be_sent_everything_is_expected_of_the_next()
    {
        var facts = PreemptionFactsOf.Paused(At(Moved(Spec), Minutes(200)), []);
        facts.SendTook.ShouldBe(Minutes(30));
        var offer = Samples.Offer with { Id = "o2", MachineId = "m2", HostId = "h2", MinBidUsdPerHour = 0.1m };
        var near = facts with { Offers = [offer], Deadline = Samples.T0 + Minutes(200) + facts.WorkLeft + Minutes(50), MayOnDemand = true };
        PreemptionPolicy.Choose(near with { SendTook = TimeSpan.Zero }).Chosen.Way.ShouldNotBe(WayOn.MoveToOnDemand);
        PreemptionPolicy.Choose(near).Chosen.Way.ShouldBe(WayOn.MoveToOnDemand);
    }

    [Fact]
    public void A_machine_that_comes_back_is_sent_the_rest_however_long_it_was_away()
    {
        var job = Moved(Spec).After(TimeSpan.FromHours(12), new RentalChanged(2, "r2", RentalStatus.Running, ""), new BoxReached(2, "127.0.0.1", 22, Proxy: false), new RoundTripProved(2, "abc", 3));
        var seen = new Observation
        {
            Listing = new Listing([Samples.Rental with { Id = "r2", Label = "lodger/digits.k3f9qa/2", Interruptible = true, GpuUsdPerHour = 0.2m }], Samples.T0 + TimeSpan.FromHours(12)),
            BoxProblem = new Problem("box-unreachable", "It broke off.", "", ExitCode.Unknown, MayRetry: true),
        };
        BootStage.Decide(new Situation(job, job.Current!, seen.Listing.Rentals![0], seen, seen.Listing.At, new Waits())).ShouldNotBeOfType<Record>();
    }

    [Fact]
    public void A_host_that_went_offline_and_was_left_is_remembered_also_when_it_is_back()
    {
        var job = Samples.Job(Spec, Samples.Running).After(Minutes(60), new RentalChanged(1, "r1", RentalStatus.Offline, ""), new MoveDecided(1, "", "", [], Samples.Offer with { Id = "o2", HostId = "h2" }, null, null));
        PreemptionFactsOf.Penalties(job, Samples.T0 + Minutes(61)).Keys.ShouldContain("h1");
        PreemptionFactsOf.Penalties(job.After(Minutes(70), new RentalChanged(1, "r1", RentalStatus.Stopped, "")), Samples.T0 + Minutes(71)).Keys.ShouldContain("h1");
    }

    [Theory]
    [InlineData(RentalStatus.Preempted, false, true, false)]
    [InlineData(RentalStatus.Preempted, true, false, false)]
    [InlineData(RentalStatus.Offline, false, false, true)]
    public void A_disk_can_be_fetched_from_unless_its_host_is_offline_or_lets_nobody_in(RentalStatus status, bool failing, bool reachable, bool offline)
    {
        var at = At(Moved(Spec), Minutes(200));
        at = at with
        {
            Rental = at.Rental! with { Status = status },
            Seen = at.Seen with { HostFailingSince = failing ? new Dictionary<int, DateTimeOffset> { [2] = at.Now } : new Dictionary<int, DateTimeOffset> { [1] = at.Now } },
        };
        var facts = PreemptionFactsOf.Paused(at, []);
        (facts.OldDiskReachable, facts.HostOffline).ShouldBe((reachable, offline));
    }

    /// <summary>One preemption on r1 that ended by itself after ten minutes, one that was given up after seven, and five minutes so far of one on r2.</summary>
    private static JobState Interrupted { get; } = Samples.Job(Spec, Samples.Running)
        .After(Minutes(60), new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"))
        .After(Minutes(70), new RentalChanged(1, "r1", RentalStatus.Running, ""))
        .After(Minutes(100), new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"))
        .After(Minutes(107), new MoveDecided(1, "", "", [], Samples.Offer, 0.2m, null), new RentIntended(2, "offer-1", "lodger/digits.k3f9qa/2", Samples.Offer, 0.2m), new Rented(2, "r2", Adopted: false))
        .After(Minutes(110), new RentalChanged(2, "r2", RentalStatus.Running, ""), new PayloadIntended(2), new PayloadDelivered(2, 1, 1), new JobStarted(2))
        .After(Minutes(150), new RentalChanged(2, "r2", RentalStatus.Preempted, "outbid"));

    [Fact]
    public void Every_pause_that_is_over_counts_with_its_length_and_returns_are_those_that_ended_by_themselves()
    {
        var facts = PreemptionFactsOf.Paused(At(Interrupted, Minutes(155)), []);
        (facts.PreemptionsSoFar, facts.ReturnsSoFar, facts.PausedSoFar).ShouldBe((3, 1, Minutes(17)));
        facts.PaidRunTimeSoFar.ShouldBe(Minutes(60 + 30 + 40) - TimeSpan.FromSeconds(3), "its first three seconds it booted");
        var back = PreemptionFactsOf.Paused(At(Interrupted.After(Minutes(158), new RentalChanged(2, "r2", RentalStatus.Running, "")), Minutes(160)), []);
        (back.ReturnsSoFar, back.PausedSoFar, back.PaidRunTimeSoFar - facts.PaidRunTimeSoFar).ShouldBe((2, Minutes(25), Minutes(2)));
    }

    [Fact]
    public void The_run_that_has_just_been_lost_is_reckoned_by_what_its_checkpoint_lacks_and_not_once_more()
    {
        var lost = TimeSpan.FromHours(10) - PreemptionFactsOf.Paused(At(Once(RentalStatus.Preempted), Minutes(100)), []).WorkLeft;
        lost.ShouldBe(Minutes(90), "an hour and a half ran, and one preemption in it is the one that is weighed now");
        var back = TimeSpan.FromHours(10) - PreemptionFactsOf.Paused(At(Once(RentalStatus.Preempted, RentalStatus.Running), Minutes(91) + TimeSpan.FromSeconds(3)), []).WorkLeft;
        back.ShouldBe(Minutes(90 + 1 - 12), "it runs again, and lost an interval and a start of the command");

        static JobState Once(params RentalStatus[] then) => then.Aggregate(
            Samples.Job(Spec, Samples.Running[..^1]).After(TimeSpan.FromSeconds(3), new CadenceTold(1, Every, TimeSpan.FromHours(1), null, null, ""), new JobStarted(1)),
            (job, status) => job.After(Minutes(90) + TimeSpan.FromSeconds(3), new RentalChanged(1, "r1", status, "")));
    }

    [Fact]
    public void What_is_left_of_the_budget_is_without_what_was_spent_and_what_other_rentals_keep_back()
    {
        var job = Interrupted.After(Minutes(151), new BudgetSet(20, "anna"));
        var at = At(job, Minutes(155));
        at = at with { Seen = at.Seen with { Charges = new Charges("r2", 3, 0, 0, 0) } };
        PreemptionFactsOf.Paused(at, []).BudgetLeftUsd.ShouldBe(17);
        var both = at with { Seen = at.Seen with { Listing = new Listing([at.Rental!, Samples.Rental with { Status = RentalStatus.Stopped }], at.Now) } };
        PreemptionFactsOf.Paused(both, []).BudgetLeftUsd.ShouldBe(17 - (20 * 0.02m) - (168 * 0.01m), "what lies on the first one is still to be brought home");
        PreemptionFactsOf.Paused(At(Interrupted, Minutes(155)), []).BudgetLeftUsd.ShouldBeNull();
    }

    [Fact]
    public void A_longer_interval_than_is_reckoned_today_is_at_risk_when_the_job_was_told_it()
    {
        var told = Moved(Spec).After(Minutes(195), new CadenceTold(2, TimeSpan.FromHours(5), TimeSpan.FromHours(100), Minutes(3), null, ""));
        PreemptionFactsOf.Paused(At(told, Minutes(200)), []).WorkAtRisk.ShouldBe(TimeSpan.FromHours(5) + Minutes(3));
        PreemptionFactsOf.Paused(At(told.After(Minutes(196), new MirrorPaced(2, TimeSpan.FromHours(1), "")), Minutes(200)), []).WorkAtRisk.ShouldBe(TimeSpan.FromHours(6) + Minutes(3), "and the copies lag behind");
    }

    [Fact]
    public void On_demand_that_is_weighed_against_a_bid_does_again_what_no_checkpoint_holds()
    {
        var job = Samples.Job(Spec, Samples.Running).After(Minutes(60), new CheckpointMirrored(1, "checkpoint.pt", 10, "aa", 5, "loads"));
        var at = At(job, Minutes(100), new BoxReport { Phase = BoxPhase.Running, ProgressText = "step 250/1000", CheckpointAge = Minutes(15) });
        at = at with { Rental = at.Rental! with { Status = RentalStatus.Running, Interruptible = false } };
        var facts = PreemptionFactsOf.Running(at, []);
        facts.ReworkOnReturn.ShouldBe(Minutes(15));
        facts.WorkLeft.ShouldBe(TimeSpan.FromHours(7.5) + Minutes(15), "from the checkpoint on");
        facts.Rework.ShouldBe(Minutes(40 - 15), "the copy is older than the checkpoint");
        facts.OldDiskReachable.ShouldBeTrue();
        facts.HostOffline.ShouldBeFalse();
        (facts.OldUsdPerHour, facts.OldDiskUsdPerHour, facts.OldMachineId, facts.OldUploadUsdPerGb).ShouldBe((0.4m, 0.01m, "m1", 0.02m));
        var late = PreemptionFactsOf.Running(At(job, TimeSpan.FromHours(9), at.Seen.Report), []);
        late.WorkAtRisk.ShouldBe(TimeSpan.FromHours(8), "no checkpoint is older than its newest copy");
        PreemptionFactsOf.Running(at with { Seen = at.Seen with { HostFailingSince = new Dictionary<int, DateTimeOffset> { [1] = at.Now } } }, []).OldDiskReachable.ShouldBeFalse();
    }

    [Fact]
    public void A_host_is_remembered_from_when_its_rental_was_seen_gone()
    {
        var gone = Samples.Job(Spec, Samples.Running).After(Minutes(600), new RentalVanished(1, "r1"));
        PreemptionFactsOf.Penalties(gone, Samples.T0 + Minutes(600))["h1"].ShouldBe(0.8, 1e-9);
        PreemptionFactsOf.Penalties(gone, Samples.T0 + Minutes(600) + TimeSpan.FromHours(24))["h1"].ShouldBe(0.4, 1e-9);
    }

    [Fact]
    public void What_was_seen_of_a_rental_that_is_gone_and_no_copy_holds_is_done_again()
    {
        var job = Samples.Job(Spec, Samples.Running).After(Minutes(60), new CheckpointMirrored(1, "checkpoint.pt", 10, "aa", 5, "loads")).After(Minutes(90), new RentalVanished(1, "r1"));
        var seen = new Observation { Listing = new Listing([], Samples.T0 + Minutes(120)), Report = new BoxReport { Phase = BoxPhase.Running }, ReportAt = Samples.T0 + Minutes(90) };
        var facts = PreemptionFactsOf.Lost(job, seen, [], Samples.T0 + Minutes(120));
        (facts.Rework, facts.HostOffline, facts.Patience).ShouldBe((Minutes(30), true, TimeSpan.Zero));
        PreemptionFactsOf.Lost(job, seen with { Report = null }, [], Samples.T0 + Minutes(120)).Rework.ShouldBe(TimeSpan.Zero, "how far it was is reckoned then");
    }

    [Fact]
    public void What_a_boot_took_here_is_expected_of_the_next_and_before_any_what_images_usually_take()
    {
        PreemptionFactsOf.Paused(At(Moved(Spec), Minutes(200)), []).BootExpected.ShouldBe(TimeSpan.FromSeconds((58 + 60) / 2d));
        PreemptionFactsOf.Paused(At(Samples.Job(Spec, [.. Samples.Running[..2], new RentalChanged(1, "r1", RentalStatus.Loading, "")]), Minutes(5)), []).BootExpected.ShouldBe(Minutes(3));
    }

    [Fact]
    public void What_would_run_on_the_old_machine_is_the_least_bid_among_offers_of_as_many_of_its_gpus()
    {
        var one = Samples.Offer with { MinBidUsdPerHour = 0.3m };
        Offer[] offers = [one, one with { Id = "o2", MinBidUsdPerHour = 0.25m }, one with { Id = "o3", MachineId = "m2", MinBidUsdPerHour = 0.1m }, one with { Id = "o4", GpuCount = 2, MinBidUsdPerHour = 0.1m }];
        PreemptionFactsOf.Paused(At(Moved(Spec), Minutes(200)), offers).OldMachineMinBid.ShouldBe(0.25m);
        PreemptionFactsOf.Paused(At(Moved(Spec), Minutes(200)), offers[2..]).OldMachineMinBid.ShouldBeNull();
    }

    [Fact]
    public void A_host_that_was_left_offline_is_remembered_from_when_it_was_left()
    {
        var left = Samples.Job(Spec, Samples.Running).After(Minutes(10), new RentalChanged(1, "r1", RentalStatus.Offline, "")).After(Minutes(60), new MoveDecided(1, "", "", [], Samples.Offer with { Id = "o2", HostId = "h2" }, null, null))
            .After(Minutes(70), new RentalChanged(1, "r1", RentalStatus.Stopped, ""));
        PreemptionFactsOf.Penalties(left, Samples.T0 + Minutes(60) + TimeSpan.FromHours(24))["h1"].ShouldBe(0.4, 1e-9);
    }

    [Fact]
    public void A_run_that_was_lost_before_its_first_checkpoint_takes_nothing_from_what_others_kept()
    {
        var brief = Samples.Job(Spec, Samples.Running).After(Minutes(5), new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"), new MoveDecided(1, "", "", [], Samples.Offer, 0.2m, null), new RentIntended(2, "offer-1", "lodger/digits.k3f9qa/2", Samples.Offer, 0.2m), new Rented(2, "r2", Adopted: false));
        PreemptionFactsOf.Paused(At(brief, Minutes(6)), []).WorkLeft.ShouldBe(TimeSpan.FromHours(10));
    }

    [Fact]
    public void Of_two_preemptions_the_first_lost_an_interval_with_its_write_and_a_start_of_the_command()
    {
        var twice = Samples.Job(Spec, Samples.Running[..^1]).After(TimeSpan.FromSeconds(3), new CadenceTold(1, Every, TimeSpan.FromHours(1), Minutes(1), null, ""), new JobStarted(1))
            .After(Minutes(60), new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"))
            .After(Minutes(70), new RentalChanged(1, "r1", RentalStatus.Running, ""))
            .After(Minutes(130), new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"));
        PreemptionFactsOf.Paused(At(twice, Minutes(140)), []).WorkLeft.ShouldBe(TimeSpan.FromHours(10) - (Minutes(120) - TimeSpan.FromSeconds(3)) + Minutes(13));
    }

    [Fact]
    public void A_little_work_is_always_left_and_work_that_nobody_stated_is_an_hour()
    {
        PreemptionFactsOf.Paused(At(Samples.Job(Spec, Samples.Running), TimeSpan.FromHours(20)), []).WorkLeft.ShouldBe(Minutes(30));
        PreemptionFactsOf.Paused(At(Samples.Job(Spec with { Work = null }, Samples.Running[..3]), Minutes(5)), []).WorkLeft.ShouldBe(TimeSpan.FromHours(1));
    }

    [Fact]
    public void Without_checkpoints_only_the_present_run_counts()
    {
        var spec = Spec with { Checkpoints = [] };
        var runs = Samples.Job(spec, Samples.Running);
        PreemptionFactsOf.Paused(At(runs, Minutes(60) + TimeSpan.FromSeconds(3)), []).WorkLeft.ShouldBe(TimeSpan.FromHours(9));
        var paused = runs.After(Minutes(60) + TimeSpan.FromSeconds(3), new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"));
        PreemptionFactsOf.Paused(At(paused, Minutes(90)), []).WorkLeft.ShouldBe(TimeSpan.FromHours(9), "what a stopped container holds is still there when it comes back");
        PreemptionFactsOf.Paused(At(Samples.Job(spec, [.. Samples.Running, new StopIntended(1, ""), new RentalChanged(1, "r1", RentalStatus.Stopped, "")]), Minutes(90)), []).WorkLeft.ShouldBe(TimeSpan.FromHours(10));
    }

    [Fact]
    public void Sending_that_was_interrupted_says_nothing_of_how_long_it_takes()
    {
        var interrupted = Samples.Job(Spec, Samples.Running[..^1]).After(Minutes(10), new RentalChanged(1, "r1", RentalStatus.Preempted, "outbid"))
            .After(Minutes(60), new RentalChanged(1, "r1", RentalStatus.Running, "")).After(Minutes(70), new JobStarted(1));
        PreemptionFactsOf.Paused(At(interrupted, Minutes(80)), []).SendTook.ShouldBe(TimeSpan.Zero);
        PreemptionFactsOf.Paused(At(Samples.Job(Spec, Samples.Running), Minutes(80)), []).SendTook.ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData("ckpt/*.pt", "ckpt/{0:000}.pt")]
    [InlineData("./ckpt/step-*", "ckpt/step-{0}")]
    [InlineData("ckpt/", "ckpt/{0}/model.pt")]
    [InlineData("ckpt/**/model.pt", "ckpt/{0}/model.pt")]
    [InlineData("**/*.pt", "{0}.pt")]
    public void Of_checkpoints_under_ever_new_names_those_travel_that_are_still_kept(string pattern, string name)
    {
        JobState Copied(MirrorSpec mirror, params int[] steps) => Samples.Job(
            Spec with { Checkpoints = [pattern], Mirror = mirror },
            [.. Samples.Running, .. steps.Select(step => new CheckpointMirrored(1, string.Format(CultureInfo.InvariantCulture, name, step), 1_000_000 + step, "aa", step, "loads"))]);
        long Travels(JobState job) => PreemptionFactsOf.Paused(At(job, Minutes(60)), []).CheckpointBytes;
        var all = Enumerable.Range(1, 100).ToArray();

        Travels(Copied(new MirrorSpec(2, []), all)).ShouldBe(2_000_199);
        Travels(Copied(new MirrorSpec(1, [string.Format(CultureInfo.InvariantCulture, name, 50)]), all)).ShouldBe(2_000_150, "and what is pinned");
        var pruned = Copied(new MirrorSpec(2, []), all).After(Minutes(50), new PruneIntended(1, 1, 2, [string.Format(CultureInfo.InvariantCulture, name, 7)]));
        Travels(pruned).ShouldBe(3_000_206, "and the only copies");
        var again = Samples.Job(pruned.Submission.Spec, [.. Samples.Running, .. all.Select(step => new CheckpointMirrored(1, string.Format(CultureInfo.InvariantCulture, name, step), 1_000_000 + step, "aa", null, "hash only"))]);
        Travels(again).ShouldBeInRange(2_000_000, 2_000_200, "also of those that say no step");
    }

    [Fact]
    public void The_shards_of_a_checkpoint_and_what_no_pattern_names_are_counted()
    {
        JobEvent[] shards = [.. from step in Enumerable.Range(1, 10) from shard in Enumerable.Range(0, 4) select new CheckpointMirrored(1, $"ckpt/{step}/{shard}.pt", 100, "aa", step, "loads")];
        var job = Samples.Job(Spec with { Checkpoints = ["ckpt/**"] }, [.. Samples.Running, .. shards, new CheckpointMirrored(1, "elsewhere.pt", 5, "bb", 1, "loads")]);
        PreemptionFactsOf.Paused(At(job, Minutes(60)), []).CheckpointBytes.ShouldBe((2 * 4 * 100) + 5);
    }

    [Fact]
    public void What_the_job_asks_for_bounds_what_is_weighed()
    {
        Offer Fit(string id) => Samples.Offer with { Id = id, MachineId = id, MinBidUsdPerHour = 0.1m };
        var job = Samples.Job(Spec with { Rent = RentMode.Interruptible, Patience = Minutes(7), Bid = new BidSpec(0.3m, null), Deadline = new DeadlineSpec(TimeSpan.FromHours(30), null) }, [.. Samples.Running, new CheckpointMirrored(1, "a", 7, "aa", 5, "loads"), new CheckpointMirrored(1, "b", 5, "bb", 5, "loads")]);
        var facts = PreemptionFactsOf.Paused(At(job, Minutes(60)), [Fit("o2"), Fit("o3") with { GpuName = "RTX 3060" }, Fit("o4") with { DiskGb = 19 }]);
        facts.Offers.Select(o => o.Id).ShouldBe(["o2"]);
        (facts.MaySpot, facts.MayOnDemand, facts.Patience, facts.Deadline, facts.CheckpointBytes, facts.DiskGb).ShouldBe((true, false, Minutes(7), Samples.T0.AddHours(30), 12L, 20));
        facts.Bid.ShouldBe(new BidRule.Fixed(0.3m));
        facts.VolumeMachineId.ShouldBeNull();
    }

    [Fact]
    public void A_state_that_lies_on_a_volume_draws_the_work_to_its_machine()
    {
        var spec = Spec with { Volume = new VolumeSpec("88", "/workspace/volume"), Workdir = "/workspace/volume/digits" };
        var on = Samples.Job(spec, Samples.Running);
        PreemptionFactsOf.Paused(At(on, Minutes(60)), []).VolumeMachineId.ShouldBe("m1");
        PreemptionFactsOf.Running(At(on, Minutes(60)), []).VolumeMachineId.ShouldBe("m1");
        PreemptionFactsOf.Lost(on, At(on, Minutes(60)).Seen, [], Samples.T0 + Minutes(60)).VolumeMachineId.ShouldBe("m1");
        var off = Samples.Job(spec, [new RentIntended(1, "o2", "lodger/digits.k3f9qa/1", Samples.Offer with { Id = "o2", MachineId = "m2" }), .. Samples.Running[1..]]);
        PreemptionFactsOf.Paused(At(off, Minutes(60)), []).VolumeMachineId.ShouldBeNull();
        PreemptionFactsOf.Running(At(off, Minutes(60)), []).VolumeMachineId.ShouldBeNull();
        PreemptionFactsOf.Lost(off, At(off, Minutes(60)).Seen, [], Samples.T0 + Minutes(60)).VolumeMachineId.ShouldBeNull();
        var empty = Samples.Job(spec, Samples.Running[..5]);
        PreemptionFactsOf.Lost(empty, At(empty, Minutes(60)).Seen, [], Samples.T0 + Minutes(60)).VolumeMachineId.ShouldBeNull("nothing was ever put on it");
    }

    [Fact]
    public void Only_hosts_that_failed_are_remembered_and_each_by_its_own_name()
    {
        IEnumerable<string> Remembered(params JobEvent[] events) => PreemptionFactsOf.Penalties(Samples.Job(Spec, events), Samples.T0 + Minutes(5)).Keys;
        var unusable = new Problem("rental-differs", "", "", ExitCode.RentalUnusable);
        Remembered([.. Samples.Running[..2], new AttemptGivenUp(1, unusable)]).ShouldBe(["h1"]);
        Remembered([.. Samples.Running, new RentalVanished(1, "r1")]).ShouldBe(["h1"]);
        Remembered([.. Samples.Running[..^1], new JobEnded(1, EndReason.Refused, null, "")]).ShouldBe(["h1"]);
        Remembered([.. Samples.Running, new JobEnded(1, EndReason.Exited, 1, "")]).ShouldBeEmpty();
        Remembered(Samples.Running).ShouldBeEmpty();
        Remembered(new RentIntended(1, "o2", "lodger/digits.k3f9qa/1", Samples.Offer with { Id = "o2", HostId = "h2" }), new Rented(1, "r1", false), new AttemptGivenUp(1, unusable)).ShouldBe(["h2"]);
        Remembered(new RentIntended(1, "o2", "lodger/digits.k3f9qa/1", Samples.Offer with { Id = "o2", HostId = "" }), new Rented(1, "r1", false), new AttemptGivenUp(1, unusable)).ShouldBeEmpty("the market does not say whose it is");
    }
}
