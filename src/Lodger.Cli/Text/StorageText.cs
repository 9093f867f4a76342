using Lodger.Cli.Terminal;
using Lodger.Domain.Storage;
using Lodger.Server.Api;

namespace Lodger.Cli.Text;

/// <summary>The survival matrix as a person reads it: place by place, then what would be lost, in red and in words.</summary>
internal static class StorageText
{
    private const int FilesShown = 20;

    public static void Write(Screen screen, JobView job, StorageMap map)
    {
        var table = Listing.Of("where", "what", "size>", "stop", "destroy", "host lost");
        foreach (var disk in map.Disks)
        {
            var where = Shown.Text($"rental {disk.RentalId}, {disk.Status?.ToString().ToLowerInvariant() ?? "state unknown"}{(disk.VolumeId is { } volume ? $", volume {volume}" : "")}");
            var survives = disk.VolumeId is null ? map.OnRental : map.OnVolume;
            if (disk.Files is not { } files)
            {
                Row(table, where, "[yellow]unknown[/]", null, survives);
                continue;
            }

            foreach (var role in Enum.GetValues<FileRole>())
            {
                var some = files.Where(f => f.Role == role).ToList();
                Row(table, where, $"{Figures.Of(some.Count, Noun(role))}{Unsafe(map, disk, role)}", some.Sum(f => f.Bytes), survives);
                where = "";
            }
        }

        Copies(table, map, CopyPlace.Mirror, "copies here", "checkpoint");
        Copies(table, map, CopyPlace.Bundle, "results here", "file");
        screen.Table(table);
        screen.Line();
        foreach (var disk in map.Disks.Where(d => d.Problem is not null))
            screen.Hang("  [yellow]unknown[/]  ", $"what lies on {disk.RentalId}: {disk.Problem!.Message}");
        if (map.OnlyOnRental.Count == 0)
        {
            screen.Hang("  ", map.IsPartial ? "Of what could be seen, nothing is on a rental alone; what could not be seen is not known."
                : map.Disks.Count == 0 ? "No rental holds anything of this job." : "No result and no checkpoint is on a rental alone.");
            return;
        }

        screen.Hang("  [red]!![/]  ", $"{Figures.Of(map.OnlyOnRental.Count, "file")}, {Figures.Bytes(map.OnlyOnRental.Sum(f => f.File.Bytes))}, {LostWhen(map)} To bring home what there is at the job's end: lodger down {job.Name}");
        foreach (var (rental, file) in map.OnlyOnRental.Take(FilesShown))
            screen.Hang("      [red]only there[/]  ", $"{file.Path}  {Figures.Bytes(file.Bytes)}  {Noun(file.Role)} on {rental}");
        if (map.OnlyOnRental.Count > FilesShown)
            screen.Line($"      and {map.OnlyOnRental.Count - FilesShown} more (--json lists all)");
    }

    private static string LostWhen(StorageMap map) => map.Disks.All(d => d.VolumeId is not null)
        ? "only on the volume: lost when it is deleted, and with its host."
        : "only on the rental: lost when it is destroyed, and with its host.";

    private static void Copies(Listing table, StorageMap map, CopyPlace place, string where, string noun)
    {
        foreach (var verified in (bool[])[true, false])
        {
            var some = map.Copies.Where(c => c.Place == place && c.IsVerified == verified).ToList();
            if (some.Count > 0)
                Row(table, where, $"{Figures.Of(some.Count, noun)}, {(verified ? "verified" : "[yellow]not verified[/]")}", some.Sum(c => c.Bytes), StorageMap.Here);
        }
    }

    private static void Row(Listing table, string where, string what, long? bytes, Survival survives) =>
        table.AddRow(where, what, bytes is { } size ? Figures.Bytes(size) : "?", Word(survives.Stop), Word(survives.Destroy), Word(survives.HostLoss));

    private static string Unsafe(StorageMap map, RentalDisk disk, FileRole role) =>
        map.OnlyOnRental.Count(f => f.RentalId == disk.RentalId && f.File.Role == role) is > 0 and var count ? $", [red]{count} only there[/]" : "";

    private static string Word(bool survives) => survives ? "kept" : "[red]LOST[/]";

    private static string Noun(FileRole role) => role switch
    {
        FileRole.Result => "result",
        FileRole.Checkpoint => "checkpoint",
        _ => "other file",
    };
}
