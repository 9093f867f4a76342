using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using Lodger.Server.Api;

namespace Lodger.Server.Tests.Stage;

/// <summary>Reads a stream of server-sent events as a browser does, and counts its bytes.</summary>
internal sealed class EventReader : IDisposable
{
    private readonly HttpClient http;
    private readonly HttpResponseMessage answer;
    private readonly StreamReader lines;

    private EventReader(HttpClient http, HttpResponseMessage answer, Stream body)
    {
        this.http = http;
        this.answer = answer;
        lines = new StreamReader(body);
    }

    /// <summary>What a browser would show when it comes back; null: no event had one yet.</summary>
    public string? LastId { get; private set; }

    public long Bytes { get; private set; }

    public string? Type => answer.Content.Headers.ContentType?.MediaType;

    /// <summary>Over the network.</summary>
    public static async Task<EventReader> OpenAsync(Uri door, string token, string path)
    {
        var client = new HttpClient { BaseAddress = door, Timeout = TimeSpan.FromMinutes(2) };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var begun = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new EventReader(client, begun, await begun.Content.ReadAsStreamAsync());
    }

    public static async Task<EventReader> OpenAsync(string socket, string path, string? lastId = null)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, token) =>
            {
                var made = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await made.ConnectAsync(new UnixDomainSocketEndPoint(socket), token);
                return new NetworkStream(made, ownsSocket: true);
            },
        };
        var client = new HttpClient(handler, disposeHandler: true) { BaseAddress = new Uri("http://lodger"), Timeout = TimeSpan.FromMinutes(2) };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastId is not null)
            request.Headers.Add("Last-Event-ID", lastId);
        var begun = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new EventReader(client, begun, await begun.Content.ReadAsStreamAsync()) { LastId = lastId };
    }

    /// <summary>The next event; null: the server ended the stream.</summary>
    public async Task<(string Name, string Data)?> NextAsync(CancellationToken cancellationToken)
    {
        var (name, data) = ("", "");
        while (await ReadAsync(cancellationToken) is { } line)
        {
            Bytes += line.Length + 1;
            if (line.Length == 0 && name.Length > 0)
                return (name, data);
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                name = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
                data = line[6..];
            else if (line.StartsWith("id: ", StringComparison.Ordinal))
                LastId = line[4..];
        }

        return null;
    }

    public async Task<EventView> EntryAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var (name, data) = (await NextAsync(cancellationToken)).ShouldNotBeNull("the stream ended");
            if (name == "journal")
                return JsonSerializer.Deserialize(data, ApiJson.Default.EventView)!;
        }
    }

    public void Dispose()
    {
        lines.Dispose();
        answer.Dispose();
        http.Dispose();
    }

    private async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await lines.ReadLineAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return null;
        }
    }
}
