using System.Net;
using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Tests.Life;

/// <summary>
/// Random histories on a clock that is only advanced, in a market with other tenants. What each instance should have cost is worked out from outside, from what
/// the public API showed before each stretch of time and the prices it named, and compared with what was charged.
/// </summary>
public class HistoryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_second_bills_as_the_API_showed_it(int seed)
    {
        await using var market = await RunningMarket.StartAsync(o => o with { Speed = 0, OpeningBalanceUsd = 10_000, DestroyLinger = TimeSpan.Zero });
        var random = new Random(seed);
        var tenants = new Dictionary<long, Bill>();
        for (var step = 0; step < 60; step++)
        {
            await ActAsync(market, random, tenants);
            await market.AdvanceAsync(TimeSpan.Zero); // What was begun is there before time passes.
            var seconds = random.Next(1, 20_000);
            foreach (var (id, bill) in tenants) bill.Add(await market.ShowAsync(id), seconds);
            await market.AdvanceAsync(TimeSpan.FromSeconds(seconds));
        }

        foreach (var (id, bill) in tenants)
        {
            var charges = (await market.LedgerOfAsync(id))["charges"]!;
            ((decimal)charges["gpu_usd"]!).ShouldBe(bill.GpuUsd, 1e-9m, $"GPUs of instance {id}, seed {seed}");
            ((decimal)charges["disk_usd"]!).ShouldBe(bill.DiskUsd, 1e-9m, $"disk of instance {id}, seed {seed}");
        }

        tenants.Values.Sum(b => b.GpuUsd).ShouldBeGreaterThan(0);
        var spent = tenants.Values.Sum(b => b.GpuUsd + b.DiskUsd);
        ((decimal)(await market.GetAsync("/api/v0/users/current/"))["balance"]!).ShouldBe(10_000 - spent, 1e-6m);
    }

    [Fact]
    public async Task In_a_busy_market_the_ledger_adds_up_to_the_second()
    {
        await using var market = await RunningMarket.StartAsync(o => o with { Speed = 0, Tenants = TenantLevel.Busy, OpeningBalanceUsd = 10_000, Seed = 4 });
        var ids = new List<long>();
        foreach (var offer in (await market.SearchAsync(new { type = "bid", rentable = new { eq = true }, gpu_frac = new { eq = 1 } })).Take(8))
        {
            var (status, body) = await market.SendAsync(HttpMethod.Put, $"/api/v0/asks/{offer!["id"]}/", new { image = "ubuntu", price = (decimal)offer["min_bid"]! * 1.1m });
            if (status == HttpStatusCode.OK) ids.Add((long)body["new_contract"]!);
        }

        await market.AdvanceAsync(TimeSpan.FromDays(4));
        var contracts = (await market.LedgerAsync())["contracts"]!.AsArray();
        contracts.Sum(c => (decimal)c!["usage"]!["gpu_seconds"]!).ShouldBeGreaterThan(0);
        contracts.Count(c => c!["billing_history"]!.AsArray().Count(b => (bool)b!["gpu"]!) > 1).ShouldBeGreaterThan(0, "somebody was interrupted and came back");
        foreach (var contract in contracts)
            ((decimal)contract!["charges"]!["total_usd"]!).ShouldBe(BillingTests.WorkOut(contract), 1e-6m);
    }

    private static async Task ActAsync(RunningMarket market, Random random, Dictionary<long, Bill> tenants)
    {
        var alive = tenants.Where(t => !t.Value.IsOver).Select(t => t.Key).Order().ToList();
        var choice = alive.Count == 0 ? 0 : random.Next(8);
        var id = alive.Count == 0 ? 0 : alive[random.Next(alive.Count)];
        switch (choice)
        {
            case 0 or 1 when alive.Count < 12:
                var offers = await market.SearchAsync(new { rentable = new { eq = true }, duration = new { gte = 20 * 86_400 }, order = new[] { new[] { "id", "asc" } } });
                var offer = offers[random.Next(offers.Count)]!;
                decimal? price = random.Next(2) == 0 ? null : (decimal)offer["min_bid"]! * (0.9m + (0.1m * random.Next(4)));
                var (_, made) = await market.SendAsync(HttpMethod.Put, $"/api/v0/asks/{offer["id"]}/", new { image = "ubuntu", disk = 10 + random.Next(20), price });
                tenants[(long)made["new_contract"]!] = new Bill();
                break;
            case 2:
                await Api.InstanceTests.Manage(market, id, random.Next(2) == 0 ? "stopped" : "running");
                break;
            case 3:
                await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/bid_price/{id}/", new { client_id = "me", price = 0.05m * random.Next(1, 20) });
                break;
            case 4:
                var machine = (await market.LedgerOfAsync(id))["machine_id"];
                await market.OrderAsync($"machines/{machine}/{(random.Next(2) == 0 ? "offline" : "online")}", new { });
                break;
            case 5:
                await market.SendAsync(HttpMethod.Post, $"/control/instances/{id}/{(random.Next(2) == 0 ? "outbid" : "release")}", new { by = 0.01 }, market.Control);
                break;
            case 6 when random.Next(3) == 0:
                await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{id}/");
                break;
            default:
                break;
        }
    }

    /// <summary>What an instance should have cost, from what the API showed.</summary>
    private sealed class Bill
    {
        public decimal GpuUsd { get; private set; }
        public decimal DiskUsd { get; private set; }
        public bool IsOver { get; private set; }

        /// <summary>So many seconds pass in the state that is shown: whole ones, so that nothing is lost between two stretches.</summary>
        public void Add(JsonNode? shown, int seconds)
        {
            IsOver = shown is null;
            if (shown is null) return;
            var status = shown["actual_status"]?.ToString();
            if (status == "offline") return;
            if (status == "running") GpuUsd += (decimal)shown["dph_base"]! / 3600 * seconds;
            DiskUsd += (decimal)shown["storage_cost"]! * (decimal)shown["disk_space"]! / 720 / 3600 * seconds;
        }
    }
}
