using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Tests;

/// <summary>What of this machine still has to do with a directory: processes by their command line, environment or mounts, mounts of our own, loop devices.</summary>
internal static class Leftovers
{
    /// <summary>One line each; a process that belongs to <paramref name="directory"/> may show it in any of three places.</summary>
    public static List<string> Of(string directory)
    {
        var place = MountTable.PlaceOf(directory);
        return
        [
            .. Directory.EnumerateDirectories("/proc")
                .Select(Path.GetFileName)
                .Where(name => int.TryParse(name, out var pid) && pid != Environment.ProcessId && IsOf(pid, directory, place))
                .Select(pid => $"process {pid} {Read($"/proc/{pid}/cmdline").Replace('\0', ' ')}"),
            .. MountTable.Read(pid: null).Where(mount => mount.Point.StartsWith(directory, StringComparison.Ordinal)).Select(mount => "mount " + mount.Point),
            .. Directory.EnumerateDirectories("/sys/block", "loop*").Select(loop => Read(Path.Combine(loop, "loop", "backing_file"))).Where(file => file.StartsWith(directory, StringComparison.Ordinal)).Select(file => "loop device of " + file),
        ];
    }

    /// <summary>Waits until nothing is left.</summary>
    public static async Task GoneAsync(string directory, TimeSpan bound)
    {
        var end = DateTimeOffset.UtcNow + bound;
        while (Of(directory) is { Count: > 0 } left)
        {
            DateTimeOffset.UtcNow.ShouldBeLessThan(end, string.Join('\n', left));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private static bool IsOf(int pid, string directory, MountTable? place) =>
        Read($"/proc/{pid}/cmdline").Contains(directory, StringComparison.Ordinal)
        || Read($"/proc/{pid}/environ").Contains(directory, StringComparison.Ordinal)
        || MountTable.Read(pid).Any(mount => mount.IsBelow(directory, place));

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // It has just gone, or is somebody else's.
        }
    }
}
