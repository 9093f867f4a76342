using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Vast;
using Lodger.Vast.Credentials;

namespace Lodger.Server.Tests.Stage;

/// <summary>A platform that pushes: subscriptions in memory, deliveries over real HTTP, read by the real adapter.</summary>
internal sealed class StubPush : IPush, IDisposable
{
    private readonly VastClient client = new(new VastOptions { BaseUrl = new Uri("http://127.0.0.1:1"), ApiKey = new ApiKey("none", "test") });
    private readonly HttpClient http = new(new SocketsHttpHandler { UseProxy = false, Expect100ContinueTimeout = TimeSpan.FromMinutes(1) }) { Timeout = TimeSpan.FromMinutes(2) };
    private readonly VastPush adapter;
    private int made;

    public StubPush() => adapter = new VastPush(client);

    /// <summary>Secret and address by id.</summary>
    public ConcurrentDictionary<string, (string Secret, Uri Address)> Known { get; } = new(StringComparer.Ordinal);

    /// <summary>What a test delivery waits for.</summary>
    public Func<CancellationToken, Task> BeforeTest { get; set; } = _ => Task.CompletedTask;

    public TimeSpan AgeMax => adapter.AgeMax;

    public Task<Outcome<IReadOnlyList<PushSubscription>>> SubscriptionsAsync(CancellationToken cancellationToken) =>
        Task.FromResult(Outcome<IReadOnlyList<PushSubscription>>.Ok([.. Known.Select(k => new PushSubscription(k.Key, k.Value.Address.AbsoluteUri))]));

    public Task<Outcome<NewSubscription>> SubscribeAsync(Uri address, string name, CancellationToken cancellationToken)
    {
        var id = $"{++made}";
        Known[id] = ($"secret-{id}-of-the-platform", address);
        return Task.FromResult<Outcome<NewSubscription>>(new NewSubscription(id, Known[id].Secret));
    }

    public Task<Outcome<Done>> UnsubscribeAsync(string id, CancellationToken cancellationToken)
    {
        Known.TryRemove(id, out _);
        return Task.FromResult(Done.Ok);
    }

    public async Task<Outcome<Done>> TestAsync(string id, CancellationToken cancellationToken)
    {
        await BeforeTest(cancellationToken);
        try
        {
            return await DeliverAsync(id, $"test-{id}", "webhook_test") is >= 200 and < 300 ? Done.Ok : NotDelivered;
        }
        catch (HttpRequestException)
        {
            return NotDelivered;
        }
    }

    public Outcome<PushEvent> Read(PushMessage message, string secret, DateTimeOffset now) => adapter.Read(message, secret, now);

    /// <summary>One delivery of what a subscription was told, and how it was answered.</summary>
    /// <param name="to">Elsewhere than subscribed.</param>
    public async Task<int> DeliverAsync(string id, string eventId, string kind, TimeSpan age = default, string? secret = null, string padding = "", Uri? to = null)
    {
        var body = $$"""{"event_id": "{{eventId}}", "notif_type": "{{kind}}", "message": "Your instance 990099 {{padding}}"}""";
        var stamp = (DateTimeOffset.UtcNow - age).ToUnixTimeSeconds();
        using var request = new HttpRequestMessage(HttpMethod.Post, to ?? Known[id].Address) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.ExpectContinue = true;
        request.Headers.Add("X-Vast-Event-Id", eventId);
        request.Headers.Add("X-Vast-Timestamp", $"{stamp}");
        request.Headers.Add("X-Vast-Signature-256", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret ?? Known[id].Secret), Encoding.UTF8.GetBytes($"{stamp}.{body}"))));
        using var answer = await http.SendAsync(request);
        (await answer.Content.ReadAsStringAsync()).ShouldBeEmpty("a stranger is told nothing");
        answer.Headers.Server.ShouldBeEmpty();
        return (int)answer.StatusCode;
    }

    /// <summary>An address of this machine on which nobody listens just now.</summary>
    public static string FreePlace()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return listener.LocalEndpoint.ToString()!;
    }

    public void Dispose()
    {
        http.Dispose();
        client.Dispose();
    }

    private static Outcome<Done> NotDelivered => new Problem("market-refused", "The receiver did not acknowledge the test delivery.", "", ExitCode.BadInput);
}
