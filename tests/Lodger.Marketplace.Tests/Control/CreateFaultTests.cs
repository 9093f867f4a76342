namespace Lodger.Marketplace.Tests.Control;

/// <summary>Troubles that wait for create calls; what each does is in <c>FaultTests</c>.</summary>
public sealed class CreateFaultTests
{
    [Fact]
    public async Task A_trouble_waits_for_its_offer_and_hits_as_many_as_ordered()
    {
        await using var market = await RunningMarket.StartAsync();
        var offers = (await market.SearchAsync(new { rentable = new { eq = true }, num_gpus = new { eq = 1 } })).Select(o => (long)o!["id"]!).ToList();
        await market.OrderAsync("creates", new { boot = "stuck", offer_id = offers[1] });
        await market.OrderAsync("creates", new { boot = "image_error", count = 2, offer_id = offers[2] });

        await market.AwaitStatusAsync(await market.RentAsync(offer: offers[0]), "running");
        var stuck = await market.RentAsync(offer: offers[1]);
        foreach (var _ in (int[])[1, 2])
        {
            var refused = await market.RentAsync(offer: offers[2]);
            await market.AwaitStatusAsync(refused, "created");
            await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{refused}/");
        }

        await market.AwaitStatusAsync(await market.RentAsync(offer: offers[2]), "running");
        (await market.ShowAsync(stuck))!["actual_status"]!.ToString().ShouldBe("loading");
    }
    [Theory]
    [InlineData("cuda>=99.1", false)]
    [InlineData("cuda>=99.1 brand=tesla,driver>=470,driver<471", false)]
    [InlineData("cuda>=99.1 driver>=450", true)]
    [InlineData("cuda>=11.0", true)]
    public async Task An_image_that_demands_a_newer_driver_is_refused_as_the_containers_runtime_does(string demand, bool runs)
    {
        await using var market = await RunningMarket.StartAsync();
        var id = await market.RentAsync(new { image = "nvidia/cuda", disk = 10, env = new Dictionary<string, string> { ["NVIDIA_REQUIRE_CUDA"] = demand } });
        var shown = await market.AwaitStatusAsync(id, runs ? "running" : "created");
        shown["status_msg"]!.ToString().Contains("unsatisfied condition: cuda>=99.1", StringComparison.Ordinal).ShouldBe(!runs);
    }
}
