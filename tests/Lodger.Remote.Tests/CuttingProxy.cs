using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Lodger.Remote.Tests;

/// <summary>Forwards to a port and cuts the first connections after so many bytes each, as a bad line does.</summary>
internal sealed class CuttingProxy : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly int target;
    private readonly ConcurrentQueue<long> cuts;

    public CuttingProxy(int target, params long[] cuts)
    {
        this.target = target;
        this.cuts = new ConcurrentQueue<long>(cuts);
        listener.Start();
        _ = Task.Run(AcceptAsync);
    }

    /// <summary>Counts what goes to the target in place of what comes from it.</summary>
    public bool CutsUploads { get; init; }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Bytes from the target, or to it, a connection each, in the order in which they were opened.</summary>
    public ConcurrentQueue<StrongBox<long>> Received { get; } = new();

    public void Dispose()
    {
        stop.Cancel();
        listener.Stop();
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var client = await listener.AcceptTcpClientAsync(stop.Token);
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
        var count = new StrongBox<long>();
        Received.Enqueue(count);
        var limit = cuts.TryDequeue(out var cut) ? cut : long.MaxValue;
        using var here = client;
        using var there = new TcpClient();
        try
        {
            await there.ConnectAsync(IPAddress.Loopback, target, stop.Token);
            Func<int, bool> counted = bytes => (count.Value += bytes) < limit;
            Func<int, bool> free = _ => true;
            await Task.WhenAny(
                CopyAsync(here.GetStream(), there.GetStream(), CutsUploads ? counted : free), CopyAsync(there.GetStream(), here.GetStream(), CutsUploads ? free : counted));
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two went away, which closes both.
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, Func<int, bool> mayGoOn)
    {
        var block = new byte[16 * 1024];
        while (await from.ReadAsync(block, stop.Token) is > 0 and var count && mayGoOn(count))
        {
            await to.WriteAsync(block.AsMemory(0, count), stop.Token);
        }
    }
}
