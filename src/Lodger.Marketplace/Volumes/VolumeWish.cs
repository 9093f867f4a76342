using System.Text.Json.Nodes;
using Lodger.Marketplace.Catalog;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Http;

namespace Lodger.Marketplace.Volumes;

/// <summary>A volume that a create call wants: an existing one (<c>-v V.id:/path</c> or <c>volume_info</c>), or a new one from a volume offer.</summary>
/// <param name="IsNew">Whether <paramref name="Id"/> is a volume offer's.</param>
/// <param name="SizeGb">Size of a new one.</param>
internal sealed record VolumeWish(bool IsNew, long Id, string Path, int SizeGb, string? Name)
{
    private const int SizeGbDefault = 15;
    private const int SizeGbMax = 1_000_000;
    private static readonly string[] SystemFolders = ["bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "run", "sbin", "sys", "usr", ".lodger", ".cloud", "tmp", "var"];

    /// <summary>All volumes that a create call names, or why they cannot be.</summary>
    public static (IReadOnlyList<VolumeWish> Wishes, string? Error) Of(Order order)
    {
        var wishes = new List<VolumeWish>();
        foreach (var mount in order.Env.Mounts)
        {
            var (wish, error) = Check(new VolumeWish(false, mount.VolumeId, mount.Path, 0, null));
            if (wish is null) return ([], error);
            wishes.Add(wish);
        }

        var (named, infoError) = ReadInfo(order.VolumeInfo);
        if (infoError is not null) return ([], infoError);
        if (named is not null) wishes.Add(named);
        return wishes.Select(w => w.Path).Distinct(StringComparer.Ordinal).Count() < wishes.Count ? ([], "two volumes want the same mount path") : (wishes, null);
    }

    /// <summary>Reads <c>volume_info</c>; nothing when there is none.</summary>
    private static (VolumeWish? Wish, string? Error) ReadInfo(JsonNode? info)
    {
        if (info is null) return (null, null);
        if (info is not JsonObject fields || Filters.Number(fields["volume_id"]) is not { } id || fields["mount_path"]?.ToString() is not { Length: > 0 } path)
            return (null, "'volume_info' needs volume_id and mount_path");
        var isNew = fields["create_new"]?.ToString() is "true" or "1";
        return ReadSize(fields["size"]) is { } size
            ? Check(new VolumeWish(isNew, (long)id, path, size, fields["name"]?.ToString()))
            : (null, "'volume_info' has a size that is no number of GB");
    }

    /// <summary>A size in GB, the platform's default when there is none; null when it cannot be one.</summary>
    public static int? ReadSize(JsonNode? node) =>
        node is null ? SizeGbDefault : Filters.Number(node) is { } size && size >= 1 && size <= SizeGbMax ? (int)Math.Ceiling(size) : null;

    /// <summary>Why this machine cannot give it to this account; null when it can. An existing volume lies on its machine for ever.</summary>
    public string? FindObstacle(VolumeShelf shelf, long accountId, HostMachine machine)
    {
        if (IsNew)
        {
            return VolumeShelf.OfferId(machine) != Id ? $"volume offer {Id} is not on machine {machine.Id}, where this instance would be"
                : shelf.FreeGb(machine) < SizeGb ? $"machine {machine.Id} has {shelf.FreeGb(machine):0} GB left for volumes, not {SizeGb}"
                : null;
        }

        return shelf.Find(Id, accountId) is not { } volume ? $"you have no volume {Id}"
            : volume.MachineId != machine.Id ? $"volume {volume.Name} is on machine {volume.MachineId}, this offer is on machine {machine.Id}: a volume cannot leave its machine"
            : null;
    }

    private static (VolumeWish? Wish, string? Error) Check(VolumeWish wish)
    {
        var parts = wish.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (!wish.Path.StartsWith('/') || parts.Length == 0 || parts.Any(p => p is "." or "..") || wish.Path.Contains('\0', StringComparison.Ordinal))
            return (null, $"'{wish.Path}' is not an absolute path to mount a volume at");
        if (SystemFolders.Contains(parts[0]) || parts is ["root"] or ["root", ".ssh", ..])
            return (null, $"a volume cannot be mounted at '{wish.Path}': the system needs it");
        return (wish with { Path = "/" + string.Join('/', parts) }, null);
    }
}
