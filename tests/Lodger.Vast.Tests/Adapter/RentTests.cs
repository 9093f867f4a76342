using System.Text.Json;
using Lodger.Domain.Market;
using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Adapter;

/// <summary>What is asked for with a rent, and what is refused before anything is sent.</summary>
public sealed class RentTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static RentRequest Request => new()
    {
        OfferId = "18822101",
        Image = "pytorch/pytorch:2.4.0",
        DiskGb = 40,
        Label = "lodger/digits/1",
        Onstart = "echo hi",
        Environment = new Dictionary<string, string> { ["EPOCHS"] = "3" },
        Secrets = new Dictionary<string, string> { ["HF_TOKEN"] = "hf_topsecret" },
        Ports = ["8081/tcp", "9000/udp", "6006"],
        RegistryLogin = "-u anna -p hunter2 ghcr.io",
    };

    [Fact]
    public async Task A_rent_request_becomes_the_platform_s_environment_object()
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, """{"success": true, "new_contract": 4711}""");

        (await market.RentAsync(Request, Token)).Value.ShouldBe("4711");

        server.Seen[0].Line.ShouldBe("PUT /api/v0/asks/18822101/");
        JsonDocument.Parse(server.Seen[0].Body).RootElement.GetProperty("env").EnumerateObject().ToDictionary(e => e.Name, e => e.Value.GetString()).ShouldBe(new Dictionary<string, string?>
        {
            ["EPOCHS"] = "3",
            ["HF_TOKEN"] = "hf_topsecret",
            ["-p 8081:8081"] = "1",
            ["-p 9000:9000/udp"] = "1",
            ["-p 6006:6006"] = "1",
        }, ignoreOrder: true);
    }

    [Fact]
    public async Task A_secret_that_the_platform_repeats_is_struck_out_of_problems_and_evidence()
    {
        var (market, server) = ScriptedMarket.Start();
        server
            .Then(400, """{"success": false, "error": "invalid_args", "msg": "bad env HF_TOKEN=hf_topsecret"}""")
            .Then(200, Answers.Show(Answers.Instance.Replace("success, running", "docker: -e HF_TOKEN=hf_topsecret")));

        (await market.RentAsync(Request, Token)).Problem!.ToString().ShouldNotContain("hf_topsecret");
        (await market.ShowAsync("4711", Token)).Value!.ToString().ShouldNotContain("hf_topsecret");
    }

    [Theory]
    [InlineData("-p 22:22", "v")]
    [InlineData("A B", "v")]
    [InlineData("", "v")]
    [InlineData("OK", "nul\0")]
    public async Task A_variable_that_could_become_a_docker_flag_is_refused_before_anything_is_sent(string name, string value)
    {
        var (market, server) = ScriptedMarket.Start();

        var problem = (await market.RentAsync(Request with { Environment = new Dictionary<string, string> { [name] = value } }, Token)).Problem.ShouldNotBeNull();

        problem.Id.ShouldBe("bad-rent-request");
        server.Seen.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("22 -v /:/host")]
    [InlineData("70000")]
    [InlineData("80/sctp")]
    public async Task A_port_that_is_none_is_refused(string port)
    {
        var (market, _) = ScriptedMarket.Start();

        (await market.RentAsync(Request with { Ports = [port] }, Token)).Problem!.Id.ShouldBe("bad-rent-request");
    }

    [Theory]
    [InlineData("../users/current")]
    [InlineData("-5")]
    [InlineData("4711/")]
    [InlineData("")]
    [InlineData("99999999999999999999")]
    public async Task An_id_that_is_no_number_never_becomes_part_of_an_address(string id)
    {
        var (market, server) = ScriptedMarket.Start();

        (await market.ShowAsync(id, Token)).Problem!.Id.ShouldBe("bad-rental-id");
        (await market.DestroyAsync(id, Token)).Problem!.Id.ShouldBe("bad-rental-id");
        (await market.RentAsync(Request with { OfferId = id }, Token)).Problem!.Id.ShouldBe("bad-offer-id");
        server.Seen.ShouldBeEmpty();
    }
}
