using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Lodger.Remote.Tests;

/// <summary>
/// Forwards to a port, counts what comes from there, and carries no more when so much has come, over all connections together, but has something happen. A block waits as long as a line of
/// <see cref="ConnectionBytesPerSecond"/> would take for it, each connection for itself, as on a line where the round trip limits them; time in which nothing came is not made up for.
/// </summary>
internal sealed class Line : IDisposable
{
    /// <summary>What a line that has fallen behind catches up on at most.</summary>
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(50);

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly int target;
    private readonly long limit;
    private long received;
    private int connections;
    private int isOver;

    public Line(int target, long limit, Action<Line> happens)
    {
        (this.target, this.limit) = (target, limit);
        Happening = new Task(() => happens(this));
        listener.Start();
        _ = Task.Run(AcceptAsync);
    }

    public double ConnectionBytesPerSecond { get; init; } = double.PositiveInfinity;

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public long Received => Interlocked.Read(ref received);

    public int Connections => Volatile.Read(ref connections);

    /// <summary>What happens; the pull may fail while it still goes on.</summary>
    public Task Happening { get; }

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
        var (began, due) = (Stopwatch.GetTimestamp(), TimeSpan.Zero);
        while (await from.ReadAsync(block, stop.Token) is > 0 and var count)
        {
            if (isCounted && Interlocked.Add(ref received, count) >= limit)
            {
                if (Interlocked.Exchange(ref isOver, 1) == 0)
                {
                    Happening.RunSynchronously(TaskScheduler.Default);
                }

                // Whatever happens, and however long it takes, nothing more comes.
                await Task.Delay(Timeout.InfiniteTimeSpan, stop.Token);
            }

            if (isCounted)
            {
                var now = Stopwatch.GetElapsedTime(began);
                due = (due > now - Burst ? due : now - Burst) + TimeSpan.FromSeconds(count / ConnectionBytesPerSecond);
                if (due - now is { TotalMilliseconds: > 5 } early)
                {
                    await Task.Delay(early, stop.Token);
                }
            }

            await to.WriteAsync(block.AsMemory(0, count), stop.Token);
        }
    }
}
