using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lodger.Domain.Problems;
using Lodger.Server.Api;

namespace Lodger.Server.Client;

/// <summary>How a request reaches the server, over its Unix domain socket or over the network, and how its answer, or none, becomes a value or a <see cref="Problem"/>.</summary>
internal sealed class ServerLine : IDisposable
{
    /// <summary>Longest that one call may take: a plan asks the platform, and an approval looks at the machine once more.</summary>
    private static readonly TimeSpan CallMax = TimeSpan.FromSeconds(150);

    /// <summary>How long a body waits for whether it is wanted. Sent without, one that is not wanted may break the connection before its refusal is read.</summary>
    private static readonly TimeSpan ContinueMax = TimeSpan.FromMinutes(1);

    private readonly Lazy<HttpClient> http;

    /// <summary>For what has no other bound than that something moves.</summary>
    private readonly Lazy<HttpClient> transfers;
    private readonly string place;

    /// <summary>Null: the server is on another machine.</summary>
    private readonly string? socketPath;

    /// <summary>The server of this machine.</summary>
    public ServerLine(string socketPath)
        : this(socketPath, () => new SocketsHttpHandler { ConnectCallback = (_, token) => ConnectAsync(socketPath, token), UseProxy = false, UseCookies = false, Expect100ContinueTimeout = ContinueMax }, new Uri("http://lodger"), null) =>
        this.socketPath = socketPath;

    /// <summary>A server on another machine, at its public address.</summary>
    public ServerLine(Uri address, string token)
        : this(address.ToString(), () => HandlerOf(address), address, new AuthenticationHeaderValue("Bearer", token))
    {
    }

    private ServerLine(string place, Func<SocketsHttpHandler> handler, Uri address, AuthenticationHeaderValue? authorization)
    {
        this.place = place;
        var shared = new Lazy<SocketsHttpHandler>(handler);
        http = new(() => Client(true, CallMax));
        transfers = new(() => Client(false, Timeout.InfiniteTimeSpan));

        HttpClient Client(bool isOwner, TimeSpan patience)
        {
            var client = new HttpClient(shared.Value, isOwner) { BaseAddress = address, Timeout = patience };
            client.DefaultRequestHeaders.Authorization = authorization;
            if (Agent is { } agent)
                client.DefaultRequestHeaders.Add(Access.Agent.Header, Access.Agent.NameOf(agent));
            return client;
        }
    }

    /// <summary>Every request says that it is an agent's of this name; null: it is a person's. Set before the first.</summary>
    public string? Agent { get; set; }

    /// <summary>What is asked of the server of this machine is answered when the call returns, see <see cref="SocketCall"/>.</summary>
    public bool Blocks { get; set; }

    /// <summary>A proxy would read the token of a request without TLS.</summary>
    public static SocketsHttpHandler HandlerOf(Uri address) =>
        new() { UseProxy = address.Scheme == Uri.UriSchemeHttps, UseCookies = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromMinutes(1), Expect100ContinueTimeout = ContinueMax };

    public async Task<Outcome<T>> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Get, path, null, cancellationToken);
        return answer.TryGet(out var body, out var problem) ? Read(body, path, type) : problem;
    }

    public async Task<Outcome<TAnswer>> PostAsync<TRequest, TAnswer>(
        string path, TRequest request, JsonTypeInfo<TRequest> requestType, JsonTypeInfo<TAnswer> answerType, CancellationToken cancellationToken)
    {
        var answer = await SendAsync(HttpMethod.Post, path, JsonSerializer.SerializeToUtf8Bytes(request, requestType), cancellationToken);
        return answer.TryGet(out var body, out var problem) ? Read(body, path, answerType) : problem;
    }

    /// <param name="json">Null: nothing is sent along.</param>
    public async Task<Outcome<byte[]>> SendAsync(HttpMethod method, string path, byte[]? json, CancellationToken cancellationToken)
    {
        if (Blocks && socketPath is { } socket)
            return Ask(socket, method.Method, path, json, cancellationToken);
        try
        {
            using var content = json is null ? null : new ByteArrayContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            using var request = new HttpRequestMessage(method, path) { Content = content };
            using var response = await http.Value.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return response.IsSuccessStatusCode ? body : ProblemIn(response.StatusCode, body, $"{method} {path}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return Unreachable(e.InnerException?.Message ?? e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Unreachable($"no answer within {CallMax.TotalSeconds:0} s");
        }
    }

    /// <summary>An answer that is read as it comes; the caller disposes of it.</summary>
    public Task<Outcome<HttpResponseMessage>> OpenStreamAsync(string path, CancellationToken cancellationToken) => OpenStreamAsync(path, cancellationToken, cancellationToken);

    /// <param name="bound">Cancelled when it takes too long, or with <paramref name="cancellationToken"/>.</param>
    public async Task<Outcome<HttpResponseMessage>> OpenStreamAsync(string path, CancellationToken bound, CancellationToken cancellationToken)
    {
        try
        {
            var response = await http.Value.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, bound);
            if (response.IsSuccessStatusCode)
                return response;
            using (response)
                return ProblemIn(response.StatusCode, await response.Content.ReadAsByteArrayAsync(bound), $"GET {path}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return Unreachable(e.InnerException?.Message ?? e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Unreachable($"no answer within {CallMax.TotalSeconds:0} s");
        }
    }

    /// <summary>A body that takes as long as it moves.</summary>
    /// <param name="bound">Cancelled when it does not any more, or with <paramref name="cancellationToken"/>.</param>
    /// <param name="stalled">What is said then.</param>
    public async Task<Outcome<byte[]>> UploadAsync(string path, HttpContent content, string stalled, CancellationToken bound, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        // So that whoever may not is told before anything is sent.
        request.Headers.ExpectContinue = true;
        try
        {
            using var response = await transfers.Value.SendAsync(request, bound);
            var body = await response.Content.ReadAsByteArrayAsync(bound);
            return response.IsSuccessStatusCode ? body : ProblemIn(response.StatusCode, body, $"POST {path}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return Unreachable(e.InnerException?.Message ?? e.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Unreachable(stalled);
        }
    }

    public static Outcome<T> Read<T>(byte[] body, string path, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) is { } value ? Outcome<T>.Ok(value) : Unreadable(path);
        }
        catch (JsonException)
        {
            return Unreadable(path);
        }
    }

    public Problem Unreachable(string why) => new(
        "server-unreachable", $"Lodger's server at {place} does not answer: {why}.", "Look at its log with  lodger server status", ExitCode.ServerUnreachable, MayRetry: true);

    public void Dispose()
    {
        if (transfers.IsValueCreated)
            transfers.Value.Dispose();
        if (http.IsValueCreated)
            http.Value.Dispose();
    }

    private Outcome<byte[]> Ask(string socket, string method, string path, byte[]? json, CancellationToken cancellationToken)
    {
        try
        {
            var headers = (Agent is { } agent ? $"{Access.Agent.Header}: {Access.Agent.NameOf(agent)}\r\n" : "") + (json is null ? "" : "Content-Type: application/json\r\n");
            var body = SocketCall.Send(socket, method, path, headers, json, CallMax, CallMax, out var status, cancellationToken);
            return status is >= 200 and < 300 ? body : ProblemIn((HttpStatusCode)status, body, $"{method} {path}");
        }
        catch (IOException e)
        {
            return Unreachable(e.Message);
        }
    }

    private static async ValueTask<Stream> ConnectAsync(string socketPath, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private Problem ProblemIn(HttpStatusCode status, byte[] body, string call)
    {
        // As one answers that is ending: what it would have said, the next one says.
        if (body.Length == 0 && (int)status >= 500)
            return Unreachable($"it answered {(int)status} and nothing else");
        var what = $"{(int)status} to {call}";
        try
        {
            return JsonSerializer.Deserialize(body, ApiJson.Default.ProblemView)?.Problem ?? Unreadable(what);
        }
        catch (JsonException)
        {
            return Unreadable(what);
        }
    }

    private static Problem Unreadable(string what) => new(
        "server-answer-unreadable", $"Lodger's server answered {what} in a form that this program does not know.", "Restart it:  lodger server stop", ExitCode.ServerUnreachable);
}
