using System.Net;
using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Tests.Api;

public class SearchTests
{
    [Fact]
    public async Task The_same_seed_makes_the_same_market()
    {
        await using var one = await RunningMarket.StartAsync(o => o with { Seed = 7 });
        await using var two = await RunningMarket.StartAsync(o => o with { Seed = 7 });
        await using var other = await RunningMarket.StartAsync(o => o with { Seed = 8 });
        var (a, b, c) = (await Facts(one), await Facts(two), await Facts(other));
        a.ShouldBe(b);
        a.ShouldNotBe(c);
        a.Count.ShouldBeGreaterThanOrEqualTo(40);

        static async Task<List<string>> Facts(RunningMarket market) =>
            [.. (await market.SearchAsync(new { })).Select(o => $"{o!["id"]} {o["machine_id"]} {o["gpu_name"]} {o["dph_total"]} {o["reliability2"]}")];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_seed_has_a_dependable_offer_of_each_model(int seed)
    {
        await using var market = await RunningMarket.StartAsync(o => o with { Seed = seed });
        var dependable = await market.SearchAsync(new { verified = new { eq = true }, reliability = new { gte = 0.98 }, direct_port_count = new { gte = 1 }, rentable = new { eq = true } });
        var all = await market.SearchAsync(new { });
        dependable.Select(o => $"{o!["gpu_name"]}/{o["gpu_ram"]}").Distinct().Order().ShouldBe(all.Select(o => $"{o!["gpu_name"]}/{o["gpu_ram"]}").Distinct().Order());
    }

    [Fact]
    public async Task Filters_keep_what_matches_and_orders_sort()
    {
        await using var market = await RunningMarket.StartAsync();
        var offers = await market.SearchAsync(new
        {
            gpu_name = new { @in = new[] { "RTX_4090", "RTX_3090" } },
            gpu_ram = new { gte = 24000 },
            num_gpus = new { lt = 4, gt = 0 },
            geolocation = new { notin = new[] { "US" } },
            driver_version = new { gte = 535000000 },
            order = new[] { new[] { "num_gpus", "desc" }, new[] { "dph_total", "asc" } },
            limit = 5,
        });
        offers.Count.ShouldBeInRange(1, 5);
        foreach (var offer in offers)
        {
            offer!["gpu_name"]!.ToString().ShouldBeOneOf("RTX 4090", "RTX 3090");
            ((int)offer["num_gpus"]!).ShouldBeLessThan(4);
            offer["geolocation"]!.ToString().ShouldNotEndWith("US");
        }

        var keys = offers.Select(o => (-(int)o!["num_gpus"]!, (decimal)o["dph_total"]!)).ToList();
        keys.ShouldBe(keys.Order());
    }

    [Theory]
    [InlineData("num_gpus", "eq", "2")]
    [InlineData("num_gpus", "neq", "2")]
    [InlineData("dph_base", "gt", "0.5")]
    [InlineData("dph_base", "gte", "0.5")]
    [InlineData("gpu_ram", "lt", "24564")]
    [InlineData("gpu_ram", "lte", "24564")]
    [InlineData("static_ip", "eq", "true")]
    [InlineData("geolocation", "in", """["SE", "PL"]""")]
    [InlineData("num_gpus", "notin", "[1, 2]")]
    public async Task Every_operator_keeps_the_offers_for_which_it_holds_and_no_others_in_both_searches(string field, string operation, string value)
    {
        await using var market = await RunningMarket.StartAsync();
        var all = await market.SearchAsync(new { limit = 1000 });
        var wanted = JsonNode.Parse(value)!;
        var expected = all.Where(o => Holds(o![field]!)).Select(o => (long)o!["id"]!).Order().ToList();

        var query = new JsonObject { ["limit"] = 1000, [field] = new JsonObject { [operation] = wanted.DeepClone() } };
        (await market.SearchAsync(query)).Select(o => (long)o!["id"]!).Order().ShouldBe(expected);
        var newer = (await market.SendAsync(HttpMethod.Put, "/api/v0/search/asks/", new { select_cols = new[] { "*" }, q = query })).Body["offers"]!.AsArray();
        newer.Select(o => (long)o!["id"]!).Order().ShouldBe(expected);
        expected.Count.ShouldBeInRange(1, all.Count - 1, "some, and not all");

        bool Holds(JsonNode actual) => operation switch
        {
            "eq" => actual.ToJsonString() == value,
            "neq" => actual.ToJsonString() != value,
            "gt" => (double)actual > (double)wanted,
            "gte" => (double)actual >= (double)wanted,
            "lt" => (double)actual < (double)wanted,
            "lte" => (double)actual <= (double)wanted,
            "in" => wanted.AsArray().Any(country => actual.ToString().EndsWith(country!.ToString(), StringComparison.Ordinal)),
            _ => !wanted.AsArray().Any(one => JsonNode.DeepEquals(one, actual)),
        };
    }

    [Fact]
    public async Task Storage_and_the_kind_of_rental_feed_the_total_price()
    {
        await using var market = await RunningMarket.StartAsync();
        var small = (await market.SearchAsync(new { limit = 1, allocated_storage = 0 }))[0]!;
        var large = (await market.SearchAsync(new { limit = 1, allocated_storage = 720 }))[0]!;
        var bid = (await market.SearchAsync(new { limit = 1, allocated_storage = 0, type = "bid" }))[0]!;
        ((decimal)small["dph_total"]!).ShouldBe((decimal)small["dph_base"]!);
        ((decimal)large["dph_total"]! - (decimal)small["dph_total"]!).ShouldBe((decimal)large["storage_cost"]!);
        ((decimal)bid["dph_total"]!).ShouldBe((decimal)bid["min_bid"]!);
        ((decimal)bid["dph_total"]!).ShouldBeLessThan((decimal)small["dph_total"]!);
    }

    [Fact]
    public async Task The_names_of_all_models_are_told_to_anybody()
    {
        await using var market = await RunningMarket.StartAsync();
        using var anybody = new HttpClient { BaseAddress = new Uri(market.Access.Url) };
        var names = (await market.SendAsync(HttpMethod.Get, "/api/v0/gpu_names/unique/", client: anybody)).Body["gpu_names"]!.AsArray().Select(n => n!.ToString()).ToList();
        names.ShouldContain("RTX 4090");
        names.ShouldBeUnique();
        (await market.SearchAsync(new { limit = 1000 })).Select(o => o!["gpu_name"]!.ToString()).Distinct().ShouldBeSubsetOf(names);
    }

    [Fact]
    public async Task The_newer_search_answers_alike()
    {
        await using var market = await RunningMarket.StartAsync();
        var query = new { gpu_name = new { eq = "L40S" } };
        var (status, body) = await market.SendAsync(HttpMethod.Put, "/api/v0/search/asks/", new { select_cols = new[] { "*" }, q = query });
        status.ShouldBe(HttpStatusCode.OK);
        body["offers"]!.AsArray().Select(o => (long)o!["id"]!).ShouldBe((await market.SearchAsync(query)).Select(o => (long)o!["id"]!));
    }

    [Theory]
    [InlineData("""{"no_such_field": {"eq": 1}}""", "no_such_field is not a valid search key")]
    [InlineData("""{"num_gpus": {"about": 1}}""", "about is not a valid operator")]
    [InlineData("""{"num_gpus": 1}""", "num_gpus needs an operator")]
    [InlineData("""{"num_gpus": {"in": 1}}""", "in needs a list")]
    [InlineData("""{"type": "gift"}""", "gift is not a type of offer")]
    [InlineData("""{"order": [["id"]]}""", "order needs pairs")]
    public async Task A_query_that_cannot_be_understood_is_refused_by_name(string query, string complaint)
    {
        await using var market = await RunningMarket.StartAsync();
        var (status, body) = await market.SendAsync(HttpMethod.Post, "/api/v0/bundles/", System.Text.Json.Nodes.JsonNode.Parse(query));
        status.ShouldBe(HttpStatusCode.BadRequest);
        body["error"]!.ToString().ShouldBe("invalid_request");
        body["msg"]!.ToString().ShouldContain(complaint);
    }

    [Fact]
    public async Task Renting_some_GPUs_of_a_machine_leaves_the_smaller_offers_on_the_rest()
    {
        await using var market = await RunningMarket.StartAsync();
        var pair = (await market.SearchAsync(new { num_gpus = new { eq = 2 }, gpu_frac = new { eq = 1 }, direct_port_count = new { gte = 1 } }))[0]!;
        var machine = new { machine_id = new { eq = (long)pair["machine_id"]! }, rentable = new { eq = true } };
        (await market.SearchAsync(machine)).Count.ShouldBe(3);
        var single = (await market.SearchAsync(new { machine.machine_id, num_gpus = new { eq = 1 } }))[0]!;
        var id = await market.RentAsync(offer: (long)single["id"]!);
        var left = (await market.SearchAsync(machine)).ShouldHaveSingleItem()!;
        left["num_gpus"]!.ToString().ShouldBe("1");
        left["gpu_ids"]!.ToJsonString().ShouldNotBe(single["gpu_ids"]!.ToJsonString());
        await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{id}/");
        (await market.SearchAsync(machine)).Count.ShouldBe(3);
    }
}
