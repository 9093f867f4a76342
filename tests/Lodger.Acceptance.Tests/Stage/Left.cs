using System.Globalization;

namespace Lodger.Acceptance.Tests.Stage;

/// <summary>What still runs or is mounted below a directory.</summary>
internal static class Left
{
    private const ulong KillBit = 1UL << 8;

    /// <summary>Processes and loop devices, one line each.</summary>
    public static List<string> Of(string root) =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0]) && IsOf(path, root) && !IsKilled(path)).Select(path => $"process {path} {Read(path + "/cmdline").Replace('\0', ' ')}"),
        .. Directory.EnumerateDirectories("/sys/block", "loop*").Select(path => Read(path + "/loop/backing_file")).Where(file => file.Contains(root, StringComparison.Ordinal)).Select(file => $"disk {file}"),
    ];

    /// <summary>Waits until nothing is left; fails with what is.</summary>
    public static async Task GoneAsync(string root, TimeSpan bound)
    {
        var end = DateTimeOffset.UtcNow + bound;
        List<string> left;
        while ((left = Of(root)).Count > 0 && DateTimeOffset.UtcNow < end)
            await Task.Delay(50);
        left.ShouldBeEmpty();
    }

    /// <summary>Empty for what has just gone or is somebody else's.</summary>
    public static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>It was sent a SIGKILL and runs nothing more, though it is still to be cleared away.</summary>
    private static bool IsKilled(string entry)
    {
        foreach (var line in Read(Path.Combine(entry, "status")).Split('\n'))
        {
            if ((line.StartsWith("SigPnd:", StringComparison.Ordinal) || line.StartsWith("ShdPnd:", StringComparison.Ordinal))
                && (ulong.Parse(line[7..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & KillBit) != 0)
                return true;
        }

        return false;
    }

    /// <summary>By what it was started with, or where its files lie: what runs on a rented machine has neither, but lives in mounts that do.</summary>
    private static bool IsOf(string entry, string root) =>
        ((string[])["cmdline", "environ", "mountinfo"]).Any(file => Read(Path.Combine(entry, file)).Contains(root, StringComparison.Ordinal));
}
