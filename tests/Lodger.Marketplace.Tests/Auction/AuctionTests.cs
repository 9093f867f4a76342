using System.Net;
using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Tests.Auction;

/// <summary>Interruptible rentals as renters meet them: over the API, on a clock that stands still unless it is advanced.</summary>
public class AuctionTests
{
    private static readonly string[] States = ["cur_state", "intended_status", "next_state"];

    [Fact]
    public async Task A_bid_runs_at_its_own_price_and_says_so()
    {
        await using var market = await StandStillAsync();
        var offer = await BidOfferAsync(market);
        var (id, success) = await BidAsync(market, offer, Floor(offer) + 0.05m);
        success.ShouldBeTrue();
        var shown = await RunsAsync(market, id);
        ((bool)shown["is_bid"]!).ShouldBeTrue();
        ((decimal)shown["bid_price"]!).ShouldBe(Floor(offer) + 0.05m);
        ((decimal)shown["dph_base"]!).ShouldBe(Floor(offer) + 0.05m);
        await market.AdvanceAsync(TimeSpan.FromHours(2));
        ((decimal)(await market.LedgerOfAsync(id))["charges"]!["gpu_usd"]!).ShouldBe(2 * (Floor(offer) + 0.05m));
    }

    [Fact]
    public async Task A_higher_bid_pauses_a_lower_one_which_comes_back_when_the_higher_one_leaves()
    {
        await using var market = await StandStillAsync();
        var offer = await BidOfferAsync(market);
        var (low, _) = await BidAsync(market, offer, Floor(offer) + 0.01m);
        await RunsAsync(market, low);
        var seen = (await market.SearchAsync(new { type = "bid", id = new { eq = (long)offer["id"]! } })).ShouldHaveSingleItem()!;
        ((decimal)seen["min_bid"]!).ShouldBe(Floor(offer) + 0.011m, "what it takes to outbid the one that runs");
        ((bool)seen["rentable"]!).ShouldBeTrue();

        await market.AdvanceAsync(TimeSpan.FromMinutes(10));
        var (high, success) = await BidAsync(market, offer, (decimal)seen["min_bid"]!);
        success.ShouldBeTrue();
        var paused = (await market.ShowAsync(low))!;
        States.ShouldAllBe(s => paused[s]!.ToString() == "stopped");
        paused["actual_status"]!.ToString().ShouldBe("exited");
        await RunsAsync(market, high);
        await market.AdvanceAsync(TimeSpan.FromMinutes(10));
        (await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{high}/")).Status.ShouldBe(HttpStatusCode.OK);

        await RunsAsync(market, low);
        await market.AdvanceAsync(TimeSpan.FromMinutes(1));
        ((decimal)(await market.LedgerOfAsync(low))["usage"]!["gpu_seconds"]!).ShouldBe(660, "ten minutes before and one after");
    }

    [Fact]
    public async Task On_demand_beats_any_bid_and_is_never_displaced()
    {
        await using var market = await StandStillAsync();
        var offer = await BidOfferAsync(market);
        var (bid, _) = await BidAsync(market, offer, 100);
        await RunsAsync(market, bid);
        var (cheapest, _) = (await market.RentAsync(offer: (long)offer["id"]!), 0);
        await RunsAsync(market, cheapest);
        (await market.ShowAsync(bid))!["intended_status"]!.ToString().ShouldBe("stopped");
        (await market.SearchAsync(new { type = "bid", id = new { eq = (long)offer["id"]! } }))[0]!["rentable"]!.GetValue<bool>().ShouldBeFalse();
        (await market.SendAsync(HttpMethod.Put, $"/api/v0/asks/{offer["id"]}/", new { image = "ubuntu", price = 120 })).Status.ShouldBe(HttpStatusCode.NotFound, "no bid gets it now");
        await Api.InstanceTests.Manage(market, cheapest, "stopped");
        await RunsAsync(market, bid);
    }

    [Fact]
    public async Task Too_low_a_bid_makes_a_stopped_instance_that_bills_its_disk()
    {
        await using var market = await StandStillAsync();
        var offer = await BidOfferAsync(market);
        await BidAsync(market, offer, Floor(offer) + 0.05m);
        var (id, success) = await BidAsync(market, offer, Floor(offer));
        success.ShouldBeFalse();
        var shown = (await market.ShowAsync(id))!;
        States.ShouldAllBe(s => shown[s]!.ToString() == "stopped");
        shown["actual_status"]!.ToString().ShouldBe("stopped");
        await market.AdvanceAsync(TimeSpan.FromHours(3));
        var charges = (await market.LedgerOfAsync(id))["charges"]!;
        ((decimal)charges["disk_usd"]!).ShouldBeGreaterThan(0);
        ((decimal)charges["gpu_usd"]!).ShouldBe(0);
        var (below, alsoNot) = await BidAsync(market, await BidOfferAsync(market), 0.001m);
        alsoNot.ShouldBeFalse("below the host's own price");
        (await market.ShowAsync(below)).ShouldNotBeNull();
    }

    [Fact]
    public async Task With_cancel_unavail_too_low_a_bid_makes_nothing()
    {
        await using var market = await StandStillAsync();
        var offer = await BidOfferAsync(market);
        var (status, body) = await market.SendAsync(HttpMethod.Put, $"/api/v0/asks/{offer["id"]}/", new { image = "ubuntu", price = 0.001, cancel_unavail = true });
        status.ShouldBe(HttpStatusCode.Gone);
        body["error"]!.ToString().ShouldBe("no_such_ask");
        (await market.LedgerAsync())["contracts"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task An_outbid_instance_that_its_owner_stops_stays_stopped()
    {
        await using var market = await StandStillAsync();
        var offer = await BidOfferAsync(market);
        var (low, _) = await BidAsync(market, offer, Floor(offer));
        var (high, _) = await BidAsync(market, offer, Floor(offer) + 1);
        await Api.InstanceTests.Manage(market, low, "stopped");
        await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{high}/");
        await market.AdvanceAsync(TimeSpan.FromHours(1));
        (await market.ShowAsync(low))!["intended_status"]!.ToString().ShouldBe("stopped");
        await Api.InstanceTests.Manage(market, low, "running");
        await RunsAsync(market, low);
    }

    [Fact]
    public async Task A_raised_bid_takes_effect_at_once_and_each_second_bills_at_the_price_of_its_time()
    {
        await using var market = await StandStillAsync();
        var offer = await BidOfferAsync(market);
        var (first, _) = await BidAsync(market, offer, 0.3m + Floor(offer));
        var (second, _) = await BidAsync(market, offer, 0.2m + Floor(offer));
        await RunsAsync(market, first);
        await market.AdvanceAsync(TimeSpan.FromMinutes(30));
        (await ChangeBidAsync(market, second, 0.4m + Floor(offer))).Status.ShouldBe(HttpStatusCode.OK);
        await RunsAsync(market, second);
        (await market.ShowAsync(first))!["cur_state"]!.ToString().ShouldBe("stopped");
        await market.AdvanceAsync(TimeSpan.FromMinutes(15));
        await ChangeBidAsync(market, second, 1m + Floor(offer));
        await market.AdvanceAsync(TimeSpan.FromMinutes(45));
        var ledger = await market.LedgerOfAsync(second);
        ((decimal)ledger["charges"]!["gpu_usd"]!).ShouldBe((0.25m * (0.4m + Floor(offer))) + (0.75m * (1m + Floor(offer))), 0.000001m);
        ((decimal)ledger["charges"]!["total_usd"]!).ShouldBe(Life.BillingTests.WorkOut(ledger), 0.000001m);

        (await ChangeBidAsync(market, second, 0)).Body["msg"]!.ToString().ShouldContain(">= 0.001");
        (await ChangeBidAsync(market, 17, 1)).Body["error"]!.ToString().ShouldBe("no_such_instance");
    }

    [Fact]
    public async Task A_market_with_fixed_bids_refuses_to_change_one()
    {
        await using var market = await StandStillAsync(o => o with { FixedBids = true });
        var (id, _) = await BidAsync(market, await BidOfferAsync(market), 1);
        var (status, body) = await ChangeBidAsync(market, id, 2);
        status.ShouldBe(HttpStatusCode.BadRequest);
        body["error"]!.ToString().ShouldBe("invalid_args");
        ((decimal)(await market.ShowAsync(id))!["bid_price"]!).ShouldBe(1);
    }

    [Fact]
    public async Task A_bid_for_part_of_a_machine_can_pause_one_for_all_of_it()
    {
        await using var market = await StandStillAsync();
        var offers = await market.SearchAsync(new { type = "bid", num_gpus = new { gte = 2 }, gpu_frac = new { eq = 1 } });
        var whole = offers[0]!;
        var part = (await market.SearchAsync(new { type = "bid", machine_id = new { eq = (long)whole["machine_id"]! }, num_gpus = new { eq = 1 } }))[0]!;
        var (all, _) = await BidAsync(market, whole, Floor(whole));
        await RunsAsync(market, all);
        var (one, success) = await BidAsync(market, part, Floor(part) + 0.01m);
        success.ShouldBeTrue("for one GPU it pays more");
        await RunsAsync(market, one);
        (await market.ShowAsync(all))!["cur_state"]!.ToString().ShouldBe("stopped");
    }

    [Fact]
    public async Task Prepaying_is_accepted_and_makes_the_rest_cheaper()
    {
        await using var market = await StandStillAsync(o => o with { OpeningBalanceUsd = 1000 });
        var id = await market.RentAsync();
        await RunsAsync(market, id);
        var price = (decimal)(await market.ShowAsync(id))!["dph_base"]!;
        (await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/prepay/{id}/", new { amount = 100_000 })).Status.ShouldBe(HttpStatusCode.LengthRequired);
        var (status, body) = await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/prepay/{id}/", new { amount = price * 720 * 2 });
        status.ShouldBe(HttpStatusCode.OK);
        ((decimal)body["timescale"]!).ShouldBe(2);
        var discount = (decimal)body["discount_rate"]!;
        discount.ShouldBe(0.2m);
        await market.AdvanceAsync(TimeSpan.FromHours(1));
        ((decimal)(await market.LedgerOfAsync(id))["charges"]!["gpu_usd"]!).ShouldBe(price * 0.8m, 0.000001m);
        var user = await market.GetAsync("/api/v0/users/current/");
        ((decimal)user["credit"]!).ShouldBeLessThan((decimal)user["balance"]! - (price * 700 * 2));
        ((decimal)(await market.GetAsync($"/api/v0/instances/balance/{id}/"))["refundable_deposit"]!).ShouldBeGreaterThan(price * 700 * 2);
    }

    [Theory]
    [InlineData("on-demand")]
    [InlineData("bid")]
    [InlineData("reserved")]
    public async Task All_types_of_offers_can_be_searched(string type)
    {
        await using var market = await StandStillAsync();
        (await market.SearchAsync(new { type })).Count.ShouldBeGreaterThan(20);
    }

    private static Task<RunningMarket> StandStillAsync(Func<MarketplaceOptions, MarketplaceOptions>? change = null) =>
        RunningMarket.StartAsync(o => (change?.Invoke(o) ?? o) with { Speed = 0 });

    private static async Task<JsonNode> BidOfferAsync(RunningMarket market) =>
        (await market.SearchAsync(new { type = "bid", gpu_name = new { eq = "RTX 4090" }, num_gpus = new { eq = 1 }, gpu_frac = new { eq = 1 }, order = new[] { new[] { "id", "asc" } } }))[0]!;

    private static decimal Floor(JsonNode offer) => (decimal)offer["min_bid"]!;

    private static async Task<(long Id, bool Success)> BidAsync(RunningMarket market, JsonNode offer, decimal price)
    {
        var (status, body) = await market.SendAsync(HttpMethod.Put, $"/api/v0/asks/{offer["id"]}/", new { image = "ubuntu", price });
        status.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
        return ((long)body["new_contract"]!, (bool)body["success"]!);
    }

    private static Task<(HttpStatusCode Status, JsonNode Body)> ChangeBidAsync(RunningMarket market, long id, decimal price) =>
        market.SendAsync(HttpMethod.Put, $"/api/v0/instances/bid_price/{id}/", new { client_id = "me", price });

    /// <summary>Nothing but the advance lets time pass, so that an instance runs when it has gone through all that was due.</summary>
    private static async Task<JsonNode> RunsAsync(RunningMarket market, long id)
    {
        await market.AdvanceAsync(TimeSpan.Zero);
        return await market.AwaitStatusAsync(id, "running");
    }
}
