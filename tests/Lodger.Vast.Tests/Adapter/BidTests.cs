using System.Text.Json;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Adapter;

public sealed class BidTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static RentRequest Request => new()
    {
        OfferId = "18822101",
        Image = "pytorch/pytorch:2.4.0",
        DiskGb = 40,
        Label = "lodger/digits/1",
        Onstart = "echo hi",
        Environment = new Dictionary<string, string>(),
    };

    [Fact]
    public async Task A_bid_goes_out_as_the_price_and_is_made_stopped_rather_than_refused_when_it_is_too_low()
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, """{"success": true, "new_contract": 4711}""");

        await market.RentAsync(Request with { BidUsdPerHour = 0.21m }, Token);
        await market.RentAsync(Request, Token);

        var bid = Body(server, 0);
        (bid.GetProperty("price").GetDecimal(), bid.GetProperty("cancel_unavail").GetBoolean()).ShouldBe((0.21m, false));
        var onDemand = Body(server, 1);
        (onDemand.TryGetProperty("price", out _), onDemand.GetProperty("cancel_unavail").GetBoolean()).ShouldBe((false, true));
    }

    [Theory]
    [InlineData(200, """{"success": false, "error": "bid_too_low", "msg": "bid below minimum", "new_contract": 4711}""")]
    [InlineData(400, """{"success": false, "error": "bid_too_low", "msg": "bid below minimum", "new_contract": 4711}""")]
    public async Task A_bid_that_was_too_low_and_made_a_rental_all_the_same_is_adopted(int status, string body)
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(status, body);

        (await market.RentAsync(Request with { BidUsdPerHour = 0.01m }, Token)).Value.ShouldBe("4711");
        server.Seen.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0.0009")]
    [InlineData("-1")]
    [InlineData("128.1")]
    public async Task A_bid_that_the_platform_never_takes_is_not_sent(string bid)
    {
        var (market, server) = ScriptedMarket.Start();
        var usd = decimal.Parse(bid, System.Globalization.CultureInfo.InvariantCulture);

        (await market.RentAsync(Request with { BidUsdPerHour = usd }, Token)).Problem.ShouldNotBeNull().ExitCode.ShouldBe(ExitCode.BadInput);
        (await market.ChangeBidAsync("4711", usd, Token)).Problem.ShouldNotBeNull().ExitCode.ShouldBe(ExitCode.BadInput);
        server.Seen.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_new_rental_may_be_bid_more_for_than_one_that_there_is()
    {
        var (market, server) = ScriptedMarket.Start();
        (await market.ChangeBidAsync("4711", 100, Token)).Problem.ShouldNotBeNull().ExitCode.ShouldBe(ExitCode.BadInput);
        server.Seen.ShouldBeEmpty();
        server.Then(200, """{"success": true, "new_contract": 4711}""");

        (await market.RentAsync(Request with { BidUsdPerHour = 100 }, Token)).Value.ShouldBe("4711");
    }

    [Theory]
    [InlineData("\"is_bid\": true", true, "0.35")]
    [InlineData("\"is_bid\": true, \"bid_price\": 0.21", true, "0.21")]
    [InlineData("\"is_bid\": true, \"bid_price\": null, \"min_bid\": 0.1", true, "0.35")]
    [InlineData("\"is_bid\": false, \"bid_price\": 0.21", false, null)]
    [InlineData("\"is_bid\": null, \"bid_price\": 0.21", false, null)]
    public async Task A_rental_says_what_it_bids(string stated, bool interruptible, string? bid)
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, Answers.Show(Answers.Instance.Replace("\"is_bid\": false", stated)));

        var rental = (await market.ShowAsync("4711", Token)).Value.ShouldNotBeNull();

        (rental.Interruptible, rental.BidUsdPerHour).ShouldBe((interruptible, bid is null ? null : decimal.Parse(bid, System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task A_bid_of_which_no_price_is_stated_is_not_said_to_be_nought()
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, Answers.Show(Answers.Instance.Replace("\"is_bid\": false", "\"is_bid\": true").Replace("\"dph_base\": 0.35, \"dph_total\": 0.3521", "\"dph_base\": null")));

        (await market.ShowAsync("4711", Token)).Value.ShouldNotBeNull().BidUsdPerHour.ShouldBeNull();
    }

    [Fact]
    public async Task A_live_bid_is_changed_by_the_call_for_it_and_a_refusal_is_a_problem()
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, """{"success": true}""").Then(404, """{"success": false, "error": "no_such_instance", "msg": "no"}""");

        (await market.ChangeBidAsync("4711", 0.25m, Token)).IsOk.ShouldBeTrue();
        (await market.ChangeBidAsync("4712", 0.25m, Token)).Problem.ShouldNotBeNull().Id.ShouldBe("rental-gone");

        server.Seen.Select(call => call.Line).ShouldBe(["PUT /api/v0/instances/bid_price/4711/", "PUT /api/v0/instances/bid_price/4712/"]);
        Body(server, 0).GetRawText().ShouldBe("""{"client_id":"me","price":0.25}""");
    }

    private static JsonElement Body(ScriptedServer server, int call) => JsonDocument.Parse(server.Seen[call].Body).RootElement;
}
