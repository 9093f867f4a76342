using System.Text.Json;
using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Storage;

namespace Lodger.Cli.Tests.Commands;

public sealed class StorageTests : IDisposable
{
    private readonly TestStage stage = new();

    private static SeenFile Best { get; } = new("out/best.pt", 612_000_000, Samples.Start, FileRole.Result);

    private static StorageMap Map { get; } = new()
    {
        Disks = [new RentalDisk(Samples.Rental, 1, RentalStatus.Running, [Best, new("ckpt/1.pt", 5_000_000, Samples.Start, FileRole.Checkpoint), new("run.py", 100, Samples.Start, FileRole.Other)], null)],
        Copies = [new OffCopy("ckpt/1.pt", 5_000_000, Samples.Start, CopyPlace.Mirror, true)],
        OnRental = new Survival(true, false, false),
        OnlyOnRental = [new AtRiskFile(Samples.Rental, Best)],
    };

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task Each_place_says_what_survives_and_what_is_only_on_the_rental_is_named()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.Storage = Map;
        stage.IsTerminal = true;

        (await stage.RunAsync("storage", "resnet")).ShouldBe(ExitCode.Ok);

        stage.OutInOneLine.ShouldContain("rental 41200871, running 1 result, 1 only there 612 MB kept LOST LOST");
        stage.OutInOneLine.ShouldContain("1 checkpoint 5 MB kept LOST LOST");
        stage.OutInOneLine.ShouldContain("copies here 1 checkpoint, verified 5 MB kept kept kept");
        stage.OutInOneLine.ShouldContain("!! 1 file, 612 MB, only on the rental: lost when it is destroyed, and with its host.");
        stage.OutInOneLine.ShouldContain("only there out/best.pt 612 MB result on 41200871");
        stage.Out.Split('\n').ShouldAllBe(l => l.Length <= 80);
    }

    [Fact]
    public async Task Work_on_a_volume_survives_the_destroy_of_its_rental_and_is_said_to()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.Storage = Map with { Disks = [Map.Disks[0] with { VolumeId = "88" }], OnVolume = new Survival(true, true, false) };
        stage.IsTerminal = true;

        (await stage.RunAsync("storage", "resnet")).ShouldBe(ExitCode.Ok);

        stage.OutInOneLine.ShouldContain("rental 41200871, running, volume 88 1 result, 1 only there 612 MB kept kept LOST");
        stage.OutInOneLine.ShouldContain("only on the volume: lost when it is deleted, and with its host.");
    }

    [Fact]
    public async Task A_rental_that_cannot_be_looked_into_is_unknown_and_nothing_is_called_safe()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.Storage = Map with { Disks = [new RentalDisk(Samples.Rental, 1, null, null, new Problem("silent", "The host does not answer.", "", ExitCode.Unknown))], OnlyOnRental = [] };
        stage.IsTerminal = true;

        (await stage.RunAsync("storage", "resnet")).ShouldBe(ExitCode.Ok);

        stage.OutInOneLine.ShouldContain("rental 41200871, state unknown unknown ?");
        stage.OutInOneLine.ShouldContain("what lies on 41200871: The host does not answer.");
        stage.OutInOneLine.ShouldContain("what could not be seen is not known");
    }

    [Fact]
    public async Task In_json_it_is_the_same_facts()
    {
        await using var server = await FakeServer.StartAsync(stage.Socket, Samples.Job);
        server.Storage = Map;

        (await stage.RunAsync("storage", "resnet", "--json")).ShouldBe(ExitCode.Ok);

        var map = JsonDocument.Parse(stage.Out).RootElement;
        map.GetProperty("onlyOnRental")[0].GetProperty("file").GetProperty("path").GetString().ShouldBe("out/best.pt");
        map.GetProperty("onRental").GetProperty("destroy").GetBoolean().ShouldBeFalse();
    }
}
