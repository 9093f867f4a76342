using System.Diagnostics;

namespace Lodger.Marketplace.Tests.Api;

public class ThousandTests
{
    [Fact]
    public async Task A_thousand_instances_are_listed_page_by_page_and_offers_still_found()
    {
        await using var market = await RunningMarket.StartAsync(o => o with { OpeningBalanceUsd = 1000 });
        var offer = (long)(await market.AnyOfferAsync())["id"]!;
        for (var i = 0; i < 1000; i++) await market.RentAsync(new { image = "ubuntu", target_state = "stopped", label = $"lodger/j{i % 7}/1" }, offer);

        var seen = new HashSet<long>();
        var (pages, clock) = (0, Stopwatch.StartNew());
        for (string? token = ""; token is not null; pages++)
        {
            var page = await market.GetAsync($"/api/v1/instances/?limit=25&after_token={Uri.EscapeDataString(token)}");
            page["instances"]![0]!.AsObject().Count.ShouldBeGreaterThan(90, "all columns");
            foreach (var row in page["instances"]!.AsArray()) seen.Add((long)row!["id"]!);
            token = page["next_token"]?.ToString();
        }

        seen.Count.ShouldBe(1000);
        pages.ShouldBe(40);
        TestContext.Current.TestOutputHelper?.WriteLine($"{clock.Elapsed.TotalMilliseconds / pages:0.0} ms a page of the list");
        clock.Restart();
        for (var i = 0; i < 20; i++) (await market.SearchAsync(new { rentable = new { eq = true } })).Count.ShouldBeGreaterThan(20);
        TestContext.Current.TestOutputHelper?.WriteLine($"{clock.Elapsed.TotalMilliseconds / 20:0.0} ms a search");
    }
}
