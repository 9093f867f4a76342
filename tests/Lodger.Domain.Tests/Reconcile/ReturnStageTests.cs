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
}
