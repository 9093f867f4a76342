using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Plan;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;
using Lodger.Engine;
using Lodger.Engine.Accounts;
using Lodger.Engine.Jobs;
using Lodger.Engine.Journal;
using Lodger.Engine.Offers;
using Lodger.Engine.Profile;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lodger.Bench.Month;

/// <summary>
/// A month of the same market with the same jobs, carried by the engine as it is: its loops, its journal, its rules, its moves by rescue and gate, each job with <c>rent: auto</c> and its deadline. Time goes from one of the engine's timers
/// to the next, and only when none of its loops has anything left to do; the machines are played.
/// </summary>
internal sealed class EngineMonth : IAccounts, IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(40);

    /// <summary>Between two looks, at the account and at a machine. The engine's own are 3 and 5 seconds apart.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(30);

    private readonly string root = Directory.CreateTempSubdirectory("lodger-month-engine-").FullName;
    private readonly JobTerms[] terms;
    private readonly StillMarket still;
    private readonly Turns turns = new();
    private readonly StepTime time = new();
    private readonly PlayedMachines machines;
    private readonly OpenAccount account;
    private readonly JournalStore journal;
    private readonly EngineOptions options;
    private DateTimeOffset market;

    public EngineMonth(int seed, JobTerms[] terms)
    {
        this.terms = terms;
        machines = new PlayedMachines(turns, time, WorkOf) { CatchUp = CatchUp };
        still = StillMarket.StartAsync(seed, machines).GetAwaiter().GetResult();
        market = still.NowAsync().GetAwaiter().GetResult();
        time.GoTo(market);
        machines.Passing = (market, market);
        account = new OpenAccount("month", new TurnMarket(still.Market, turns, time, CatchUp), machines, ProfileReader.VastAi, new Uri("http://127.0.0.1:1"), "ssh-ed25519 AAAA lodger@month", "/nonexistent") { Hosts = machines };
        journal = JournalStore.OpenFile(Path.Combine(root, "lodger.db")).Value;
        options = new EngineOptions
        {
            StateDirectory = root,
            SecretsDirectory = root,
            ToolVersion = "month",
            SweepEvery = Look,
            Waits = profile => Waits.Of(profile) with { Report = Look, Mirror = TimeSpan.FromMinutes(1) },
        };
    }

    /// <summary>Jobs that ended too late, or not, as their journals tell it.</summary>
    public IReadOnlyList<JobState> Late { get; private set; } = [];

    public Task<Outcome<OpenAccount>> OpenAsync(string name, CancellationToken cancellationToken) => Task.FromResult<Outcome<OpenAccount>>(account);

    /// <summary>On a thread of its own, with nothing else at work in this process: it waits until the pool is idle.</summary>
    public MonthFigures Live()
    {
        var start = time.GetUtcNow();
        var coming = new Queue<JobTerms>(terms);
        JobBoard? board = null;
        while (time.GetUtcNow() - start < Longest)
        {
            if (board is not null && board.OpenJobs == 0)
            {
                Let(board.DisposeAsync().AsTask());
                board = null;
            }

            if (board is null && coming.Count == 0)
                break;
            DateTimeOffset? nextJob = coming.TryPeek(out var next) ? start + TimeSpan.FromHours(next.Begin) : null;
            if (nextJob <= time.GetUtcNow())
            {
                // A server that ended when nothing was open is started again.
                board ??= Let(OpenBoardAsync());
                Let(SubmitAsync(board, coming.Dequeue()));
                continue;
            }

            var timer = board is null ? null : time.NextDue;
            time.GoTo(timer is null || nextJob < timer ? nextJob ?? throw new InvalidOperationException("Nothing is waited for, and jobs are open.") : timer.Value);
            turns.Settle();
        }

        if (board is not null)
            Let(board.DisposeAsync().AsTask());
        CatchUp();
        var states = journal.Jobs().Select(j => JobState.Replay(j.Id, journal.Read(j.Id))).ToList();
        Late = [.. states.Where(s => HomeAt(s) is not { } home || home > s.Deadline)];
        return new(
            "Lodger, rent: auto",
            still.ChargedUsdAsync().GetAwaiter().GetResult(),
            Late.Count,
            Late.Count(LostHost),
            states.Max(s => HomeAt(s) is { } home ? (home - s.Deadline!.Value).TotalHours : double.PositiveInfinity) is var most and > 0 ? most : 0,
            states.Sum(s => s.Attempts.Sum(a => a.Preemptions)),
            states.Sum(s => s.Attempts.Count - 1));
    }

    /// <summary>The journal of a job, a line an entry; what only counts money is left out.</summary>
    public IEnumerable<string> Tell(JobState job)
    {
        var begin = job.SubmittedAt;
        return journal.Read(job.Id).Where(e => e.Event is not (MeterRead or CheckpointMirrored)).Select(e => $"{(e.At - begin).TotalHours,7:0.000} h  {e.Event}");
    }

    public void Dispose()
    {
        journal.Dispose();
        still.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Directory.Delete(root, recursive: true);
    }

    /// <summary>When everything was home, and proven.</summary>
    private static DateTimeOffset? HomeAt(JobState job) => job.Attempts.Where(a => a.Ended is { ExitCode: 0 }).Select(a => a.Receipt?.At).FirstOrDefault(at => at is not null);

    /// <summary>No policy is promised anything against an on-demand host that fails.</summary>
    private bool LostHost(JobState job) => journal.Read(job.Id).Any(e => e.Event is RentalChanged { Status: RentalStatus.Offline } lost && job.Attempts[lost.Attempt - 1] is { BidUsdPerHour: null, StartedAt: { } started } && started < e.At);

    private TimeSpan WorkOf(string job) => TimeSpan.FromHours(terms.First(t => job.StartsWith(NameOf(t) + ".", StringComparison.Ordinal)).WorkHours);

    private static string NameOf(JobTerms job) => $"month{job.Number:000}";

    private async Task<JobBoard> OpenBoardAsync()
    {
        var board = new JobBoard(this, journal, options, time, NullLogger<JobBoard>.Instance);
        await board.RecoverAsync(default);
        return board;
    }

    private async Task<bool> SubmitAsync(JobBoard board, JobTerms job)
    {
        var spec = new JobSpec
        {
            Name = NameOf(job),
            Image = "pytorch/pytorch:2.4.0",
            Gpu = new GpuRequest([], 1, 20),
            DiskGb = Month.DiskGb,
            Run = "train",
            Rent = RentMode.Auto,
            Deadline = new DeadlineSpec(TimeSpan.FromHours(job.DeadlineHours), null),
            Work = TimeSpan.FromHours(job.WorkHours),
            Checkpoints = [PlayedMachine.Checkpoint],
            Results = [PlayedMachine.Result],
            Teardown = TeardownMode.WhenVerified,
        };
        var inputs = new PlanInputs { Now = board.Now, MarketNow = account.Market.MarketNow, ResultBytes = 0, ImageBytes = 0, CheckpointBytes = 0 };
        var offers = (await account.Market.SearchAsync(OfferSearch.QueryOf(spec), spec.DiskGb, withDefaults: true, default)).Value;
        var plan = Planner.ForDeadline(spec, Planner.Make(spec, offers, inputs), inputs);
        var best = plan.Best ?? throw new InvalidOperationException("The market offers nothing.");
        var results = Path.Combine(root, "results", spec.Name);
        var submitted = await board.SubmitAsync(new Submission(spec, account.Name, best.Offer, best.TotalUsd, results, "month", new Dictionary<string, string>(), best.BidUsdPerHour, Choice: plan.Choice, Alternatives: plan.Alternatives), default);
        return submitted.Problem is { } problem ? throw new InvalidOperationException(problem.ToString()) : true;
    }

    /// <summary>The market lives through what fell due since it was asked last.</summary>
    private void CatchUp()
    {
        var now = time.GetUtcNow();
        if (now <= market)
            return;
        machines.Passing = (market, now);
        still.PassAsync(now - market).GetAwaiter().GetResult();
        machines.Passing = (market = now, now);
    }

    private T Let<T>(Task<T> work)
    {
        turns.Settle();
        return work.IsCompleted ? work.GetAwaiter().GetResult() : throw new InvalidOperationException("It waits for time to pass.");
    }

    private void Let(Task work) => Let(work.ContinueWith(done => done.IsCompletedSuccessfully ? true : throw done.Exception!, TaskScheduler.Default));
}
