using System.Net;
using System.Net.Sockets;

namespace Lodger.Marketplace.Network;

/// <summary>One UDP port of an instance: a random external port on loopback. Each sender gets a socket of its own towards the box, so that answers find their way back.</summary>
internal sealed class UdpForwarder : IAsyncDisposable
{
    private const int SendersMax = 64;
    private const int DatagramBytesMax = 65_535;
    private readonly Socket _outer = Bound();
    private readonly Dictionary<EndPoint, (Socket Socket, Task Answering)> _senders = [];
    private readonly List<Task> _replaced = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly IPEndPoint _target;
    private readonly Traffic _traffic;
    private readonly Task _receiving;

    public UdpForwarder(Traffic traffic, int target)
    {
        _traffic = traffic;
        _target = new IPEndPoint(IPAddress.Loopback, target);
        Port = ((IPEndPoint)_outer.LocalEndPoint!).Port;
        _receiving = ReceiveAsync();
    }

    /// <summary>The external port.</summary>
    public int Port { get; }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _receiving;
        foreach (var (socket, answering) in _senders.Values)
        {
            await answering;
            socket.Dispose();
        }

        await Task.WhenAll(_replaced);
        _outer.Dispose();
        _closing.Dispose();
    }

    private static Socket Bound()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[DatagramBytesMax];
        var anybody = new IPEndPoint(IPAddress.Any, 0);
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                var got = await _outer.ReceiveFromAsync(buffer, SocketFlags.None, anybody, _closing.Token);
                _traffic.Downloaded(got.ReceivedBytes);
                await SocketOf(got.RemoteEndPoint).SendToAsync(buffer.AsMemory(0, got.ReceivedBytes), SocketFlags.None, _target, _closing.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // Nobody listens, or we are closing: a datagram may be lost.
            }
        }
    }

    private Socket SocketOf(EndPoint sender)
    {
        if (_senders.TryGetValue(sender, out var known)) return known.Socket;
        if (_senders.Count == SendersMax)
        {
            var (oldest, (socket, answering)) = _senders.First();
            _senders.Remove(oldest);
            socket.Dispose();
            _replaced.RemoveAll(t => t.IsCompleted);
            _replaced.Add(answering);
        }

        var inner = Bound();
        _senders[sender] = (inner, AnswerAsync(inner, sender));
        return inner;
    }

    private async Task AnswerAsync(Socket inner, EndPoint sender)
    {
        await Task.Yield();
        var buffer = new byte[DatagramBytesMax];
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                var got = await inner.ReceiveFromAsync(buffer, SocketFlags.None, _target, _closing.Token);
                _traffic.Uploaded(got.ReceivedBytes);
                await _outer.SendToAsync(buffer.AsMemory(0, got.ReceivedBytes), SocketFlags.None, sender, _closing.Token);
            }
            catch (ObjectDisposedException)
            {
                return; // Replaced by a newer sender.
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // As above.
            }
        }
    }
}
