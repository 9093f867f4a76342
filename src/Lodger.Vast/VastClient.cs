using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lodger.Domain.Problems;
using Lodger.Vast.Http;

namespace Lodger.Vast;

/// <summary>
/// A typed client of the vast.ai API. Calls to one endpoint are spaced as the platform asks; a call is repeated only where twice does no more than once,
/// a create never. Nothing is thrown but the caller's own cancellation: what goes wrong is a <see cref="Problem"/>, and an answer that cannot be read is
/// one too, never an empty list. Safe for use by many callers at once.
/// </summary>
public sealed partial class VastClient : IDisposable
{
    /// <summary>The activity source of its calls, for whoever traces them.</summary>
    public const string SpanSource = "Lodger.Vast";

    private readonly HttpClient http;
    private readonly VastOptions options;
    private readonly TimeProvider time;
    private readonly Transport transport;
    private readonly Redactor redactor = new();
    private readonly VastProblems problems;

    /// <param name="options">Where, with which key, and the bounds.</param>
    /// <param name="time">Drives spacing, timeouts and pauses; null: the system's.</param>
    /// <param name="handler">What carries the requests; null: sockets, without redirects and cookies. Disposed with the client.</param>
    public VastClient(VastOptions options, TimeProvider? time = null, HttpMessageHandler? handler = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.options = options;
        this.time = time ?? TimeProvider.System;
        http = new HttpClient(handler ?? Sockets()) { Timeout = Timeout.InfiniteTimeSpan };
        transport = new Transport(http, options, this.time);
        problems = new VastProblems(options, redactor);
        KeepSecret(options.ApiKey.Reveal());
    }

    /// <summary>The platform's idea of now: from its answers, and our own clock until there was one.</summary>
    public DateTimeOffset MarketNow => transport.Clock.Now;

    /// <summary>Platform seconds that pass in one of ours: 1, but for a local market that runs at another speed.</summary>
    public double MarketSpeed => transport.Clock.Scale;

    /// <summary>From now on this text is struck out of everything that the client says.</summary>
    public void KeepSecret(string? secret) => redactor.Remember(secret);

    /// <summary>The platform's words made fit to be shown: secrets struck out, control characters removed, length bounded.</summary>
    public string Clean(string? text) => redactor.Clean(text);

    public void Dispose() => http.Dispose();

    /// <summary>Calls start one after the other; only where answers are slow do several wait at once.</summary>
    private const int ConnectionsMax = 16;

    private static SocketsHttpHandler Sockets() => new()
    {
        AllowAutoRedirect = false, // The key must not follow a redirect.
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        MaxConnectionsPerServer = ConnectionsMax,
        AutomaticDecompression = System.Net.DecompressionMethods.All,
    };

    private async Task<Verdict> JudgeAsync(Request request, CancellationToken cancellationToken) =>
        Verdict.Of(request.Route, await transport.SendAsync(request, cancellationToken), problems);

    /// <summary>A call whose refusals all are problems.</summary>
    private async Task<Outcome<T>> CallAsync<T>(Request request, Func<JsonElement, Outcome<T>> read, CancellationToken cancellationToken)
    {
        var verdict = await JudgeAsync(request, cancellationToken);
        if (verdict.Body is { } body) return read(body);
        return verdict.Refusal is { } refusal ? problems.Of(request.Route, refusal) : verdict.Unknown!;
    }

    /// <summary>A call whose answer matters only as a yes.</summary>
    private Task<Outcome<Done>> DoAsync(Request request, CancellationToken cancellationToken) =>
        CallAsync(request, body => body.ValueKind == JsonValueKind.Object ? Done.Ok : problems.Unreadable(request.Route, "no JSON object"), cancellationToken);

    private static byte[] Json<T>(T body, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(body, type);

    /// <summary>The elements of an array field; null when the field is missing or no array.</summary>
    private static List<JsonElement>? Elements(JsonElement body, string name) =>
        body.ValueKind == JsonValueKind.Object && body.TryGetProperty(name, out var array) && array.ValueKind == JsonValueKind.Array
            ? [.. array.EnumerateArray()]
            : null;
}
