using System.Text.Json;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Volumes;
using Lodger.Engine.Volumes;

namespace Lodger.Cli.Tests.Commands;

public sealed class VolumeTests : IDisposable
{
    private readonly TestStage stage = new();

    private static Volume Volume { get; } = new() { Id = "88", Label = "weights", MachineId = "312", SizeGb = 50, UsdPerHour = 0.01m, UsedBy = [] };

    private static VolumeUse Use { get; } = new("resnet.k3f9qa", "resnet", IsOver: true, Samples.Receipt);

    private static VolumeSight Sight(Volume volume, params VolumeUse[] uses) => new(volume, 0.5m, uses, VolumeGate.Judge(volume, uses, null), VolumeGate.TokenFor(volume, uses));

    private static VolumeList List(params VolumeSight[] volumes) => new("vast.ai (account anna)", volumes, [], null);

    public void Dispose() => stage.Dispose();

    private async Task<FakeServer> ServeAsync(VolumeList list)
    {
        var server = await FakeServer.StartAsync(stage.Socket);
        server.Volumes = list;
        return server;
    }

    [Fact]
    public async Task Volumes_are_listed_with_who_uses_them_and_what_they_cost()
    {
        var acts = new VolumeAct(Samples.Start, VolumeActKind.RentIntended, null, "lost", "anna", "50 GB from offer 900");
        await using var server = await ServeAsync(List(Sight(Volume, Use), Sight(Volume with { Id = "89", Label = null, UsedBy = ["41200871"] })) with { Pending = [acts] });
        stage.IsTerminal = true;

        (await stage.RunAsync("volume", "list", "--market", "local")).ShouldBe(ExitCode.Ok);

        stage.OutInOneLine.ShouldContain("vast.ai (account anna) 2 volumes");
        stage.OutInOneLine.ShouldContain("88 weights 50 312 $0.010/h $0.50 nothing; worked on by");
        stage.OutInOneLine.ShouldContain("resnet (home)");
        stage.OutInOneLine.ShouldContain("89 50 312 $0.010/h $0.50 rental 41200871");
        stage.OutInOneLine.ShouldContain("They bill $0.020/h, $14.40 a month, until each is deleted, used or not.");
        stage.OutInOneLine.ShouldContain("volume lost was asked for on");
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80);
    }

    [Fact]
    public async Task Json_is_the_same_facts()
    {
        await using var server = await ServeAsync(List(Sight(Volume, Use)));
        (await stage.RunAsync("volume", "list", "--market", "local", "--json")).ShouldBe(ExitCode.Ok);
        var sight = JsonDocument.Parse(stage.Out).RootElement.GetProperty("volumes")[0];
        sight.GetProperty("volume").GetProperty("usdPerHour").GetDecimal().ShouldBe(0.01m);
        sight.GetProperty("gate").GetProperty("conditions")[0].GetProperty("state").GetString().ShouldBe("Met");
        sight.GetProperty("uses")[0].GetProperty("job").GetString().ShouldBe("resnet");
    }

    [Fact]
    public async Task Places_are_shown_with_the_gpu_beside_them_and_none_is_an_error_with_a_way_on()
    {
        var room = new VolumeOffer { Id = "618200312", MachineId = "312", FreeGb = 500, StorageUsdPerGbMonth = 0.15m, Location = "Sweden, SE" };
        await using var server = await ServeAsync(List());
        server.Places = new("vast.ai (account anna)", 50, [new VolumePlace(room, Samples.Offer, 2)]);
        (await stage.RunAsync("volume", "search", "gpu_name=RTX_4090", "--size", "50GB", "--market", "local")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("618200312 312 SE 500 0.15 $7.50 2 offers, 1x RTX 4090 at $0.21/h");

        server.Places = server.Places with { Places = [] };
        (await stage.RunAsync("volume", "search", "--market", "local")).ShouldBe(ExitCode.NoOffer);
        stage.Error.ShouldContain("--any-offer");
        (await stage.RunAsync("volume", "search", "--size", "many", "--market", "local")).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("--size 50GB");
    }

    [Fact]
    public async Task A_volume_is_made_only_after_a_yes_to_its_price()
    {
        var room = new VolumeOffer { Id = "900", MachineId = "312", FreeGb = 500, StorageUsdPerGbMonth = 0.15m };
        await using var server = await ServeAsync(List());
        server.Places = new("vast.ai (account anna)", 50, [new VolumePlace(room, Samples.Offer, 1)]);
        server.MadeVolume = Volume;
        string[] create = ["volume", "create", "900", "--size", "50GB", "--name", "weights", "--market", "local"];

        (await stage.RunAsync(create)).ShouldBe(ExitCode.ApprovalNeeded);
        stage.Error.ShouldContain("lodger volume create 900 --size 50GB --name weights --yes");
        stage.Answers = "n\n";
        (await stage.RunAsync(create)).ShouldBe(ExitCode.ApprovalNeeded);
        server.VolumeRequested.ShouldBeNull();
        stage.OutInOneLine.ShouldContain("bills $7.50 a month from now on until you delete it");

        stage.Answers = "y\n";
        (await stage.RunAsync(create)).ShouldBe(ExitCode.Ok);
        server.VolumeRequested.ShouldBe(new("900", 50, "weights", "anna"));
        stage.OutInOneLine.ShouldContain("volume: 88 in its file");
    }

    [Fact]
    public async Task A_delete_shows_its_gate_and_sends_the_yes_for_exactly_that()
    {
        var sight = Sight(Volume, Use);
        await using var server = await ServeAsync(List(sight));
        stage.Answers = "n\n";
        (await stage.RunAsync("volume", "delete", "88", "--market", "local")).ShouldBe(ExitCode.ApprovalNeeded);
        server.VolumeDeleted.ShouldBeNull();
        stage.OutInOneLine.ShouldContain("ok no rental has it");
        stage.OutInOneLine.ShouldContain("ok 9 files of resnet are home and verified, receipt 9f2c11aa");
        stage.OutInOneLine.ShouldContain("-- your yes");
        stage.OutInOneLine.ShouldContain("Deletes for good: volume 88 (weights), 50 GB on machine 312, with whatever else lies on it.");

        stage.Answers = "y\n";
        (await stage.RunAsync("volume", "delete", "88", "--market", "local")).ShouldBe(ExitCode.Ok);
        server.VolumeDeleted.ShouldBe(new(sight.Token, null, "anna"));
        stage.OutInOneLine.ShouldContain("is gone and bills no more; the platform was asked. It cost $0.50.");
        (await stage.RunAsync("volume", "delete", "404", "--market", "local")).ShouldBe(ExitCode.NotFound);
    }

    [Fact]
    public async Task Giving_up_what_is_on_it_asks_for_its_id_typed_out()
    {
        await using var server = await ServeAsync(List(Sight(Volume, Use with { Proof = null })));
        stage.Answers = "yes\n";
        (await stage.RunAsync("volume", "delete", "88", "--abandon-data", "--market", "local")).ShouldBe(ExitCode.ApprovalNeeded);
        server.VolumeDeleted.ShouldBeNull();
        stage.OutInOneLine.ShouldContain("resnet: there is no verified copy of what it made.");

        stage.Answers = "88\n";
        (await stage.RunAsync("volume", "delete", "88", "--abandon-data", "--market", "local")).ShouldBe(ExitCode.Ok);
        server.VolumeDeleted.ShouldBe(new(null, "88", "anna"));
        (await stage.RunAsync("volume", "delete", "88", "--abandon-data", "--volume", "88", "--json", "--market", "local")).ShouldBe(ExitCode.Ok);
    }
}
