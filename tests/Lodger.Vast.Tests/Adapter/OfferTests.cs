using System.Text.Json;
using Lodger.Domain.Market;
using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Adapter;

/// <summary>Offers as the platform lists them, and the search that asks for them.</summary>
public sealed class OfferTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_offer_comes_in_the_units_of_the_domain()
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, Answers.Offers);

        var offer = (await market.SearchAsync("", 50, true, Token)).Value.ShouldHaveSingleItem();

        offer.ShouldBe(new Offer
        {
            Id = "18822101",
            MachineId = "312",
            HostId = "9",
            GpuName = "RTX 4090",
            GpuCount = 1,
            GpuMemoryMb = 24564,
            GpuUsdPerHour = 0.35m,
            StorageUsdPerGbMonth = 0.15m,
            UploadUsdPerGb = 0.002m,
            DownloadUsdPerGb = 0.001m,
            MinBidUsdPerHour = 0.2m,
            DiskGb = 512.5,
            Reliability = 0.991,
            Verified = true,
            DirectPorts = 99,
            DownloadMbps = 900,
            UploadMbps = 500,
            CudaMax = 12.4m,
            DriverVersion = "550.54.15",
            Location = "Sweden, SE",
            ContractEnd = DateTimeOffset.UnixEpoch.AddSeconds(1893456000.5),
            DlPerf = 88.1,
            IsWholeMachine = true,
        });
    }

    [Fact]
    public async Task Numbers_as_text_and_flags_as_numbers_read_the_same()
    {
        var (market, server) = ScriptedMarket.Start();
        var drifted = Answers.Offer
            .Replace("\"dph_base\": 0.35", "\"dph_base\": \"0.35\"").Replace("\"gpu_ram\": 24564", "\"gpu_ram\": 24564.0").Replace("\"num_gpus\": 1", "\"num_gpus\": \"1\"")
            .Replace("\"id\": 18822101", "\"id\": \"18822101\"").Replace("\"vms_enabled\": false", "\"vms_enabled\": 0").Replace("\"driver_version\": \"550.54.15\"", "\"driver_version\": 550")
            .Replace("\"dlperf\": 88.1", "\"dlperf\": null").Replace("\"geolocation\": \"Sweden, SE\"", "\"geolocation\": {}").Replace("\"verification\": \"verified\"", "\"verified\": 1");
        server.Then(200, $$"""{"offers": [{{drifted}}]}""");

        var offer = (await market.SearchAsync("", 50, true, Token)).Value.ShouldHaveSingleItem();

        (offer.Id, offer.GpuUsdPerHour, offer.GpuMemoryMb, offer.GpuCount, offer.DriverVersion, offer.DlPerf, offer.Location, offer.Verified)
            .ShouldBe(("18822101", 0.35m, 24564, 1, "550", 0, null, true));
    }

    [Fact]
    public async Task An_offer_without_a_base_price_is_priced_from_its_total_less_the_disk()
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, Answers.Offers.Replace("\"dph_base\": 0.35,", "").Replace("\"storage_total_cost\": 0.0021,", ""));

        var offer = (await market.SearchAsync("", 72, true, Token)).Value.ShouldHaveSingleItem();

        offer.GpuUsdPerHour.ShouldBe(0.36m - 0.15m * 72 / 720);
    }

    [Theory]
    [InlineData("\"storage_cost\": 0.15", "\"storage_cost\": null")]
    [InlineData("\"inet_up_cost\": 0.002", "\"inet_up_cost\": \"free\"")]
    [InlineData("\"dph_base\": 0.35", "\"dph_base\": -1, \"dph_total\": -1")]
    [InlineData("\"gpu_name\": \"RTX 4090\"", "\"gpu_name\": null")]
    public async Task An_offer_that_hides_a_price_is_left_out_and_a_search_of_only_such_is_unknown(string part, string instead)
    {
        var (market, server) = ScriptedMarket.Start();
        var odd = Answers.Offer.Replace(part, instead).Replace("\"dph_total\": 0.36,", part.Contains("dph") ? "" : "\"dph_total\": 0.36,");
        server.Then(200, $$"""{"offers": [{{odd}}, {{Answers.Offer}}]}""").Then(200, $$"""{"offers": [{{odd}}]}""");

        (await market.SearchAsync("", 50, true, Token)).Value.Count.ShouldBe(1);
        (await market.SearchAsync("", 50, true, Token)).Problem!.Id.ShouldBe("answer-unreadable");
    }

    [Fact]
    public async Task The_safe_defaults_are_sent_and_each_is_loosened_by_naming_it()
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, """{"offers": []}""");

        await market.SearchAsync("gpu_name=RTX_4090", 50, true, Token);
        await market.SearchAsync("reliability>0.9 direct_port_count=any verified=any", 50, true, Token);
        await market.SearchAsync("num_gpus=2", 50, false, Token);

        Filters(server, 0).ShouldBe("""verified={"eq":true} external={"eq":false} rentable={"eq":true} gpu_name={"eq":"RTX 4090"} direct_port_count={"gte":1} reliability={"gte":0.98}""");
        Filters(server, 1).ShouldBe("""external={"eq":false} rentable={"eq":true} reliability={"gt":0.9}""");
        Filters(server, 2).ShouldBe("""num_gpus={"eq":2}""");
        var body = JsonDocument.Parse(server.Seen[0].Body).RootElement;
        (body.GetProperty("allocated_storage").GetInt32(), body.GetProperty("type").GetString()).ShouldBe((50, "on-demand"));
        body.GetProperty("order").GetRawText().ShouldBe("""[["dph_total","asc"]]""");
    }

    [Fact]
    public async Task Machines_that_rent_virtual_machines_are_left_out_unless_asked_for()
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, Answers.Offers.Replace("\"vms_enabled\": false", "\"vms_enabled\": true"));

        (await market.SearchAsync("", 50, true, Token)).Value.ShouldBeEmpty();
        (await market.SearchAsync("vms_enabled=true", 50, true, Token)).Value.Count.ShouldBe(1);
    }

    private static string Filters(ScriptedServer server, int call) => string.Join(' ', JsonDocument.Parse(server.Seen[call].Body).RootElement.EnumerateObject()
        .Where(field => field.Value.ValueKind == JsonValueKind.Object).Select(field => $"{field.Name}={field.Value.GetRawText()}"));
}
