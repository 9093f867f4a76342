using System.Globalization;
using System.Text.RegularExpressions;

namespace Lodger.Marketplace.Sandbox;

/// <summary>One line of <c>/proc/PID/mountinfo</c>: which part of which device is mounted where (proc(5)).</summary>
/// <param name="Device">major:minor.</param>
/// <param name="Part">Path inside the device's file system.</param>
/// <param name="Point">Where it is mounted, as that process sees it.</param>
internal sealed partial record MountTable(string Device, string Part, string Point)
{
    /// <summary>The mounts of a process; none when it is gone or somebody else's.</summary>
    public static IReadOnlyList<MountTable> Read(int? pid)
    {
        try
        {
            var name = pid?.ToString(CultureInfo.InvariantCulture) ?? "self";
            return [.. File.ReadAllLines($"/proc/{name}/mountinfo").Select(Parse).OfType<MountTable>()];
        }
        catch (IOException)
        {
            return [];
        }
        catch (UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Where a directory of ours lies: its device, and its path inside that device's file system.</summary>
    public static MountTable? PlaceOf(string directory)
    {
        var mount = Read(pid: null).Where(mount => Below(directory, mount.Point)).MaxBy(mount => mount.Point.Length);
        return mount is null ? null : mount with { Part = mount.Part.TrimEnd('/') + directory[mount.Point.TrimEnd('/').Length..], Point = directory };
    }

    /// <summary>Whether this mount shows something that lies below <paramref name="root"/>: a directory, or an image by way of a loop device.</summary>
    public bool IsBelow(string root, MountTable? place)
    {
        if (Device.StartsWith("7:", StringComparison.Ordinal))
            return LoopImage() is { } image && Below(image, root);
        return place is not null && string.Equals(place.Device, Device, StringComparison.Ordinal) && Below(Part, place.Part.TrimEnd('/'));
    }

    internal static MountTable? Parse(string line)
    {
        // 36 35 98:0 /part /point rw,noatime ...
        var fields = line.Split(' ');
        return fields.Length < 6 ? null : new MountTable(fields[2], Unescape(fields[3]), Unescape(fields[4]));
    }

    private string? LoopImage()
    {
        try
        {
            return File.ReadAllText($"/sys/dev/block/{Device}/loop/backing_file").TrimEnd('\n');
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static bool Below(string path, string folder) =>
        path.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal) || string.Equals(path, folder, StringComparison.Ordinal);

    private static string Unescape(string text) =>
        Octal().Replace(text, match => ((char)Convert.ToInt32(match.Groups["code"].Value, 8)).ToString());

    [GeneratedRegex(@"\\(?<code>[0-7]{3})", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 20_000)]
    private static partial Regex Octal();
}
