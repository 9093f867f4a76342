using System.Globalization;
using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Tests.Life;

public class BillingTests
{
    [Fact]
    public async Task The_ledger_adds_up_when_it_is_worked_out_again_from_states_and_quantities()
    {
        await using var market = await RunningMarket.StartAsync(o => o with { OpeningBalanceUsd = 1000 });
        var ids = new List<long>();
        foreach (var offer in (await market.SearchAsync(new { num_gpus = new { eq = 1 }, gpu_frac = new { eq = 1 } })).Take(4))
            ids.Add(await market.RentAsync(new { image = "ubuntu", disk = 50 }, (long)offer!["id"]!));
        foreach (var id in ids) await market.AwaitStatusAsync(id, "running");
        await market.AdvanceAsync(TimeSpan.FromMinutes(61));
        await Api.InstanceTests.Manage(market, ids[0], "stopped");
        await market.OrderAsync($"machines/{(await market.LedgerOfAsync(ids[1]))["machine_id"]}/offline", new { });
        await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{ids[2]}/");
        await market.AdvanceAsync(TimeSpan.FromHours(30));

        var ledger = await market.LedgerAsync();
        var total = 0m;
        foreach (var contract in ledger["contracts"]!.AsArray())
        {
            var expected = WorkOut(contract!);
            ((decimal)contract!["charges"]!["total_usd"]!).ShouldBe(expected, 0.000001m);
            total += expected;
        }

        ((decimal)ledger["accounts"]![0]!["balance_usd"]!).ShouldBe(1000 - total, 0.00001m);
        ((double)(await market.LedgerOfAsync(ids[0]))["usage"]!["gpu_seconds"]!).ShouldBeInRange(3660, 3760);
        ((double)(await market.LedgerOfAsync(ids[0]))["usage"]!["disk_seconds"]!).ShouldBeInRange(111_660, 111_800);
        ((double)(await market.LedgerOfAsync(ids[1]))["usage"]!["disk_seconds"]!).ShouldBeInRange(3660, 3760, "nothing bills while the host is offline");
        ((double)(await market.LedgerOfAsync(ids[2]))["usage"]!["disk_seconds"]!).ShouldBeInRange(3660, 3760, "a destroyed instance bills nothing");
        ((double)(await market.LedgerOfAsync(ids[3]))["usage"]!["gpu_seconds"]!).ShouldBeGreaterThan(111_660);
    }

    [Fact]
    public async Task Charges_and_balance_say_the_same_as_the_ledger()
    {
        await using var market = await RunningMarket.StartAsync();
        var id = await market.RentAsync();
        await market.AwaitStatusAsync(id, "running");
        await market.AdvanceAsync(TimeSpan.FromHours(2));
        await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{id}/");
        var contract = await market.LedgerOfAsync(id);
        var filters = Uri.EscapeDataString("""{"day":{"gte":0,"lte":99999999999},"type":{"in":["instance"]}}""");
        var row = (await market.GetAsync($"/api/v0/charges/?select_filters={filters}&latest_first=true"))["results"]!.AsArray().ShouldHaveSingleItem()!;
        row["source"]!.ToString().ShouldBe($"instance-{id}");
        row["metadata"]!["label"]!.ToString().ShouldBe("lodger/job/1");
        row["items"]!.AsArray().Select(i => i!["type"]!.ToString()).ShouldBe(["gpu", "disk", "bwd", "bwu"]);
        row["items"]!.AsArray().Sum(i => (decimal)i!["amount"]!).ShouldBe((decimal)contract["charges"]!["total_usd"]!, 0.00001m);
        var user = await market.GetAsync("/api/v0/users/current/");
        ((decimal)user["balance"]!).ShouldBe(25m - (decimal)contract["charges"]!["total_usd"]!, 0.00001m);
        (await market.GetAsync("/api/v0/charges/"))["success"]!.GetValue<bool>().ShouldBeFalse("without days it is refused");
    }

    [Fact]
    public async Task An_empty_balance_stops_what_runs_and_goes_on_billing_the_disk()
    {
        await using var market = await RunningMarket.StartAsync();
        var id = await market.RentAsync();
        await market.AwaitStatusAsync(id, "running");
        await market.OrderAsync("balance", new { balance = 0 });
        var stopped = (await market.ShowAsync(id))!;
        stopped["intended_status"]!.ToString().ShouldBe("stopped");
        stopped["status_msg"]!.ToString().ShouldContain("balance");
        (await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/{id}/", new { state = "running" })).Body["error"]!.ToString().ShouldBe("insufficient_credit");
        await market.AdvanceAsync(TimeSpan.FromHours(10));
        ((decimal)(await market.GetAsync("/api/v0/users/current/"))["balance"]!).ShouldBeLessThan(0);
    }

    [Fact]
    public async Task A_contract_ends_at_its_end_date_and_cannot_be_started_again()
    {
        await using var market = await RunningMarket.StartAsync(o => o with { OpeningBalanceUsd = 100_000 });
        var id = await market.RentAsync();
        await market.AwaitStatusAsync(id, "running");
        var left = TimeSpan.FromSeconds((double)(await market.ShowAsync(id))!["duration"]!);
        await market.AdvanceAsync(left + TimeSpan.FromHours(1));
        var contract = await market.LedgerOfAsync(id);
        contract["stop_cause"]!.ToString().ShouldBe("contractend");
        (await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/{id}/", new { state = "running" })).Body["msg"]!.ToString().ShouldContain("end date");
        await market.AdvanceAsync(TimeSpan.FromHours(46));
        (await market.ShowAsync(id)).ShouldNotBeNull("its data is kept for 48 hours");
        await market.AdvanceAsync(TimeSpan.FromHours(2));
        (await market.ShowAsync(id)).ShouldBeNull();
        At((await market.LedgerOfAsync(id))["destroyed_at"]!).ShouldBe(At(contract["ends_at"]!).AddHours(48));
    }

    /// <summary>A second reading of the tariff that shares nothing with the meter: interval by interval, in seconds.</summary>
    internal static decimal WorkOut(JsonNode contract)
    {
        var seconds = new Dictionary<string, double>(StringComparer.Ordinal) { ["running"] = 0, ["stopped"] = 0 };
        var (gpuUsd, gpuSeconds) = (0m, 0d);
        var history = contract["billing_history"]!.AsArray();
        for (var i = 0; i < history.Count; i++)
        {
            var end = i + 1 < history.Count ? history[i + 1]!["at"] : contract["metered_to"];
            var length = (At(end!) - At(history[i]!["at"]!)).TotalSeconds;
            if ((bool)history[i]!["disk"]!) seconds[(bool)history[i]!["stopped"]! ? "stopped" : "running"] += length;
            if (!(bool)history[i]!["gpu"]!) continue;
            // Full seconds of all GPU time so far: a change of price in the middle of a second neither loses nor adds one.
            var before = Math.Floor(gpuSeconds + 1e-7);
            gpuSeconds += length;
            gpuUsd += (decimal)(Math.Floor(gpuSeconds + 1e-7) - before) / 3600 * (decimal)history[i]!["gpu_usd_per_hour"]!;
        }

        var tariff = contract["tariff"]!;
        return gpuUsd
            + DiskUsd(seconds["running"], (decimal)tariff["storage_usd_per_gb_month"]!)
            + DiskUsd(seconds["stopped"], (decimal)tariff["stopped_storage_usd_per_gb_month"]!)
            + ((decimal)contract["usage"]!["uploaded_bytes"]! / 1e9m * (decimal)tariff["upload_usd_per_gb"]!)
            + ((decimal)contract["usage"]!["downloaded_bytes"]! / 1e9m * (decimal)tariff["download_usd_per_gb"]!);

        decimal DiskUsd(double time, decimal perGbMonth) =>
            (decimal)Math.Floor(time + 1e-7) / 3600 * perGbMonth * (decimal)tariff["disk_gb"]! / (30 * 24);
    }

    internal static DateTime At(JsonNode node) => DateTime.Parse(node.ToString(), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);
}
