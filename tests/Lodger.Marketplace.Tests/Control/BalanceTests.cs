using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Tests.Control;

/// <summary>What an empty balance does. Time stands still unless it is advanced.</summary>
public class BalanceTests
{
    [Fact]
    public async Task Everything_stops_in_the_second_in_which_the_balance_is_used_up()
    {
        await using var market = await StandStillAsync();
        var id = await RunningAsync(market);
        var perHour = (decimal)(await market.ShowAsync(id))!["dph_total"]!;
        await market.OrderAsync("balance", new { balance = perHour * 2 });
        await market.AdvanceAsync(TimeSpan.FromHours(10));
        var stopped = (await market.ShowAsync(id))!;
        stopped["intended_status"]!.ToString().ShouldBe("stopped");
        var contract = await market.LedgerOfAsync(id);
        contract["stop_cause"]!.ToString().ShouldBe("balance");
        ((decimal)contract["usage"]!["gpu_seconds"]!).ShouldBeInRange(7200, 7201);
        ((decimal)(await market.GetAsync("/api/v0/users/current/"))["balance"]!).ShouldBeLessThan(0, "the disk goes on billing");
    }

    [Fact]
    public async Task After_the_grace_everything_is_destroyed()
    {
        await using var market = await StandStillAsync();
        var id = await RunningAsync(market);
        await market.OrderAsync("balance", new { balance = 0 });
        await market.AdvanceAsync(TimeSpan.FromHours(23.9));
        (await market.ShowAsync(id)).ShouldNotBeNull();
        await market.AdvanceAsync(TimeSpan.FromHours(0.2));
        (await market.ShowAsync(id)).ShouldBeNull();
    }

    [Fact]
    public async Task Volumes_use_the_balance_up_by_themselves_and_go_with_everything_else()
    {
        await using var market = await StandStillAsync();
        var offer = await market.AnyOfferAsync();
        var volume = await Volumes.VolumeTests.RentVolumeAsync(market, await Volumes.VolumeTests.VolumeOfferAsync(market, offer), 100);
        await market.OrderAsync("balance", new { balance = 0.01 });
        await market.AdvanceAsync(TimeSpan.FromDays(3));
        ((decimal)(await market.GetAsync("/api/v0/users/current/"))["balance"]!).ShouldBeLessThan(0, "it goes on billing");
        await market.AdvanceAsync(TimeSpan.FromHours(25));
        (await market.GetAsync("/api/v0/volumes/"))["volumes"]!.AsArray().ShouldBeEmpty($"volume {volume} went with the account's data");
    }

    [Fact]
    public async Task A_card_on_file_keeps_the_data()
    {
        await using var market = await StandStillAsync();
        var id = await RunningAsync(market);
        await market.OrderAsync("card", new { on_file = true });
        (await market.GetAsync("/api/v0/users/current/"))["has_billing"]!.GetValue<bool>().ShouldBeTrue();
        await market.OrderAsync("balance", new { balance = 0 });
        await market.AdvanceAsync(TimeSpan.FromDays(5));
        (await market.ShowAsync(id))!["intended_status"]!.ToString().ShouldBe("stopped");
        await market.OrderAsync("card", new { on_file = false });
        await market.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await market.ShowAsync(id)).ShouldBeNull("the grace was over long ago");
    }

    [Fact]
    public async Task Money_in_time_saves_the_data_and_the_grace_begins_anew()
    {
        await using var market = await StandStillAsync();
        var id = await RunningAsync(market);
        await market.OrderAsync("balance", new { balance = 0 });
        await market.AdvanceAsync(TimeSpan.FromHours(20));
        await market.OrderAsync("balance", new { balance = 10 });
        await market.AdvanceAsync(TimeSpan.FromHours(20));
        (await market.ShowAsync(id))!["intended_status"]!.ToString().ShouldBe("stopped", "it does not start by itself");
        await market.OrderAsync("balance", new { balance = 0 });
        await market.AdvanceAsync(TimeSpan.FromHours(20));
        (await market.ShowAsync(id)).ShouldNotBeNull();
    }

    [Fact]
    public async Task One_account_s_empty_balance_is_nothing_to_another()
    {
        await using var market = await StandStillAsync();
        var mine = await RunningAsync(market);
        var other = await market.OrderAsync("accounts", new { balance = 50 });
        await market.OrderAsync("balance", new { balance = 0, account_id = (long)other["id"]! });
        await market.AdvanceAsync(TimeSpan.FromHours(1));
        (await market.ShowAsync(mine))!["actual_status"]!.ToString().ShouldBe("running");
    }

    private static Task<RunningMarket> StandStillAsync() => RunningMarket.StartAsync(o => o with { Speed = 0 });

    private static async Task<long> RunningAsync(RunningMarket market)
    {
        var id = await market.RentAsync(JsonNode.Parse("""{"image": "ubuntu", "disk": 20}"""));
        await market.AdvanceAsync(TimeSpan.Zero);
        await market.AwaitStatusAsync(id, "running");
        return id;
    }
}
