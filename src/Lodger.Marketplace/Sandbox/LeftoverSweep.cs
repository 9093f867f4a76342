using System.Globalization;

namespace Lodger.Marketplace.Sandbox;

/// <summary>
/// Kills sandboxes whose marketplace is gone. Two ways to know them: the record beside the disk (pid and start time), and, for whatever
/// lost its record, that a mount in their namespace comes from a disk below the root. Never by a name.
/// </summary>
internal static class LeftoverSweep
{
    private static readonly TimeSpan DeathLimit = TimeSpan.FromSeconds(60);

    public static async Task RunAsync(string root, CancellationToken cancellationToken)
    {
        root = Path.GetFullPath(root);
        if (!Directory.Exists(root))
            return;
        var records = Records(root).ToList();
        var found = records.Select(ReadRecord).Concat(ByMounts(root)).OfType<ProcessIdentity>().Distinct().ToList();
        foreach (var process in found)
            process.Kill();
        foreach (var process in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!await process.WaitGoneAsync(DeathLimit))
                throw new SandboxException($"The leftover sandbox with pid {process.Pid} does not die.");
        }
        foreach (var record in records)
            File.Delete(record);
    }

    // One level only: deeper down everything may be a tenant's.
    private static IEnumerable<string> Records(string root) =>
        Directory.EnumerateDirectories(root).Prepend(root).Select(folder => new InstanceDisk(folder).RunRecord).Where(File.Exists);

    private static ProcessIdentity? ReadRecord(string path) =>
        ProcessIdentity.FromRecord(File.ReadAllText(path)) is { } recorded && IsFirstOfItsNamespace(recorded.Pid) ? recorded : null;

    private static IEnumerable<ProcessIdentity?> ByMounts(string root)
    {
        var own = MountNamespace("self");
        var place = MountTable.PlaceOf(root);
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid))
                continue;
            if (MountNamespace(Path.GetFileName(folder)) is { } other
                && !string.Equals(other, own, StringComparison.Ordinal)
                && IsFirstOfItsNamespace(pid)
                && MountTable.Read(pid).Any(mount => mount.IsBelow(root, place)))
            {
                yield return ProcessIdentity.Of(pid);
            }
        }
    }

    /// <summary>Pid 1 of a pid namespace below ours. Killing it kills its namespace, and nothing outside of it.</summary>
    private static bool IsFirstOfItsNamespace(int pid)
    {
        try
        {
            var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/status"))
                .FirstOrDefault(line => line.StartsWith("NSpid:", StringComparison.Ordinal));
            var pids = line?.Split('\t', StringSplitOptions.RemoveEmptyEntries) ?? [];
            return pids.Length > 2 && pids[^1] == "1";
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string? MountNamespace(string process)
    {
        try
        {
            return new FileInfo($"/proc/{process}/ns/mnt").LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
        catch (UnauthorizedAccessException)
        {
            // Another user's process: not ours to judge, not ours to kill.
            return null;
        }
    }
}
