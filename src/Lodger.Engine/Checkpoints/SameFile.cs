using System.Runtime.InteropServices;

namespace Lodger.Engine.Checkpoints;

/// <summary>A second name for a file that nobody writes to any more; where the disk has no such thing, a copy.</summary>
internal static partial class SameFile
{
    /// <param name="to">Not there yet; directories above it are made.</param>
    public static void Put(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        if (!OperatingSystem.IsWindows() && Link(from, to) == 0)
            return;
        File.Copy(from, to);
        File.SetLastWriteTimeUtc(to, File.GetLastWriteTimeUtc(from));
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string from, string to);
}
