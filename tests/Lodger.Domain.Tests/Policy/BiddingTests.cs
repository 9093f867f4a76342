using Lodger.Domain.Policy;

namespace Lodger.Domain.Tests.Policy;

public sealed class BiddingTests
{
    private static readonly TimeSpan Work = TimeSpan.FromHours(10);
    private static readonly TimeSpan Restart = TimeSpan.FromMinutes(15);

    private static decimal? Bid(BidRule rule, TimeSpan? restart = null, TimeSpan? between = null, decimal? least = 0.2m, TimeSpan? work = null) =>
        Bidding.BidFor(PausedJob.Other with { MinBidUsdPerHour = least }, rule, work ?? Work, restart ?? Restart, between);

    [Fact]
    public void A_fixed_bid_is_bid_as_it_is_and_only_where_it_runs_now()
    {
        Bid(new BidRule.Fixed(0.25m)).ShouldBe(0.25m);
        Bid(new BidRule.Fixed(0.2m)).ShouldBe(0.2m);
        Bid(new BidRule.Fixed(0.19m)).ShouldBeNull();
    }

    [Fact]
    public void From_the_market_the_margin_is_the_one_that_makes_the_work_cheapest()
    {
        // sqrt(0.25 x 0.25 h / 4 h) = 0.125
        Bid(new BidRule.Market(), between: TimeSpan.FromHours(4)).ShouldBe(0.225m);
        double CostOf(double margin) => (1 + margin) * (1 + (Bidding.ReferenceMargin * 0.25 / (4 * margin)));
        Enumerable.Range(1, 100).Select(i => CostOf(i / 100d)).Min().ShouldBeGreaterThanOrEqualTo(CostOf(0.125) - 1e-9);
    }

    [Fact]
    public void Dear_restarts_and_frequent_preemptions_are_bid_against()
    {
        var calm = Bid(new BidRule.Market(), between: TimeSpan.FromHours(24))!.Value;
        Bid(new BidRule.Market(), between: TimeSpan.FromHours(2))!.Value.ShouldBeGreaterThan(calm);
        Bid(new BidRule.Market(), restart: TimeSpan.FromHours(2), between: TimeSpan.FromHours(24))!.Value.ShouldBeGreaterThan(calm);
    }

    [Fact]
    public void Hardly_any_work_left_is_not_worth_a_margin() =>
        Bid(new BidRule.Market(), restart: TimeSpan.FromHours(2), work: TimeSpan.FromMinutes(1))!.Value.ShouldBeLessThan(Bid(new BidRule.Market(), restart: TimeSpan.FromHours(2))!.Value);

    [Fact]
    public void A_cap_bounds_the_bid_and_excludes_what_costs_more()
    {
        Bid(new BidRule.Cap(0.21m), between: TimeSpan.FromHours(4)).ShouldBe(0.21m);
        Bid(new BidRule.Cap(0.5m), between: TimeSpan.FromHours(4)).ShouldBe(0.225m);
        Bid(new BidRule.Cap(0.19m)).ShouldBeNull();
        Bid(new BidRule.Cap(0.2m)).ShouldBe(0.2m);
    }

    [Fact]
    public void Nothing_is_bid_where_on_demand_costs_no_more_or_no_bids_are_taken()
    {
        Bid(new BidRule.Market(), least: 0.6m).ShouldBeNull();
        Bid(new BidRule.Market(), least: 0.59m, restart: TimeSpan.FromHours(3)).ShouldBe(0.6m);
        Bid(new BidRule.Market(), least: null).ShouldBeNull();
        Bid(new BidRule.Fixed(1), least: null).ShouldBeNull();
    }

    [Fact]
    public void The_mean_time_between_preemptions_starts_at_the_prior_and_follows_what_is_seen()
    {
        Preemptions.Of(0, TimeSpan.Zero).Mean.TotalHours.ShouldBe(2.32, 0.001);
        Preemptions.Of(0, TimeSpan.FromHours(50)).Mean.TotalHours.ShouldBe(42.3, 0.1);
        Preemptions.Of(20, TimeSpan.FromHours(100)).Mean.TotalHours.ShouldBe(4.84, 0.01);
    }
}
