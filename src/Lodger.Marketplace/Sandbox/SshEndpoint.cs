using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Lodger.Marketplace.Sandbox;

/// <summary>Ports and greetings of the sandboxes' ssh servers on loopback.</summary>
internal static class SshEndpoint
{
    // Below the range from which the kernel takes ports for outgoing connections (32768 up): a connection attempt to a port that nobody
    // listens on yet can otherwise be given that very port, and would then talk to itself.
    private const int PortMin = 20_000;
    private const int PortCount = 12_000;

    private static readonly TimeSpan GreetingLimit = TimeSpan.FromSeconds(10);

    // Processes that run at the same time begin in different places.
    private static int _next = Environment.ProcessId % PortCount * 37 % PortCount;

    /// <summary>A loopback port that is free now. Somebody may take it before we do; the greeting tells, and we try another.</summary>
    public static int FreePort()
    {
        for (var tried = 0; tried < PortCount; tried++)
        {
            var port = PortMin + (int)((uint)Interlocked.Increment(ref _next) % PortCount);
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
        throw new SandboxException($"No loopback port between {PortMin} and {PortMin + PortCount} is free.");
    }

    /// <summary>Waits until the server on this port greets with a line that ends in <paramref name="greeting"/>.</summary>
    public static async Task WaitAsync(int port, string greeting, CancellationToken cancellationToken)
    {
        while (!await AnswersAsync(port, greeting, cancellationToken))
            await Task.Delay(4, cancellationToken);
    }

    private static async Task<bool> AnswersAsync(int port, string greeting, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(GreetingLimit);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), limit.Token);
            var buffer = new byte[255];
            var length = 0;
            while (length < buffer.Length && !buffer.AsSpan(0, length).Contains((byte)'\n'))
            {
                var count = await socket.ReceiveAsync(buffer.AsMemory(length), limit.Token);
                if (count == 0)
                    return false;
                length += count;
            }
            return Encoding.ASCII.GetString(buffer, 0, length).TrimEnd().EndsWith(" " + greeting, StringComparison.Ordinal);
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
