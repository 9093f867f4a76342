using System.Collections.Concurrent;
using System.Text.Json;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;
using Lodger.Engine.Acts;
using Lodger.Engine.Journal;
using Lodger.Engine.Offers;
using Lodger.Engine.Sweep;
using Microsoft.Extensions.Logging;

namespace Lodger.Engine.Jobs;

/// <summary>Who works on what: one runner for each job that may still bill, one sweep for each account, and no job of the journal without.</summary>
internal sealed class JobRoster(IAccounts accounts, JournalStore journal, ActContext context, ILogger log) : IAsyncDisposable
{
    /// <summary>A rental that was believed gone may turn up again so long after its job was closed.</summary>
    private static readonly TimeSpan WatchedAfterClose = TimeSpan.FromHours(24);

    private static readonly TimeSpan PickUpEvery = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, JobRunner> runners = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DormantJob> dormant = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, AccountDesks> desks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, AccountUser> users = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, OpenAccount> opened = new(StringComparer.Ordinal);
    private readonly HashSet<string> unreadable = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<Task> tasks = [];
    private readonly CancellationTokenSource stopping = new();
    private readonly SemaphoreSlim starting = new(1, 1);

    public ICollection<JobRunner> Runners => runners.Values;

    /// <summary>Jobs that nothing is done for.</summary>
    public ICollection<DormantJob> Dormant => dormant.Values;

    /// <summary>Cancelled when the board is to end.</summary>
    public CancellationToken Stopping => stopping.Token;

    public JobRunner? Runner(string jobId) => runners.GetValueOrDefault(jobId);

    public DormantJob? Sleeper(string jobId) => dormant.GetValueOrDefault(jobId);

    /// <summary>Null: there is none of that name.</summary>
    public JobState? OpenNamed(string name) => States.FirstOrDefault(s => s.Name == name && s.IsOpen);

    /// <summary>The job that a submission with that key made; null: there is none.</summary>
    public JobState? WithKey(string keySha256, string project) => States.FirstOrDefault(s => s.Submission.KeySha256 == keySha256 && s.Project == project);

    /// <summary>The id of a job; null: there is none such.</summary>
    /// <param name="key">Its id, or its name: then the newest of that name.</param>
    /// <param name="project">Of this project alone; null: of all.</param>
    public string? Find(string key, string? project)
    {
        var exact = Runner(key)?.State ?? Sleeper(key)?.State;
        return (exact is not null && IsIn(exact) ? exact : States.Where(s => s.Name == key && IsIn(s)).MaxBy(s => s.SubmittedAt))?.Id;

        bool IsIn(JobState job) => project is null || job.Project == project;
    }

    /// <summary>Whether the results of an open job lie in this very directory, or will.</summary>
    public bool OpenAt(string directory) => States.Any(s => s.IsOpen && s.Submission.ResultsDirectory == directory);

    /// <summary>An open job whose results lie above or below a directory; null: there is none.</summary>
    public JobState? OpenIn(string directory) => States.FirstOrDefault(s => s.IsOpen && (IsBelow(directory, s.Submission.ResultsDirectory) || IsBelow(s.Submission.ResultsDirectory, directory)));

    /// <summary>The directories that open jobs need: from which their code is sent, perhaps again, and where their results and copies lie.</summary>
    public IReadOnlySet<string> OpenPlaces => States.Where(s => s.IsOpen)
        .SelectMany(s => (string?[])[s.Submission.Spec.CodeDirectory, s.Submission.ResultsDirectory, .. s.Submission.Spec.Copies])
        .OfType<string>().Where(p => Path.IsPathFullyQualified(p) && !p.Contains('\0', StringComparison.Ordinal)).Select(Path.GetFullPath).ToHashSet(StringComparer.Ordinal);

    /// <summary>Goes on until the board ends; that it ended before is logged.</summary>
    public void Keep(Func<CancellationToken, Task> work) => tasks.Add(Task.Run(() => KeptAsync(work), CancellationToken.None));

    private async Task KeptAsync(Func<CancellationToken, Task> work)
    {
        try
        {
            await work(stopping.Token);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            log.LogCritical(e, "what goes on as long as the server does has ended; start the server again");
        }
    }

    private static bool IsBelow(string directory, string above) => (Path.GetFullPath(directory) + "/").StartsWith(Path.TrimEndingDirectorySeparator(Path.GetFullPath(above)) + "/", StringComparison.Ordinal);

    private IEnumerable<JobState> States => runners.Select(r => r.Value.State).Concat(dormant.Select(d => d.Value.State));

    /// <summary>Null: nothing sweeps that account.</summary>
    public AccountSweep? SweepOf(string account) => desks.GetValueOrDefault(account)?.Sweep;

    public IEnumerable<JobRunner> Of(string account) => runners.Select(r => r.Value).Where(r => r.State.Submission.Account == account);

    /// <summary>An account for whoever wants anything of it now; a problem when its key is another user's than that of its jobs.</summary>
    public async Task<Outcome<OpenAccount>> AccountAsync(string name, CancellationToken cancellationToken)
    {
        if (!(await OpenAsync(name, cancellationToken)).TryGet(out var account, out var problem))
            return problem;
        // Of what cannot be told just now whoever asks hears soon enough.
        await UserOf(account).CheckAsync(cancellationToken);
        return UserOf(account).Stranger is { } stranger ? stranger : account;
    }

    /// <summary>An account that was opened for somebody; opens none.</summary>
    public OpenAccount? Opened(string name) => opened.GetValueOrDefault(name);

    private async Task<Outcome<OpenAccount>> OpenAsync(string name, CancellationToken cancellationToken)
    {
        var answer = await accounts.OpenAsync(name, cancellationToken);
        if (answer.TryGet(out var account, out _))
            opened[name] = account;
        return answer;
    }

    private AccountUser UserOf(OpenAccount account) => users.GetOrAdd(account.Name, name => new AccountUser(account, journal, () => MayBill(name), context.Time, log));

    /// <summary>A job that cannot be read may be one of the account's.</summary>
    private bool MayBill(string account) => unreadable.Count > 0 || States.Any(s => s.Submission.Account == account && s.IsOpen) || journal.VolumeAccounts().Contains(account, StringComparer.Ordinal);

    /// <summary>Every job of the journal, now and whenever one is found there that nobody works on.</summary>
    public async Task TakeUpAllAsync(CancellationToken cancellationToken)
    {
        await TakeUpMissingAsync(cancellationToken);
        tasks.Add(Task.Run(PickUpAsync, CancellationToken.None));
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(tasks);
        foreach (var runner in runners.Values)
            runner.Dispose();
        foreach (var desk in desks.Values)
            desk.Dispose();
        foreach (var user in users.Values)
            user.Dispose();
        stopping.Dispose();
        starting.Dispose();
    }

    /// <summary>It is in the journal, and known from now on.</summary>
    public void Announce(JobState state) => dormant[state.Id] = new DormantJob(state, null);

    /// <summary>Gives a job that was announced its runner; when that cannot be now, it is tried again.</summary>
    public async Task<Outcome<JobRunner>> StartAnnouncedAsync(JobState state, CancellationToken cancellationToken)
    {
        var started = await StartAsync(state, cancellationToken);
        if (started.Problem is { } problem)
        {
            dormant[state.Id] = new DormantJob(state, problem);
            tasks.Add(RetryAsync(state));
        }

        return started;
    }

    /// <summary>Jobs of the journal that nobody here knows of yet.</summary>
    public async Task TakeUpMissingAsync(CancellationToken cancellationToken)
    {
        // All are known before anything is done for one: what may bill on an account is asked of all.
        List<JobState> found = [.. journal.Jobs().Where(k => !runners.ContainsKey(k.Id) && !dormant.ContainsKey(k.Id)).Select(Read).OfType<JobState>()];
        found.ForEach(Announce);
        foreach (var state in found)
            await TakeUpAsync(state, cancellationToken);
    }

    /// <summary>Gives a job its runner, if it has none.</summary>
    public async Task<Outcome<JobRunner>> StartAsync(JobState state, CancellationToken cancellationToken)
    {
        // A platform that does not answer keeps no job without its runner; one that is known to be another user's does.
        if (!(await OpenAsync(state.Submission.Account, cancellationToken)).TryGet(out var account, out var problem))
            return problem;
        if (UserOf(account).Stranger is { } stranger)
            return stranger;
        await starting.WaitAsync(cancellationToken);
        try
        {
            // A submission that is found in the journal before its own runner was made.
            if (runners.TryGetValue(state.Id, out var there))
                return there;
            var shared = desks.GetOrAdd(account.Name, _ => Open(account));
            var runner = new JobRunner(state, account, shared, journal, context, log);
            runners[state.Id] = runner;
            dormant.TryRemove(state.Id, out _);
            tasks.Add(Task.Run(() => runner.RunAsync(stopping.Token), CancellationToken.None));
            shared.Sweep.Hurry();
            return runner;
        }
        finally
        {
            starting.Release();
        }
    }

    private AccountDesks Open(OpenAccount account)
    {
        var name = account.Name;
        var user = UserOf(account);
        var made = new AccountDesks(
            user,
            new AccountSweep(account, user, context, () => Tracked(name), () => Of(name).Any(r => r.State.IsOpen), news => Swept(name, news), log),
            new ChargesWatch(account, user, context.Time, context.Options.ChargesEvery, () => Of(name).Any(r => r.State.Current is { RentalId: not null, DestroyedAt: null, Released: null }), () => Charged(name), log),
            new OfferDesk(account, context.Time));
        Keep(made.Sweep.RunAsync);
        Keep(made.Charges.RunAsync);
        return made;
    }

    /// <summary>
    /// A submission whose answer got lost, or that was cut off right after it was written, is in the journal and nobody works on it: it is a job like any other.
    /// </summary>
    private async Task PickUpAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(PickUpEvery, context.Time, stopping.Token);
                await TakeUpMissingAsync(stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e)
            {
                log.LogWarning("jobs that nobody works on could not be looked for: {Problem}", e.Message);
            }
        }
    }

    /// <summary>Null: its journal cannot be read.</summary>
    private JobState? Read(JobKey key)
    {
        try
        {
            return JobState.Replay(key.Id, journal.Read(key.Id));
        }
        catch (Exception e) when (e is ArgumentException or JsonException or InvalidDataException)
        {
            // One journal that cannot be read keeps no other job from being looked after.
            if (unreadable.Add(key.Id))
                log.LogError(e, "{Job} cannot be read", key.Id);
            return null;
        }
    }

    /// <summary>Gives a job of the journal its runner, or keeps it in sight without.</summary>
    private async Task TakeUpAsync(JobState state, CancellationToken cancellationToken)
    {
        if (!state.IsOpen && context.Time.GetUtcNow() - state.ClosedAt > WatchedAfterClose)
            return;
        if ((await StartAsync(state, cancellationToken)).Problem is { } problem)
        {
            log.LogWarning("{Job}: {Problem}", state.Id, problem.Message);
            dormant[state.Id] = new DormantJob(state, problem);
            if (state.IsOpen)
                tasks.Add(RetryAsync(state));
        }
    }

    private async Task RetryAsync(JobState state)
    {
        try
        {
            do
                await Task.Delay(TimeSpan.FromSeconds(15), context.Time, stopping.Token);
            while (!(await StartAsync(state, stopping.Token)).IsOk);
        }
        catch (OperationCanceledException)
        {
            // The server stops; the next one recovers.
        }
    }

    /// <summary>Rentals that a listing should show.</summary>
    private List<string> Tracked(string account) =>
    [
        .. Of(account).SelectMany(r => r.State.Attempts).SelectMany(a =>
            (a is { RentalId: not null, DestroyedAt: null, Vanished: false, Released: null } ? [a.RentalId] : Array.Empty<string>())
            .Concat(a.Strays.Where(s => s.DestroyedAt is null).Select(s => s.RentalId))),
    ];

    private void Charged(string account)
    {
        foreach (var runner in Of(account))
            runner.SeeCharges();
    }

    private void Swept(string account, SweepNews news)
    {
        foreach (var runner in Of(account))
        {
            // A database that does not answer would be waited for by each of them.
            if (stopping.IsCancellationRequested || !journal.MayAct)
                return;
            runner.OnSwept(news);
        }
    }
}
