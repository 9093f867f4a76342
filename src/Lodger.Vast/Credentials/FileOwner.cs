using System.Runtime.InteropServices;

namespace Lodger.Vast.Credentials;

/// <summary>Whose a file is, which .NET does not say.</summary>
internal static partial class FileOwner
{
    private const int AtFdCwd = -100;
    private const uint StatxUid = 8;

    // struct statx is the same on every Linux architecture: 256 bytes, stx_uid (32 bits) at 20 (man 2 statx)
    private const int StatxBytes = 256;
    private const int UidOffset = 20;

    /// <summary>Whether a file is another user's than the one who runs this. False where it cannot be told.</summary>
    public static bool IsAnother(string path) => Uid(path) is { } owner && owner != EffectiveUid();

    /// <summary>The owner's number; null: it cannot be told.</summary>
    internal static uint? Uid(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        Span<byte> status = stackalloc byte[StatxBytes];
        status.Clear();
        try
        {
            return Statx(AtFdCwd, path, 0, StatxUid, status) == 0 ? MemoryMarshal.Read<uint>(status[UidOffset..]) : null;
        }
        catch (EntryPointNotFoundException)
        {
            return null; // a C library from before 2018
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int directory, string path, int flags, uint mask, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial uint EffectiveUid();
}
