using System.Net.Sockets;

namespace Lodger.Server.Tests.Stage;

/// <summary>Forwards from a socket of its own to the server's, and breaks as soon as the server begins to answer: what was asked is done, and whoever asked does not hear of it.</summary>
internal sealed class LosingLine : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string server;
    private readonly Task accepting;
    private int lost;

    public LosingLine(string server)
    {
        this.server = server;
        Path = $"{server}.lost";
        listener.Bind(new UnixDomainSocketEndPoint(Path));
        listener.Listen();
        accepting = AcceptAsync();
    }

    public string Path { get; }

    /// <summary>Answers that the server gave and nobody got.</summary>
    public int Lost => Volatile.Read(ref lost);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await accepting;
        listener.Dispose();
        stop.Dispose();
        File.Delete(Path);
    }

    private async Task AcceptAsync()
    {
        List<Task> lines = [];
        try
        {
            while (true)
                lines.Add(LoseAsync(await listener.AcceptAsync(stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(lines);
        }
    }

    private async Task LoseAsync(Socket client)
    {
        using var there = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using (client)
        {
            try
            {
                await there.ConnectAsync(new UnixDomainSocketEndPoint(server), stop.Token);
                await using var asks = new NetworkStream(client);
                await using var answers = new NetworkStream(there);
                var asking = asks.CopyToAsync(answers, stop.Token);
                if (await answers.ReadAsync(new byte[1], stop.Token) > 0)
                    Interlocked.Increment(ref lost);
                client.Shutdown(SocketShutdown.Both);
                await asking;
            }
            catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
            {
                // One of the two went away, or the test is over.
            }
        }
    }
}
