using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Vast.Tests.Credentials;

namespace Lodger.Vast.Tests.Local;

/// <summary>Client and marketplace were written apart from each other, both from the platform's description: here each tests the other.</summary>
public sealed class LocalMarketTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rental_lives_from_its_offer_to_its_last_charge()
    {
        await using var local = await LocalMarket.StartAsync();
        var market = local.Market;
        (await market.RegisterSshKeyAsync(SshPublicKeyTests.Ed25519, Token)).IsOk.ShouldBeTrue();
        (await market.AccountAsync(Token)).Value.BalanceUsd.ShouldBe(25);

        var offer = (await market.SearchAsync("num_gpus=1 dph<2", 20, true, Token)).Value[0];
        offer.Verified.ShouldBeTrue();
        offer.DirectPorts.ShouldBeGreaterThanOrEqualTo(1);
        var id = (await market.RentAsync(Request(offer.Id), Token)).Value;

        var rental = await UntilAsync(market, id, r => r?.Status == RentalStatus.Running);
        (rental!.Label, rental.MachineId, rental.GpuUsdPerHour, rental.DiskGb).ShouldBe(("lodger/digits/1", offer.MachineId, offer.GpuUsdPerHour, 20));
        rental.DiskUsdPerHour.ShouldBe(offer.StorageUsdPerGbMonth * 20 / 720, 0.0000001m);
        (await market.ListAsync(Token)).Value.ShouldHaveSingleItem().Id.ShouldBe(id);
        (await market.LogAsync(id, RentalLog.Container, 10, null, Token)).Value.ShouldContain("simulated instance");
        (await market.LogAsync(id, RentalLog.Daemon, 10, null, Token)).Value.ShouldContain("Running");
        (await local.Client.ExecuteAsync(long.Parse(id), "ls /workspace", Token)).Value.ShouldContain("ls /workspace");

        (await market.StopAsync(id, Token)).IsOk.ShouldBeTrue();
        await UntilAsync(market, id, r => r?.Status == RentalStatus.Stopped);
        (await market.StartAsync(id, Token)).IsOk.ShouldBeTrue();
        await UntilAsync(market, id, r => r?.Status == RentalStatus.Running);
        await local.ControlAsync("clock/advance", """{"seconds": 3600}""");

        (await market.DestroyAsync(id, Token)).IsOk.ShouldBeTrue();
        await UntilAsync(market, id, r => r is null);
        (await market.ListAsync(Token)).Value.ShouldBeEmpty();
        (await market.DestroyAsync(id, Token)).IsOk.ShouldBeTrue();

        var charges = (await market.ChargesAsync(Token)).Value.Rentals[id];
        charges.GpuUsd.ShouldBeGreaterThanOrEqualTo(Math.Round(offer.GpuUsdPerHour, 2) - 0.01m);
        charges.DiskUsd.ShouldBeGreaterThan(0);
        (await market.AccountAsync(Token)).Value.BalanceUsd.ShouldBe(25 - charges.TotalUsd, 0.01m);
    }

    [Fact]
    public async Task More_rentals_than_a_page_holds_are_all_listed()
    {
        await using var local = await LocalMarket.StartAsync();
        await local.ControlAsync("balance", """{"balance": 1000}""");
        var made = new List<string>();
        foreach (var offer in (await local.Market.SearchAsync("", 10, false, Token)).Value.Where(offer => offer.DiskGb >= 10))
        {
            if (made.Count == 30) break;
            if ((await local.Market.RentAsync(Request(offer.Id, 10), Token)).TryGet(out var id, out var problem)) made.Add(id);
            else problem.Id.ShouldBe("offer-gone"); // A bundle that shares its GPUs with one that we took.
        }

        made.Count.ShouldBeGreaterThan(25);
        (await local.Market.ListAsync(Token)).Value.Select(rental => rental.Id).Order().ShouldBe(made.Order());
    }

    [Theory]
    [InlineData("""{"endpoint": "create", "kind": "drop", "carried_out": true}""")]
    [InlineData("""{"endpoint": "create", "kind": "status", "status": 502, "carried_out": true}""")]
    [InlineData("""{"endpoint": "create", "kind": "empty", "carried_out": true}""")]
    [InlineData("""{"endpoint": "create", "kind": "garbage", "carried_out": true}""")]
    public async Task A_create_whose_answer_is_lost_is_unclear_and_found_by_its_label(string fault)
    {
        await using var local = await LocalMarket.StartAsync();
        var offer = (await local.Market.SearchAsync("", 20, true, Token)).Value[0];
        await local.ControlAsync("faults", fault);

        var problem = (await local.Market.RentAsync(Request(offer.Id), Token)).Problem.ShouldNotBeNull();

        (problem.Id, problem.MayRetry).ShouldBe(("rent-unclear", true));
        (await local.Market.ListAsync(Token)).Value.ShouldHaveSingleItem().Label.ShouldBe("lodger/digits/1");
    }

    [Theory]
    [InlineData("drop")]
    [InlineData("empty")]
    [InlineData("garbage")]
    [InlineData("deprecated")]
    public async Task A_listing_that_fails_for_good_is_unknown(string kind)
    {
        await using var local = await LocalMarket.StartAsync();
        await local.ControlAsync("faults", $$"""{"endpoint": "list", "kind": "{{kind}}", "count": 10}""");

        (await local.Market.ListAsync(Token)).Problem.ShouldNotBeNull().ExitCode.ShouldBe(ExitCode.Unknown);
    }

    [Fact]
    public async Task A_gateway_that_stumbles_is_not_noticed()
    {
        await using var local = await LocalMarket.StartAsync();
        await local.ControlAsync("faults", """{"endpoint": "*", "kind": "status", "status": 503, "count": 2}""");

        (await local.Market.ListAsync(Token)).Value.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_market_s_limits_are_learned_and_kept()
    {
        await using var local = await LocalMarket.StartAsync(rateLimitScale: 0.1);

        for (var i = 0; i < 5; i++) (await local.Market.ListAsync(Token)).IsOk.ShouldBeTrue();
    }

    [Fact]
    public async Task A_wrong_key_no_money_and_a_taken_offer_each_are_one_clear_problem()
    {
        await using var local = await LocalMarket.StartAsync();
        var offers = (await local.Market.SearchAsync("", 20, true, Token)).Value;

        using var stranger = local.NewClient(new string('f', 64));
        var refused = (await new VastMarket(stranger, "x").AccountAsync(Token)).Problem!;
        (refused.Id, refused.ExitCode).ShouldBe(("not-authorized", ExitCode.NotAuthorized));
        refused.Message.ShouldContain("market.json");

        await local.ControlAsync($"offers/{offers[0].Id}/take", """{"answer": 404}""");
        await local.ControlAsync($"offers/{offers[1].Id}/take", """{"answer": 410}""");
        (await local.Market.RentAsync(Request(offers[0].Id), Token)).Problem!.ExitCode.ShouldBe(ExitCode.NoOffer);
        (await local.Market.RentAsync(Request(offers[1].Id), Token)).Problem!.ExitCode.ShouldBe(ExitCode.NoOffer);

        await local.ControlAsync("balance", """{"balance": 0}""");
        (await local.Market.RentAsync(Request(offers[2].Id), Token)).Problem!.ExitCode.ShouldBe(ExitCode.NoMoney);
    }

    [Fact]
    public async Task An_image_that_cannot_start_and_a_host_that_goes_are_seen_as_such()
    {
        await using var local = await LocalMarket.StartAsync();
        var offers = (await local.Market.SearchAsync("num_gpus=1", 20, true, Token)).Value;
        await local.ControlAsync("creates", """{"boot": "image_error"}""");

        var broken = (await local.Market.RentAsync(Request(offers[0].Id), Token)).Value;
        await UntilAsync(local.Market, broken, r => r?.Status == RentalStatus.CannotStart);

        var other = offers.First(offer => offer.MachineId != offers[0].MachineId);
        var fine = (await local.Market.RentAsync(Request(other.Id), Token)).Value;
        await UntilAsync(local.Market, fine, r => r?.Status == RentalStatus.Running);
        await local.ControlAsync($"machines/{other.MachineId}/offline", "{}");
        await UntilAsync(local.Market, fine, r => r?.Status == RentalStatus.Offline);
    }

    [Fact]
    public async Task A_bid_that_is_too_low_makes_a_stopped_rental_which_runs_once_its_bid_is_raised()
    {
        await using var local = await LocalMarket.StartAsync();
        var offer = (await local.Market.SearchAsync("num_gpus=1", 20, true, Token)).Value.First(o => o.MinBidUsdPerHour > 0.01m);

        var id = (await local.Market.RentAsync(Request(offer.Id) with { BidUsdPerHour = 0.002m }, Token)).Value;

        var low = await UntilAsync(local.Market, id, r => r?.Status == RentalStatus.Preempted);
        (low!.Interruptible, low.BidUsdPerHour).ShouldBe((true, 0.002m));
        (await local.Market.ChangeBidAsync(id, offer.MinBidUsdPerHour!.Value * 2, Token)).IsOk.ShouldBeTrue();
        var raised = await UntilAsync(local.Market, id, r => r?.Status == RentalStatus.Running);
        (raised!.Interruptible, raised.BidUsdPerHour, raised.GpuUsdPerHour).ShouldBe((true, offer.MinBidUsdPerHour * 2, offer.MinBidUsdPerHour.Value * 2));
    }

    [Fact]
    public async Task A_volume_is_found_made_attached_and_deleted_when_nobody_has_it()
    {
        await using var local = await LocalMarket.StartAsync();
        var market = local.Market;
        var offer = (await market.SearchAsync("num_gpus=1", 20, true, Token)).Value[0];
        var room = (await market.SearchVolumesAsync(30, Token)).Value.First(v => v.MachineId == offer.MachineId);
        room.FreeGb.ShouldBeGreaterThanOrEqualTo(30);
        room.StorageUsdPerGbMonth.ShouldBe(offer.StorageUsdPerGbMonth);

        (await market.RentVolumeAsync(room.Id, 30, "weights", Token)).IsOk.ShouldBeTrue();
        var volume = (await market.VolumesAsync(Token)).Value.ShouldHaveSingleItem();
        (volume.Label, volume.MachineId, volume.SizeGb).ShouldBe(("weights", offer.MachineId, 30));
        volume.UsdPerHour.ShouldBe(offer.StorageUsdPerGbMonth * 30 / 720, 0.0000001m);
        volume.UsedBy.ShouldBeEmpty();

        var elsewhere = (await market.SearchAsync("num_gpus=1", 20, true, Token)).Value.First(o => o.MachineId != offer.MachineId);
        var attached = new AttachedVolume(volume.Id, "/workspace/volume");
        (await market.RentAsync(Request(elsewhere.Id) with { Volume = attached }, Token)).Problem.ShouldNotBeNull().Message.ShouldContain("cannot leave its machine");
        var id = (await market.RentAsync(Request(offer.Id) with { Volume = attached }, Token)).Value;
        (await market.VolumesAsync(Token)).Value[0].UsedBy.ShouldBe([id]);
        (await market.DeleteVolumeAsync(volume.Id, Token)).Problem.ShouldNotBeNull().Message.ShouldContain("in use");

        (await market.DestroyAsync(id, Token)).IsOk.ShouldBeTrue();
        await UntilAsync(market, id, r => r is null);
        (await market.VolumesAsync(Token)).Value[0].UsedBy.ShouldBeEmpty("the volume goes on by itself");
        (await market.DeleteVolumeAsync(volume.Id, Token)).IsOk.ShouldBeTrue();
        (await market.VolumesAsync(Token)).Value.ShouldBeEmpty();
        (await market.DeleteVolumeAsync(volume.Id, Token)).IsOk.ShouldBeTrue("it is gone, which is what was wanted");
    }

    [Theory]
    [InlineData("""{"endpoint": "volume_rent", "kind": "drop", "carried_out": true}""")]
    [InlineData("""{"endpoint": "volume_rent", "kind": "status", "status": 502, "carried_out": true}""")]
    [InlineData("""{"endpoint": "volume_rent", "kind": "garbage", "carried_out": true}""")]
    public async Task A_volume_whose_making_was_not_answered_is_unclear_and_found_by_its_name(string fault)
    {
        await using var local = await LocalMarket.StartAsync();
        var room = (await local.Market.SearchVolumesAsync(10, Token)).Value[0];
        await local.ControlAsync("faults", fault);

        var problem = (await local.Market.RentVolumeAsync(room.Id, 10, "weights", Token)).Problem.ShouldNotBeNull();

        (problem.Id, problem.MayRetry).ShouldBe(("volume-unclear", true));
        (await local.Market.VolumesAsync(Token)).Value.ShouldHaveSingleItem().Label.ShouldBe("weights");
    }

    [Theory]
    [InlineData("88 -p 22:22", "/workspace/volume")]
    [InlineData("88", "/workspace/../etc")]
    [InlineData("88", "/workspace/a b")]
    public async Task A_volume_that_could_be_another_option_is_refused_before_anything_is_sent(string volume, string path)
    {
        await using var local = await LocalMarket.StartAsync();

        var problem = (await local.Market.RentAsync(Request("1") with { Volume = new AttachedVolume(volume, path) }, Token)).Problem.ShouldNotBeNull();

        problem.Id.ShouldBe("bad-rent-request");
    }

    [Fact]
    public async Task The_market_s_own_time_is_followed()
    {
        await using var local = await LocalMarket.StartAsync(speed: 1);
        await local.ControlAsync("clock/advance", """{"seconds": 864000}""");

        await local.Market.AccountAsync(Token);

        (local.Market.MarketNow - TimeProvider.System.GetUtcNow()).TotalDays.ShouldBe(10, 0.1);
    }

    private static RentRequest Request(string offer, int diskGb = 20) => new()
    {
        OfferId = offer,
        Image = "pytorch/pytorch:2.4.0",
        DiskGb = diskGb,
        Label = "lodger/digits/1",
        Onstart = "echo",
        Environment = new Dictionary<string, string> { ["EPOCHS"] = "3" },
        Secrets = new Dictionary<string, string> { ["TOKEN"] = "topsecret" },
        Ports = ["8081/tcp"],
    };

    private static async Task<Rental?> UntilAsync(VastMarket market, string id, Func<Rental?, bool> isSo)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Token);
        bound.CancelAfter(Bound);
        while (true)
        {
            var rental = (await market.ShowAsync(id, bound.Token)).Value;
            if (isSo(rental)) return rental;
            try
            {
                await Task.Delay(50, bound.Token);
            }
            catch (OperationCanceledException late) when (!Token.IsCancellationRequested)
            {
                throw new TimeoutException($"still: {rental?.Status} {rental?.Evidence}", late);
            }
        }
    }
}
