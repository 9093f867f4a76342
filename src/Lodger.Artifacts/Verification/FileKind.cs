using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Lodger.Artifacts.Verification;

/// <summary>Tells pipes, sockets and devices from files: .NET shows them as empty files, and opening a pipe waits for ever.</summary>
internal static partial class FileKind
{
    private const int AtFdCwd = -100;
    private const int AtSymlinkNoFollow = 0x100;
    private const uint StatxType = 1;

    // struct statx is the same on every Linux architecture: 256 bytes, stx_mode (16 bits) at 28 (man 2 statx)
    private const int StatxBytes = 256;
    private const int ModeOffset = 28;
    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;

    /// <param name="bytes">The size .NET reports; only a file that seems empty needs the question.</param>
    internal static bool IsSpecial(string fullPath, long bytes)
    {
        if (bytes > 0 || !OperatingSystem.IsLinux())
        {
            return false;
        }

        Span<byte> status = stackalloc byte[StatxBytes];
        status.Clear();
        try
        {
            return Statx(AtFdCwd, fullPath, AtSymlinkNoFollow, StatxType, status) == 0
                && (BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(status[ModeOffset..]) : BinaryPrimitives.ReadUInt16BigEndian(status[ModeOffset..])) is var mode
                && (mode & TypeMask) != RegularFile;
        }
        catch (EntryPointNotFoundException)
        {
            return false; // a C library from before 2018; empty files are never opened, so nothing waits
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int directory, string path, int flags, uint mask, Span<byte> status);
}
