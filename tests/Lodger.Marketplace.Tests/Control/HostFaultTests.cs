using System.Net;
using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Tests.Control;

/// <summary>What hosts and rivals do to instances on demand, seen through the public API. Time stands still unless it is advanced.</summary>
public class HostFaultTests
{
    [Fact]
    public async Task An_interruptible_instance_can_be_outbid_for_a_while()
    {
        await using var market = await StandStillAsync();
        var id = await RunningAsync(market, price: 1);
        await market.OrderAsync($"instances/{id}/outbid", new { by = 0.05, seconds = 3600 });
        var paused = (await market.ShowAsync(id))!;
        new[] { "cur_state", "intended_status", "next_state" }.ShouldAllBe(f => paused[f]!.ToString() == "stopped");
        ((decimal)paused["min_bid"]!).ShouldBe(1.051m, "what would win it back");
        await market.AdvanceAsync(TimeSpan.FromMinutes(59));
        (await market.ShowAsync(id))!["cur_state"]!.ToString().ShouldBe("stopped");
        await market.AdvanceAsync(TimeSpan.FromMinutes(2));
        (await market.ShowAsync(id))!["actual_status"]!.ToString().ShouldBe("running");
        ((decimal)(await market.LedgerOfAsync(id))["usage"]!["gpu_seconds"]!).ShouldBe(60, "it came back the second the rival left");
    }

    [Fact]
    public async Task A_rental_on_demand_cannot_be_outbid_and_the_answer_says_what_can_be_done()
    {
        await using var market = await StandStillAsync();
        var id = await RunningAsync(market);
        var (status, body) = await market.SendAsync(HttpMethod.Post, $"/control/instances/{id}/outbid", new { }, market.Control);
        status.ShouldBe(HttpStatusCode.Conflict);
        body["msg"]!.ToString().ShouldContain($"instances/{id}/stop");
        (await market.SendAsync(HttpMethod.Post, $"/control/instances/{id}/rent_away", new { }, market.Control)).Status.ShouldBe(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_stopped_instance_whose_GPU_is_rented_away_waits_in_scheduling_for_exactly_that_one()
    {
        await using var market = await StandStillAsync();
        var machine = (await market.SearchAsync(new { gpu_name = new { eq = "RTX 4090" }, num_gpus = new { eq = 4 } }))[0]!["machine_id"]!;
        var offer = (await market.SearchAsync(new { machine_id = new { eq = (long)machine }, num_gpus = new { eq = 1 } }))[0]!;
        var id = await RunningAsync(market, offer: (long)offer["id"]!);
        await Api.InstanceTests.Manage(market, id, "stopped");
        await market.OrderAsync($"instances/{id}/rent_away", new { seconds = 7200 });
        (await market.SearchAsync(new { machine_id = new { eq = (long)machine }, num_gpus = new { eq = 1 }, rentable = new { eq = true } })).Count.ShouldBe(3, "the machine's other GPUs are free");
        await Api.InstanceTests.Manage(market, id, "running");
        await market.AdvanceAsync(TimeSpan.FromHours(1));
        var waiting = (await market.ShowAsync(id))!;
        waiting["intended_status"]!.ToString().ShouldBe("running");
        waiting["actual_status"]!.ToString().ShouldBe("exited");
        waiting["status_msg"]!.ToString().ShouldContain("Scheduling");
        await market.AdvanceAsync(TimeSpan.FromHours(1));
        (await market.ShowAsync(id))!["actual_status"]!.ToString().ShouldBe("running");
    }

    [Fact]
    public async Task A_rented_GPU_can_be_released_before_its_time()
    {
        await using var market = await StandStillAsync();
        var id = await RunningAsync(market, price: 1);
        await market.OrderAsync($"instances/{id}/rent_away", new { });
        (await market.ShowAsync(id))!["cur_state"]!.ToString().ShouldBe("stopped");
        await market.OrderAsync($"instances/{id}/release", new { });
        await market.AwaitStatusAsync(id, "running");
    }

    [Fact]
    public async Task Nothing_bills_while_a_host_is_offline()
    {
        await using var market = await StandStillAsync();
        var id = await RunningAsync(market);
        var machine = (await market.LedgerOfAsync(id))["machine_id"];
        await market.OrderAsync($"machines/{machine}/offline", new { });
        var balance = await BalanceAsync(market);
        await market.AdvanceAsync(TimeSpan.FromHours(30));
        (await BalanceAsync(market)).ShouldBe(balance);
        (await market.ShowAsync(id))!["actual_status"]!.ToString().ShouldBe("offline");
        await market.OrderAsync($"machines/{machine}/online", new { });
        await market.AwaitStatusAsync(id, "running");
    }

    [Fact]
    public async Task A_host_that_vanishes_never_comes_back_also_not_with_a_new_marketplace()
    {
        var directory = Directory.CreateTempSubdirectory("lodger-market-test-").FullName;
        try
        {
            long id;
            JsonNode machine;
            await using (var market = await StandStillAsync(directory))
            {
                id = await RunningAsync(market);
                machine = (await market.LedgerOfAsync(id))["machine_id"]!;
                await market.OrderAsync($"machines/{machine}/vanish", new { });
                (await market.SendAsync(HttpMethod.Post, $"/control/machines/{machine}/online", new { }, market.Control)).Status.ShouldBe(HttpStatusCode.Conflict);
            }

            await using var after = await StandStillAsync(directory);
            await after.AdvanceAsync(TimeSpan.FromHours(10));
            (await after.ShowAsync(id))!["actual_status"]!.ToString().ShouldBe("offline");
            (await after.SearchAsync(new { machine_id = new { eq = (long)machine } })).ShouldBeEmpty();
            (await after.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{id}/")).Status.ShouldBe(HttpStatusCode.OK, "its owner can let go of it");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task A_price_that_moves_is_for_new_contracts_only()
    {
        await using var market = await StandStillAsync(directory: null);
        var offer = (await market.SearchAsync(new { gpu_name = new { eq = "RTX 4090" }, num_gpus = new { eq = 2 }, gpu_frac = new { lt = 1 } }))[0]!;
        var id = await RunningAsync(market, offer: (long)offer["id"]!);
        await market.OrderAsync($"machines/{offer["machine_id"]}/price", new { factor = 1.5 });
        var now = (await market.SearchAsync(new { machine_id = new { eq = (long)offer["machine_id"]! }, num_gpus = new { eq = 2 } })).Single(o => (long)o!["id"]! != (long)offer["id"]!)!;
        ((decimal)now["dph_base"]!).ShouldBe((decimal)offer["dph_base"]! * 1.5m, 0.001m);
        ((decimal)now["min_bid"]!).ShouldBe((decimal)offer["min_bid"]! * 1.5m, 0.001m);
        ((decimal)(await market.ShowAsync(id))!["dph_base"]!).ShouldBe((decimal)offer["dph_base"]!);
        await market.AdvanceAsync(TimeSpan.FromHours(1));
        ((decimal)(await market.LedgerOfAsync(id))["charges"]!["gpu_usd"]!).ShouldBe((decimal)offer["dph_base"]!);
    }

    [Fact]
    public async Task A_contract_can_be_ended_and_deleted_early()
    {
        await using var market = await StandStillAsync();
        var id = await RunningAsync(market);
        await market.OrderAsync($"instances/{id}/end", new { in_seconds = 60 });
        await market.AdvanceAsync(TimeSpan.FromHours(1));
        var ended = (await market.ShowAsync(id))!;
        ended["intended_status"]!.ToString().ShouldBe("stopped");
        ((double)ended["duration"]!).ShouldBeLessThan(0);
        ((decimal)(await market.LedgerOfAsync(id))["usage"]!["gpu_seconds"]!).ShouldBe(60, "stopped on the second");
        await market.OrderAsync($"instances/{id}/expire", new { });
        await market.AdvanceAsync(TimeSpan.FromMinutes(1));
        (await market.ShowAsync(id)).ShouldBeNull();
    }

    [Fact]
    public async Task A_stopped_disk_can_cost_more_than_a_running_one()
    {
        await using var market = await StandStillAsync();
        var offer = (await market.SearchAsync(new { gpu_frac = new { eq = 1 } })).First(o => (decimal)o!["storage_cost_stopped"]! > (decimal)o["storage_cost"]!)!;
        var id = await RunningAsync(market, offer: (long)offer["id"]!);
        var running = (decimal)(await market.ShowAsync(id))!["storage_cost"]!;
        running.ShouldBe((decimal)offer["storage_cost"]!);
        await market.AdvanceAsync(TimeSpan.FromHours(10));
        await Api.InstanceTests.Manage(market, id, "stopped");
        await market.AdvanceAsync(TimeSpan.FromHours(100));
        ((decimal)(await market.ShowAsync(id))!["storage_cost"]!).ShouldBe((decimal)offer["storage_cost_stopped"]!);
        var perGbHour = (decimal)(await market.LedgerOfAsync(id))["charges"]!["disk_usd"]! / 20;
        perGbHour.ShouldBe(((10 * running) + (100 * (decimal)offer["storage_cost_stopped"]!)) / 720, 0.000001m);
    }

    private static Task<RunningMarket> StandStillAsync(string? directory = null) => RunningMarket.StartAsync(o => o with { Speed = 0, OpeningBalanceUsd = 1000 }, directory);

    private static async Task<decimal> BalanceAsync(RunningMarket market) => (decimal)(await market.GetAsync("/api/v0/users/current/"))["balance"]!;

    private static async Task<long> RunningAsync(RunningMarket market, decimal? price = null, long? offer = null)
    {
        var id = await market.RentAsync(new { image = "ubuntu", disk = 20, price }, offer);
        await market.AdvanceAsync(TimeSpan.Zero);
        await market.AwaitStatusAsync(id, "running");
        return id;
    }
}
