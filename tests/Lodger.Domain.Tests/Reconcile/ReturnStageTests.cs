using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Reconcile;

public sealed class ReturnStageTests
{
    private static readonly BoxReport Report = new() { Phase = BoxPhase.Running, CheckpointAge = TimeSpan.FromMinutes(1) };
    private static readonly Offer Bid = Samples.Offer with { Id = "offer-2", MachineId = "m2", HostId = "h2", MinBidUsdPerHour = 0.1m };

    private static JobSpec Spec { get; } = Samples.Spec with { Rent = RentMode.Auto, Work = TimeSpan.FromHours(10), Checkpoints = ["checkpoint.pt"] };

    private static JobState Job(JobSpec spec, params JobEvent[] more) =>
        Samples.Job(spec, Samples.Running).After(TimeSpan.FromMinutes(28), [new CheckpointMirrored(1, "checkpoint.pt", 10, "aa", 5, "loads"), .. more]);

    private static JobAction? Decide(JobState job, TimeSpan at, TimeSpan? offersAge = null, BoxReport? report = null, params Offer[] offers)
    {
        var now = Samples.T0 + at;
        var seen = new Observation
        {
            Listing = new Listing([Samples.Rental], now),
            Report = report ?? Report,
            ReportAt = now,
            Offers = offersAge is null ? null : offers,
            OffersAt = offersAge is { } age ? now - age : null,
        };
        return ReturnStage.Decide(new Situation(job, job.Current!, Samples.Rental, seen, now, new Waits()), report ?? Report);
    }

    [Fact]
    public void On_demand_is_left_for_a_bid_that_saves_and_the_journal_says_what_staying_would_have_cost()
    {
        Decide(Job(Spec), TimeSpan.FromMinutes(29)).ShouldBe(new LookForOffers(1));
        Decide(Job(Spec), TimeSpan.FromMinutes(29), TimeSpan.FromMinutes(11), null, Bid).ShouldBe(new LookForOffers(1));
        var moved = Decide(Job(Spec), TimeSpan.FromMinutes(29), TimeSpan.Zero, null, Bid).ShouldBeOfType<Record>().Event.ShouldBeOfType<MoveDecided>();
        (moved.Attempt, moved.Offer.Id, moved.BidUsdPerHour is not null).ShouldBe((1, "offer-2", true));
        moved.Choice.ShouldStartWith("stay on-demand $");
        moved.Alternatives[0].ShouldContain("left at $0.40/h");
    }

    [Fact]
    public void Between_two_looks_and_where_no_bid_saves_it_stays()
    {
        Decide(Job(Spec), TimeSpan.FromMinutes(29), TimeSpan.FromMinutes(2), null, Bid).ShouldBeNull();
        Decide(Job(Spec), TimeSpan.FromMinutes(29), TimeSpan.Zero, null, Bid with { MinBidUsdPerHour = 0.39m }).ShouldBeNull();
        Decide(Job(Spec), TimeSpan.FromMinutes(29), TimeSpan.Zero).ShouldBeNull();
    }

    [Fact]
    public void What_was_chosen_by_hand_has_no_copy_has_just_begun_or_is_ending_stays_where_it_is()
    {
        Decide(Job(Spec with { Rent = RentMode.OnDemand }), TimeSpan.FromMinutes(29)).ShouldBeNull();
        Decide(Samples.Job(Spec, Samples.Running), TimeSpan.FromMinutes(29)).ShouldBeNull();
        Decide(Samples.Job(Spec, [.. Samples.Running, new CheckpointMirrored(1, "checkpoint.pt", 10, "aa", 5, "loads")]), TimeSpan.FromMinutes(9)).ShouldBeNull();
        Decide(Job(Spec, new CancelRequested("anna")), TimeSpan.FromMinutes(29)).ShouldBeNull();
        Decide(Job(Spec, new EndIntended(1, EndReason.Stalled)), TimeSpan.FromMinutes(29)).ShouldBeNull();
        Decide(Job(Spec), TimeSpan.FromMinutes(29), report: Report with { Phase = BoxPhase.Ended }).ShouldBeNull();
    }

    [Fact]
    public void A_near_deadline_keeps_it_there() =>
        Decide(Job(Spec with { Deadline = new DeadlineSpec(TimeSpan.FromHours(10.5), null) }), TimeSpan.FromMinutes(29), TimeSpan.Zero, null, Bid, Samples.Offer).ShouldBeNull();

    [Fact]
    public void A_machine_has_earned_its_boot_first_and_the_market_is_asked_every_ten_minutes()
    {
        var job = Samples.Job(Spec, [.. Samples.Running, new CheckpointMirrored(1, "checkpoint.pt", 10, "aa", 5, "loads")]);
        var settled = job.Current!.StartedAt!.Value - Samples.T0 + TimeSpan.FromMinutes(10);
        Decide(job, settled - TimeSpan.FromTicks(1)).ShouldBeNull();
        Decide(job, settled).ShouldBe(new LookForOffers(1));
        Decide(Job(Spec), TimeSpan.FromMinutes(29), TimeSpan.FromMinutes(10), null, Bid).ShouldBe(new LookForOffers(1));
        Decide(Job(Spec), TimeSpan.FromMinutes(29), TimeSpan.FromMinutes(10) - TimeSpan.FromTicks(1), null, Bid).ShouldBeNull();
        Decide(Job(Spec), TimeSpan.FromMinutes(29), TimeSpan.FromMinutes(1), null, Bid).ShouldBeOfType<Record>("offers are good for a minute");
        Decide(Job(Spec), TimeSpan.FromMinutes(29), TimeSpan.FromMinutes(1) + TimeSpan.FromTicks(1), null, Bid).ShouldBeNull();
    }

    [Fact]
    public void A_job_that_runs_on_demand_looks_for_a_bid_when_nothing_else_is_to_be_done()
    {
        var job = Job(Spec, new CadenceTold(1, TimeSpan.FromMinutes(30), TimeSpan.FromHours(500), null, null, ""), new MirrorPaced(1, TimeSpan.Zero, ""), new RunRestarted(1, 1, null));
        var now = Samples.T0 + TimeSpan.FromMinutes(29);
        var seen = new Observation { Listing = new Listing([Samples.Rental], now), Report = Report with { Starts = 1, CheckpointEvery = TimeSpan.FromMinutes(30) }, ReportAt = now, MirrorLookedAt = now };
        Reconciler.Decide(job with { Attempts = [job.Current! with { CadenceToldAt = now }] }, seen, now, new Waits()).ShouldBe([new LookForOffers(1)]);
    }

    [Fact]
    public void A_copy_that_is_always_due_does_not_keep_it_from_looking_and_a_market_that_does_not_answer_keeps_no_copy_waiting()
    {
        var job = Job(Spec, new CadenceTold(1, TimeSpan.FromMinutes(30), TimeSpan.FromHours(500), null, null, ""), new MirrorPaced(1, TimeSpan.Zero, ""), new RunRestarted(1, 1, null));
        job = job with { Attempts = [job.Current! with { CadenceToldAt = Samples.T0 + TimeSpan.FromMinutes(29) }] };
        var now = Samples.T0 + TimeSpan.FromMinutes(29);
        var due = new Observation { Listing = new Listing([Samples.Rental], now), Report = Report with { Starts = 1, CheckpointEvery = TimeSpan.FromMinutes(30) }, ReportAt = now, MirrorLookedAt = now - TimeSpan.FromHours(1) };
        Reconciler.Decide(job, due, now, new Waits()).ShouldBe([new LookForOffers(1)]);
        Reconciler.Decide(job, due with { OffersTriedAt = now }, now, new Waits()).ShouldBe([new MirrorCheckpoints(1)], "it was asked, and said nothing");
        Reconciler.Decide(job, due with { OffersTriedAt = now - TimeSpan.FromMinutes(10) }, now, new Waits()).ShouldBe([new LookForOffers(1)]);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public void On_demand_is_left_five_times_and_no_more(int left, bool looks)
    {
        JobEvent Of(JobEvent e, int number) => e switch
        {
            RentIntended r => r with { Attempt = number, Label = JobState.LabelFor("digits.k3f9qa", number) },
            Rented r => r with { Attempt = number, RentalId = $"r{number}" },
            RentalChanged r => r with { Attempt = number, RentalId = $"r{number}" },
            AttemptEvent a => a with { Attempt = number },
            _ => e,
        };
        var before = Enumerable.Range(1, left).SelectMany(n => Samples.Running.Select(e => Of(e, n)).Append(new MoveDecided(n, "", "", [], Bid, 0.1m, null)));
        var job = Samples.Job(Spec, [.. before, .. Samples.Running.Select(e => Of(e, left + 1)), new CheckpointMirrored(left + 1, "checkpoint.pt", 10, "aa", 5, "loads")]);
        (Decide(job, TimeSpan.FromMinutes(60)) is LookForOffers).ShouldBe(looks);
    }

    [Fact]
    public void Near_a_deadline_a_market_that_has_just_taken_a_machine_is_not_trusted_again_at_once()
    {
        // Ten hours since the submission; twelve minutes ago the work came to this machine, from a bid that was lost or from another one on-demand.
        JobAction? From(decimal? bid)
        {
            JobEvent[] then = [new MoveDecided(1, "", "", [], Samples.Offer, null, null), new DestroyConfirmed(1, "r1", null), .. Samples.Running.Select(Second), new CheckpointMirrored(2, "checkpoint.pt", 10, "aa", 5, "loads")];
            var job = Samples.Job(Spec with { Work = TimeSpan.FromHours(100), Deadline = new DeadlineSpec(null, Samples.T0.AddHours(112.2)) }, [new RentIntended(1, "offer-1", "lodger/digits.k3f9qa/1", null, bid), .. Samples.Running[1..]])
                .After(TimeSpan.FromHours(9.8), [new RentalChanged(1, "r1", RentalStatus.Preempted, ""), .. then]);
            return Decide(job, TimeSpan.FromHours(10), TimeSpan.Zero, Report with { ProgressText = "step 0/1000" }, Bid, Samples.Offer);
        }

        From(null).ShouldBeOfType<Record>();
        From(0.2m).ShouldBeNull();

        static JobEvent Second(JobEvent e) => e switch
        {
            RentIntended r => r with { Attempt = 2, Label = JobState.LabelFor("digits.k3f9qa", 2) },
            Rented r => r with { Attempt = 2, RentalId = "r2" },
            RentalChanged r => r with { Attempt = 2, RentalId = "r2" },
            AttemptEvent a => a with { Attempt = 2 },
            _ => e,
        };
    }
}
