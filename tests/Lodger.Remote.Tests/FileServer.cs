using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Lodger.Remote.Tests;

/// <summary>One request as it came.</summary>
internal sealed record WebRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, string Body);

/// <summary>A tiny HTTP server on loopback whose answers a test decides, down to a connection cut in the middle.</summary>
internal sealed class FileServer : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();

    /// <param name="answer">Gives the status line's rest and the body; the body may be shorter than the length it states.</param>
    public FileServer(Func<WebRequest, (string Status, byte[] Body, int StatedLength)> answer)
    {
        listener.Start();
        _ = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    using var client = await listener.AcceptTcpClientAsync(stop.Token);
                    await ServeAsync(client.GetStream(), answer);
                }
                catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
                {
                    // The client went away, or the test is over.
                }
            }
        });
    }

    public ConcurrentQueue<WebRequest> Requests { get; } = new();

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

    public static (string Status, byte[] Body, int StatedLength) Ok(string text) => ("200 OK", Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetByteCount(text));

    /// <summary>Serves a file and honours ranges; the first answer is cut after so many bytes.</summary>
    public static FileServer Of(byte[] content, int cutFirstAt)
    {
        var count = 0;
        return new FileServer(request =>
        {
            var from = request.Headers.TryGetValue("range", out var range) ? int.Parse(range["bytes=".Length..].TrimEnd('-')) : 0;
            if (from > 0 && from >= content.Length)
            {
                return ("416 Range Not Satisfiable", [], 0);
            }

            var rest = content[from..];
            var status = from > 0 ? $"206 Partial Content\r\nContent-Range: bytes {from}-{content.Length - 1}/{content.Length}" : "200 OK";
            return Interlocked.Increment(ref count) == 1 ? (status, rest[..Math.Min(cutFirstAt, rest.Length)], rest.Length) : (status, rest, rest.Length);
        });
    }

    public void Dispose()
    {
        stop.Cancel();
        listener.Stop();
        stop.Dispose();
    }

    private async Task ServeAsync(NetworkStream stream, Func<WebRequest, (string Status, byte[] Body, int StatedLength)> answer)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, stop.Token) == 1)
        {
            head.Append((char)one[0]);
        }

        var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0].ToLowerInvariant(), pair => pair[1], StringComparer.Ordinal);
        var body = new byte[headers.TryGetValue("content-length", out var length) ? int.Parse(length) : 0];
        await stream.ReadExactlyAsync(body, stop.Token);
        var first = lines[0].Split(' ');
        var request = new WebRequest(first[0], first[1], headers, Encoding.UTF8.GetString(body));
        Requests.Enqueue(request);
        var (status, content, stated) = answer(request);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {stated}\r\nConnection: close\r\n\r\n"), stop.Token);
        await stream.WriteAsync(content, stop.Token);
    }
}
