using System.Text.Json;
using Lodger.Domain.Market;
using Lodger.Vast.Tests.Credentials;
using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Adapter;

public sealed class VastMarketTests
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
    public async Task An_offer_comes_in_the_units_of_the_domain()
    {
        var (market, server) = Start();
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
        var (market, server) = Start();
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
        var (market, server) = Start();
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
        var (market, server) = Start();
        var odd = Answers.Offer.Replace(part, instead).Replace("\"dph_total\": 0.36,", part.Contains("dph") ? "" : "\"dph_total\": 0.36,");
        server.Then(200, $$"""{"offers": [{{odd}}, {{Answers.Offer}}]}""").Then(200, $$"""{"offers": [{{odd}}]}""");

        (await market.SearchAsync("", 50, true, Token)).Value.Count.ShouldBe(1);
        (await market.SearchAsync("", 50, true, Token)).Problem!.Id.ShouldBe("answer-unreadable");
    }

    [Fact]
    public async Task The_safe_defaults_are_sent_and_each_is_loosened_by_naming_it()
    {
        var (market, server) = Start();
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
        var (market, server) = Start();
        server.Then(200, Answers.Offers.Replace("\"vms_enabled\": false", "\"vms_enabled\": true"));

        (await market.SearchAsync("", 50, true, Token)).Value.ShouldBeEmpty();
        (await market.SearchAsync("vms_enabled=true", 50, true, Token)).Value.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_rent_request_becomes_the_platform_s_environment_object()
    {
        var (market, server) = Start();
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
        var (market, server) = Start();
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
        var (market, server) = Start();

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
        var (market, _) = Start();

        (await market.RentAsync(Request with { Ports = [port] }, Token)).Problem!.Id.ShouldBe("bad-rent-request");
    }

    [Fact]
    public async Task A_rental_comes_with_its_prices_its_ways_in_and_its_evidence_and_without_its_environment()
    {
        var (market, server) = Start();
        server.Then(200, Answers.Show());

        var rental = (await market.ShowAsync("4711", Token)).Value.ShouldNotBeNull();

        (rental.Id, rental.Label, rental.Status, rental.MachineId).ShouldBe(("4711", "lodger/digits/1", RentalStatus.Running, "312"));
        (rental.GpuUsdPerHour, rental.DiskUsdPerHour, rental.UploadUsdPerGb, rental.DownloadUsdPerGb).ShouldBe((0.35m, 0.15m * 10.08m / 720, 0.002m, 0.001m));
        rental.DirectSsh.ShouldBe(new Endpoint("192.0.2.45", 33526));
        rental.ProxySsh.ShouldBe(new Endpoint("ssh7.vast.ai", 10600));
        rental.Ports["8081/tcp"].ShouldBe(new Endpoint("192.0.2.45", 33527));
        rental.Evidence.ShouldBe("actual=running intended=running cur=running next=running msg=\"success, running\"");
        rental.ToString().ShouldNotContain("hf_topsecret");
        rental.ContractEnd.ShouldBe(DateTimeOffset.FromUnixTimeSeconds(1793456000));
    }

    [Theory]
    [InlineData("\"ports\": null")]
    [InlineData("\"ports\": [8080, 8081]")]
    [InlineData("\"ports\": {}")]
    [InlineData("\"ports\": {\"22/tcp\": []}")]
    [InlineData("\"ports\": {\"22/tcp\": [{\"HostPort\": \"99999\"}]}")]
    [InlineData("\"ports\": {\"22/tcp\": [{\"HostPort\": null}]}")]
    [InlineData("\"ports\": \"22\"")]
    public async Task Where_no_port_leads_anywhere_the_proxy_is_left(string ports)
    {
        var (market, server) = Start();
        var start = Answers.Instance.IndexOf("\"ports\"", StringComparison.Ordinal);
        var end = Answers.Instance.IndexOf("\"start_date\"", StringComparison.Ordinal);
        server.Then(200, Answers.Show(Answers.Instance[..start] + ports + ", " + Answers.Instance[end..]));

        var rental = (await market.ShowAsync("4711", Token)).Value.ShouldNotBeNull();

        rental.DirectSsh.ShouldBeNull();
        rental.Ports.ShouldBeEmpty();
        rental.ProxySsh.ShouldBe(new Endpoint("ssh7.vast.ai", 10600));
    }

    [Fact]
    public async Task The_proxy_of_a_notebook_image_is_one_port_further()
    {
        var (market, server) = Start();
        server.Then(200, Answers.Show(Answers.Instance.Replace("ssh_direc ssh_proxy", "jupyter_direc ssh_direc ssh_proxy").Replace("\"ssh_port\": 10600", "\"ssh_port\": \"10600\"")));

        (await market.ShowAsync("4711", Token)).Value!.ProxySsh.ShouldBe(new Endpoint("ssh7.vast.ai", 10601));
    }

    [Theory]
    [InlineData("-oProxyCommand=sh")]
    [InlineData("host name")]
    [InlineData("host;rm")]
    [InlineData("")]
    public async Task A_host_that_could_become_an_argument_is_no_host(string host)
    {
        var (market, server) = Start();
        server.Then(200, Answers.Show(Answers.Instance.Replace("ssh7.vast.ai", host).Replace("192.0.2.45\\n", host)));

        var rental = (await market.ShowAsync("4711", Token)).Value.ShouldNotBeNull();

        (rental.ProxySsh, rental.DirectSsh).ShouldBe((null, null));
    }

    [Fact]
    public async Task A_rental_whose_price_is_not_stated_is_shown_and_says_so()
    {
        var (market, server) = Start();
        server.Then(200, Answers.List(null, 1, Answers.Instance.Replace("\"dph_base\": 0.35,", "").Replace("\"dph_total\": 0.3521,", "")));

        var rental = (await market.ListAsync(Token)).Value.ShouldHaveSingleItem();

        rental.GpuUsdPerHour.ShouldBe(0);
        rental.Evidence.ShouldContain("a price is not stated");
    }

    [Theory]
    [InlineData("\"balance\": 0, \"credit\": 12.5", 12.5)]
    [InlineData("\"balance\": 12.5, \"credit\": 12.5", 12.5)]
    [InlineData("\"balance\": -3.25, \"credit\": 0", -3.25)]
    [InlineData("\"balance\": 7", 7)]
    [InlineData("\"balance\": null, \"credit\": 0", 0)]
    [InlineData("\"balance\": \"4.5\"", 4.5)]
    public async Task The_money_left_is_read_from_whichever_field_holds_it(string fields, double expected)
    {
        var (market, server) = Start();
        server.Then(200, Answers.User.Replace("\"balance\": 0, \"credit\": 12.5", fields));

        var account = (await market.AccountAsync(Token)).Value;

        account.BalanceUsd.ShouldBe((decimal)expected);
        (account.Name, account.CardOnFile).ShouldBe(("anna", true));
    }

    [Theory]
    [InlineData("\"username\": \"anna@example.org\"", "anna")]
    [InlineData("\"username\": null", "user 77")]
    public async Task Nobody_s_whole_e_mail_address_is_shown(string field, string name)
    {
        var (market, server) = Start();
        server.Then(200, Answers.User.Replace("\"username\": \"anna\"", field));

        (await market.AccountAsync(Token)).Value.Name.ShouldBe(name);
    }

    [Fact]
    public async Task An_account_answer_without_a_balance_is_unknown()
    {
        var (market, server) = Start();
        server.Then(200, """{"id": 77, "username": "anna"}""");

        (await market.AccountAsync(Token)).Problem!.Id.ShouldBe("answer-unreadable");
    }

    [Fact]
    public async Task Charges_are_those_of_the_rental_alone_and_split_by_what_they_are_for()
    {
        var (market, server) = Start();
        server.Then(200, Answers.Charges);

        (await market.ChargesAsync("4711", Token)).Value.ShouldBe(new Charges("4711", 1.0m, 0.25m, 0.1m, 0.15m));
    }

    [Fact]
    public async Task All_charges_come_in_one_question_by_rental_and_by_volume()
    {
        var (market, server) = Start();
        server.Then(200, Answers.AllCharges);

        var charges = (await market.AllChargesAsync(Token)).Value;

        charges.Rentals.ShouldHaveSingleItem().Value.ShouldBe(new Charges("4711", 1.25m, 0.25m, 0, 0));
        charges.VolumesUsd.ShouldBe(new Dictionary<string, decimal> { ["88"] = 0.1234m, ["89"] = 0.5m }, ignoreOrder: true);
        server.Seen.ShouldHaveSingleItem().Query.ShouldContain("""["instance","volume"]""");
    }

    [Fact]
    public async Task Volumes_are_listed_with_their_users_and_what_they_cost()
    {
        var (market, server) = Start();
        server.Then(200, Answers.Volumes);

        var volumes = (await market.VolumesAsync(Token)).Value;

        (volumes[0].Id, volumes[0].Label, volumes[0].MachineId, volumes[0].SizeGb, volumes[0].UsdPerHour).ShouldBe(("88", "cache", "312", 72, 0.01m));
        volumes[0].MadeAt.ShouldBe(DateTimeOffset.FromUnixTimeSeconds(1788264000));
        volumes[0].UsedBy.ShouldBe(["4711"]);
        volumes[1].UsdPerHour.ShouldBe(0.01m);
        volumes[1].UsedBy.ShouldBeNull("whoever uses it is not said");
    }

    [Theory]
    [InlineData("""{"success": true}""")]
    [InlineData("""{"success": true, "volumes": [{"machine_id": 3}]}""")]
    public async Task A_list_of_volumes_that_cannot_be_read_is_unknown_and_not_empty(string answer)
    {
        var (market, server) = Start();
        server.Then(200, answer);

        (await market.VolumesAsync(Token)).Problem.ShouldNotBeNull().ExitCode.ShouldBe(Lodger.Domain.Problems.ExitCode.Unknown);
    }

    [Fact]
    public async Task What_a_rental_has_moved_is_read_in_bytes_where_the_platform_says_it()
    {
        var (market, server) = Start();
        server.Then(200, Answers.Show(Answers.Instance.Replace("\"start_date\"", "\"inet_up_billed\": 12.5, \"inet_down_billed\": null, \"start_date\"")));

        var rental = (await market.ShowAsync("4711", Token)).Value!;

        rental.UploadedBytes.ShouldBe(12_500_000);
        rental.DownloadedBytes.ShouldBeNull();
    }

    [Fact]
    public async Task A_cloud_copy_is_begun_from_an_instance_and_never_repeated()
    {
        var (market, server) = Start();
        server.Then(200, """[{"id": 7, "cloud_type": "s3", "name": "my-bucket"}]""").Then(200, """{"success": true, "msg": "Cloud Copy Started"}""").Then(502, "<html>");

        (await market.CloudsAsync(Token)).Value.ShouldBe([new CloudConnection("7", "my-bucket", "s3")]);
        (await market.CopyToCloudAsync("4711", "/workspace/digits", "7", "/runs/digits", Token)).IsOk.ShouldBeTrue();
        (await market.CopyToCloudAsync("4711", "/workspace/digits", "7", "/runs/digits", Token)).IsOk.ShouldBeFalse();

        server.Seen.Select(seen => seen.Line).ShouldBe(["GET /api/v0/users/cloud_integrations/", "POST /api/v0/commands/rclone/", "POST /api/v0/commands/rclone/"]);
        server.Seen[1].Body.ShouldBe("""{"instance_id":"4711","src":"/workspace/digits","dst":"/runs/digits","selected":"7","transfer":"Instance To Cloud","flags":[]}""");
    }

    [Theory]
    [InlineData("""{"success": true}""")]
    [InlineData("""[{"name": "my-bucket"}]""")]
    public async Task Cloud_connections_that_cannot_be_read_are_unknown_and_not_none(string answer)
    {
        var (market, server) = Start();
        server.Then(200, answer);

        (await market.CloudsAsync(Token)).Problem.ShouldNotBeNull().ExitCode.ShouldBe(Lodger.Domain.Problems.ExitCode.Unknown);
    }

    [Theory]
    [InlineData("Cloud Copy Operation Finished", CloudCopyState.Finished)]
    [InlineData("Cloud Copy Operation Failed: 403", CloudCopyState.Failed)]
    [InlineData("Copy Operation Canceled", CloudCopyState.Failed)]
    [InlineData("Cloud Copy: 12.0 of 80.0 MB", CloudCopyState.Running)]
    [InlineData("success, running pytorch", CloudCopyState.NotTold)]
    public async Task How_a_cloud_copy_stands_is_told_by_the_instance_s_message(string message, CloudCopyState state)
    {
        var (market, server) = Start();
        server.Then(200, Answers.Show($$"""{"id": 4711, "status_msg": "{{message}}"}"""));

        (await market.CloudCopyStatusAsync("4711", Token)).Value.ShouldBe(new CloudCopyStatus(state, message));
    }

    [Fact]
    public async Task A_key_is_added_once()
    {
        var (market, server) = Start();
        server.Then(200, "[]").Then(200, """{"success": true, "key": {"id": 3}}""").Then(200, $$"""[{"id": 3, "public_key": "ssh-ed25519 {{SshPublicKeyTests.Body}} other@place"}]""");

        (await market.RegisterSshKeyAsync(SshPublicKeyTests.Ed25519, Token)).IsOk.ShouldBeTrue();
        (await market.RegisterSshKeyAsync(SshPublicKeyTests.Ed25519, Token)).IsOk.ShouldBeTrue();

        server.Seen.Select(seen => seen.Line).ShouldBe(["GET /api/v0/ssh/", "POST /api/v0/ssh/", "GET /api/v0/ssh/"]);
        server.Seen[1].Body.ShouldContain(SshPublicKeyTests.Body);
    }

    [Fact]
    public async Task A_malformed_key_never_reaches_the_platform()
    {
        var (market, server) = Start();

        (await market.RegisterSshKeyAsync(SshPublicKeyTests.Body, Token)).Problem!.Id.ShouldBe("ssh-key-malformed");
        server.Seen.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("../users/current")]
    [InlineData("-5")]
    [InlineData("4711/")]
    [InlineData("")]
    [InlineData("99999999999999999999")]
    public async Task An_id_that_is_no_number_never_becomes_part_of_an_address(string id)
    {
        var (market, server) = Start();

        (await market.ShowAsync(id, Token)).Problem!.Id.ShouldBe("bad-rental-id");
        (await market.DestroyAsync(id, Token)).Problem!.Id.ShouldBe("bad-rental-id");
        (await market.RentAsync(Request with { OfferId = id }, Token)).Problem!.Id.ShouldBe("bad-offer-id");
        server.Seen.ShouldBeEmpty();
    }

    private static (VastMarket Market, ScriptedServer Server) Start()
    {
        var (client, server) = ScriptedServer.Start();
        return (new VastMarket(client, "a market"), server);
    }

    private static string Filters(ScriptedServer server, int call) => string.Join(' ', JsonDocument.Parse(server.Seen[call].Body).RootElement.EnumerateObject()
        .Where(field => field.Value.ValueKind == JsonValueKind.Object).Select(field => $"{field.Name}={field.Value.GetRawText()}"));
}
