using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using Lodger.Marketplace.Contracts;

namespace Lodger.Marketplace.Schedule;

/// <summary>
/// Fires scheduled jobs at the market's time by making their calls, over loopback as their owner would: whatever the API serves can be scheduled. A clock that jumps over
/// several occurrences fires the job once.
/// </summary>
internal sealed class JobRunner(Book book, TimeProvider clock, Func<string?> marketUrl) : IDisposable
{
    private static readonly TimeSpan CallBound = TimeSpan.FromSeconds(30);
    private readonly HttpClient _http = new() { Timeout = CallBound };
    private readonly ConcurrentDictionary<Task, byte> _calls = [];

    /// <summary>Starts what is due. Called with the book's lock held.</summary>
    public void Step()
    {
        if (marketUrl() is not { } url) return;
        var now = clock.GetUtcNow();
        foreach (var account in book.Accounts)
        {
            var due = account.Jobs.FindAll(j => j.NextAt <= now);
            if (due.Count == 0) continue;
            foreach (var job in due)
            {
                account.Jobs[account.Jobs.IndexOf(job)] = job with { NextAt = job.FirstFrom(now.AddTicks(1)) };
                Follow(CallAsync(url + job.Path, job, account.ApiKey));
            }

            book.Save(account);
        }
    }

    public void Dispose() => _http.Dispose();

    private void Follow(Task call)
    {
        _calls[call] = 0;
        _ = call.ContinueWith(c => _calls.TryRemove(c, out _), TaskScheduler.Default);
    }

    private async Task CallAsync(string url, ScheduledJob job, string key)
    {
        await Task.Yield(); // The caller holds the book's lock, which the call needs.
        try
        {
            using var request = new HttpRequestMessage(new HttpMethod(job.Method), url) { Content = new StringContent(job.Body.ToJsonString(), Encoding.UTF8, "application/json") };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            request.Headers.TryAddWithoutValidation(HeaderName, job.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
            using var response = await _http.SendAsync(request);
            if (!response.IsSuccessStatusCode) await Console.Error.WriteLineAsync($"scheduled job {job.Id}: {job.Method} {job.Path} answered {(int)response.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or ObjectDisposedException)
        {
            await Console.Error.WriteLineAsync($"scheduled job {job.Id}: {job.Method} {job.Path} failed: {e.Message}");
        }
    }

    /// <summary>Names the job in its call, so that it has a spacing of its own and does not get in its owner's way.</summary>
    public const string HeaderName = "X-Market-Scheduled-Job";
}
