using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Lodger.Marketplace.Contracts;

namespace Lodger.Marketplace.Push;

/// <summary>
/// Sends events to webhooks until they are acknowledged: at least once, also over a restart of the marketplace. A redirect or a refusal (4xx, but 408 and 429) is final, everything
/// else is tried again after waits that double.
/// </summary>
/// <param name="clock">The market's time, for what events say.</param>
/// <param name="real">Real time, for signatures (receivers compare them with their own clock) and waits.</param>
/// <param name="retryAfter">The wait after a first failed attempt.</param>
/// <param name="answerBound">How long an attempt waits for its answer.</param>
internal sealed class Deliveries(Book book, TimeProvider clock, TimeProvider real, PushFaults faults, TimeSpan retryAfter, TimeSpan answerBound, Func<string> newSecret) : IAsyncDisposable
{
    private const int AttemptsMax = 8;
    private const int OutboxMax = 500;
    private const int EventIdCharacters = 32;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { Timeout = answerBound };
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<Task, byte> _running = [];

    private enum Outcome
    {
        Acknowledged,
        Refused,
        Failed,
    }

    /// <summary>Begins to deliver to every webhook of the account that wants it. Called with the book's lock held.</summary>
    public void Tell(Account account, Happening happening)
    {
        var key = "client:" + happening.Slug;
        var wanting = account.Webhooks.FindAll(w => w.EventTypes.Contains(key, StringComparer.Ordinal));
        if (wanting.Count == 0 || !Preferences.WantWebhooks(account, happening.Slug)) return;
        foreach (var webhook in wanting)
        {
            var pending = Make(account, webhook, happening);
            if (account.Outbox.Count >= OutboxMax) account.Outbox.RemoveAt(0);
            account.Outbox.Add(pending);
            Follow(DeliverAsync(account, pending));
        }

        book.Save(account);
    }

    /// <summary>After a restart: what nobody had acknowledged. Called with the book's lock held.</summary>
    public void Resume()
    {
        foreach (var account in book.Accounts)
            foreach (var pending in account.Outbox)
                Follow(DeliverAsync(account, pending));
    }

    /// <summary>One attempt of a test event; true when it was acknowledged.</summary>
    public async Task<bool> TestAsync(Account account, Webhook webhook)
    {
        var test = Make(account, webhook, new Happening(NotificationTypes.Test, "Webhook Test", "This is a test delivery."));
        return await SendAsync(webhook, test, attempt: 1) == Outcome.Acknowledged;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_running.Keys).ContinueWith(_ => { }, TaskScheduler.Default);
        _http.Dispose();
        _ending.Dispose();
    }

    private PendingDelivery Make(Account account, Webhook webhook, Happening happening) =>
        PendingDelivery.Make(newSecret()[..EventIdCharacters], webhook.Id, account.Id, happening.Slug, happening.Subject, happening.Message, clock.GetUtcNow());

    private void Follow(Task delivery)
    {
        _running[delivery] = 0;
        _ = delivery.ContinueWith(d => _running.TryRemove(d, out _), TaskScheduler.Default);
    }

    private async Task DeliverAsync(Account account, PendingDelivery pending)
    {
        var fault = faults.Take(); // While events still come in their order.
        await Task.Yield(); // The caller holds the book's lock.
        try
        {
            if (fault is not null) await Task.Delay(TimeSpan.FromSeconds(fault.LateSeconds), real, _ending.Token);
            var copies = fault?.Copies ?? 0;
            var wait = retryAfter;
            for (var attempt = 1; attempt <= AttemptsMax; attempt++)
            {
                if (Find(account, pending) is not { } webhook) break; // Deleted meanwhile.
                var outcome = await SendAsync(webhook, pending, attempt);
                if (outcome == Outcome.Refused || (outcome == Outcome.Acknowledged && copies-- <= 0)) break;
                if (outcome == Outcome.Acknowledged) continue;
                await Task.Delay(wait, real, _ending.Token);
                wait *= 2;
            }

            Forget(account, pending);
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // It stays in the outbox and is delivered after the next start.
        }
    }

    private Webhook? Find(Account account, PendingDelivery pending)
    {
        lock (book.Lock) return account.Webhooks.Find(w => w.Id == pending.WebhookId);
    }

    private void Forget(Account account, PendingDelivery pending)
    {
        lock (book.Lock)
        {
            account.Outbox.RemoveAll(p => p.EventId == pending.EventId);
            if (!_ending.IsCancellationRequested) book.Save(account);
        }
    }

    private async Task<Outcome> SendAsync(Webhook webhook, PendingDelivery pending, int attempt)
    {
        var timestamp = real.GetUtcNow().ToUnixTimeSeconds();
        using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = new StringContent(pending.Body, Encoding.UTF8, "application/json") };
        request.Headers.Add("X-Vast-Event-Id", pending.EventId);
        request.Headers.Add("X-Vast-Delivery-Attempt", attempt.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("X-Vast-Timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("X-Vast-Signature-256", Signature.Of(webhook.Secret, timestamp, pending.Body));
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _ending.Token);
            if (response.IsSuccessStatusCode) return Outcome.Acknowledged;
            var final = response.StatusCode is < HttpStatusCode.InternalServerError and not (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests);
            return final ? Outcome.Refused : Outcome.Failed;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !_ending.IsCancellationRequested))
        {
            return Outcome.Failed;
        }
    }
}
