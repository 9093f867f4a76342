using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Lodger.Bench.Transfer;

/// <summary>A line of a certain length and width to a port on this machine.</summary>
/// <param name="oneWay">How long every byte is on its way.</param>
/// <param name="bytesPerSecond">Of all connections together, from the target; 0: no limit.</param>
internal sealed class Relay(int target, TimeSpan oneWay, double bytesPerSecond) : IDisposable
{
    // More than any window that ssh has: the line holds what is on its way, and no more.
    private const int PiecesMax = 4096;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Lock width = new();
    private long free;

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public Relay Start()
    {
        listener.Start();
        _ = Task.Run(AcceptAsync);
        return this;
    }

    public void Dispose()
    {
        stop.Cancel();
        listener.Stop();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(stop.Token);
                _ = Task.Run(() => ForwardAsync(client));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Over.
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using var here = client;
        using var there = new TcpClient();
        try
        {
            await there.ConnectAsync(IPAddress.Loopback, target, stop.Token);
            (here.NoDelay, there.NoDelay) = (true, true);
            await Task.WhenAny(CarryAsync(here, there, isLimited: false), CarryAsync(there, here, isLimited: true));
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two went away, which closes both.
        }
    }

    private async Task CarryAsync(TcpClient from, TcpClient to, bool isLimited)
    {
        var way = Channel.CreateBounded<(long Due, byte[] Bytes)>(PiecesMax);
        var arriving = Task.Run(async () =>
        {
            await foreach (var (due, bytes) in way.Reader.ReadAllAsync(stop.Token))
            {
                await UntilAsync(due);
                await to.GetStream().WriteAsync(bytes, stop.Token);
            }
        });
        var block = new byte[64 * 1024];
        while (await from.GetStream().ReadAsync(block, stop.Token) is > 0 and var count)
        {
            if (isLimited && bytesPerSecond > 0)
            {
                await UntilAsync(Take(count));
            }

            await way.Writer.WriteAsync((TimeProvider.System.GetTimestamp() + Ticks(oneWay.TotalSeconds), block[..count]), stop.Token);
        }

        way.Writer.Complete();
        await arriving;
    }

    /// <summary>When the line has carried so many more.</summary>
    private long Take(int count)
    {
        lock (width)
        {
            return free = Math.Max(free, TimeProvider.System.GetTimestamp()) + Ticks(count / bytesPerSecond);
        }
    }

    private async Task UntilAsync(long due)
    {
        // A timer is not exact to the millisecond; what it is late is made up for by the pieces that follow.
        if (TimeProvider.System.GetElapsedTime(TimeProvider.System.GetTimestamp(), due) is { TotalMilliseconds: > 1 } left)
        {
            await Task.Delay(left, stop.Token);
        }
    }

    private static long Ticks(double seconds) => (long)(seconds * TimeProvider.System.TimestampFrequency);
}
