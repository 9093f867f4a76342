using System.Text.Json;
using Lodger.Acceptance.Tests.Stage;
using Lodger.Domain.Market;
using Lodger.Domain.Spec;
using Lodger.Domain.Storage;
using Lodger.Engine.Durable;
using Lodger.Remote.Durable;

namespace Lodger.Acceptance.Tests;

/// <summary>
/// What survives what, cell by cell of the profile's matrix, and what bills when, line by line of what it says of billing: with real files, against the marketplace's ledger. One market, many
/// lines.
/// </summary>
public sealed class SurvivalTests
{
    private const string Works = "mkdir -p out ckpt; printf '{\"top1\": 0.9}' > out/metrics.json; printf '{\"step\": 1}' > ckpt/1.json; until [ -e /tmp/go-on ]; do sleep 0.1; done; printf 'a,b\\n1,2\\n' > out/noise.csv";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_cell_of_the_survival_matrix_and_every_line_on_billing_is_as_it_is_told()
    {
        await using var stage = await EngineStage.StartAsync(PreemptionTests.Brisk);
        var cloud = Directory.CreateDirectory(Path.Combine(stage.Root, "cloud")).FullName;
        await ConnectAsync(stage, cloud);
        var volume = await VolumeAsync(stage);
        var job = await stage.SubmitAsync(Works, s => s with { Checkpoints = ["ckpt/*.json"], Teardown = TeardownMode.Ask });

        await WhileItRunsAsync(stage, job);
        await stage.ExecAsync(job, "touch /tmp/go-on");
        await stage.UntilAsync(job, s => s.Current is { Receipt: not null });
        await StoppedAsync(stage, job, cloud);
        await HostLostAsync(stage, job, volume);
        await DestroyedAsync(stage, job, volume, cloud);
        await BalanceUsedUpAsync(stage);
    }

    /// <summary>Matrix: what is on the rental alone is named, and is not once a verified copy is here.</summary>
    private static async Task WhileItRunsAsync(EngineStage stage, string job)
    {
        await stage.UntilAsync(job, s => s.Mirrors.Count > 0);
        var map = (await stage.Board.StorageAsync(job, Token)).Value;
        map.OnRental.ShouldBe(new Survival(Stop: true, Destroy: false, HostLoss: false));
        map.OnlyOnRental.Select(f => f.File.Path).ShouldBe(["out/metrics.json"], stage.Story(job));
        map.Copies.ShouldHaveSingleItem().ShouldSatisfyAllConditions(c => c.Path.ShouldBe("ckpt/1.json"), c => c.Place.ShouldBe(CopyPlace.Mirror), c => c.IsVerified.ShouldBeTrue());
    }

    /// <summary>
    /// Matrix: the container disk keeps everything through a stop. Billing: the stop ends the GPU's meter alone, the disk bills on; bytes bill in that state, too. The platform's own copy works there,
    /// and counts because it was read back.
    /// </summary>
    private static async Task StoppedAsync(EngineStage stage, string job, string cloud)
    {
        var rental = stage.State(job).Current!.RentalId!;
        (await stage.Adapter.StopAsync(rental, Token)).IsOk.ShouldBeTrue();
        await stage.UntilAsync(job, s => s.Current!.LastStatus is RentalStatus.Stopped or RentalStatus.Preempted);
        var map = (await stage.Board.StorageAsync(job, Token)).Value;
        map.Disks.ShouldHaveSingleItem().Files!.Select(f => f.Path).ShouldBe(["ckpt/1.json", "out/metrics.json", "out/noise.csv"], ignoreOrder: true);
        map.OnlyOnRental.ShouldBeEmpty("all of it is home");

        var before = await ContractAsync(stage, rental);
        await AdvanceAsync(stage, TimeSpan.FromHours(1));
        var later = await ContractAsync(stage, rental);
        Charge(later, "gpu_usd").ShouldBe(Charge(before, "gpu_usd"), "a stopped rental's GPU bills nothing");
        Charge(later, "disk_usd").ShouldBeGreaterThan(Charge(before, "disk_usd"), "its disk bills on");

        var account = (await stage.OpenAsync("local", Token)).Value;
        var clouds = (await HostCopy.LookAsync(stage.State(job), account, Token)).Value;
        clouds.IsDatacenter.ShouldNotBeNull();
        var connection = clouds.Connections.ShouldHaveSingleItem();
        var target = new DurableTarget(null, Path.Combine(cloud, "runs"));
        (await HostCopy.BeginAsync(stage.State(job), account, connection.Id, "/runs/results", Token)).IsOk.ShouldBeTrue();
        await UntilAsync(async () => (await stage.Adapter.CloudCopyStatusAsync(rental, Token)).Value.State == CloudCopyState.Finished);
        var copied = (await BundleCopy.RunAsync(stage.State(job).Submission.ResultsDirectory, target, new Dictionary<string, string?>(), TimeProvider.System, Token)).Value;
        (copied.Files, copied.Sent).ShouldBe((5, 2), "the host brought the three results, the receipt and the manifest came from here, and all were read back");
        (await ContractAsync(stage, rental)).GetProperty("usage").GetProperty("uploaded_bytes").GetInt64().ShouldBeGreaterThan(later.GetProperty("usage").GetProperty("uploaded_bytes").GetInt64(), "bytes bill in every state");
    }

    /// <summary>Matrix: with its host, the container disk and a volume are out of reach, and what is there is unknown; what is here is not. Billing: nothing while it is offline.</summary>
    private static async Task HostLostAsync(EngineStage stage, string job, Volume volume)
    {
        var rental = stage.State(job).Current!.RentalId!;
        var machine = (await stage.Adapter.ShowAsync(rental, Token)).Value!.MachineId;
        await stage.Market.ControlAsync($"machines/{machine}/offline", new { });
        await stage.Market.ControlAsync($"machines/{volume.MachineId}/offline", new { });
        var before = await ContractAsync(stage, rental);
        await AdvanceAsync(stage, TimeSpan.FromHours(1));
        Charge(await ContractAsync(stage, rental), "total_usd").ShouldBe(Charge(before, "total_usd"), "an offline host bills nothing");
        var map = (await stage.Board.StorageAsync(job, Token)).Value;
        map.IsPartial.ShouldBeTrue("what lies there is unknown, not gone and not safe");
        map.Copies.Count(c => c is { Place: CopyPlace.Bundle, IsVerified: true }).ShouldBe(3);
        (await stage.Adapter.SearchAsync($"machine_id={volume.MachineId}", 10, false, Token)).Value.ShouldBeEmpty("nothing can be rented beside the volume, so nothing on it can be had");
        await stage.Market.ControlAsync($"machines/{machine}/online", new { });
        await stage.Market.ControlAsync($"machines/{volume.MachineId}/online", new { });
        await stage.UntilAsync(job, s => s.Current!.LastStatus is RentalStatus.Stopped or RentalStatus.Preempted);
    }

    /// <summary>
    /// Matrix: a destroy takes the container disk; results here, copies in the cloud and the volume stay. Billing: the destroy ends the whole meter of the rental, and nothing of the volume's, which its own
    /// delete does.
    /// </summary>
    private static async Task DestroyedAsync(EngineStage stage, string job, Volume volume, string cloud)
    {
        var rental = stage.State(job).Current!.RentalId!;
        await UntilAsync(() => Task.FromResult(stage.Approve(job).IsOk));
        await stage.ClosedAsync(job);
        (await stage.Adapter.ShowAsync(rental, Token)).Value.ShouldBeNull();
        (await stage.Adapter.HostDoorAsync(rental, Token)).IsOk.ShouldBeFalse("there is no disk to look into any more");
        var map = (await stage.Board.StorageAsync(job, Token)).Value;
        map.Disks.ShouldBeEmpty();
        map.Copies.Count(c => c is { Place: CopyPlace.Bundle, IsVerified: true }).ShouldBe(3);
        (await File.ReadAllTextAsync(Path.Combine(cloud, "runs/results/out/metrics.json"), Token)).ShouldContain("0.9");

        var before = await ContractAsync(stage, rental);
        var ofVolume = (await stage.Adapter.ChargesAsync(Token)).Value.VolumesUsd[volume.Id];
        await AdvanceAsync(stage, TimeSpan.FromHours(10));
        Charge(await ContractAsync(stage, rental), "total_usd").ShouldBe(Charge(before, "total_usd"), "only the destroy ends the whole meter");
        (await stage.Adapter.ChargesAsync(Token)).Value.VolumesUsd[volume.Id].ShouldBeGreaterThan(ofVolume, "a volume bills on by itself");
        (await stage.Adapter.DeleteVolumeAsync(volume.Id, Token)).IsOk.ShouldBeTrue();
        var last = (await stage.Adapter.ChargesAsync(Token)).Value.VolumesUsd[volume.Id];
        await AdvanceAsync(stage, TimeSpan.FromHours(10));
        (await stage.Adapter.ChargesAsync(Token)).Value.VolumesUsd[volume.Id].ShouldBe(last, "its delete ends it");
    }

    /// <summary>
    /// Billing: a rental whose contract ends is stopped, with its files still there until it is destroyed; at a balance of nothing everything is scheduled for deletion, and without a card it is deleted,
    /// volumes too.
    /// </summary>
    private static async Task BalanceUsedUpAsync(EngineStage stage)
    {
        var offer = await stage.CheapestAsync();
        var rented = (await stage.Adapter.RentAsync(
            new RentRequest { OfferId = offer.Id, Image = "python:3.12-slim", DiskGb = 10, Label = "by hand", Onstart = "mkdir -p /workspace/kept; echo kept > /workspace/kept/file", Environment = new Dictionary<string, string>() }, Token)).Value;
        var account = (await stage.OpenAsync("local", Token)).Value;
        await UntilAsync(async () => (await FilesAsync(rented)).Contains("file"));
        await stage.Market.ControlAsync($"instances/{rented}/end", new { });
        await UntilAsync(async () => (await stage.Adapter.ShowAsync(rented, Token)).Value?.Status is RentalStatus.Stopped or RentalStatus.Preempted);
        (await FilesAsync(rented)).ShouldBe(["file"], "the contract is over, the data is still there");

        await VolumeAsync(stage);
        await stage.Market.ControlAsync("balance", new { balance = 0 });
        await AdvanceAsync(stage, TimeSpan.FromHours(1));
        (await stage.Adapter.VolumesAsync(Token)).Value.ShouldNotBeEmpty("there is a short grace");
        await AdvanceAsync(stage, TimeSpan.FromHours(24));
        await UntilAsync(async () => (await stage.Adapter.ListAsync(Token)).Value.Count == 0 && (await stage.Adapter.VolumesAsync(Token)).Value.Count == 0);

        async Task<IReadOnlyList<string>> FilesAsync(string id) =>
            (await stage.Adapter.HostDoorAsync(id, Token)).TryGet(out var door, out _) && (await account.Hosts.ListAsync(door, "/workspace/kept", Token)).TryGet(out var disk, out _)
                ? [.. disk.Files.Select(f => f.Path)]
                : [];
    }

    private static async Task<Volume> VolumeAsync(EngineStage stage)
    {
        var room = (await stage.Adapter.SearchVolumesAsync(10, Token)).Value[^1];
        (await stage.Adapter.RentVolumeAsync(room.Id, 10, "kept", Token)).IsOk.ShouldBeTrue();
        return (await stage.Adapter.VolumesAsync(Token)).Value.ShouldHaveSingleItem();
    }

    private static async Task ConnectAsync(EngineStage stage, string directory)
    {
        var account = (await stage.Market.LedgerAsync()).GetProperty("accounts")[0].GetProperty("id").GetInt64();
        await stage.Market.ControlAsync($"accounts/{account}/connections", new { name = "bucket", cloud_type = "s3", directory });
    }

    private static async Task<JsonElement> ContractAsync(EngineStage stage, string id) =>
        (await stage.Market.LedgerAsync()).GetProperty("contracts").EnumerateArray().Single(c => c.GetProperty("id").ToString() == id);

    private static decimal Charge(JsonElement contract, string part) => contract.GetProperty("charges").GetProperty(part).GetDecimal();

    private static Task AdvanceAsync(EngineStage stage, TimeSpan by) => stage.Market.ControlAsync("clock/advance", new { seconds = by.TotalSeconds });

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        var end = DateTimeOffset.UtcNow + TimeSpan.FromMinutes(3);
        while (!await isSo())
        {
            if (DateTimeOffset.UtcNow > end)
                throw new TimeoutException("It did not become so.");
            await Task.Delay(100, Token);
        }
    }
}
