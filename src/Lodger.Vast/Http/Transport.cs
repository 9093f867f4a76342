using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Polly;
using Polly.Retry;

namespace Lodger.Vast.Http;

/// <summary>
/// Sends a call: 1. waits for the endpoint's turn; 2. sends it once, bounded in time and size; 3. learns from the answer (spacing, clock);
/// 4. repeats it when, and only when, the route allows. Never throws but for the caller's own cancellation, and what <see cref="Request.MaySend"/> throws.
/// </summary>
internal sealed class Transport
{
    private readonly HttpClient http;
    private readonly VastOptions options;
    private readonly TimeProvider time;
    private readonly ResiliencePipeline<Reply> repeat;
    private readonly ConcurrentDictionary<string, EndpointGate> gates = new(StringComparer.Ordinal);

    public Transport(HttpClient http, VastOptions options, TimeProvider time)
    {
        this.http = http;
        this.options = options;
        this.time = time;
        Clock = new MarketClock(time);
        repeat = Repeating(options, time);
    }

    public MarketClock Clock { get; }

    public EndpointGate Gate(Route route) => gates.GetOrAdd(route.Name, _ => new EndpointGate(time, StartSpacing(route)));

    public async Task<Reply> SendAsync(Request request, CancellationToken cancellationToken)
    {
        var tries = 0;
        ValueTask<Reply> TryAsync(CancellationToken token) => new(TryOnceAsync(request, ++tries, token));
        return request.Route.Repeatable && options.TriesMax > 1
            ? await repeat.ExecuteAsync(TryAsync, cancellationToken)
            : await TryAsync(cancellationToken);
    }

    /// <summary>Fetches a result from where the platform put it. Not the API: no key is sent.</summary>
    public Task<Reply> FetchAsync(Uri address, CancellationToken cancellationToken) =>
        ExchangeAsync(() => new HttpRequestMessage(HttpMethod.Get, address), options.TryTimeout, learnClock: false, cancellationToken);

    private async Task<Reply> TryOnceAsync(Request request, int number, CancellationToken cancellationToken)
    {
        var gate = Gate(request.Route);
        await gate.EnterAsync(cancellationToken);
        if (request.MaySend is { } maySend && !maySend()) return Reply.None(NoAnswer.Withheld, "what it rests on changed while it waited for its turn");
        var started = time.GetTimestamp();
        using var span = CallSpans.Begin(request.Route, number);
        var reply = await ExchangeAsync(() => Message(request), request.Timeout ?? options.TryTimeout, learnClock: true, cancellationToken);
        CallSpans.End(span, reply);
        if (reply.IsThrottled) gate.Learn(Throttle.Threshold(reply.Body));
        options.OnCall?.Invoke(new VastCall(
            request.Route.Name, number, reply.IsAnswer ? reply.Status : null, time.GetElapsedTime(started), reply.IsAnswer ? null : reply.Reason));
        return reply;
    }

    private async Task<Reply> ExchangeAsync(Func<HttpRequestMessage> message, TimeSpan timeout, bool learnClock, CancellationToken cancellationToken)
    {
        using var bound = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancellationToken);
        try
        {
            using var sent = message();
            var sentAt = time.GetTimestamp();
            using var response = await http.SendAsync(sent, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (learnClock) Clock.Observe(response.Headers, sentAt);
            var body = await BoundedBody.ReadAsync(response.Content, options.AnswerBytesMax, either.Token);
            return body is null
                ? Reply.None(NoAnswer.TooLong, $"the answer is longer than {options.AnswerBytesMax} bytes")
                : new Reply((int)response.StatusCode, body, NoAnswer.Came, "");
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return Reply.None(NoAnswer.Unclear, $"no answer within {timeout.TotalSeconds:0.#} s");
        }
        catch (HttpRequestException failure) when (NeverSent(failure.HttpRequestError))
        {
            return Reply.None(NoAnswer.NeverSent, $"no connection ({Words(failure.HttpRequestError)})");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            // The exception's own text can hold the address with its query: the kind is enough.
            return Reply.None(NoAnswer.Unclear, $"the connection broke ({Words((failure as HttpRequestException)?.HttpRequestError ?? HttpRequestError.Unknown)})");
        }
        catch (Exception failure)
        {
            // A packed body that is none, and whatever else an answer can break: it came, and what it says is not known.
            return Reply.None(NoAnswer.Unclear, $"the answer cannot be read ({failure.GetType().Name})");
        }
    }

    private HttpRequestMessage Message(Request request)
    {
        var message = new HttpRequestMessage(request.Route.Method, request.Target(options.BaseUrl));
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.ApiKey.Reveal());
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        message.Headers.UserAgent.Add(new ProductInfoHeaderValue("lodger", typeof(Transport).Assembly.GetName().Version?.ToString(3) ?? "0"));
        if (request.Body is not { } body) return message;
        message.Content = new ByteArrayContent(body);
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return message;
    }

    private TimeSpan StartSpacing(Route route)
    {
        if (options.StartSpacing is { } asked) return asked;
        if (!options.BaseUrl.IsLoopback) return route.Spacing;
        // A call that comes too early is tried again once its spacing is learned; one that is never repeated has to be right the first time.
        return route.Repeatable ? TimeSpan.Zero : route.Spacing / 8;
    }

    private static ResiliencePipeline<Reply> Repeating(VastOptions options, TimeProvider time)
    {
        var builder = new ResiliencePipelineBuilder<Reply> { TimeProvider = time };
        if (options.TriesMax > 1)
        {
            builder.AddRetry(new RetryStrategyOptions<Reply>
            {
                MaxRetryAttempts = options.TriesMax - 1,
                Delay = options.RetryDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = false, // The gate spreads the calls of one process; there are not many.
                ShouldHandle = tried => ValueTask.FromResult(tried.Outcome.Result is { } reply && WorthRepeating(reply)),
            });
        }

        return builder.Build();
    }

    private static bool WorthRepeating(Reply reply) =>
        reply.Missing is NoAnswer.NeverSent or NoAnswer.Unclear || reply.IsThrottled || (reply.IsAnswer && reply.IsServerFault);

    private static bool NeverSent(HttpRequestError error) =>
        error is HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError
            or HttpRequestError.ProxyTunnelError;

    private static string Words(HttpRequestError error) => error switch
    {
        HttpRequestError.NameResolutionError => "the name could not be resolved",
        HttpRequestError.ConnectionError => "refused or unreachable",
        HttpRequestError.SecureConnectionError => "TLS failed",
        HttpRequestError.ProxyTunnelError => "the proxy refused",
        HttpRequestError.ResponseEnded => "the answer was cut off",
        HttpRequestError.InvalidResponse => "the answer is not HTTP",
        _ => "the cause was not given",
    };
}
