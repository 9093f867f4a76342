using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Spec;

namespace Lodger.Acceptance.Tests;

/// <summary>A job whose work lies on a volume, with real disks: it outlives the rental whose GPU was taken, and the rental that did the work.</summary>
public sealed class VolumeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task When_its_gpu_is_taken_the_work_goes_on_in_a_new_rental_on_the_same_machine_with_the_same_volume()
    {
        await using var stage = await EngineStage.StartAsync(PreemptionTests.Brisk);
        var (offer, volume) = await VolumeBesideTwoGpusAsync(stage);
        // Only that machine may be taken, so that going on from the volume is the only way but waiting.
        var job = await stage.SubmitAsync(
            PreemptionTests.HeldWhenStartedAgain(PreemptionTests.Counts),
            s => PreemptionTests.Spot(s) with { Offers = $"machine_id={offer.MachineId}", Volume = new VolumeSpec(volume.Id, "/workspace/volume"), Workdir = "/workspace/volume/job" },
            bid: true,
            at: offer);
        var running = await stage.UntilAsync(job, s => s.Mirrors.Count > 0);
        (await VolumeAsync(stage, volume.Id)).UsedBy.ShouldBe([running.Current!.RentalId!]);
        await stage.Market.ControlAsync($"instances/{running.Current.RentalId}/outbid", new { by = 5m });
        await stage.UntilAsync(job, s => s.Current is { Number: 2, ResumeSaid: true });
        await stage.ExecAsync(job, PreemptionTests.GoOn);

        var closed = await stage.ClosedAsync(job);

        closed.Closed!.Outcome.ShouldBe(JobOutcome.Succeeded, stage.Story(job));
        closed.Attempts.Count.ShouldBe(2, stage.Story(job));
        var (left, now) = (closed.Attempts[0], closed.Attempts[1]);
        left.Move!.Offer.MachineId.ShouldBe(offer.MachineId);
        left.Move.Choice.ShouldContain($"-> move to {now.OfferId}");
        left.Fenced.ShouldBeTrue(stage.Story(job));
        left.Receipt!.Files.ShouldBe(0, "the work that it left lies on the volume, on which another rental writes");
        // The state was neither fetched nor sent: it was there.
        stage.Board.Events(job, 0).Select(e => e.Event).OfType<PayloadDelivered>().ShouldAllBe(p => p.Files == 0, stage.Story(job));
        stage.Board.Events(job, 0).Select(e => e.Event).OfType<ResumeSeen>().ShouldHaveSingleItem(stage.Story(job)).FromZero.ShouldBeFalse(stage.Story(job));
        var starts = await File.ReadAllLinesAsync(stage.AtHome(job, "out/starts.log"), Token);
        starts.Length.ShouldBe(2, stage.Story(job));
        starts[0].ShouldBe("began at 0", "the volume kept what the first rental wrote");
        starts[1].ShouldNotBe("began at 0");
        (await File.ReadAllTextAsync(stage.AtHome(job, "out/result.json"), Token)).ShouldContain("60");
        await stage.ShouldHaveDestroyedEverythingAsync(job);
        (await VolumeAsync(stage, volume.Id)).UsedBy.ShouldBeEmpty("it outlives both, and bills by itself");
        await ItIsDeletedOnlyWhileItsWorkIsHomeAsync(stage, job, volume.Id);
    }

    /// <summary>The gate of a volume, with the receipt of the job that worked on it and the files at home.</summary>
    private static async Task ItIsDeletedOnlyWhileItsWorkIsHomeAsync(EngineStage stage, string job, string volume)
    {
        using var desk = stage.VolumeDesk();
        var sight = (await desk.ListAsync("local", Token)).Value.Volumes.ShouldHaveSingleItem();
        sight.Uses.ShouldHaveSingleItem().Proof.ShouldNotBeNull(stage.Story(job)).Files.ShouldBeGreaterThan(1);
        var result = stage.AtHome(job, "out/result.json");
        var whole = await File.ReadAllTextAsync(result, Token);
        await File.WriteAllTextAsync(result, "{\"counted\": 61}", Token);
        (await desk.DeleteAsync("local", volume, sight.Token, null, "test", Token)).Problem.ShouldNotBeNull().Id.ShouldBe("bundle-changed");
        (await VolumeAsync(stage, volume)).Id.ShouldBe(volume, "the only whole copy may lie there");

        await File.WriteAllTextAsync(result, whole, Token);
        (await desk.DeleteAsync("local", volume, sight.Token, null, "test", Token)).Value.ChargedUsd.ShouldNotBeNull();
        (await stage.Adapter.VolumesAsync(Token)).Value.ShouldBeEmpty();
    }

    /// <summary>A bid's offer on a machine where another GPU is free, and a volume there.</summary>
    private static async Task<(Offer Offer, Volume Volume)> VolumeBesideTwoGpusAsync(EngineStage stage)
    {
        var offers = (await stage.Adapter.SearchAsync("num_gpus=1", 10, true, Token)).Value.Where(o => o.MinBidUsdPerHour > 0);
        var offer = offers.GroupBy(o => o.MachineId).First(machine => machine.Count() > 1).MinBy(o => o.MinBidUsdPerHour)!;
        var room = (await stage.Adapter.SearchVolumesAsync(10, Token)).Value.First(v => v.MachineId == offer.MachineId);
        (await stage.Adapter.RentVolumeAsync(room.Id, 10, "kept", Token)).IsOk.ShouldBeTrue();
        return (offer, (await stage.Adapter.VolumesAsync(Token)).Value.ShouldHaveSingleItem());
    }

    private static async Task<Volume> VolumeAsync(EngineStage stage, string id) => (await stage.Adapter.VolumesAsync(Token)).Value.Single(v => v.Id == id);
}
