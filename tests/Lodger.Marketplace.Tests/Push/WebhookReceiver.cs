using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Lodger.Marketplace.Tests.Push;

/// <summary>One delivery as it came over the wire.</summary>
internal sealed record Delivered(string Body, string EventId, int Attempt, long Timestamp, string Signature);

/// <summary>A real HTTP server on loopback that keeps what it is sent and answers what it is told to.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Delivered> _delivered = [];
    private readonly ConcurrentQueue<int> _answers = [];

    private WebhookReceiver(WebApplication app) => _app = app;

    public string Url => _app.Urls.First() + "/hook";
    public IReadOnlyList<Delivered> All => [.. _delivered];

    public static async Task<WebhookReceiver> StartAsync(params int[] answers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http1));
        var app = builder.Build();
        var receiver = new WebhookReceiver(app);
        foreach (var answer in answers) receiver._answers.Enqueue(answer);
        app.Run(receiver.ReceiveAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    /// <summary>Waits until so many deliveries have come.</summary>
    public async Task<IReadOnlyList<Delivered>> AwaitAsync(int count)
    {
        for (var waited = 0; _delivered.Count < count; waited += 10)
        {
            waited.ShouldBeLessThan((int)Bound.TotalMilliseconds, $"{_delivered.Count} of {count} deliveries came: {string.Join(' ', _delivered.Select(d => d.Body))}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        return All;
    }

    /// <summary>Each event as it came first. One may come again: whoever sent it need not have heard the answer before it ended.</summary>
    public async Task<IReadOnlyList<Delivered>> AwaitEventsAsync(int count)
    {
        var deliveries = count;
        while (true)
        {
            Delivered[] events = [.. (await AwaitAsync(deliveries)).DistinctBy(d => d.EventId)];
            if (events.Length >= count) return events;
            deliveries++;
        }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task ReceiveAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        var headers = http.Request.Headers;
        _delivered.Enqueue(new Delivered(
            body, headers["X-Vast-Event-Id"].ToString(), int.Parse(headers["X-Vast-Delivery-Attempt"].ToString()), long.Parse(headers["X-Vast-Timestamp"].ToString()), headers["X-Vast-Signature-256"].ToString()));
        http.Response.StatusCode = _answers.TryDequeue(out var status) ? status : 200;
        if (http.Response.StatusCode == 302) http.Response.Headers.Location = Url;
    }
}
