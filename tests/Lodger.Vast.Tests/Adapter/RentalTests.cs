using Lodger.Domain.Market;
using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Adapter;

/// <summary>Rentals as the platform shows them.</summary>
public sealed class RentalTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rental_comes_with_its_prices_its_ways_in_and_its_evidence_and_without_its_environment()
    {
        var (market, server) = ScriptedMarket.Start();
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

    [Fact]
    public async Task Traffic_priced_by_the_TB_is_priced_by_the_GB_here()
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, Answers.Show(Answers.Instance.Replace("\"inet_up_cost\": 0.002, \"inet_down_cost\": 0.001", "\"internet_up_cost_per_tb\": 20.0, \"internet_down_cost_per_tb\": 10")));

        var rental = (await market.ShowAsync("4711", Token)).Value.ShouldNotBeNull();

        (rental.UploadUsdPerGb, rental.DownloadUsdPerGb).ShouldBe((0.02m, 0.01m));
        rental.Evidence.ShouldNotContain("price");
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
        var (market, server) = ScriptedMarket.Start();
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
        var (market, server) = ScriptedMarket.Start();
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
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, Answers.Show(Answers.Instance.Replace("ssh7.vast.ai", host).Replace("192.0.2.45\\n", host)));

        var rental = (await market.ShowAsync("4711", Token)).Value.ShouldNotBeNull();

        (rental.ProxySsh, rental.DirectSsh).ShouldBe((null, null));
    }

    [Fact]
    public async Task A_rental_whose_price_is_not_stated_is_shown_and_says_so()
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, Answers.List(null, 1, Answers.Instance.Replace("\"dph_base\": 0.35,", "").Replace("\"dph_total\": 0.3521,", "")));

        var rental = (await market.ListAsync(Token)).Value.ShouldHaveSingleItem();

        rental.GpuUsdPerHour.ShouldBe(0);
        rental.Evidence.ShouldContain("a price is not stated");
    }

    [Fact]
    public async Task What_a_rental_has_moved_is_read_in_bytes_where_the_platform_says_it()
    {
        var (market, server) = ScriptedMarket.Start();
        server.Then(200, Answers.Show(Answers.Instance.Replace("\"start_date\"", "\"inet_up_billed\": 12.5, \"inet_down_billed\": null, \"start_date\"")));

        var rental = (await market.ShowAsync("4711", Token)).Value!;

        rental.UploadedBytes.ShouldBe(12_500_000);
        rental.DownloadedBytes.ShouldBeNull();
    }
}
