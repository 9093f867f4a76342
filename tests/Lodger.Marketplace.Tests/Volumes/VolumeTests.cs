using System.Net;
using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Tests.Volumes;

/// <summary>Volumes as the market keeps them: who has them where, and what they cost.</summary>
public sealed class VolumeTests
{
    [Fact]
    public async Task A_volume_is_found_rented_listed_and_deleted()
    {
        await using var market = await RunningMarket.StartAsync();
        var offers = (await market.SendAsync(HttpMethod.Post, "/api/v0/volumes/search/", new { verified = new { eq = true }, disk_space = new { gte = 20 }, order = new[] { new[] { "storage_cost", "asc" } } })).Body["offers"]!.AsArray();
        offers.Count.ShouldBeGreaterThan(1);
        offers.Select(o => (decimal)o!["storage_cost"]!).ShouldBeInOrder();
        var id = await RentVolumeAsync(market, (long)offers[0]!["id"]!, 20);

        var listed = (await market.GetAsync("/api/v0/volumes/?owner=me&type=all_volume"))["volumes"]!.AsArray().ShouldHaveSingleItem()!;
        listed["id"]!.GetValue<long>().ShouldBe(id);
        ((double)listed["disk_space"]!).ShouldBe(20);
        listed["machine_id"]!.ToString().ShouldBe(offers[0]!["machine_id"]!.ToString());
        (await market.GetAsync("/api/v0/volumes/?type=network_volume"))["volumes"]!.AsArray().ShouldBeEmpty();

        (await market.SendAsync(HttpMethod.Delete, "/api/v0/volumes/?id=77")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await market.SendAsync(HttpMethod.Delete, "/api/v0/volumes/")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await market.SendAsync(HttpMethod.Delete, "/api/v0/volumes/", new { id })).Status.ShouldBe(HttpStatusCode.OK);
        (await market.GetAsync("/api/v0/volumes/"))["volumes"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_volume_bills_by_itself_until_it_is_deleted_but_not_while_its_host_is_away()
    {
        await using var market = await RunningMarket.StartAsync(o => o with { OpeningBalanceUsd = 1000 });
        var offer = await market.AnyOfferAsync();
        var price = (decimal)offer["storage_cost"]!;
        var volume = await RentVolumeAsync(market, await VolumeOfferAsync(market, offer), 50);
        var instance = await market.RentAsync(new { image = "ubuntu", disk = 10, runtype = "ssh", volume_info = new { create_new = false, volume_id = volume, mount_path = "/data" } }, (long)offer["id"]!);
        await market.AwaitStatusAsync(instance, "running");
        (await market.ShowAsync(instance))!["volume_info"]![0]!["id"]!.GetValue<long>().ShouldBe(volume);

        await Api.InstanceTests.Manage(market, instance, "stopped");
        var refused = await market.SendAsync(HttpMethod.Delete, $"/api/v0/volumes/?id={volume}");
        refused.Status.ShouldBe(HttpStatusCode.BadRequest);
        refused.Body["msg"]!.ToString().ShouldContain($"instance {instance}");

        await market.AdvanceAsync(TimeSpan.FromHours(1));
        await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{instance}/");
        await market.AdvanceAsync(TimeSpan.FromHours(71));
        await market.OrderAsync($"machines/{offer["machine_id"]}/offline", new { });
        await market.AdvanceAsync(TimeSpan.FromHours(720));
        await market.OrderAsync($"machines/{offer["machine_id"]}/online", new { });
        var charged = (decimal)(await LedgerOfAsync(market, volume))["charged_usd"]!;
        charged.ShouldBeInRange((50 * price / 10) - 0.001m, (50 * price / 10) + 0.01m, "a tenth of a month, and not the month in which the host was away");
        var balance = (await market.LedgerAsync())["accounts"]![0]!;
        ((decimal)balance["paid_in_usd"]! - (decimal)balance["balance_usd"]!).ShouldBe((decimal)balance["charged_usd"]!, 0.000001m);
        ((decimal)balance["charged_usd"]!).ShouldBeGreaterThan(charged, "the instance cost something, too");
        var charges = (await market.GetAsync($"/api/v0/charges/?select_filters={Uri.EscapeDataString("""{"day":{"gte":0,"lte":9999999999}}""")}"))["results"]!.AsArray();
        var row = charges.Single(r => r!["type"]!.ToString() == "volume")!;
        row["source"]!.ToString().ShouldBe($"volume-{volume}");
        ((decimal)row["amount"]!).ShouldBe(Math.Round(charged, 3), 0.002m);

        (await market.SendAsync(HttpMethod.Delete, $"/api/v0/volumes/?id={volume}")).Status.ShouldBe(HttpStatusCode.OK);
        await market.AdvanceAsync(TimeSpan.FromHours(720));
        ((decimal)(await LedgerOfAsync(market, volume))["charged_usd"]!).ShouldBeInRange(charged, charged + 0.01m);
    }

    [Fact]
    public async Task A_volume_stays_on_its_machine_and_with_its_account()
    {
        await using var market = await RunningMarket.StartAsync();
        var offer = await market.AnyOfferAsync();
        var volume = await RentVolumeAsync(market, await VolumeOfferAsync(market, offer), 15);
        var elsewhere = (await market.SearchAsync(new { machine_id = new { neq = offer["machine_id"] }, rentable = new { eq = true } }))[0]!;
        var (status, answer) = await CreateAsync(elsewhere, volume);
        status.ShouldBe(HttpStatusCode.BadRequest);
        answer["msg"]!.ToString().ShouldContain("cannot leave its machine");

        var other = await market.OrderAsync("accounts", new { balance = 10 });
        using var stranger = market.Client(other["api_key"]!.ToString());
        (await CreateAsync(offer, volume, stranger)).Body["msg"]!.ToString().ShouldContain($"no volume {volume}");
        (await market.SendAsync(HttpMethod.Get, "/api/v0/volumes/", client: stranger)).Body["volumes"]!.AsArray().ShouldBeEmpty();
        (await market.SendAsync(HttpMethod.Delete, $"/api/v0/volumes/?id={volume}", client: stranger)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await market.SendAsync(HttpMethod.Put, "/api/v0/commands/copy_direct/", new { src_id = $"V.{volume}", dst_id = $"V.{volume}", src_path = "/", dst_path = "/x" }, stranger)).Status.ShouldBe(HttpStatusCode.NotFound);

        (await CreateAsync(offer, volume)).Status.ShouldBe(HttpStatusCode.OK);

        Task<(HttpStatusCode Status, JsonNode Body)> CreateAsync(JsonNode offer, long volume, HttpClient? client = null) =>
            market.SendAsync(HttpMethod.Put, $"/api/v0/asks/{offer["id"]}/", new { image = "ubuntu", disk = 10, env = new Dictionary<string, string> { [$"-v V.{volume}:/data"] = "1" } }, client);
    }

    [Theory]
    [InlineData("-v V.1:/etc")]
    [InlineData("-v V.1:/root")]
    [InlineData("-v V.1:/")]
    [InlineData("-v V.1:/data/../etc")]
    [InlineData("-v V.1:data")]
    [InlineData("-v /host:/data")]
    public async Task Mounts_that_would_break_the_box_or_reach_out_of_it_are_refused(string flag)
    {
        await using var market = await RunningMarket.StartAsync();
        var offer = (await market.AnyOfferAsync())["id"]!;
        (await market.SendAsync(HttpMethod.Put, $"/api/v0/asks/{offer}/", new { image = "ubuntu", disk = 10, env = flag })).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Create_can_rent_a_new_volume_with_the_instance_and_a_host_lists_no_more_than_it_has()
    {
        await using var market = await RunningMarket.StartAsync();
        var offer = await market.AnyOfferAsync();
        var space = await VolumeOfferAsync(market, offer);
        var id = await market.RentAsync(new { image = "ubuntu", disk = 10, runtype = "ssh", volume_info = new { create_new = true, volume_id = space, size = 25, mount_path = "/data", name = "mine" } }, (long)offer["id"]!);

        var volume = (await market.GetAsync("/api/v0/volumes/"))["volumes"]!.AsArray().ShouldHaveSingleItem()!;
        volume["label"]!.ToString().ShouldBe("mine");
        ((double)volume["disk_space"]!).ShouldBe(25);
        volume["instances"]![0]!["id"]!.GetValue<long>().ShouldBe(id);
        (await market.SendAsync(HttpMethod.Put, "/api/v0/volumes/", new { id = space, size = 900_000 })).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await market.SendAsync(HttpMethod.Put, "/api/v0/volumes/", new { id = 1, size = 9 })).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    internal static async Task<long> VolumeOfferAsync(RunningMarket market, JsonNode offer)
    {
        var found = (await market.SendAsync(HttpMethod.Post, "/api/v0/volumes/search/", new { machine_id = new { eq = offer["machine_id"] } })).Body["offers"]!.AsArray();
        return (long)found.ShouldHaveSingleItem()!["id"]!;
    }

    internal static async Task<long> RentVolumeAsync(RunningMarket market, long offer, int sizeGb)
    {
        var (status, answer) = await market.SendAsync(HttpMethod.Put, "/api/v0/volumes/", new { id = offer, size = sizeGb });
        status.ShouldBe(HttpStatusCode.OK, answer.ToJsonString());
        var name = answer["volume_name"]!.ToString();
        name.ShouldStartWith("V.");
        return long.Parse(name[2..], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task<JsonNode> LedgerOfAsync(RunningMarket market, long volume) =>
        (await market.LedgerAsync())["volumes"]!.AsArray().Single(v => (long)v!["id"]! == volume)!;
}
