using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Engine;
using Lodger.Engine.Accounts;
using Lodger.Engine.Jobs;
using Lodger.Engine.Journal;
using Lodger.Engine.Profile;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lodger.Bench.Engine;

/// <summary>The engine as it is, with its journal on the disk, over a market and machines that answer at once.</summary>
internal sealed class EngineBench : IAccounts, IAsyncDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("lodger-bench-").FullName;
    private readonly JournalStore journal;
    private readonly JobBoard board;
    private readonly OpenAccount account;

    /// <param name="sweepEvery">Null: as it is.</param>
    /// <param name="pushed">Whether the market pushes what happens.</param>
    public EngineBench(TimeSpan? sweepEvery = null, bool pushed = false)
    {
        journal = JournalStore.OpenFile(Path.Combine(root, "lodger.db")).Value;
        account = new OpenAccount("bench", Market, new InstantBox(), ProfileReader.VastAi, new Uri("http://127.0.0.1:1"), "ssh-ed25519 AAAA lodger@test", "/nonexistent") { Hosts = new InstantBox() };
        var options = new EngineOptions { StateDirectory = root, SecretsDirectory = root, ToolVersion = "bench", SweepEvery = sweepEvery };
        board = new JobBoard(this, journal, options, TimeProvider.System, NullLogger<JobBoard>.Instance);
        Market.Push = pushed ? kind => board.Pushed("bench", kind) : null;
    }

    public CountingMarket Market { get; } = new();

    public Task<Outcome<OpenAccount>> OpenAsync(string name, CancellationToken cancellationToken) => Task.FromResult<Outcome<OpenAccount>>(account);

    /// <summary>Returns when every one of them runs.</summary>
    public async Task RunJobsAsync(int count)
    {
        for (var i = 0; i < count; i++)
            await SubmitAsync($"job{i}", RentMode.OnDemand, null);
        await UntilAsync(() => board.List().All(s => s.State.Phase == JobPhase.Running));
    }

    /// <summary>How long after its preemption a job's was seen, the choice made, the next rental asked for, and the command running there.</summary>
    public async Task<(TimeSpan Seen, TimeSpan Chosen, TimeSpan Rented, TimeSpan Resumed)> PreemptAsync(string name, TimeSpan after)
    {
        var id = await SubmitAsync(name, RentMode.Interruptible, 0.1m);
        JobState State() => board.Find(id).Value.State;
        await UntilAsync(() => State().Phase == JobPhase.Running);
        await Task.Delay(after);
        var at = DateTimeOffset.UtcNow;
        Market.Preempt(State().Current!.RentalId!);
        await UntilAsync(() => State().Current is { Number: 2, StartedAt: not null });
        var events = board.Events(id, 0);
        TimeSpan Until(Func<JobEvent, bool> what) => events.First(e => e.At >= at && what(e.Event)).At - at;
        return (Until(e => e is RentalChanged { Status: RentalStatus.Preempted }), Until(e => e is MoveDecided), Until(e => e is RentIntended), Until(e => e is JobStarted));
    }

    /// <summary>Submits so many jobs on bids; how long that took. Returns when every one of them runs.</summary>
    public async Task<TimeSpan> RunSpotJobsAsync(int count)
    {
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
            await SubmitAsync($"job{i}", RentMode.Interruptible, 0.1m);
        var took = System.Diagnostics.Stopwatch.GetElapsedTime(began);
        await UntilAsync(() => board.List().All(s => s.State.Phase == JobPhase.Running), TimeSpan.FromSeconds(2));
        return took;
    }

    /// <summary>From the moment at which a listing showed a preemption to the entries about it; of so many at once.</summary>
    public async Task<(List<TimeSpan> Noted, List<TimeSpan> Decided)> PreemptAtOnceAsync(int count)
    {
        var chosen = board.List().Where(s => s.State.Phase == JobPhase.Running).OrderBy(s => s.State.Id, StringComparer.Ordinal).Take(count).Select(s => (s.State.Id, s.State.Current!.RentalId!, s.State.Current!.Number)).ToList();
        foreach (var (_, rental, _) in chosen)
            Market.Preempt(rental);
        // The turn of a listing of hundreds of pages is many minutes.
        board.Pushed("bench", "outbid");
        await UntilAsync(() => chosen.All(c => board.Find(c.Id).Value.State.Attempts[c.Number - 1].Move is not null), TimeSpan.FromSeconds(1));
        List<TimeSpan> noted = [], decided = [];
        foreach (var (id, rental, attempt) in chosen)
        {
            var shown = Market.ShownPreemptedAt[rental];
            var events = board.Events(id, 0);
            noted.Add(events.First(e => e.Event is RentalChanged { Status: RentalStatus.Preempted } c && c.Attempt == attempt).At - shown);
            decided.Add(events.First(e => e.Event is MoveDecided m && m.Attempt == attempt).At - shown);
        }

        return (noted, decided);
    }

    /// <summary>All rules on every job; how many findings there were.</summary>
    public int Doctor() => board.Doctor().Sum(look => look.Findings.Count);

    public async ValueTask DisposeAsync()
    {
        await board.DisposeAsync();
        journal.Dispose();
        Directory.Delete(root, recursive: true);
    }

    private async Task<string> SubmitAsync(string name, RentMode rent, decimal? bid)
    {
        var spec = new JobSpec
        {
            Name = name,
            Image = "python:3.12-slim",
            Gpu = new GpuRequest([], 1, null),
            DiskGb = 10,
            Run = "true",
            Results = ["out"],
            Rent = rent,
            Checkpoints = rent == RentMode.OnDemand ? [] : ["ckpt/*.pt"],
        };
        var submitted = await board.SubmitAsync(
            new Submission(spec, "bench", CountingMarket.Offers[0], 1m, Path.Combine(root, "results", name), "bench", new Dictionary<string, string>(), bid), CancellationToken.None);
        return submitted.Value.State.Id;
    }

    private static async Task UntilAsync(Func<bool> wanted, TimeSpan? every = null)
    {
        var end = DateTimeOffset.UtcNow + TimeSpan.FromMinutes(10);
        while (!wanted())
        {
            if (DateTimeOffset.UtcNow > end)
                throw new TimeoutException("The engine did not get there within ten minutes.");
            await Task.Delay(every ?? TimeSpan.FromMilliseconds(25));
        }
    }
}
