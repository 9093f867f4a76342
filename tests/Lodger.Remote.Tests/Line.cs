using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Lodger.Remote.Tests;

/// <summary>
/// Forwards to a port, counts what comes from there, and carries no more when so much has come, over all connections together, but has something happen. A block waits as long as a line of
/// <see cref="ConnectionBytesPerSecond"/> would take for it, each connection for itself, as on a line where the round trip limits them.
/// </summary>
internal sealed class Line : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly int target;
    private readonly long limit;
    private readonly Action<Line> happens;
    private long received;
    private int connections;
    private int isOver;

    public Line(int target, long limit, Action<Line> happens)
    {
        (this.target, this.limit, this.happens) = (target, limit, happens);
        listener.Start();
        _ = Task.Run(AcceptAsync);
    }

    public double ConnectionBytesPerSecond { get; init; } = double.PositiveInfinity;

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public long Received => Interlocked.Read(ref received);

    public int Connections => Volatile.Read(ref connections);

    /// <summary>Ends every connection and takes no more.</summary>
    public void Cut()
    {
        stop.Cancel();
        listener.Stop();
    }

    public void Dispose() => Cut();

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var client = await listener.AcceptTcpClientAsync(stop.Token);
                Interlocked.Increment(ref connections);
                _ = Task.Run(() => ForwardAsync(client));
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using var here = client;
        using var there = new TcpClient();
        try
        {
            await there.ConnectAsync(IPAddress.Loopback, target, stop.Token);
            await Task.WhenAny(CopyAsync(here.GetStream(), there.GetStream(), isCounted: false), CopyAsync(there.GetStream(), here.GetStream(), isCounted: true));
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two went away, which closes both.
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, bool isCounted)
    {
        var block = new byte[16 * 1024];
        var (began, carried) = (Stopwatch.GetTimestamp(), 0L);
        while (await from.ReadAsync(block, stop.Token) is > 0 and var count)
        {
            if (isCounted && Interlocked.Add(ref received, count) >= limit)
            {
                if (Interlocked.Exchange(ref isOver, 1) == 0)
                {
                    happens(this);
                }

                // Whatever happens, and however long it takes, nothing more comes.
                await Task.Delay(Timeout.InfiniteTimeSpan, stop.Token);
            }

            carried += count;
            if (isCounted && TimeSpan.FromSeconds(carried / ConnectionBytesPerSecond) - Stopwatch.GetElapsedTime(began) is { TotalMilliseconds: > 5 } early)
            {
                await Task.Delay(early, stop.Token);
            }

            await to.WriteAsync(block.AsMemory(0, count), stop.Token);
        }
    }
}
