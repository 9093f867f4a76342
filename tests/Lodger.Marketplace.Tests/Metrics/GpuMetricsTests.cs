using System.Net;
using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Tests.Metrics;

/// <summary>Supply, demand and prices as the market tells them.</summary>
public sealed class GpuMetricsTests
{
    [Fact]
    public async Task A_rental_moves_a_GPU_from_free_to_rented_now_and_in_the_series()
    {
        await using var market = await RunningMarket.StartAsync(o => o with { Speed = 0 });
        var before = await CurrentAsync(market);
        await market.RentAsync();
        await market.AdvanceAsync(TimeSpan.FromHours(1));
        var after = await CurrentAsync(market);

        ((int)after["rented_verified"]!).ShouldBe((int)before["rented_verified"]! + 1);
        ((int)after["avail_verified"]!).ShouldBe((int)before["avail_verified"]! - 1);
        ((int)after["total"]!).ShouldBe((int)before["total"]!);
        double[] prices = [.. new[] { "price_p10", "price_p25", "price_median", "price_p75", "price_p90" }.Select(p => (double)after[p]!)];
        prices.ShouldBe(prices.Order());
        prices[0].ShouldBeGreaterThan(0);

        var series = (await market.GetAsync("/api/v0/metrics/gpu/history/?gpu_name=RTX_4090&step=300"))["gpus"]!["RTX 4090"]!["supply_demand"]!;
        var rented = series["rented_verified"]!.AsArray().Select(n => (int)n!).ToList();
        (rented[0], rented[^1]).ShouldBe(((int)before["rented_verified"]!, (int)after["rented_verified"]!));
        series["timestamps"]!.AsArray().Count.ShouldBe(rented.Count);
    }

    [Fact]
    public async Task Places_and_models_are_those_of_the_offers_and_a_filter_that_is_none_is_refused()
    {
        await using var market = await RunningMarket.StartAsync();
        var offered = (await market.SearchAsync(new { limit = 1000 })).Select(o => o!["gpu_name"]!.ToString()).ToHashSet();
        var places = (await market.GetAsync("/api/v0/metrics/gpu/locations/"))["locations"]!.AsArray();
        places.Select(p => p!["gpu_name"]!.ToString()).ToHashSet().IsSupersetOf(offered).ShouldBeTrue();
        places.ShouldAllBe(p => p!["country_code"]!.ToString().Length == 2);
        (await market.SendAsync(HttpMethod.Get, "/api/v0/metrics/gpu/current/?verified=perhaps")).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    private static async Task<JsonNode> CurrentAsync(RunningMarket market) =>
        (await market.GetAsync("/api/v0/metrics/gpu/current/"))["gpus"]!.AsArray().Single(g => g!["gpu_name"]!.ToString() == "RTX 4090")!;
}
