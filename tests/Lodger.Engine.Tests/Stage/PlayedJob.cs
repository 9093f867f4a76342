using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;
using Lodger.Engine.Accounts;
using Lodger.Engine.Acts;
using Lodger.Engine.Jobs;
using Lodger.Engine.Journal;
using Lodger.Engine.Journal.Databases;
using Lodger.Engine.Offers;
using Lodger.Engine.Profile;
using Lodger.Engine.Secrets;
using Lodger.Engine.Sweep;
using Lodger.Tests.Shared;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lodger.Engine.Tests.Stage;

/// <summary>One job with a history, whose acts are carried out as a test says, on a platform and a machine that it plays.</summary>
internal sealed class PlayedJob : IAsyncDisposable
{
    public const string Id = "a.1";

    private readonly TemporaryDirectory directory = new();
    private readonly BoxPace pace = new();
    private readonly CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly JournalStore journal;
    private readonly AccountDesks desks;
    private readonly Task sweeping;

    private PlayedJob(Setting setting)
    {
        Database = new SqliteDatabase(Path.Combine(directory.Path, "journal.db"));
        journal = JournalStore.Open(Database, null).Value;
        var context = new ActContext(
            new EngineOptions { StateDirectory = directory.Path, SecretsDirectory = directory.Path, ToolVersion = "test", SweepEvery = TimeSpan.FromHours(1), Waits = _ => setting.Waits },
            setting.Time, new SecretSource(directory.Path), pace);
        (string, Func<object?[], object?>) list = (nameof(IMarket.ListAsync), _ => Task.FromResult(Outcome<IReadOnlyList<Rental>>.Ok(setting.Rentals)));
        (string, Func<object?[], object?>) now = ("get_MarketNow", _ => setting.Time.GetUtcNow());
        (string, Func<object?[], object?>) speed = ("get_MarketSpeed", _ => 1.0);
        var account = new OpenAccount("local", Played.Of<IMarket>([Played.Anna, list, now, speed, .. setting.Market]), Played.Of<IBox>(setting.Box), ProfileReader.VastAi, new Uri("http://127.0.0.1:1"), "ssh-ed25519 AAAA lodger@test", "/nonexistent")
        {
            Hosts = Played.Of<IHostDoor>(setting.Hosts),
        };
        var looked = new TaskCompletionSource();
        var user = new AccountUser(account, journal, () => true, setting.Time, NullLogger.Instance);
        var sweep = new AccountSweep(
            account, user, context, () => [], () => true,
            news =>
            {
                // Before the runner is there, its job has nothing to be told.
                Runner?.OnSwept(news);
                looked.TrySetResult();
            },
            NullLogger.Instance);
        desks = new AccountDesks(user, sweep, new ChargesWatch(account, user, setting.Time, TimeSpan.FromHours(1), () => false, () => { }, NullLogger.Instance), new OfferDesk(account, setting.Time));
        sweeping = sweep.RunAsync(stop.Token);
        Looked = looked.Task;
        Results = Path.Combine(directory.Path, "results");
        List<JournalEntry> entries = [new(1, setting.Time.GetUtcNow(), Submitted(setting))];
        foreach (var happened in setting.History)
            entries.Add(new(entries.Count + 1, setting.Time.GetUtcNow(), happened));
        journal.Create(Id, "a", entries[0]);
        foreach (var entry in entries.Skip(1))
            journal.Append(Id, entry);
        Runner = new JobRunner(JobState.Replay(Id, entries), account, desks, journal, context, NullLogger.Instance);
        Acts = new JobActs(Runner, account, context);
    }

    public JobRunner Runner { get; }

    /// <summary>In which its journal is.</summary>
    public SqliteDatabase Database { get; }

    public JobActs Acts { get; }

    /// <summary>Where the job's results lie.</summary>
    public string Results { get; }

    public IEnumerable<JobEvent> Events => journal.Read(Id).Select(e => e.Event);

    private Task Looked { get; }

    /// <summary>When the platform's rentals have been seen.</summary>
    public static async Task<PlayedJob> StartAsync(Setting setting)
    {
        var played = new PlayedJob(setting);
        await played.Looked;
        return played;
    }

    /// <summary>Looks at the platform once more.</summary>
    public void Sweep() => desks.Sweep.Hurry();

    public Task<TimeSpan> CarryOutAsync(JobAction action) => Acts.CarryOutAsync(action, stop.Token);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await sweeping;
        Runner.Dispose();
        desks.Dispose();
        desks.User.Dispose();
        journal.Dispose();
        pace.Dispose();
        stop.Dispose();
        directory.Dispose();
    }

    private JobSubmitted Submitted(Setting setting) => new(
        new JobSpec { Name = "a", Image = "i", Gpu = new GpuRequest(["RTX 4090"], 1, null), DiskGb = 10, Run = "true", Results = ["out"], Checkpoints = [setting.Checkpoints], BudgetUsd = setting.BudgetUsd },
        "local marketplace", "local", SampleOffer.OnDemand, 0.5m, Results, "anna");

    /// <summary>What a test is about.</summary>
    public sealed record Setting
    {
        public IReadOnlyList<JobEvent> History { get; init; } = [];

        public IReadOnlyList<Rental> Rentals { get; init; } = [];

        public (string Method, Func<object?[], object?> Answer)[] Market { get; init; } = [];

        public (string Method, Func<object?[], object?> Answer)[] Box { get; init; } = [];

        public (string Method, Func<object?[], object?> Answer)[] Hosts { get; init; } = [];

        public Waits Waits { get; init; } = new();

        public TimeProvider Time { get; init; } = TimeProvider.System;

        public decimal? BudgetUsd { get; init; }

        public string Checkpoints { get; init; } = "step-*.dat";
    }
}
