using System.Globalization;
using Lodger.Domain.Problems;

namespace Lodger.Engine.Adopt;

/// <summary>Whether what has to come home fits where it is to lie.</summary>
public static class LocalRoom
{
    /// <param name="directory">Absolute; it need not be there yet.</param>
    /// <returns>Bytes; null: the system does not say.</returns>
    public static long? FreeBytes(string directory)
    {
        var there = directory;
        while (there is not null && !Directory.Exists(there))
            there = Path.GetDirectoryName(there);
        try
        {
            return there is null ? null : new DriveInfo(there).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Null: it fits, or nobody can tell.</summary>
    /// <param name="bytes">That are still to come.</param>
    public static Problem? Refuse(long bytes, string directory) => FreeBytes(directory) is { } free && bytes > free
        ? new Problem(
            "home-disk-full",
            string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB are to come home, and there is room for {free / 1e9:0.0} GB where {directory} lies."),
            "Make room there, name another directory (--into DIR), or name less (--save PATH). The rental keeps everything meanwhile.",
            ExitCode.Prerequisite)
        : null;
}
