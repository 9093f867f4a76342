using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Life;

namespace Lodger.Marketplace.Copying;

/// <summary>Copies that the market itself carries out: between boxes, and with clouds. They show in the status of an instance and can be cancelled.</summary>
internal sealed class Copies(Book book) : IAsyncDisposable
{
    /// <summary>So many at once for one account.</summary>
    public const int AtOnceMax = 8;

    private static readonly TimeSpan Bound = TimeSpan.FromHours(6);
    private readonly List<Job> _jobs = [];

    /// <summary>Starts one; false when the account has too many under way. Called with the book's lock held.</summary>
    /// <param name="accountId">Whose.</param>
    /// <param name="target">By what it can be cancelled.</param>
    /// <param name="shown">The instance whose status tells of it; null for none.</param>
    /// <param name="run">Carries it out: takes where to report, answers the last status.</param>
    public bool Start(long accountId, string target, Box? shown, Func<Action<string>, CancellationToken, Task<string>> run)
    {
        foreach (var ended in _jobs.Where(job => job.Done.IsCompleted)) ended.Cancel.Dispose();
        _jobs.RemoveAll(job => job.Done.IsCompleted);
        if (_jobs.Count(job => job.AccountId == accountId) >= AtOnceMax) return false;
        var cancel = new CancellationTokenSource(Bound);
        _jobs.Add(new Job(accountId, target, cancel, RunAsync(shown, run, cancel)));
        return true;
    }

    /// <summary>Cancels the account's copies to this target. Called with the book's lock held.</summary>
    public void Cancel(long accountId, string target)
    {
        foreach (var job in _jobs.Where(job => job.AccountId == accountId && job.Target == target && !job.Done.IsCompleted)) job.Cancel.Cancel();
    }

    public async ValueTask DisposeAsync()
    {
        List<Job> jobs;
        lock (book.Lock) jobs = [.. _jobs.Where(job => !job.Done.IsCompleted)];
        foreach (var job in jobs) await job.Cancel.CancelAsync();
        await Task.WhenAll(jobs.Select(job => job.Done));
    }

    private async Task RunAsync(Box? shown, Func<Action<string>, CancellationToken, Task<string>> run, CancellationTokenSource cancel)
    {
        await Task.Yield();
        Show("Copy Operation Started");
        string last;
        try
        {
            last = await run(Show, cancel.Token);
        }
        catch (OperationCanceledException)
        {
            last = "Copy Operation Canceled";
        }
        catch (Exception e)
        {
            last = "Copy Operation Failed: " + e.Message; // The status is the only place where the platform tells of it.
        }

        Show(last);

        void Show(string status)
        {
            if (shown is null) return;
            lock (book.Lock) shown.Activity = status;
        }
    }

    private sealed record Job(long AccountId, string Target, CancellationTokenSource Cancel, Task Done);
}
