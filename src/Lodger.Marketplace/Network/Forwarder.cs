using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Lodger.Marketplace.Network;

/// <summary>
/// One mapped port of an instance: a random external port on loopback, forwarded to a port that may become known later. Counts both ways; a
/// <see cref="TokenBucket"/> makes it the slow proxy. Without a target it accepts and hangs up, as the platform's proxy does for a box that is not up.
/// </summary>
internal sealed class Forwarder : IAsyncDisposable
{
    private const int BufferBytes = 64 * 1024;
    private const int NeighboursTried = 100;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentDictionary<Task, byte> _connections = [];
    private readonly Traffic _traffic;
    private readonly TokenBucket? _limit;
    private readonly Task _accepting;
    private volatile int _target;
    private volatile Line _line = Line.Whole;
    private volatile CancellationTokenSource _whole = new();

    public Forwarder(Traffic traffic, TokenBucket? limit, int target = 0)
        : this(traffic, limit, new TcpListener(IPAddress.Loopback, 0), target)
    {
    }

    /// <param name="traffic">Counts both ways.</param>
    /// <param name="limit">How fast; null for no limit.</param>
    /// <param name="listener">Where it listens; may have been started.</param>
    /// <param name="target">The loopback port that connections go to; 0 for none.</param>
    public Forwarder(Traffic traffic, TokenBucket? limit, TcpListener listener, int target = 0)
    {
        _listener = listener;
        _traffic = traffic;
        _limit = limit;
        _target = target;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>The external port.</summary>
    public int Port { get; }

    /// <summary>Two listeners, the second on the port after the first one's.</summary>
    public static (TcpListener First, TcpListener Second) ListenOnNeighbours()
    {
        for (var tried = 1; ; tried++)
        {
            var first = new TcpListener(IPAddress.Loopback, 0);
            try
            {
                first.Start();
                var second = new TcpListener(IPAddress.Loopback, ((IPEndPoint)first.LocalEndpoint).Port + 1);
                second.Start();
                return (first, second);
            }
            catch (Exception e) when (e is SocketException or ArgumentOutOfRangeException && tried < NeighboursTried)
            {
                first.Dispose(); // The port after it is somebody else's, or beyond the last.
            }
        }
    }

    /// <summary>Sets the loopback port that connections go to; 0 for none.</summary>
    public void PointTo(int target) => _target = target;

    /// <summary>Makes the way worse or well again; connections that exist feel it, too.</summary>
    public void Set(Line line)
    {
        _line = line;
        if (!line.IsCut) return;
        Interlocked.Exchange(ref _whole, new CancellationTokenSource()).Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections.Keys);
        _listener.Dispose();
        _whole.Dispose();
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptSocketAsync(_closing.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                if (_closing.IsCancellationRequested) return;
                continue; // The peer gave up between knock and door; the listener is fine.
            }

            var connection = ServeAsync(client);
            _connections[connection] = 0;
            _ = connection.ContinueWith(t => _connections.TryRemove(t, out _), TaskScheduler.Default);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        await Task.Yield();
        using var near = client;
        var whole = _whole;
        if (_target == 0 || _line.IsCut) return;
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token, whole.Token);
        try
        {
            near.NoDelay = far.NoDelay = true;
            await far.ConnectAsync(IPAddress.Loopback, _target, either.Token);
            await Task.WhenAll(
                PumpAsync(near, far, _traffic.Downloaded, either),
                PumpAsync(far, near, _traffic.Uploaded, either));
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // A broken connection ends here; both ends see it closed.
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Action<int> count, CancellationTokenSource either)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int read;
            while ((read = await from.ReceiveAsync(buffer.AsMemory(0, BufferBytes), either.Token)) > 0)
            {
                if ((_line.Limit ?? _limit) is { } limit) await limit.TakeAsync(read, either.Token);
                count(read);
                for (var sent = 0; sent < read;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), either.Token);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            await either.CancelAsync();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
