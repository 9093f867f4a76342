using System.Text.Json.Nodes;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Http;
using Lodger.Marketplace.Sandbox;
using Endpoint = Lodger.Marketplace.Http.Endpoint;

namespace Lodger.Marketplace.Volumes;

/// <summary>Search, rent, list and delete volumes.</summary>
internal sealed class VolumesApi(Book book, ISandboxHost host, string directory, TimeProvider clock, DateTimeOffset listedSince)
{
    private const int LimitDefault = 64;
    private const double ThresholdSeconds = 5.5;
    private static readonly TimeSpan DeleteBound = TimeSpan.FromSeconds(60);
    private static readonly HashSet<string> NotFilters = new(StringComparer.Ordinal) { "order", "type", "limit", "allocated_storage", "disable_bundling" };

    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("volume_search", "POST", "/api/v0/volumes/search", ThresholdSeconds, Search),
        new("volume_rent", "PUT", "/api/v0/volumes", 0, Rent),
        new("volume_list", "GET", "/api/v0/volumes", ThresholdSeconds, List),
        new("volume_delete", "DELETE", "/api/v0/volumes", ThresholdSeconds, DeleteAsync),
    ];

    private Reply Search(ApiCall call)
    {
        List<JsonObject> rows;
        lock (book.Lock)
        {
            var now = clock.GetUtcNow();
            rows = [.. book.Machines.Values.Where(m => !book.OfflineMachines.Contains(m.Id) && book.Volumes.FreeGb(m) >= 1)
                .Select(m => VolumeFacts.Offer(m, book.Volumes.FreeGb(m), Filters.Number(call.Body["allocated_storage"]) ?? 1, listedSince, now))];
        }

        var filters = new JsonObject();
        foreach (var (field, value) in call.Body)
            if (!NotFilters.Contains(field))
                filters[field] = value?.DeepClone();
        var sample = rows.FirstOrDefault() ?? [];
        var (conditions, error) = Filters.Read(filters, field => rows.Count == 0 || OfferFacts.IsSearchField(field, sample));
        if (error is not null) return Reply.Error(400, "invalid_request", error);
        var found = rows.Where(row => conditions.All(c => Filters.Matches(OfferFacts.FilterValue(row, c.Field), c))).ToList();
        foreach (var key in (call.Body["order"] as JsonArray ?? []).Reverse())
        {
            if (key is not JsonArray { Count: 2 } pair) return Reply.Error(400, "invalid_request", "Error in query parameters: order needs pairs of field and direction");
            var (field, descending) = (pair[0]!.ToString(), pair[1]!.ToString() == "desc");
            found = [.. found.Order(Comparer<JsonObject>.Create((a, b) => (Filters.Compare(a[field], b[field]) ?? 0) * (descending ? -1 : 1)))];
        }

        var limit = (int)Math.Clamp(Filters.Number(call.Body["limit"]) ?? LimitDefault, 0, 10_000);
        return Reply.Ok(new JsonObject { ["success"] = true, ["offers"] = new JsonArray([.. found.Take(limit)]) });
    }

    private Reply Rent(ApiCall call)
    {
        if (Filters.Number(call.Body["id"]) is not { } id) return Reply.Error(400, "invalid_args", "Please provide a valid volume offer ID.");
        if (VolumeWish.ReadSize(call.Body["size"]) is not { } sizeGb) return Reply.Error(400, "invalid_args", "size must be a number of GB, at least 1.");
        lock (book.Lock)
        {
            if (VolumeShelf.MachineOffering((long)id, book.Machines) is not { } machine || book.OfflineMachines.Contains(machine.Id))
                return Reply.Error(404, "no_such_ask", $"Volume offer {id} is not available.");
            if (book.BalanceUsd(call.Account) <= 0) return Reply.Error(400, "insufficient_credit", "Your account lacks credit; see the billing page.");
            if (book.Volumes.FreeGb(machine) < sizeGb) return Reply.Error(400, "invalid_args", $"This offer has {book.Volumes.FreeGb(machine):0} GB left, not {sizeGb}.");
            var volume = book.Volumes.Rent(book.NextContractId(), call.Account.Id, machine, sizeGb, call.Text("name"), clock.GetUtcNow());
            return Reply.Ok(new JsonObject { ["success"] = true, ["volume_name"] = volume.Name });
        }
    }

    private Reply List(ApiCall call)
    {
        lock (book.Lock)
        {
            book.Volumes.MeterTo(clock.GetUtcNow(), book.OfflineMachines);
            var wantsLocal = call.Http.Request.Query["type"].ToString() is "" or "local_volume" or "all_volume";
            return Reply.Ok(new JsonObject
            {
                ["success"] = true,
                ["volumes"] = new JsonArray([.. book.Volumes.Alive.Where(v => wantsLocal && v.AccountId == call.Account.Id).OrderBy(v => v.Id)
                    .Select(v => VolumeFacts.Make(v, book.Machines[v.MachineId], VolumeShelf.UsersOf(v, book)))]),
            });
        }
    }

    private async Task<Reply> DeleteAsync(ApiCall call)
    {
        // The description has the id in the body, the official client sends it in the query.
        var given = call.Body["id"] ?? call.Http.Request.Query["id"].ToString();
        if (Filters.Number(given) is not { } id) return Reply.Error(400, "invalid_args", "Please provide a valid volume ID.");
        VolumeMount mount;
        lock (book.Lock)
        {
            if (book.Volumes.Find((long)id, call.Account.Id) is not { } volume) return Reply.Error(404, "no_such_volume", "Volume with that ID does not exist.");
            if (VolumeShelf.UsersOf(volume, book) is { Count: > 0 } users)
                return Reply.Error(400, "invalid_args", $"Volume {id} is in use by instance {string.Join(", ", users.Select(u => u.Id))}: destroy it first (stopping is not enough).");
            book.Volumes.Delete(volume, clock.GetUtcNow());
            mount = VolumeShelf.MountOf(volume, directory, DiskWork.VolumePlace);
        }

        await DeleteDiskAsync(host, mount);
        return Reply.Success();
    }

    /// <summary>Deletes the disk; what fails is tried again at the marketplace's next start.</summary>
    public static async Task DeleteDiskAsync(ISandboxHost host, VolumeMount mount)
    {
        try
        {
            using var bound = new CancellationTokenSource(DeleteBound);
            await host.DeleteVolumeAsync(mount, bound.Token);
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync($"disk of volume {Path.GetFileName(mount.DiskDirectory)} not deleted, will be tried again at the next start: {e.Message}");
        }
    }

    /// <summary>Disks of volumes that ended while the marketplace could not delete them.</summary>
    public static async Task DeleteOldDisksAsync(Book book, ISandboxHost host, string directory)
    {
        List<VolumeMount> ended;
        lock (book.Lock)
            ended = [.. book.Volumes.All.Where(v => !v.IsAlive).Select(v => VolumeShelf.MountOf(v, directory, DiskWork.VolumePlace)).Where(m => Directory.Exists(m.DiskDirectory))];
        foreach (var mount in ended) await DeleteDiskAsync(host, mount);
    }
}
