using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Tests.Api;

public class InstanceTests
{
    [Fact]
    public async Task A_boot_goes_from_nothing_over_a_growing_pull_to_running()
    {
        await using var market = await RunningMarket.StartAsync(o => o with { ProvisioningTime = TimeSpan.FromHours(1), ImagePullFactor = 1000 });
        var id = await market.RentAsync(new { image = "pytorch/pytorch" });
        var fresh = (await market.ShowAsync(id))!;
        fresh["actual_status"].ShouldBeNull();
        fresh["intended_status"]!.ToString().ShouldBe("running");
        await market.AdvanceAsync(TimeSpan.FromHours(1));
        var early = await market.AwaitStatusAsync(id, "loading");
        await market.AdvanceAsync(TimeSpan.FromMinutes(20));
        var later = (await market.ShowAsync(id))!;
        early["status_msg"]!.ToString().ShouldContain("Pulling image pytorch/pytorch");
        later["status_msg"]!.ToString().ShouldNotBe(early["status_msg"]!.ToString());
        later.AsObject().ContainsKey("ports").ShouldBeFalse();
        await market.AdvanceAsync(TimeSpan.FromDays(3));
        (await market.AwaitStatusAsync(id, "running"))["status_msg"]!.ToString().ShouldStartWith("success, running");
    }

    [Fact]
    public async Task A_stop_keeps_the_contract_and_takes_the_ports_and_a_start_brings_ports_back()
    {
        await using var market = await RunningMarket.StartAsync();
        var id = await market.RentAsync();
        await market.AwaitStatusAsync(id, "running");
        await Manage(market, id, "stopped");
        var stopped = (await market.ShowAsync(id))!;
        new[] { "cur_state", "intended_status", "next_state" }.ShouldAllBe(f => stopped[f]!.ToString() == "stopped");
        stopped["actual_status"]!.ToString().ShouldBe("exited");
        stopped.AsObject().ContainsKey("ports").ShouldBeFalse();
        await Manage(market, id, "running");
        (await market.AwaitStatusAsync(id, "running"))["ports"]!["22/tcp"].ShouldNotBeNull();
    }

    [Fact]
    public async Task A_stopped_instance_waits_for_its_own_GPUs()
    {
        await using var market = await RunningMarket.StartAsync();
        var offer = (long)(await market.AnyOfferAsync())["id"]!;
        var first = await market.RentAsync(offer: offer);
        await market.AwaitStatusAsync(first, "running");
        await Manage(market, first, "stopped");
        var second = await market.RentAsync(offer: offer);
        await market.AwaitStatusAsync(second, "running");
        await Manage(market, first, "running");
        await market.AdvanceAsync(TimeSpan.FromMinutes(10));
        var waiting = (await market.ShowAsync(first))!;
        (waiting["intended_status"]!.ToString(), waiting["actual_status"]!.ToString(), waiting["cur_state"]!.ToString()).ShouldBe(("running", "exited", "stopped"));
        await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{second}/");
        await market.AwaitStatusAsync(first, "running");
    }

    [Fact]
    public async Task Destroy_is_seen_late_and_happens_once()
    {
        await using var market = await RunningMarket.StartAsync(o => o with { DestroyLinger = TimeSpan.FromHours(1) });
        var id = await market.RentAsync();
        (await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{id}/")).Status.ShouldBe(HttpStatusCode.OK);
        (await market.ShowAsync(id))!["actual_status"]!.ToString().ShouldBe("exited");
        var (again, body) = await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{id}/");
        again.ShouldBe(HttpStatusCode.NotFound);
        body["error"]!.ToString().ShouldBe("no_such_instance");
        await market.AdvanceAsync(TimeSpan.FromHours(2));
        (await market.ShowAsync(id)).ShouldBeNull();
        (await market.GetAsync("/api/v1/instances/"))["instances"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task The_container_may_show_and_stop_itself_and_nothing_else()
    {
        await using var market = await RunningMarket.StartAsync();
        var (_, created) = await market.SendAsync(HttpMethod.Put, $"/api/v0/asks/{(await market.AnyOfferAsync())["id"]}/", new { image = "ubuntu" });
        var id = (long)created["new_contract"]!;
        var other = await market.RentAsync();
        await market.AwaitStatusAsync(id, "running");
        using var container = market.Client(created["instance_api_key"]!.ToString());
        (await market.SendAsync(HttpMethod.Get, $"/api/v0/instances/{id}/", client: container)).Body["instances"]!["id"]!.ToString().ShouldBe(id.ToString());
        (await market.SendAsync(HttpMethod.Get, $"/api/v0/instances/{other}/", client: container)).Body["instances"].ShouldBeNull();
        (await market.SendAsync(HttpMethod.Get, "/api/v1/instances/", client: container)).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await market.SendAsync(HttpMethod.Delete, $"/api/v0/instances/{id}/", client: container)).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/{id}/", new { label = "x" }, container)).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/{id}/", new { state = "running" }, container)).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/{other}/", new { state = "stopped" }, container)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/{id}/", new { state = "stopped" }, container)).Status.ShouldBe(HttpStatusCode.OK);
        (await market.ShowAsync(id))!["intended_status"]!.ToString().ShouldBe("stopped");
    }

    [Fact]
    public async Task Lists_come_in_pages_that_miss_and_repeat_nothing()
    {
        await using var market = await RunningMarket.StartAsync();
        var offers = await market.SearchAsync(new { num_gpus = new { eq = 1 }, rentable = new { eq = true } });
        var ids = new List<long>();
        foreach (var offer in offers.Take(28)) ids.Add(await market.RentAsync(new { image = "ubuntu", label = ids.Count % 2 == 0 ? "even" : null }, (long)offer!["id"]!));

        foreach (var order in new[] { """[{"col":"id","dir":"asc"}]""", """[{"col":"gpu_name","dir":"desc"}]""", """[{"col":"label","dir":"asc"}]""" })
        {
            var seen = new List<long>();
            string? token = null;
            do
            {
                var page = await market.GetAsync($"/api/v1/instances/?limit=10&order_by={Uri.EscapeDataString(order)}&select_cols=[\"id\",\"nonsense\"]&after_token={Uri.EscapeDataString(token ?? "")}");
                page["total_instances"]!.GetValue<int>().ShouldBe(28);
                page["label_counts"]!["even"]!.GetValue<int>().ShouldBe(14);
                foreach (var row in page["instances"]!.AsArray())
                {
                    row!.AsObject().Count.ShouldBe(2);
                    row["nonsense"].ShouldBeNull();
                    seen.Add((long)row["id"]!);
                }

                token = page["next_token"]?.ToString();
            }
            while (token is not null);
            seen.Order().ToList().ShouldBe(ids, $"ordered by {order}");
        }

        (await market.GetAsync("/api/v1/instances/?limit=1000"))["instances"]!.AsArray().Count.ShouldBe(25);
        (await market.GetAsync("""/api/v1/instances/?select_filters={"label":{"eq":"even"}}"""))["total_instances"]!.GetValue<int>().ShouldBe(14);
    }

    [Theory]
    [InlineData("select_filters={\"dph_total\":{\"gt\":0}}", "invalid_request")]
    [InlineData("select_filters=[", "invalid_request")]
    [InlineData("order_by=[{\"col\":\"dph_total\"}]", "invalid_request")]
    [InlineData("after_token=nonsense", "invalid_token")]
    public async Task A_list_that_cannot_be_understood_is_refused(string query, string error)
    {
        await using var market = await RunningMarket.StartAsync();
        var (status, body) = await market.SendAsync(HttpMethod.Get, "/api/v1/instances/?" + query);
        status.ShouldBe(HttpStatusCode.BadRequest);
        body["error"]!.ToString().ShouldBe(error);
    }

    [Fact]
    public async Task The_old_list_is_retired_and_says_so_under_200()
    {
        await using var market = await RunningMarket.StartAsync();
        var (status, body) = await market.SendAsync(HttpMethod.Get, "/api/v0/instances/");
        status.ShouldBe(HttpStatusCode.OK);
        body["success"]!.GetValue<bool>().ShouldBeFalse();
        body["error"]!.ToString().ShouldBe("deprecated_endpoint");
    }

    [Fact]
    public async Task Keys_reach_instances_made_after_them_and_those_they_are_attached_to()
    {
        await using var market = await RunningMarket.StartAsync();
        var before = await market.RentAsync();
        var (_, made) = await market.SendAsync(HttpMethod.Post, "/api/v0/ssh/", new { ssh_key = "ssh-ed25519 AAAA me@here\n" });
        made["key"]!["public_key"]!.ToString().ShouldBe("ssh-ed25519 AAAA me@here");
        var after = await market.RentAsync();
        (await Keys(before)).ShouldBeEmpty();
        (await Keys(after)).ShouldBe(["ssh-ed25519 AAAA me@here"]);
        (await market.SendAsync(HttpMethod.Post, $"/api/v0/instances/{before}/ssh/", new { ssh_key = "ssh-ed25519 BBBB" })).Status.ShouldBe(HttpStatusCode.OK);
        (await Keys(before)).ShouldBe(["ssh-ed25519 BBBB"]);
        (await market.GetAsync("/api/v0/ssh/"))[0]!["key"]!.ToString().ShouldBe("ssh-ed25519 AAAA me@here");
        (await market.SendAsync(HttpMethod.Delete, $"/api/v0/ssh/{made["key"]!["id"]}/")).Status.ShouldBe(HttpStatusCode.OK);
        (await market.GetAsync("/api/v0/ssh/")).AsArray().ShouldBeEmpty();
        (await market.SendAsync(HttpMethod.Post, "/api/v0/ssh/", new { ssh_key = " " })).Body["error"]!.ToString().ShouldBe("no_ssh_key");

        async Task<List<string>> Keys(long id) =>
            [.. JsonNode.Parse((await market.GetAsync($"/api/v0/instances/{id}/ssh/"))["ssh_keys"]!.GetValue<string>())!.AsArray().Select(k => k!["public_key"]!.ToString())];
    }

    [Fact]
    public async Task A_result_can_be_read_some_moments_later_without_a_key()
    {
        await using var market = await RunningMarket.StartAsync();
        var id = await market.RentAsync();
        await market.AwaitStatusAsync(id, "running");
        var (_, executed) = await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/command/{id}/", new { command = "ls -l /workspace" });
        using var anybody = new HttpClient();
        string? text = null;
        for (var i = 0; text is null && i < 12_000; i++)
        {
            using var response = await anybody.GetAsync(new Uri(executed["result_url"]!.ToString()), TestContext.Current.CancellationToken);
            if (response.StatusCode == HttpStatusCode.OK) text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            else await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        text.ShouldNotBeNull().ShouldContain("ls -l /workspace");
        (await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/request_logs/{id}/", new { tail = "100", daemon_logs = "true" })).Body["result_url"].ShouldNotBeNull();
    }

    [Theory]
    [InlineData("cat /etc/passwd")]
    [InlineData("ls; reboot")]
    [InlineData("ls $(id)")]
    [InlineData("")]
    public async Task Execute_is_constrained(string command)
    {
        await using var market = await RunningMarket.StartAsync();
        var id = await market.RentAsync();
        await market.AwaitStatusAsync(id, "running");
        foreach (var sent in new[] { command, "ls " + new string('x', 510) })
        {
            var (status, body) = await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/command/{id}/", new { command = sent });
            status.ShouldBe(HttpStatusCode.BadRequest);
            body["error"]!.ToString().ShouldBe("invalid_args");
        }
    }

    [Fact]
    public async Task A_label_can_be_changed_and_a_body_that_is_no_JSON_cannot()
    {
        await using var market = await RunningMarket.StartAsync();
        var id = await market.RentAsync();
        (await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/{id}/", new { label = "other" })).Status.ShouldBe(HttpStatusCode.OK);
        (await market.ShowAsync(id))!["label"]!.ToString().ShouldBe("other");
        using var nonsense = new StringContent("{");
        using var response = await market.Http.PutAsync(new Uri($"/api/v0/instances/{id}/", UriKind.Relative), nonsense, TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    internal static async Task Manage(RunningMarket market, long id, string state)
    {
        var (status, body) = await market.SendAsync(HttpMethod.Put, $"/api/v0/instances/{id}/", new { state });
        status.ShouldBe(HttpStatusCode.OK, body.ToJsonString());
        body["success"]!.GetValueKind().ShouldBe(JsonValueKind.True);
    }
}
