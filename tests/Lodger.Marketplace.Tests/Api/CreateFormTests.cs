using System.Net;

namespace Lodger.Marketplace.Tests.Api;

public class CreateFormTests
{
    [Fact]
    public async Task A_template_fills_in_what_the_request_leaves_out()
    {
        await using var market = await RunningMarket.StartAsync();
        var (_, made) = await market.SendAsync(HttpMethod.Post, "/api/v0/template/", new { name = "t", image = "ubuntu", tag = "22.04", env = "-e A=1 -e B=2", onstart = "echo t", runtype = "ssh", ssh_direct = true });
        var hash = made["template"]!["hash_id"]!.ToString();
        var shown = (await market.ShowAsync(await market.RentAsync(new { image = (string?)null, template_hash_id = hash, env = new Dictionary<string, string> { ["B"] = "3" }, onstart = "echo mine" })))!;
        shown["image_uuid"]!.ToString().ShouldBe("ubuntu:22.04");
        shown["image_runtype"]!.ToString().ShouldBe("ssh_direc ssh_proxy");
        shown["onstart"]!.ToString().ShouldBe("echo mine");
        shown["extra_env"]!.ToJsonString().ShouldBe("""[["A","1"],["B","3"]]""");
        shown["template_hash_id"]!.ToString().ShouldBe(hash);
    }

    [Fact]
    public async Task Several_offers_are_taken_with_one_body_and_a_refusal_stops_no_other()
    {
        await using var market = await RunningMarket.StartAsync();
        var offer = (long)(await market.AnyOfferAsync())["id"]!;
        var (status, answer) = await market.SendAsync(HttpMethod.Post, "/api/v0/asks/bulk/", new { ids = new[] { 1, offer }, image = "ubuntu", label = "bulk" });
        status.ShouldBe(HttpStatusCode.OK);
        answer["success"]!.GetValue<bool>().ShouldBeFalse();
        answer["results"]![0]!["msg"]!.ToString().ShouldContain("no_such_ask");
        (await market.ShowAsync((long)answer["new_contracts"]![0]!))!["label"]!.ToString().ShouldBe("bulk");
    }

    [Fact]
    public async Task Ports_may_be_UDP_and_arguments_are_shown()
    {
        await using var market = await RunningMarket.StartAsync();
        var id = await market.RentAsync(new { image = "ubuntu", runtype = "args", args = new[] { "-c", "sleep 9" }, onstart = "bash", env = "-p 53:53/udp -p 80:80" });
        var shown = await market.AwaitStatusAsync(id, "running");
        shown["ports"]!.AsObject().Select(p => p.Key).ShouldBe(["80/tcp", "53/udp"]);
        shown["image_args"]!.ToJsonString().ShouldBe("""["-c","sleep 9"]""");
        shown["image_runtype"]!.ToString().ShouldBe("args");
    }
}
