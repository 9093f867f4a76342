using System.Net;
using System.Text.Json.Nodes;

namespace Lodger.Marketplace.Tests.Api;

public class CreateTests
{
    [Fact]
    public async Task What_was_asked_for_is_what_is_shown()
    {
        await using var market = await RunningMarket.StartAsync();
        var offer = await market.AnyOfferAsync();
        var id = await market.RentAsync(JsonNode.Parse("""
            {"client_id": "me", "image": "ubuntu:22.04", "disk": 32.0, "label": "lodger/a/1", "onstart": "echo hi", "runtype": "ssh_direct",
             "env": {"NAME": "va lue", "-p 8081:8081": "1", "-p 70000:70000": "1"}, "price": null, "image_login": null, "extra": null}
            """), (long)offer["id"]!);
        var shown = await market.AwaitStatusAsync(id, "running");
        shown["label"]!.ToString().ShouldBe("lodger/a/1");
        shown["onstart"]!.ToString().ShouldBe("echo hi");
        shown["image_uuid"]!.ToString().ShouldBe("ubuntu:22.04");
        shown["image_runtype"]!.ToString().ShouldBe("ssh_direc ssh_proxy");
        shown["machine_id"]!.ToString().ShouldBe(offer["machine_id"]!.ToString());
        shown["extra_env"]!.ToJsonString().ShouldBe("""[["NAME","va lue"],["-p 8081:8081","1"],["-p 70000:70000","1"]]""");
        var ports = shown["ports"]!.AsObject();
        ports.ContainsKey("22/tcp").ShouldBeTrue();
        ports["8081/tcp"]![0]!["HostPort"]!.GetValueKind().ShouldBe(System.Text.Json.JsonValueKind.String);
        ports.Count.ShouldBe(3);
        ports.Any(p => p.Key == p.Value![0]!["HostPort"] + "/tcp").ShouldBeTrue("the identity port has the same number inside and outside");
    }

    [Fact]
    public async Task Docker_flags_in_a_string_mean_the_same_as_an_object()
    {
        await using var market = await RunningMarket.StartAsync();
        var id = await market.RentAsync(new { image = "ubuntu", env = "-e NAME='va lue' -p 8081:8081" });
        (await market.ShowAsync(id))!["extra_env"]!.ToJsonString().ShouldBe("""[["NAME","va lue"],["-p 8081:8081","1"]]""");
    }

    [Fact]
    public async Task Without_direct_ports_there_is_only_the_proxy()
    {
        await using var market = await RunningMarket.StartAsync();
        var offers = await market.SearchAsync(new { direct_port_count = new { eq = 0 } });
        var id = await market.RentAsync(new { image = "ubuntu", runtype = "ssh_direc ssh_proxy" }, (long)offers[0]!["id"]!);
        var shown = await market.AwaitStatusAsync(id, "running");
        shown["image_runtype"]!.ToString().ShouldBe("ssh_proxy");
        shown["ports"]!.AsObject().ContainsKey("22/tcp").ShouldBeFalse();
        ((int)shown["ssh_port"]!).ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task An_ask_can_be_accepted_once()
    {
        await using var market = await RunningMarket.StartAsync();
        var offer = (long)(await market.AnyOfferAsync())["id"]!;
        await market.RentAsync(offer: offer);
        var (strict, strictBody) = await market.SendAsync(HttpMethod.Put, $"/api/v0/asks/{offer}/", new { image = "ubuntu", cancel_unavail = true });
        strict.ShouldBe(HttpStatusCode.Gone);
        strictBody["error"]!.ToString().ShouldBe("no_such_ask");
        var (lax, laxBody) = await market.SendAsync(HttpMethod.Put, $"/api/v0/asks/{offer}/", new { image = "ubuntu", cancel_unavail = false });
        lax.ShouldBe(HttpStatusCode.NotFound);
        laxBody["msg"]!.ToString().ShouldContain("no_such_ask");
        (await market.LedgerAsync())["contracts"]!.AsArray().Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("""{"disk": 20}""", "'image' is required")]
    [InlineData("""{"image": "ubuntu", "disk": 9}""", "at least 10")]
    [InlineData("""{"image": "ubuntu", "disk": 900000}""", "GB of disk")]
    [InlineData("""{"image": "ubuntu", "price": 0}""", "price")]
    [InlineData("""{"image": "ubuntu", "runtype": "docker"}""", "runtype 'docker'")]
    [InlineData("""{"image": "ubuntu", "runtype": "ssh", "args": ["x"]}""", "args")]
    [InlineData("""{"image": "ubuntu", "args": "x"}""", "'args' must be a list")]
    [InlineData("""{"image": "ubuntu", "template_hash_id": "661d064bbda1f2a133816b6d55da07c3"}""", "there is no template")]
    [InlineData("""{"image": "ubuntu", "image_login": {"user": "me"}}""", "image_login")]
    [InlineData("""{"image": "ubuntu", "vm": true}""", "VM instances")]
    [InlineData("""{"image": "ubuntu", "env": {"-v /data:/data": "1"}}""", "-v V.<volume id>:/path")]
    [InlineData("""{"image": "ubuntu", "volume_info": {"volume_id": 1}}""", "needs volume_id and mount_path")]
    [InlineData("""{"image": "ubuntu", "env": {"-v V.1:/mnt": "1"}}""", "no volume 1")]
    [InlineData("""{"image": "ubuntu", "env": "-e NAME"}""", "NAME=VALUE")]
    [InlineData("""{"image": "ubuntu", "env": "-p"}""", "lacks its value")]
    [InlineData("""{"image": "ubuntu", "env": "--gpus all"}""", "unknown docker flag")]
    [InlineData("""{"image": "ubuntu", "env": {"-p 80:80/sctp": "1"}}""", "no such port")]
    [InlineData("""{"image": "ubuntu", "env": {"-p 66000:66000": "1"}}""", "no such port")]
    [InlineData("""{"image": "ubuntu", "env": [1]}""", "env must be")]
    public async Task What_cannot_be_had_is_refused_and_nothing_is_rented(string body, string complaint)
    {
        await using var market = await RunningMarket.StartAsync();
        var offer = (await market.AnyOfferAsync())["id"];
        var (status, answer) = await market.SendAsync(HttpMethod.Put, $"/api/v0/asks/{offer}/", JsonNode.Parse(body));
        status.ShouldBe(HttpStatusCode.BadRequest);
        answer["success"]!.GetValue<bool>().ShouldBeFalse();
        answer["error"]!.ToString().ShouldBe(complaint == "price" ? "invalid_price" : "invalid_args");
        answer["msg"]!.ToString().ShouldContain(complaint);
        (await market.LedgerAsync())["contracts"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Limits_hold_to_the_character_and_the_port()
    {
        await using var market = await RunningMarket.StartAsync();
        var offer = (await market.AnyOfferAsync())["id"];
        (await Try(new { image = "ubuntu", onstart = new string('x', 4049) })).ShouldBe(HttpStatusCode.BadRequest);
        (await Try(new { image = "ubuntu", label = new string('x', 1025) })).ShouldBe(HttpStatusCode.BadRequest);
        (await Try(new { image = "ubuntu", env = Enumerable.Range(1000, 65).ToDictionary(p => $"-p {p}:{p}", _ => "1") })).ShouldBe(HttpStatusCode.BadRequest);
        (await Try(new
        {
            image = "ubuntu",
            onstart = new string('x', 4048),
            label = new string('x', 1024),
            env = Enumerable.Range(1000, 64).ToDictionary(p => $"-p {p}:{p}", _ => "1"),
        })).ShouldBe(HttpStatusCode.OK);

        async Task<HttpStatusCode> Try(object body) => (await market.SendAsync(HttpMethod.Put, $"/api/v0/asks/{offer}/", body)).Status;
    }

    [Fact]
    public async Task Without_money_nothing_is_rented()
    {
        await using var market = await RunningMarket.StartAsync(o => o with { OpeningBalanceUsd = 0 });
        var (status, body) = await market.SendAsync(HttpMethod.Put, $"/api/v0/asks/{(await market.AnyOfferAsync())["id"]}/", new { image = "ubuntu" });
        status.ShouldBe(HttpStatusCode.BadRequest);
        body["error"]!.ToString().ShouldBe("insufficient_credit");
    }

    [Fact]
    public async Task An_unknown_key_is_404_and_none_is_403()
    {
        await using var market = await RunningMarket.StartAsync();
        using var stranger = market.Client("wrong");
        var (status, body) = await market.SendAsync(HttpMethod.Get, "/api/v0/users/current/", client: stranger);
        status.ShouldBe(HttpStatusCode.NotFound);
        body["error"]!.ToString().ShouldBe("auth_error");
        using var nobody = new HttpClient { BaseAddress = new Uri(market.Access.Url) };
        (await market.SendAsync(HttpMethod.Get, "/api/v0/users/current", client: nobody)).Status.ShouldBe(HttpStatusCode.Forbidden);
    }
}
