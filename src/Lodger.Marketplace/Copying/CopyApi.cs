using System.Text.Json.Nodes;
using Lodger.Marketplace.Cloud;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Http;
using Lodger.Marketplace.Life;
using Lodger.Marketplace.Sandbox;
using Lodger.Marketplace.Volumes;
using Endpoint = Lodger.Marketplace.Http.Endpoint;

namespace Lodger.Marketplace.Copying;

/// <summary>
/// <c>commands/rsync</c> and <c>commands/copy_direct</c>. With the caller's machine as one end both answer where its rsync is to connect; without, the market
/// carries the copy out by itself.
/// </summary>
internal sealed class CopyApi(Book book, Lifecycle life, ISandboxHost host, HostDoors doors, Copies copies, CloudApi clouds, string volumesDirectory)
{
    private const double ThresholdSeconds = 3.5;

    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("rsync", "PUT", "/api/v0/commands/rsync", ThresholdSeconds, CopyAsync),
        new("copy", "PUT", "/api/v0/commands/copy_direct", ThresholdSeconds, CopyAsync),
        new("cancel_copy", "DELETE", "/api/v0/commands/copy_direct", ThresholdSeconds, Cancel),
    ];

    private async Task<Reply> CopyAsync(ApiCall call)
    {
        if (call.Text("src_path") is not { } from || Place.Read(call.Body["src_id"], from) is not { } source) return Invalid("Invalid src_path.");
        if (call.Text("dst_path") is not { } to || Place.Read(call.Body["dst_id"], to) is not { } target) return Invalid("Invalid dst_path.");
        if (source.Kind != PlaceKind.Local && !source.HasGoodPath) return Invalid("Invalid src_path.");
        if (target.Kind != PlaceKind.Local && !target.HasGoodPath) return Invalid("Invalid dst_path.");
        if (target.IsForbiddenTarget)
            return Invalid($"Invalid dst_path. A copy onto {target.Clean} would break the permissions that ssh needs; copy into a folder of its own, for example /workspace.");

        return (source.Kind, target.Kind) switch
        {
            (PlaceKind.Local, PlaceKind.Instance) => await MeetAsync(call, target, "dst"),
            (PlaceKind.Instance, PlaceKind.Local) => await MeetAsync(call, source, "src"),
            (PlaceKind.Local, _) or (_, PlaceKind.Local) => Invalid("Only instances can be copied to or from the local machine; volumes and clouds copy to instances."),
            (PlaceKind.Cloud, PlaceKind.Cloud) => Invalid("One end of a copy must be an instance or a volume."),
            (PlaceKind.Cloud, _) => StartCloud(call, source, target, toCloud: false),
            (_, PlaceKind.Cloud) => StartCloud(call, target, source, toCloud: true),
            _ => StartBoxes(call, source, target),
        };
    }

    /// <summary>The caller's rsync meets the host's ssh server.</summary>
    private async Task<Reply> MeetAsync(ApiCall call, Place place, string side)
    {
        long machineId;
        lock (book.Lock)
        {
            if (FindEnd(call.Account, place) is not { Contract: { } contract } end) return NotFound();
            if (end.Obstacle is { } obstacle) return Invalid(obstacle);
            machineId = contract.MachineId;
        }

        try
        {
            var port = await doors.OpenAsync(machineId);
            return Reply.Ok(new JsonObject { ["success"] = true, [side + "_addr"] = SpecMaker.PublicAddress, [side + "_port"] = port });
        }
        catch (Exception e) when (e is SandboxException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            return Reply.Error(500, "host_error", "The host does not take copies: " + e.Message);
        }
    }

    private Reply StartBoxes(ApiCall call, Place source, Place target)
    {
        lock (book.Lock)
        {
            if (FindEnd(call.Account, source) is not { } from || FindEnd(call.Account, target) is not { } to) return NotFound();
            if (from.Obstacle is { } first) return Invalid(first);
            if (to.Obstacle is { } second) return Invalid(second);
            var shown = to.Contract ?? from.Contract;
            return Start(call, Name(target), shown is null ? null : life.BoxOf(shown), (progress, cancelled) =>
                BoxToBox.RunAsync(host, from.End, source.Clean, to.End, target.Clean, () => MayGoOn(from) && MayGoOn(to), progress, cancelled));
        }
    }

    private Reply StartCloud(ApiCall call, Place cloud, Place disk, bool toCloud)
    {
        lock (book.Lock)
        {
            if (clouds.Find(call.Account, cloud.Id, cloud.Cloud) is not { } connection) return Invalid("No such cloud connection.");
            if (FindEnd(call.Account, disk) is not { } end) return NotFound();
            if (end.Obstacle is { } obstacle) return Invalid(obstacle);
            var copy = new CloudCopy(connection, toCloud, end.End.Root + disk.Clean, cloud.Clean, []);
            return Start(call, Name(disk), end.Contract is { } contract ? life.BoxOf(contract) : null, (progress, cancelled) =>
                copy.RunAsync(host, end.End.Disk, bytes => CloudApi.Count(end.End.Traffic, toCloud, bytes), () => MayGoOn(end), progress, cancelled));
        }
    }

    private Reply Start(ApiCall call, string target, Box? shown, Func<Action<string>, CancellationToken, Task<string>> run) =>
        copies.Start(call.Account.Id, target, shown, run)
            ? Reply.Success("Remote to Remote copy initiated - check instance status bar for progress updates (~30 seconds delayed).")
            : Invalid($"At most {Copies.AtOnceMax} copies can be under way at once.");

    private Reply Cancel(ApiCall call)
    {
        // The client passes on what the user typed, which may have a path behind it.
        var given = call.Body["dst_id"]?.ToString().Split(':')[0];
        if (string.IsNullOrEmpty(given) || Place.Read(given, "/") is not { Kind: PlaceKind.Instance or PlaceKind.Volume } place) return Invalid("Invalid dst_id.");
        lock (book.Lock)
        {
            if (FindEnd(call.Account, place) is null) return NotFound();
            copies.Cancel(call.Account.Id, Name(place));
            return Reply.Success();
        }
    }

    private bool MayGoOn(Found found)
    {
        lock (book.Lock) return found.Contract is not { IsAlive: false } && !book.OfflineMachines.Contains(found.MachineId);
    }

    /// <summary>An instance or volume of the caller's; null when there is none.</summary>
    private Found? FindEnd(Account account, Place place)
    {
        if (place.Kind == PlaceKind.Volume)
        {
            if (book.Volumes.Find(place.Id, account.Id) is not { } volume) return null;
            var mount = VolumeShelf.MountOf(volume, volumesDirectory, DiskWork.VolumePlace);
            return new Found(new BoxEnd(new DiskWork { Program = DiskProgram.RsyncDaemon, Volume = mount }, DiskWork.VolumePlace, "C.0", null), null, volume.MachineId, Offline(volume.MachineId));
        }

        if (book.FindContract(place.Id) is not { IsAlive: true } contract || contract.AccountId != account.Id) return null;
        var end = new BoxEnd(new DiskWork { Program = DiskProgram.RsyncDaemon, Instance = life.SpecOf(contract) }, "", $"C.{contract.Id}", life.BoxOf(contract).Traffic);
        var obstacle = contract.HasDisk ? Offline(contract.MachineId) : $"Instance {contract.Id} has no disk yet; wait until it has been loaded.";
        return new Found(end, contract, contract.MachineId, obstacle);
    }

    private string? Offline(long machineId) => book.OfflineMachines.Contains(machineId) ? $"Machine {machineId} is offline." : null;

    private static string Name(Place place) => (place.Kind == PlaceKind.Volume ? "V." : "C.") + place.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static Reply Invalid(string message) => Reply.Error(400, "invalid_args", message);

    private static Reply NotFound() => Reply.Error(404, "no_such_user", "No such user.");

    private sealed record Found(BoxEnd End, Contract? Contract, long MachineId, string? Obstacle);
}
