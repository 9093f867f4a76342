using System.Net;
using System.Text;
using Lodger.Vast.Credentials;

namespace Lodger.Vast.Tests.Script;

/// <summary>One call as the server saw it.</summary>
internal sealed record SeenCall(string Method, string Path, string Query, string Body, string? Key, DateTimeOffset At)
{
    public string Line => $"{Method} {Path}";
}

/// <summary>Answers that a test dictates, in place of a network. When the script ends, its last answer is given again.</summary>
internal sealed class ScriptedServer(TimeProvider time) : HttpMessageHandler
{
    public const string Key = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private readonly Lock gate = new();
    private readonly List<Func<CancellationToken, Task<HttpResponseMessage>>> script = [];
    private readonly List<SeenCall> seen = [];

    public IReadOnlyList<SeenCall> Seen
    {
        get
        {
            lock (gate) return [.. seen];
        }
    }

    public static (VastClient Client, ScriptedServer Server) Start(TimeProvider? time = null, Func<ScriptedServer, VastOptions>? options = null)
    {
        var clock = time ?? new JumpingTime();
        var server = new ScriptedServer(clock);
        return (new VastClient(options?.Invoke(server) ?? Options(), clock, server), server);
    }

    public static VastOptions Options(string url = "http://127.0.0.1:9", TimeSpan? tryTimeout = null, int triesMax = 4, int answerBytesMax = 1 << 20, TimeSpan? startSpacing = null) => new()
    {
        BaseUrl = new Uri(url),
        ApiKey = new ApiKey(Key, "the test's pocket"),
        TryTimeout = tryTimeout ?? TimeSpan.FromSeconds(30),
        CreateTimeout = tryTimeout ?? TimeSpan.FromSeconds(120),
        TriesMax = triesMax,
        AnswerBytesMax = answerBytesMax,
        StartSpacing = startSpacing,
    };

    public ScriptedServer Then(int status, string body, params (string Name, string Value)[] headers) => Then(status, Encoding.UTF8.GetBytes(body), headers);

    public ScriptedServer Then(int status, byte[] body, params (string Name, string Value)[] headers) => Do(_ =>
    {
        var response = new HttpResponseMessage((HttpStatusCode)status) { Content = new ByteArrayContent(body) };
        foreach (var (name, value) in headers) response.Headers.TryAddWithoutValidation(name, value);
        return Task.FromResult(response);
    });

    /// <summary>The connection is refused: nothing was sent.</summary>
    public ScriptedServer ThenRefuse() => Do(_ => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused"));

    /// <summary>The connection is cut after the call went in.</summary>
    public ScriptedServer ThenCut() => Do(_ => throw new HttpRequestException(HttpRequestError.ResponseEnded, "cut"));

    /// <summary>Nothing is ever said.</summary>
    public ScriptedServer ThenHang() => Do(async token =>
    {
        await Task.Delay(Timeout.Infinite, token);
        throw new InvalidOperationException("unreachable");
    });

    private ScriptedServer Do(Func<CancellationToken, Task<HttpResponseMessage>> answer)
    {
        lock (gate) script.Add(answer);
        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(CancellationToken.None);
        var target = request.RequestUri!;
        Func<CancellationToken, Task<HttpResponseMessage>> answer;
        lock (gate)
        {
            seen.Add(new SeenCall(request.Method.Method, target.AbsolutePath, Uri.UnescapeDataString(target.Query), body, request.Headers.Authorization?.Parameter, time.GetUtcNow()));
            answer = script[Math.Min(seen.Count, script.Count) - 1];
        }

        return await answer(cancellationToken);
    }
}
