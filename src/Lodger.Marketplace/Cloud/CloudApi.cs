using System.Globalization;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Copying;
using Lodger.Marketplace.Http;
using Lodger.Marketplace.Life;
using Lodger.Marketplace.Network;
using Lodger.Marketplace.Sandbox;
using Endpoint = Lodger.Marketplace.Http.Endpoint;

namespace Lodger.Marketplace.Cloud;

/// <summary>Cloud connections and cloud copies.</summary>
internal sealed class CloudApi(Book book, Lifecycle life, ISandboxHost host, Copies copies)
{
    private const string ToCloud = "instance to cloud";
    private const string FromCloud = "cloud to instance";

    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("connections", "GET", "/api/v0/users/cloud_integrations", 2.9, List),
        new("cloud_copy", "POST", "/api/v0/commands/rclone", 0, Copy),
        new("cancel_sync", "DELETE", "/api/v0/commands/rclone", 0, Cancel),
    ];

    /// <summary>Programs that a cloud copy needs and that are not here; null when all are.</summary>
    public static string? Missing => File.Exists("/usr/bin/rclone") || File.Exists("/usr/local/bin/rclone")
        ? null
        : "This host has no rclone, which cloud copies need. Install it with: apt-get install -y rclone";

    /// <summary>The account's connection with this id, or (without an id) its only one of a kind. Called with the book's lock held.</summary>
    public CloudConnection? Find(Account account, long id, string kind)
    {
        var fitting = account.Connections.Where(c => id != 0 ? c.Id == id : c.CloudType == kind).ToList();
        return fitting.Count == 1 && (kind.Length == 0 || fitting[0].CloudType == kind) ? fitting[0] : null;
    }

    /// <summary>Counts what moved on the instance that moved it.</summary>
    public static void Count(Traffic? traffic, bool toCloud, int bytes)
    {
        if (toCloud) traffic?.Uploaded(bytes);
        else traffic?.Downloaded(bytes);
    }

    private Reply List(ApiCall call)
    {
        lock (book.Lock)
            return Reply.Ok(new JsonArray([.. call.Account.Connections.Select(c => new JsonObject { ["id"] = c.Id, ["cloud_type"] = c.CloudType, ["name"] = c.Name })]));
    }

    private Reply Copy(ApiCall call)
    {
        var way = call.Text("transfer")?.ToLowerInvariant();
        if (way is not (ToCloud or FromCloud)) return Invalid("transfer must be 'Instance To Cloud' or 'Cloud To Instance'.");
        var flags = (call.Body["flags"] as JsonArray ?? []).Select(f => f?.ToString() ?? "").ToList();
        if (flags.Find(f => !CloudCopy.AllowedFlags.Contains(f)) is { } unknown) return Invalid($"flag '{unknown}' is not one of {string.Join(' ', CloudCopy.AllowedFlags)}.");
        if (!long.TryParse(call.Body["instance_id"]?.ToString().Replace("C.", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return Invalid("Invalid instance_id.");
        if (!long.TryParse(call.Body["selected"]?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var selected)) return Invalid("Invalid cloud connection.");
        var toCloud = way == ToCloud;
        var disk = new Place(PlaceKind.Instance, id, "", call.Text(toCloud ? "src" : "dst") ?? "/workspace");
        var cloud = new Place(PlaceKind.Cloud, selected, "", call.Text(toCloud ? "dst" : "src") ?? "/");
        if (!disk.HasGoodPath || !cloud.HasGoodPath) return Invalid("Invalid path.");
        if (!toCloud && disk.IsForbiddenTarget) return Invalid($"Invalid dst. A copy onto {disk.Clean} would break the permissions that ssh needs.");
        if (Missing is { } missing) return Invalid(missing);

        lock (book.Lock)
        {
            if (FindInstance(call, id) is not { } contract) return Reply.NoSuchInstance(id);
            if (Find(call.Account, selected, "") is not { } connection) return Invalid("No such cloud connection.");
            if (!contract.HasDisk) return Invalid($"Instance {id} has no disk yet; wait until it has been loaded.");
            if (book.OfflineMachines.Contains(contract.MachineId)) return Invalid($"Machine {contract.MachineId} is offline.");
            var copy = new CloudCopy(connection, toCloud, disk.Clean, cloud.Clean, flags);
            var box = life.BoxOf(contract);
            var work = new DiskWork { Program = DiskProgram.CloudCopy, Instance = life.SpecOf(contract) };
            return copies.Start(call.Account.Id, Target(id), box, (progress, cancelled) =>
                copy.RunAsync(host, work, bytes => Count(box.Traffic, toCloud, bytes), MayGoOn, progress, cancelled))
                ? Reply.Success("Cloud Copy Started - check instance status bar for progress updates (~30 seconds delayed).")
                : Invalid($"At most {Copies.AtOnceMax} copies can be under way at once.");

            bool MayGoOn()
            {
                lock (book.Lock) return contract.IsAlive && !book.OfflineMachines.Contains(contract.MachineId);
            }
        }
    }

    private Reply Cancel(ApiCall call)
    {
        var given = call.Body["dst_id"]?.ToString().Split(':')[0].Replace("C.", "", StringComparison.Ordinal);
        if (!long.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return Invalid("Invalid dst_id.");
        lock (book.Lock)
        {
            if (FindInstance(call, id) is null) return Reply.NoSuchInstance(id);
            copies.Cancel(call.Account.Id, Target(id));
            return Reply.Success("Remote copy canceled - check instance status bar for progress updates (~30 seconds delayed).");
        }
    }

    private Contract? FindInstance(ApiCall call, long id) =>
        book.FindContract(id) is { IsAlive: true } contract && contract.AccountId == call.Account.Id ? contract : null;

    /// <summary>As copies to an instance are known.</summary>
    private static string Target(long id) => "C." + id.ToString(CultureInfo.InvariantCulture);

    private static Reply Invalid(string message) => Reply.Error(400, "invalid_args", message);
}
