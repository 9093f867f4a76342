using System.Net;
using System.Net.Sockets;

namespace Lodger.Tests.Shared;

/// <summary>Ports for servers of a test's own that bind them only later, or again after they were killed.</summary>
internal static class FreePort
{
    // Below those that the kernel gives out by itself (32768 up), and beside those of the marketplace's sandboxes (20000 to 31999): in the meantime nobody else is given one.
    private const int Min = 10_000;
    private const int Count = 10_000;

    // Processes that run at the same time begin in different places.
    private static int next = Environment.ProcessId % Count * 997 % Count;

    /// <summary>A loopback port that nobody listens on.</summary>
    public static int Next()
    {
        for (var tried = 0; tried < Count; tried++)
        {
            var port = Min + (int)((uint)Interlocked.Increment(ref next) % Count);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException)
            {
                // Taken.
            }
        }

        throw new InvalidOperationException($"No loopback port between {Min} and {Min + Count} is free.");
    }
}
