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
}
