using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Lodger.Domain.Problems;
using Lodger.Server.Access;
using Lodger.Server.Api;

namespace Lodger.Server.Tests.Access;

/// <summary>Somebody on the network: a program with a token, or a browser with a cookie, which knows the server's machine by the name that is for browsers.</summary>
internal sealed class Visitor : IDisposable
{
    private readonly HttpClient http;

    public Visitor(Uri door, string? token = null)
    {
        // Cookies are sent by hand: a jar would not send a __Host- cookie back where tests can look at it.
        http = new HttpClient(new SocketsHttpHandler { UseCookies = false, UseProxy = false, AllowAutoRedirect = false, Expect100ContinueTimeout = TimeSpan.FromMinutes(1) }) { BaseAddress = door, Timeout = TimeSpan.FromMinutes(2) };
        if (token is not null)
            http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Bearer {token}");
    }

    /// <summary><c>NAME=VALUE</c>; null: none is sent.</summary>
    public string? Cookie { get; set; }

    /// <summary>Sends what a page of the server's own would.</summary>
    public bool IsOwnPage { get; set; }

    public async Task<Answer> SendAsync(string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        request.Headers.ExpectContinue = body?.Length > 1 << 20;
        if (Cookie is not null)
            request.Headers.TryAddWithoutValidation("Cookie", Cookie);
        if ((IsOwnPage || Cookie is not null) && headers.All(h => h.Name != "Host"))
            request.Headers.Host = $"{DoorView.PlainHost}:{http.BaseAddress!.Port}";
        if (IsOwnPage)
            request.Headers.TryAddWithoutValidation(SameOrigin.Header, "1");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await http.SendAsync(request);
        return new Answer(
            answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers.Concat(answer.Content.Headers).ToDictionary(h => h.Key, h => string.Join("; ", h.Value), StringComparer.OrdinalIgnoreCase));
    }

    public void Dispose() => http.Dispose();
}

internal sealed record Answer(HttpStatusCode Status, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public Problem Problem => JsonSerializer.Deserialize(Body, ApiJson.Default.ProblemView)!.Problem;

    public SessionView Session => JsonSerializer.Deserialize(Body, ApiJson.Default.SessionView)!;
}
