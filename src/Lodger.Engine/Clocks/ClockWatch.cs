using System.Collections.Concurrent;
using Lodger.Domain.Clocks;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Volumes;
using Lodger.Engine.Jobs;
using Lodger.Engine.Journal;
using Microsoft.Extensions.Logging;

namespace Lodger.Engine.Clocks;

/// <summary>An account's clocks as last looked at.</summary>
/// <param name="Missing">What could not be seen, in sentences: those clocks are unknown, not absent.</param>
public sealed record AccountClocks(string Account, string Market, IReadOnlyList<Clock> Clocks, decimal? BurnUsdPerHour, IReadOnlyList<string> Missing, DateTimeOffset At);

/// <summary>
/// Looks at the clocks of every account that has jobs, and tells a person of each once, before it fires. A task of its own: whatever hangs or fails here, jobs
/// go on.
/// </summary>
public sealed class ClockWatch : IAsyncDisposable
{
    /// <summary>Volumes change seldom, and the platform wants long pauses between two listings of them.</summary>
    private static readonly TimeSpan VolumesValid = TimeSpan.FromMinutes(10);

    private readonly JobBoard board;
    private readonly EngineOptions options;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Teller teller;
    private readonly ToldOnce told;
    private readonly ConcurrentDictionary<string, (IReadOnlyList<Volume> Volumes, DateTimeOffset At)> volumes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (AccountFacts Facts, IReadOnlyList<string> Missing)> looks = new(StringComparer.Ordinal);
    private readonly JournalStore journal;
    private readonly CancellationTokenSource stopping = new();
    private Task running = Task.CompletedTask;

    public ClockWatch(JobBoard board, JournalStore journal, EngineOptions options, TimeProvider time, ILogger<ClockWatch> log)
    {
        this.board = board;
        this.options = options;
        this.time = time;
        this.log = log;
        teller = new Teller(options.NotifyLimit, time);
        told = new ToldOnce(journal);
        this.journal = journal;
    }

    /// <summary>Accounts that have jobs, and those on which a volume that was made here goes on by itself.</summary>
    private IReadOnlyList<string> Watched => [.. board.AccountNames().Union(journal.VolumeAccounts(), StringComparer.Ordinal)];

    /// <summary>Without asking anybody: balance and volumes as last looked at, rentals as the newest sweep and jobs as their journals show them. What was destroyed a moment ago runs no clock.</summary>
    /// <param name="account">Null: all that were looked at.</param>
    /// <param name="onlyDue">Only those that a person should be told of now.</param>
    public IReadOnlyList<AccountClocks> Latest(string? account, bool onlyDue) =>
    [
        .. looks.Values.Where(l => account is null || l.Facts.Name == account).OrderBy(l => l.Facts.Name, StringComparer.Ordinal)
            .Select(l => Of(BroughtUpToDate(l.Facts), l.Missing, l.Facts.Now, onlyDue ? Settings.Lead : null)),
    ];

    /// <summary>Why the settings cannot be used; null when they can.</summary>
    public Problem? SettingsProblem { get; private set; }

    public NotifySettings Settings { get; private set; } = NotifySettings.None;

    public void Start() => running = Task.Run(() => RunAsync(stopping.Token), CancellationToken.None);

    /// <summary>Looks now.</summary>
    /// <param name="account">One that has no jobs may be named, too; null: all that have.</param>
    public async Task<Outcome<IReadOnlyList<AccountClocks>>> LookAsync(string? account, CancellationToken cancellationToken)
    {
        ReadSettings();
        List<AccountClocks> seen = [];
        foreach (var name in account is null ? Watched : [account])
        {
            volumes.TryRemove(name, out _);
            if (!(await TryLookAtAsync(name, cancellationToken)).TryGet(out var clocks, out var problem))
            {
                if (account is not null)
                    return problem;
                clocks = new(name, name, [], null, [problem.Message], time.GetUtcNow());
            }

            seen.Add(clocks);
        }

        return seen;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await running;
        teller.Dispose();
        stopping.Dispose();
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(options.ClocksEvery, time, cancellationToken);
                var settings = ReadSettings();
                foreach (var account in Watched)
                {
                    if ((await TryLookAtAsync(account, cancellationToken)).TryGet(out var clocks, out _) && settings.IsOn)
                        await TellAsync(settings, clocks, cancellationToken);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                log.LogError(e, "clocks: defect");
            }
        }
    }

    private NotifySettings ReadSettings()
    {
        var read = options.Notify();
        SettingsProblem = read.IsOk ? null : read.Problem;
        return Settings = read.IsOk ? read.Value : NotifySettings.None;
    }

    /// <summary>A defect at one account keeps nobody from hearing of another's clocks.</summary>
    private async Task<Outcome<AccountClocks>> TryLookAtAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await LookAtAsync(name, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            log.LogError(e, "clocks: defect at {Account}", name);
            return new Problem("clocks-unknown", $"The clocks of {name} could not be read: a defect, which the server's log has.", "lodger server status", ExitCode.Defect);
        }
    }

    private async Task<Outcome<AccountClocks>> LookAtAsync(string name, CancellationToken cancellationToken)
    {
        if (!(await board.AccountAsync(name, cancellationToken)).TryGet(out var open, out var closed))
            return closed;
        List<string> missing = [];
        var account = (await open.Market.AccountAsync(cancellationToken)).TryGet(out var who, out var noAccount) ? who : null;
        if (noAccount is not null)
            missing.Add($"balance: {noAccount.Message}");
        IReadOnlyList<Rental>? rentals = board.RentalsOf(name);
        if (rentals is null)
        {
            if ((await open.Market.ListAsync(cancellationToken)).TryGet(out var listed, out var noList))
                rentals = listed;
            else
                missing.Add($"rentals: {noList.Message}");
        }

        var shelf = await VolumesAsync(name, open.Market, missing, cancellationToken);
        var facts = new AccountFacts(
            name, open.Market.Name, account, rentals, shelf, board.JobsOf(name), open.Market.MarketNow, open.Market.MarketSpeed, time.GetUtcNow(), open.Profile.DataKeptAfterContractEnd);
        looks[name] = (facts, missing);
        return Of(facts, missing, facts.Now);
    }

    private AccountFacts BroughtUpToDate(AccountFacts facts) => facts with
    {
        Rentals = board.RentalsOf(facts.Name) ?? facts.Rentals,
        Volumes = facts.Volumes is { Count: > 0 } seen ? Without(DeletedSince(facts.Name, facts.Now), seen) : facts.Volumes,
        Jobs = board.JobsOf(facts.Name),
        MarketNow = board.Opened(facts.Name)?.Market.MarketNow ?? facts.MarketNow,
        Now = time.GetUtcNow(),
    };

    /// <summary>Ids of volumes that Lodger has deleted since it looked.</summary>
    private HashSet<string> DeletedSince(string account, DateTimeOffset looked) =>
        [.. journal.VolumeActsOf(account).Where(a => a is { Kind: VolumeActKind.Deleted, VolumeId: not null } && a.At >= looked).Select(a => a.VolumeId!)];

    private static IReadOnlyList<Volume> Without(HashSet<string> gone, IReadOnlyList<Volume> seen) => [.. seen.Where(v => !gone.Contains(v.Id))];

    private static AccountClocks Of(AccountFacts facts, IReadOnlyList<string> missing, DateTimeOffset at, TimeSpan? within = null) =>
        new(facts.Name, facts.Market, ClockBoard.Of(facts, within), ClockBoard.BurnUsdPerHour(facts), missing, at);

    private async Task<IReadOnlyList<Volume>?> VolumesAsync(string name, IMarket market, List<string> missing, CancellationToken cancellationToken)
    {
        if (volumes.TryGetValue(name, out var known) && time.GetUtcNow() - known.At < VolumesValid)
            return Without(DeletedSince(name, known.At), known.Volumes);
        if ((await market.VolumesAsync(cancellationToken)).TryGet(out var listed, out var problem))
        {
            volumes[name] = (listed, time.GetUtcNow());
            return listed;
        }

        missing.Add($"volumes: {problem.Message}");
        return null;
    }

    private async Task TellAsync(NotifySettings settings, AccountClocks seen, CancellationToken cancellationToken)
    {
        // What could not be seen is unknown: only a complete look says that a clock has stopped.
        if (seen.Missing.Count == 0)
            told.Rearm(seen.Account, seen.Clocks, settings.Lead);
        foreach (var clock in told.Untold(seen.Clocks, settings.Lead))
        {
            told.Begin(clock, time.GetUtcNow());
            if ((await teller.TellAsync(settings, clock, cancellationToken)).Problem is not { } problem)
                continue;
            told.Failed(clock);
            log.LogWarning("{Problem}", problem.Message);
        }
    }
}
