using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Lodger.Server.Client;

/// <summary>
/// A stream over a Unix domain socket, by the system's own calls. .NET's sockets are made for thousands of connections at a time: they load nine libraries and begin with threads of their own, which takes as long as half of
/// a process that asks one question.
/// </summary>
internal static partial class UnixSocket
{
    private const int AddressFamilyUnix = 1;
    private const int Stream = 1;
    private const int ShutdownBoth = 2;

    /// <summary>Linux's limit for a path, with its final NUL; elsewhere it is a little less.</summary>
    private const int PathBytesMax = 108;

    /// <summary>Ends with an <see cref="IOException"/> when nobody listens there.</summary>
    public static FileStream Connect(string path)
    {
        var address = Address(path);
        var handle = new SafeFileHandle(NativeSocket(AddressFamilyUnix, Stream, 0), ownsHandle: true);
        if (!handle.IsInvalid && NativeConnect(handle, address, address.Length) == 0)
            return new FileStream(handle, FileAccess.ReadWrite, bufferSize: 0);
        handle.Dispose();
        throw new IOException("nobody listens there");
    }

    /// <summary>Reads and writes that take longer end with an <see cref="IOException"/>.</summary>
    public static void SetPatience(FileStream socket, TimeSpan patience)
    {
        // SOL_SOCKET, SO_RCVTIMEO, SO_SNDTIMEO; struct timeval: seconds, then microseconds.
        var isMac = OperatingSystem.IsMacOS();
        long[] time = [(long)patience.TotalSeconds, 0];
        _ = NativeSetOption(socket.SafeFileHandle, isMac ? 0xffff : 1, isMac ? 0x1006 : 20, time, sizeof(long) * 2);
        _ = NativeSetOption(socket.SafeFileHandle, isMac ? 0xffff : 1, isMac ? 0x1005 : 21, time, sizeof(long) * 2);
    }

    /// <summary>Whoever waits for it is told that nothing more comes; to be called from another thread.</summary>
    public static void End(FileStream socket) => _ = NativeShutdown(socket.SafeFileHandle, ShutdownBoth);

    /// <summary>struct sockaddr_un: on Linux two bytes for the family, on macOS one for the length and one for the family; then the path and a NUL.</summary>
    private static byte[] Address(string path)
    {
        var length = Encoding.UTF8.GetByteCount(path);
        if (length >= PathBytesMax)
            throw new IOException("the path of its socket is too long");
        var address = new byte[2 + length + 1];
        if (OperatingSystem.IsMacOS())
            (address[0], address[1]) = ((byte)address.Length, AddressFamilyUnix);
        else
            address[0] = AddressFamilyUnix; // Every processor that this runs on has the low byte first.
        Encoding.UTF8.GetBytes(path, address.AsSpan(2));
        return address;
    }

    [LibraryImport("libc", EntryPoint = "socket")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int NativeSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int NativeConnect(SafeFileHandle socket, byte[] address, int length);

    [LibraryImport("libc", EntryPoint = "setsockopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int NativeSetOption(SafeFileHandle socket, int level, int name, long[] value, int length);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int NativeShutdown(SafeFileHandle socket, int how);
}
