using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using Lodger.Marketplace.Network;
using Lodger.Marketplace.Sandbox;

namespace Lodger.Marketplace.Copying;

/// <summary>Whose disk a copy may have.</summary>
/// <param name="Spec">The instance.</param>
/// <param name="Traffic">Where its bytes are counted.</param>
/// <param name="MayGoOn">False as soon as the host is away or the instance gone.</param>
internal sealed record CopyTarget(SandboxSpec Spec, Traffic Traffic, Func<bool> MayGoOn);

/// <summary>
/// Where the connections of a host's ssh server arrive. Speaks the first lines of rsync's daemon protocol, by which the client says which module (instance) it wants;
/// then hands over to a real daemon in a sandbox that sees this one disk and nothing else, and counts what passes.
/// </summary>
internal sealed class CopyDoor : IAsyncDisposable
{
    private const int LineBytesMax = 4096;
    private const int EndsMax = 100;
    private const int UnknownModule = 5; // rsync's own status for it
    private static readonly TimeSpan HandshakeLimit = TimeSpan.FromMinutes(2);
    private readonly ISandboxHost _host;
    private readonly Func<string, string, CopyTarget?> _find;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _accepting;
    private readonly List<Task> _serving = [];
    private readonly ConcurrentDictionary<string, CopyEnd> _ends = new(StringComparer.Ordinal);

    /// <summary>Opens the door.</summary>
    /// <param name="host">Where disks are.</param>
    /// <param name="directory">Where the socket is to be.</param>
    /// <param name="find">Key and module to what that key may reach; null for nothing.</param>
    public CopyDoor(ISandboxHost host, string directory, Func<string, string, CopyTarget?> find)
    {
        (_host, _find) = (host, find);
        LongPathSocket.Bind(_listener, directory, "relay");
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Dispose();
        await _accepting;
        Task[] serving;
        lock (_serving) serving = [.. _serving];
        await Task.WhenAll(serving);
        _closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync(_closing.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                if (_closing.IsCancellationRequested) return;
                continue;
            }

            lock (_serving)
            {
                _serving.RemoveAll(task => task.IsCompleted);
                _serving.Add(ServeAsync(client));
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        await using var client = new NetworkStream(socket, ownsSocket: true);
        try
        {
            await ServeAsync(client);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or SandboxException or TimeoutException)
        {
            // One side went away, or the disk did: the other sees its connection end, as rsync expects of a network.
        }
    }

    private async Task ServeAsync(NetworkStream client)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        limit.CancelAfter(HandshakeLimit);
        switch ((await ReadLineAsync(client, limit.Token)).Split(' '))
        {
            case ["copy", var copy, var key]:
                var end = EndOf(copy);
                try
                {
                    end.Finish(await CopyAsync(client, key, end, limit.Token));
                }
                finally
                {
                    end.Finish(1, "the copy was cut off");
                }

                break;
            case ["end", var copy]:
                await EndOf(copy).TellAsync(line => SendAsync(client, line, _closing.Token), _closing.Token);
                _ends.TryRemove(copy, out _);
                break;
            default:
                break;
        }
    }

    /// <summary>The end of a copy, whichever of its two connections comes first.</summary>
    private CopyEnd EndOf(string copy)
    {
        var end = _ends.GetOrAdd(copy, _ => new CopyEnd());
        while (_ends.Count > EndsMax && _ends.FirstOrDefault(e => e.Value != end) is { Key: { } old } && _ends.TryRemove(old, out var forgotten)) forgotten.Finish(1, "too many copies at once");
        return end;
    }

    /// <summary>Serves one copy; answers the exit status.</summary>
    private async Task<int> CopyAsync(NetworkStream client, string key, CopyEnd end, CancellationToken handshake)
    {
        await SendAsync(client, await RsyncGreeting.ReadAsync(), handshake);
        var greeting = await ReadLineAsync(client, handshake);
        var module = await ReadLineAsync(client, handshake);
        if (_find(key, module) is not { } target)
        {
            await SendAsync(client, $"@ERROR: Unknown module '{module}'", handshake);
            return UnknownModule;
        }

        await using var daemon = await _host.BeginAsync(new DiskWork { Program = DiskProgram.RsyncDaemon, Instance = target.Spec }, handshake);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        var complaints = LastWords.TellAsync(daemon.Error, end.Say, either.Token);
        await SendAsync(daemon.Input, greeting, handshake);
        await ReadLineAsync(daemon.Output, handshake); // The client has had our greeting, which was the same.
        await SendAsync(daemon.Input, module, handshake);
        var inward = CopyPump.RunAsync(client, daemon.Input, target.Traffic.Downloaded, target.MayGoOn, either.Token);
        await CopyPump.RunAsync(daemon.Output, client, target.Traffic.Uploaded, target.MayGoOn, either.Token);
        var status = await daemon.Ended.WaitAsync(HandshakeLimit, either.Token);
        await complaints;
        await either.CancelAsync();
        await inward.ContinueWith(_ => { }, TaskScheduler.Default);
        return status;
    }

    private static Task SendAsync(Stream stream, string line, CancellationToken cancellationToken) =>
        CopyPump.SendAsync(stream, Encoding.UTF8.GetBytes(line + "\n"), cancellationToken);

    private static async Task<string> ReadLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        var one = new byte[1];
        while (await stream.ReadAsync(one, cancellationToken) == 1)
        {
            if (one[0] == '\n') return Encoding.UTF8.GetString([.. line]);
            line.Add(one[0]);
            if (line.Count > LineBytesMax) break;
        }

        throw new IOException("no line");
    }
}
