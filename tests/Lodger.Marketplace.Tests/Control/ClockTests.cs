using System.Globalization;

namespace Lodger.Marketplace.Tests.Control;

public class ClockTests
{
    [Fact]
    public async Task Time_stands_still_until_it_is_advanced_and_then_passes_exactly()
    {
        await using var market = await RunningMarket.StartAsync(o => o with { Speed = 0 });
        var before = await NowAsync(market);
        var id = await market.RentAsync();
        await market.AdvanceAsync(TimeSpan.Zero);
        await market.AwaitStatusAsync(id, "running");
        await Task.Delay(50, TestContext.Current.CancellationToken);
        (await NowAsync(market)).ShouldBe(before);
        ((decimal)(await market.GetAsync("/api/v0/users/current/"))["balance"]!).ShouldBe(25);

        await market.AdvanceAsync(TimeSpan.FromSeconds(1234));
        (await NowAsync(market)).ShouldBe(before + 1234, 0.001);
        ((decimal)(await market.LedgerOfAsync(id))["usage"]!["gpu_seconds"]!).ShouldBe(1234);
    }

    [Fact]
    public async Task Time_that_stands_still_does_so_from_one_marketplace_to_the_next()
    {
        var directory = Directory.CreateTempSubdirectory("lodger-market-test-").FullName;
        try
        {
            double before;
            await using (var market = await RunningMarket.StartAsync(o => o with { Speed = 0 }, directory))
            {
                await market.AdvanceAsync(TimeSpan.FromDays(3));
                before = await NowAsync(market);
            }

            await using var after = await RunningMarket.StartAsync(o => o with { Speed = 0 }, directory);
            (await NowAsync(after)).ShouldBe(before, 0.001);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_clock_that_jumps_shows_in_the_answers_and_bills_no_second_twice()
    {
        await using var market = await RunningMarket.StartAsync(o => o with { Speed = 0 });
        var id = await market.RentAsync();
        await market.AdvanceAsync(TimeSpan.Zero);
        await market.AwaitStatusAsync(id, "running");
        var start = await NowAsync(market);
        await market.AdvanceAsync(TimeSpan.FromMinutes(10));
        await market.OrderAsync("clock/jump", new { seconds = -300 });
        (await NowAsync(market)).ShouldBe(start + 300, 0.001);
        ((decimal)(await market.LedgerOfAsync(id))["usage"]!["gpu_seconds"]!).ShouldBe(600);
        await market.AdvanceAsync(TimeSpan.FromMinutes(6));
        ((decimal)(await market.LedgerOfAsync(id))["usage"]!["gpu_seconds"]!).ShouldBe(660);
        await market.OrderAsync("clock/jump", new { seconds = 3600 });
        ((decimal)(await market.LedgerOfAsync(id))["usage"]!["gpu_seconds"]!).ShouldBe(4260);
    }

    [Fact]
    public async Task What_comes_and_goes_within_one_advance_runs_and_bills_in_between()
    {
        await using var market = await RunningMarket.StartAsync(o => o with { Speed = 0, ImagePullFactor = 1, ProvisioningTime = TimeSpan.FromSeconds(10), OpeningBalanceUsd = 1000 });
        var id = await market.RentAsync(new { image = "ubuntu", disk = 20, price = 1 });
        await market.OrderAsync($"instances/{id}/rent_away", new { seconds = 3600 });
        await market.AdvanceAsync(TimeSpan.FromDays(1));
        var contract = await market.LedgerOfAsync(id);
        var gpu = contract["billing_history"]!.AsArray().Where(b => (bool)b!["gpu"]!).ToList();
        gpu.Count.ShouldBe(1);
        var created = Life.BillingTests.At(contract["created_at"]!);
        (Life.BillingTests.At(gpu[0]!["at"]!) - created).TotalSeconds.ShouldBeInRange(3600, 3700, "an hour away, then the pull of the image");
        ((double)contract["usage"]!["gpu_seconds"]!).ShouldBeGreaterThan(22 * 3600);
    }

    private static async Task<double> NowAsync(RunningMarket market)
    {
        using var response = await market.Http.GetAsync(new Uri("/api/v0/users/current/", UriKind.Relative), TestContext.Current.CancellationToken);
        return double.Parse(response.Headers.GetValues("X-Market-Time").Single(), CultureInfo.InvariantCulture);
    }
}
