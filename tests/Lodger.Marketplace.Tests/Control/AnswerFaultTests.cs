using System.Net;
using System.Text.Json;

namespace Lodger.Marketplace.Tests.Control;

/// <summary>True answers that were spoilt on the way.</summary>
public class AnswerFaultTests
{
    [Fact]
    public async Task A_storm_of_refusals_says_429_with_the_documented_words()
    {
        await using var market = await RunningMarket.StartAsync();
        await market.OrderAsync("faults", new { endpoint = "*", kind = "toomany", count = 3 });
        for (var i = 0; i < 3; i++)
        {
            var (status, body) = await market.SendAsync(HttpMethod.Get, "/api/v0/users/current/");
            status.ShouldBe(HttpStatusCode.TooManyRequests);
            body["detail"]!.ToString().ShouldStartWith("API requests too frequent endpoint threshold=");
        }

        (await market.SendAsync(HttpMethod.Get, "/api/v0/users/current/")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_list_can_come_without_its_rows_or_with_half_of_them()
    {
        await using var market = await RunningMarket.StartAsync();
        for (var i = 0; i < 4; i++) await market.RentAsync();
        await market.OrderAsync("faults", new { endpoint = "list", kind = "norows" });
        var empty = await market.GetAsync("/api/v1/instances/");
        empty["success"]!.GetValue<bool>().ShouldBeTrue();
        empty["instances"]!.AsArray().ShouldBeEmpty();
        ((int)empty["total_instances"]!).ShouldBe(0);
        await market.OrderAsync("faults", new { endpoint = "list", kind = "fewrows" });
        var half = await market.GetAsync("/api/v1/instances/?limit=4");
        half["instances"]!.AsArray().Count.ShouldBe(2);
        half["next_token"].ShouldBeNull();
        (await market.GetAsync("/api/v1/instances/"))["instances"]!.AsArray().Count.ShouldBe(4);
    }

    [Fact]
    public async Task An_answer_can_be_cut_in_the_middle()
    {
        await using var market = await RunningMarket.StartAsync();
        await market.RentAsync();
        await market.OrderAsync("faults", new { endpoint = "list", kind = "truncated" });
        using var response = await market.Http.GetAsync(new Uri("/api/v1/instances/", UriKind.Relative), TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        text.ShouldStartWith("""{"success":true""");
        Should.Throw<JsonException>(() => JsonDocument.Parse(text));
    }

    [Fact]
    public async Task A_create_whose_answer_never_comes_has_happened()
    {
        await using var market = await RunningMarket.StartAsync();
        await market.OrderAsync("faults", new { endpoint = "create", kind = "hang", seconds = 0.1, carried_out = true });
        await Should.ThrowAsync<HttpRequestException>(() => market.RentAsync());
        (await market.GetAsync("/api/v1/instances/"))["instances"]!.AsArray().Count.ShouldBe(1);
    }
}
