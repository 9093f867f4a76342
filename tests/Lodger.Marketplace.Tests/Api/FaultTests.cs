using System.Net;

namespace Lodger.Marketplace.Tests.Api;

public class FaultTests
{
    [Fact]
    public async Task A_burst_of_5xx_hits_as_many_calls_as_ordered_and_only_that_endpoint()
    {
        await using var market = await RunningMarket.StartAsync();
        await market.OrderAsync("faults", new { endpoint = "user", kind = "status", status = 503, count = 2, skip = 1 });
        var seen = new List<HttpStatusCode>();
        for (var i = 0; i < 4; i++)
        {
            using var response = await market.Http.GetAsync(new Uri("/api/v0/users/current/", UriKind.Relative), TestContext.Current.CancellationToken);
            seen.Add(response.StatusCode);
            (await market.SendAsync(HttpMethod.Get, "/api/v0/ssh/")).Status.ShouldBe(HttpStatusCode.OK);
        }

        seen.ShouldBe([HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK]);
    }

    [Fact]
    public async Task A_create_can_succeed_while_its_answer_is_lost()
    {
        await using var market = await RunningMarket.StartAsync();
        var offer = (long)(await market.AnyOfferAsync())["id"]!;
        await market.OrderAsync("faults", new { endpoint = "create", kind = "drop", carried_out = true });
        await Should.ThrowAsync<HttpRequestException>(() => market.RentAsync(offer: offer));
        (await market.LedgerAsync())["contracts"]!.AsArray().ShouldHaveSingleItem()!["label"]!.ToString().ShouldBe("lodger/job/1");

        await market.OrderAsync("faults", new { endpoint = "create", kind = "drop" });
        await Should.ThrowAsync<HttpRequestException>(() => market.RentAsync());
        (await market.LedgerAsync())["contracts"]!.AsArray().Count.ShouldBe(1, "this one was lost before it took effect");
    }

    [Fact]
    public async Task A_hanging_call_hangs_as_long_as_ordered_and_is_then_cut()
    {
        await using var market = await RunningMarket.StartAsync();
        await market.OrderAsync("faults", new { endpoint = "*", kind = "hang", seconds = 0.2 });
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await Should.ThrowAsync<HttpRequestException>(() => market.GetAsync("/api/v0/users/current/"));
        clock.Elapsed.ShouldBeGreaterThan(TimeSpan.FromMilliseconds(150));
    }

    [Theory]
    [InlineData("deprecated", "deprecated_endpoint")]
    [InlineData("empty", "")]
    [InlineData("garbage", "It works!")]
    [InlineData("body", "[42]")]
    public async Task A_list_can_be_spoilt_under_200(string kind, string expected)
    {
        await using var market = await RunningMarket.StartAsync();
        await market.RentAsync();
        await market.OrderAsync("faults", new { endpoint = "list", kind, body = "[42]" });
        using var response = await market.Http.GetAsync(new Uri("/api/v1/instances/", UriKind.Relative), TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        if (expected.Length == 0) text.ShouldBeEmpty();
        else text.ShouldContain(expected);
        (await market.GetAsync("/api/v1/instances/"))["instances"]!.AsArray().Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_fresh_rental_can_be_missing_from_lists_for_a_while()
    {
        await using var market = await RunningMarket.StartAsync();
        await market.OrderAsync("creates", new { invisible_seconds = 600 });
        var hidden = await market.RentAsync();
        var plain = await market.RentAsync();
        (await market.GetAsync("/api/v1/instances/"))["instances"]!.AsArray().Select(i => (long)i!["id"]!).ShouldBe([plain]);
        (await market.ShowAsync(hidden)).ShouldNotBeNull("it exists all the same");
        await market.OrderAsync("creates", new { invisible_seconds = 0.5 });
        var soon = await market.RentAsync();
        for (var i = 0; i < 12_000 && (await market.GetAsync("/api/v1/instances/"))["instances"]!.AsArray().Count < 2; i++) await Task.Delay(10, TestContext.Current.CancellationToken);
        (await market.GetAsync("/api/v1/instances/"))["instances"]!.AsArray().Select(i => (long)i!["id"]!).ShouldBe([plain, soon]);
    }

    [Fact]
    public async Task A_boot_can_hang_lack_its_GPU_or_be_refused()
    {
        await using var market = await RunningMarket.StartAsync();
        await market.OrderAsync("creates", new { boot = "stuck" });
        var stuck = await market.RentAsync();
        await market.OrderAsync("creates", new { boot = "image_error" });
        var refused = await market.RentAsync();
        await market.OrderAsync("creates", new { boot = "no_gpu" });
        var blind = await market.RentAsync();
        await market.AwaitStatusAsync(blind, "running");
        (await market.AwaitStatusAsync(refused, "created"))["status_msg"]!.ToString().ShouldContain("OCI runtime create failed");
        await market.AdvanceAsync(TimeSpan.FromHours(5));
        (await market.ShowAsync(stuck))!["actual_status"]!.ToString().ShouldBe("loading");
        ((decimal)(await market.LedgerOfAsync(stuck))["charges"]!["gpu_usd"]!).ShouldBe(0);
    }

    [Fact]
    public async Task A_slow_pull_takes_so_many_times_longer()
    {
        await using var market = await RunningMarket.StartAsync(o => o with { ImagePullFactor = 1, OpeningBalanceUsd = 1000, Speed = 0 });
        await market.OrderAsync("creates", new { pull_slowdown = 100_000 });
        var slow = await market.RentAsync(new { image = "pytorch/pytorch" });
        var plain = await market.RentAsync(new { image = "pytorch/pytorch" });
        await market.AwaitStatusAsync(slow, "loading");
        await market.AwaitStatusAsync(plain, "loading");
        await market.AdvanceAsync(TimeSpan.FromHours(2));
        await market.AwaitStatusAsync(plain, "running");
        (await market.ShowAsync(slow))!["actual_status"]!.ToString().ShouldBe("loading");
    }

    [Fact]
    public async Task An_offer_can_be_taken_away_as_gone_or_as_busy()
    {
        await using var market = await RunningMarket.StartAsync();
        var offer = (long)(await market.AnyOfferAsync())["id"]!;
        await market.OrderAsync($"offers/{offer}/take", new { answer = 404, still_listed = true });
        ((long)(await market.AnyOfferAsync())["id"]!).ShouldBe(offer, "search still shows it");
        (await Try(null)).ShouldBe(HttpStatusCode.NotFound);
        await market.OrderAsync($"offers/{offer}/take", new { answer = 410 });
        ((long)(await market.AnyOfferAsync())["id"]!).ShouldNotBe(offer);
        (await Try(null)).ShouldBe(HttpStatusCode.Gone);
        (await Try(false)).ShouldBe(HttpStatusCode.OK);
        var waiting = (await market.LedgerAsync())["contracts"]!.AsArray().ShouldHaveSingleItem()!;
        waiting["phase"]!.ToString().ShouldBe("scheduling");
        await market.OrderAsync($"offers/{offer}/give", new { });
        await market.AwaitStatusAsync((long)waiting["id"]!, "running");

        async Task<HttpStatusCode> Try(bool? cancelUnavailable) =>
            (await market.SendAsync(HttpMethod.Put, $"/api/v0/asks/{offer}/", new { image = "ubuntu", cancel_unavail = cancelUnavailable })).Status;
    }

    [Fact]
    public async Task Hosts_stop_outbid_leave_and_come_back()
    {
        await using var market = await RunningMarket.StartAsync();
        var id = await market.RentAsync();
        await market.AwaitStatusAsync(id, "running");
        await market.OrderAsync($"instances/{id}/stop", new { cause = "outbid" });
        var outbid = (await market.ShowAsync(id))!;
        new[] { "cur_state", "intended_status", "next_state" }.ShouldAllBe(f => outbid[f]!.ToString() == "stopped");
        await market.OrderAsync($"instances/{id}/start", new { });
        await market.AwaitStatusAsync(id, "running");
        await market.OrderAsync($"instances/{id}/stop", new { cause = "host" });
        (await market.ShowAsync(id))!["status_msg"]!.ToString().ShouldContain("host");
        await market.OrderAsync($"instances/{id}/start", new { });
        await market.AwaitStatusAsync(id, "running");
        var machine = (await market.LedgerOfAsync(id))["machine_id"];
        await market.OrderAsync($"machines/{machine}/offline", new { });
        (await market.ShowAsync(id))!["actual_status"]!.ToString().ShouldBe("offline");
        (await market.SearchAsync(new { machine_id = new { eq = (long)machine! } })).ShouldBeEmpty();
        await market.OrderAsync($"machines/{machine}/online", new { });
        await market.AwaitStatusAsync(id, "running");
    }

    [Fact]
    public async Task The_control_surface_needs_its_own_token_and_names_what_it_does_not_understand()
    {
        await using var market = await RunningMarket.StartAsync();
        (await market.SendAsync(HttpMethod.Get, "/control/ledger")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        var (status, body) = await market.SendAsync(HttpMethod.Post, "/control/faults", new { endpoint = "list", kind = "sulk" }, market.Control);
        status.ShouldBe(HttpStatusCode.BadRequest);
        body["msg"]!.ToString().ShouldContain("kind is not one of");
        (await market.SendAsync(HttpMethod.Post, "/control/clock/advance", new { seconds = -1 }, market.Control)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Calls_too_close_together_are_429_and_name_the_spacing()
    {
        await using var market = await RunningMarket.StartAsync(o => o with { RateLimitScale = 1000 });
        (await market.SendAsync(HttpMethod.Get, "/api/v1/instances/")).Status.ShouldBe(HttpStatusCode.OK);
        var (status, body) = await market.SendAsync(HttpMethod.Get, "/api/v1/instances");
        status.ShouldBe(HttpStatusCode.TooManyRequests);
        body["detail"]!.ToString().ShouldBe("API requests too frequent endpoint threshold=1000.0");
        (await market.SendAsync(HttpMethod.Get, "/api/v0/instances/1/")).Status.ShouldBe(HttpStatusCode.OK, "another endpoint has its own spacing");
    }

    [Fact]
    public async Task An_account_sees_only_its_own()
    {
        await using var market = await RunningMarket.StartAsync();
        var mine = await market.RentAsync();
        var other = await market.OrderAsync("accounts", new { balance = 5 });
        using var stranger = market.Client(other["api_key"]!.ToString());
        (await market.SendAsync(HttpMethod.Get, $"/api/v0/instances/{mine}/", client: stranger)).Body["instances"].ShouldBeNull();
        (await market.SendAsync(HttpMethod.Get, "/api/v1/instances/", client: stranger)).Body["instances"]!.AsArray().ShouldBeEmpty();
        (await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{mine}/", client: stranger)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await market.SendAsync(HttpMethod.Get, "/api/v0/users/current/", client: stranger)).Body["balance"]!.ToString().ShouldBe("5");
    }
}
