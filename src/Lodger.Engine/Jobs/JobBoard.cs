using System.Text.Json;
using Lodger.Domain.Doctor;
using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;
using Lodger.Domain.Prospects;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Storage;
using Lodger.Engine.Accounts;
using Lodger.Engine.Acts;
using Lodger.Engine.Checkpoints;
using Lodger.Engine.Code;
using Lodger.Engine.Doctor;
using Lodger.Engine.Journal;
using Lodger.Engine.Journal.Databases;
using Lodger.Engine.Secrets;
using Lodger.Engine.Storage;
using Microsoft.Extensions.Logging;

namespace Lodger.Engine.Jobs;

/// <summary>All jobs of this machine: shows them, and passes on what people say to them.</summary>
public sealed class JobBoard : IAsyncDisposable
{
    /// <summary>What a market did longer ago says little about it now.</summary>
    private static readonly TimeSpan RecordKept = TimeSpan.FromDays(28);

    private readonly JournalStore journal;
    private readonly ActContext context;
    private readonly ILogger log;
    private readonly JobRoster roster;
    private readonly JobIntake intake;

    public JobBoard(IAccounts accounts, JournalStore journal, EngineOptions options, TimeProvider time, ILogger<JobBoard> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        this.journal = journal;
        this.log = log;
        context = new ActContext(options, time, new SecretSource(options.SecretsDirectory, Environment.GetEnvironmentVariable), new BoxPace());
        roster = new JobRoster(accounts, journal, context, log);
        intake = new JobIntake(roster, journal, context, log);
        Code = new CodeStore(SharedDirectory, time, log) { InUse = () => roster.OpenPlaces };
    }

    public DateTimeOffset Now => context.Time.GetUtcNow();

    /// <summary>Absolute: what jobs that come over the network may name on this machine lies below it.</summary>
    public string SharedDirectory => context.Options.SharedDirectory;

    /// <summary>Code that was handed over.</summary>
    public CodeStore Code { get; }

    /// <summary>Where results lie when the submission leaves it to the server.</summary>
    /// <param name="job">A job's name.</param>
    /// <param name="project">Null: the default one.</param>
    public string ResultsDirectoryOf(string job, string? project) => Path.Combine(SharedDirectory, project ?? Projects.Default, "results", job);

    /// <summary>Whether this server's user has a secret of that name, which a job would be given.</summary>
    public bool KnowsSecret(string name) => context.Secrets.Resolve("", [name]).IsOk;

    /// <summary>How long is waited for what in this job.</summary>
    public Waits WaitsOf(JobState job)
    {
        ArgumentNullException.ThrowIfNull(job);
        return roster.Runner(job.Id)?.Waits ?? new Waits();
    }

    /// <summary>Jobs that may still cost money.</summary>
    public int OpenJobs => OpenJobsOf(_ => true);

    public int OpenJobsOf(Func<JobState, bool> isWanted) => Glance().Count(g => g.State.IsOpen && isWanted(g.State));

    /// <summary>
    /// After a start: every job of the journal gets its runner back, those closed lately too, because a rental that was lost sight of may
    /// still turn up under their label. An open job whose account cannot be opened is shown as it was last known, and tried again.
    /// </summary>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        await roster.TakeUpAllAsync(cancellationToken);
        // Not before: what a job needs is known only now.
        roster.Keep(Code.RunAsync);
    }

    public async Task<Outcome<JobSight>> SubmitAsync(Submission submission, CancellationToken cancellationToken) =>
        (await intake.TakeAsync(submission, cancellationToken)).Then(id => Find(id));

    /// <inheritdoc cref="RentalOwner.Of"/>
    public JobState? OwnerOf(string account, string rentalId) => intake.OwnerOf(account, rentalId);

    /// <inheritdoc cref="JobIntake.NameTaken"/>
    internal Problem? NameTaken(string name, string? project) => intake.NameTaken(name, project);

    /// <summary>The job that a submission with this very key made of this very rental; null: it made none yet.</summary>
    internal Outcome<JobSight>? SaidBefore(string key, string account, string rentalId, string name, string by) =>
        intake.SaidBefore(key, account, rentalId, name, by)?.Then(id => Find(id));

    /// <summary>Forgets a rental that was taken over, whatever was saved of it. It is not touched.</summary>
    public Outcome<JobSight> Release(string key, string rentalId, string by, Problem why, DateTimeOffset marketNow) => Say(
        key,
        s => s.Current is { DestroyIntendedAt: null, Released: null, MayBill: true } a && a.RentalId == rentalId && s.IsAdopted,
        new RentalReleased(1, rentalId, by, why, marketNow),
        "has nothing to let go just now: its rental is gone, or its destroy was asked for a moment ago (if it is still there in a few minutes, say it again)");

    /// <summary>What the jobs of the last weeks saw of a market's bids.</summary>
    /// <param name="marketSpeed">Market seconds in one of ours.</param>
    public SpotRecord SeenOf(string account, double marketSpeed) =>
        SpotRecord.Of(List().Select(s => s.State).Where(s => s.Submission.Account == account && Now - s.SubmittedAt < RecordKept), Now, marketSpeed);

    /// <summary>Newest first.</summary>
    public IReadOnlyList<JobSight> List() =>
        [.. roster.Runners.Select(Sight).Concat(roster.Dormant.Select(d => d.Sight)).OrderByDescending(s => s.State.SubmittedAt)];

    /// <summary>The state of every job and what goes on with it, in no order and without a look at any listing: cheap enough to be asked each second.</summary>
    public IEnumerable<(JobState State, JobLive Live)> Glance() => roster.Runners.Select(r => (r.State, r.Live)).Concat(roster.Dormant.Select(d => (d.State, d.Sight.Live)));

    /// <summary>Whose a job is, also one that is in the journal and that nobody works on yet; null: there is none of that id, or its journal cannot be read, and so it is shown to nobody who is limited to a project.</summary>
    public string? ProjectOf(string jobId)
    {
        if ((roster.Runner(jobId)?.State ?? roster.Sleeper(jobId)?.State) is { } state)
            return state.Project;
        try
        {
            return journal.Read(jobId) is [{ Event: JobSubmitted submitted }, ..] ? submitted.Project ?? Projects.Default : null;
        }
        catch (Exception e) when (e is JournalException or InvalidDataException or JsonException)
        {
            log.LogWarning("the journal of {Job} cannot be read: {Problem}", jobId, e.Message);
            return null;
        }
    }

    /// <param name="key">Id, or name: then the newest of that name.</param>
    /// <param name="project">Of this project alone; null: of all.</param>
    public Outcome<JobSight> Find(string key, string? project = null)
    {
        if (roster.Find(key, project) is { } id)
        {
            if (roster.Runner(id) is { } runner)
                return Sight(runner);
            if (roster.Sleeper(id) is { } sleeper)
                return sleeper.Sight;
        }

        return new Problem("no-such-job", $"There is no job named {key}.", "See them all: lodger ps --all", ExitCode.NotFound);
    }

    /// <summary>Those that jobs run on, or ran on lately.</summary>
    public IReadOnlyList<string> AccountNames() => [.. roster.Runners.Select(r => r.State.Submission.Account).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    public IReadOnlyList<JobState> JobsOf(string account) => [.. roster.Of(account).Select(r => r.State).Where(s => s.IsOpen)];

    /// <summary>All rentals of an account as the newest sweep showed them, whoever made them; null: it could not be read, or nothing sweeps that account.</summary>
    public RentalList? RentalsOf(string account) => roster.SweepOf(account)?.Latest.Listing.Rentals;

    public IReadOnlyList<JournalEntry> Events(string jobId, long after) => journal.Read(jobId, after);

    public Task<Outcome<OpenAccount>> AccountAsync(string name, CancellationToken cancellationToken) => roster.AccountAsync(name, cancellationToken);

    /// <summary>An account that was opened for somebody; opens none.</summary>
    public OpenAccount? Opened(string name) => roster.Opened(name);

    /// <summary>The platform pushed that something happened to an account: its rentals are looked at now rather than at their turn. Nothing else follows from it.</summary>
    /// <param name="kind">The platform's word for it.</param>
    public void Pushed(string account, string kind) => roster.SweepOf(account)?.Pushed(kind);

    /// <summary>Where the job's files lie now. A rental that cannot be looked into is unknown, not empty.</summary>
    public async Task<Outcome<StorageMap>> StorageAsync(string key, CancellationToken cancellationToken)
    {
        if (!Find(key).TryGet(out var sight, out var unknown))
            return unknown;
        if (!(await AccountAsync(sight.State.Submission.Account, cancellationToken)).TryGet(out var account, out var closed))
            return closed;
        return await StorageLook.LookAsync(sight.State, account, RentalsOf(account.Name), cancellationToken);
    }

    /// <summary>Looks at one job now, at the platform and into its machine.</summary>
    public async Task<Outcome<CheckUp>> DoctorAsync(string key, CancellationToken cancellationToken)
    {
        if (!Find(key).TryGet(out var sight, out var unknown))
            return unknown;
        if (!(await AccountAsync(sight.State.Submission.Account, cancellationToken)).TryGet(out var account, out var closed))
            return closed;
        return await new CloseLook(sight, account, Now).LookAsync(cancellationToken);
    }

    /// <summary>Every open job as it was last seen, without asking anybody.</summary>
    /// <param name="isWanted">Null: all.</param>
    public IReadOnlyList<CheckUp> Doctor(Func<JobState, bool>? isWanted = null)
    {
        var now = Now;
        return
        [
            .. List().Where(s => s.State.IsOpen && s.Profile is not null && isWanted?.Invoke(s.State) is not false).Select(s => JobFacts.Of(s, s.Profile!, now))
                .Select(f => new CheckUp(f.Job!.Name, f.Job.Id, f.Moment, Examination.Of(f), now) { Rental = f.Rental, BillsUsdPerHour = f.BillsUsdPerHour }),
        ];
    }

    public Outcome<JobSight> Cancel(string key, string by) => Say(
        key, s => s is { IsOpen: true, IsAdopted: false, IsUnended: true }, new CancelRequested(by),
        s => s is { IsAdopted: true, Closed: null } ? $"is a rental that was taken over: its work is not Lodger's to end (lodger adopt --release {s.Submission.Adopts!.RentalId} lets it go)" : "is over already");

    /// <param name="overProxy">Also through the slow proxy, however much it is.</param>
    public Outcome<JobSight> BringHome(string key, string by, bool overProxy = false) =>
        Say(key, s => s.Attempts.Any(a => a is { IsOver: true, RentalId: not null, DestroyIntendedAt: null, Vanished: false, Released: null }), new BringHomeRequested(by, overProxy), s => s switch
        {
            { Closed: not null } => "is closed, and no rental of it holds anything that could be fetched",
            { Current: { DestroyIntendedAt: not null, RentalId: { } going } } => $"is being torn down: what {going} held is home and proven, or was given up",
            { Current: { Vanished: true } or { Released: not null } } => "holds nothing any more that could be fetched: its rental is gone",
            { IsHeld: true } => $"has reached its budget and is stopped, and its command is not over: what it made is fetched when it ends (lodger down {s.Name})",
            { Current.StartedAt: not null } => $"has not ended: what it made is fetched when it has (lodger down {s.Name} ends it)",
            _ => "has nothing to fetch yet: its command has not begun, or its rental is gone",
        });

    public Outcome<JobSight> Drill(string key, string by) => Say(
        key,
        s => s.Closed is null && s.CancelRequestedAt is null && s.Current is { StartedAt: not null, IsOver: false, LastStatus: RentalStatus.Running },
        new DrillRequested(by),
        "has nothing to drill just now: its command does not run");

    /// <summary>What the job has cost, what its budget keeps back, and what is left of it.</summary>
    public Outcome<JobBudget> Budget(string key) => Find(key).Then<JobBudget>(sight => BudgetOf(sight));

    /// <summary>Sets the most that a job may cost in all. One that is reached already is refused.</summary>
    public Outcome<JobSight> SetBudget(string key, decimal usd, string by)
    {
        if (!Find(key).TryGet(out var sight, out var problem))
            return problem;
        var budget = BudgetOf(sight);
        if (!sight.State.IsAdopted && usd <= budget.SpentUsd + budget.ReserveUsd)
        {
            var least = Math.Ceiling((budget.SpentUsd + budget.ReserveUsd + 0.01m) * 100) / 100;
            return new Problem(
                "budget-too-small",
                $"${usd:0.00##} would be reached at once: ${budget.SpentUsd:0.00} is spent, and ${budget.ReserveUsd:0.00} is kept back to bring everything home and to keep its disk for {Reserve.DiskKept.TotalDays:0} days.",
                $"Name more than ${least:0.00}, or end the job:  lodger down {budget.Name}",
                ExitCode.BudgetReached);
        }

        return Say(
            key, s => s is { IsOpen: true, Cancel: null, IsAdopted: false } && (s.IsHeld || s.Current?.Ended is null), new BudgetSet(usd, by),
            s => !s.IsOpen ? "is over already"
                : s.IsAdopted ? "is a rental that was taken over: nothing is stopped there, so no budget holds"
                : "is on its way to its end already");
    }

    /// <summary>Where what came home from an attempt's rental lies.</summary>
    public static string BundleOf(JobState job, AttemptState attempt) => JobDirectories.Bundle(job, attempt);

    /// <summary>A person's yes, worth something only for exactly what the token was made of.</summary>
    public Outcome<JobSight> Approve(string key, string token, string by, IReadOnlyList<string> names)
    {
        if (!FindRunner(key).TryGet(out var runner, out var problem))
            return problem;
        // A job that moved may have several rentals that wait for a yes: it is for the one that was shown.
        var waiting = runner.State.Attempts.Where(a => ApprovalToken.For(runner.State, a) is not null).ToList();
        var attempt = waiting.FirstOrDefault(a => ApprovalToken.For(runner.State, a) == token) ?? waiting.FirstOrDefault();
        if (attempt is not { Receipt: { } receipt })
            return NothingToApprove(runner.State);
        if (receipt.HashOnly.FirstOrDefault(f => !names.Contains(f)) is { } unnamed)
        {
            return new Problem(
                "approval-must-name",
                $"{unnamed} is known by hash only, nothing proved that it loads; an approval must name it.",
                $"lodger approve {runner.State.Name} --token {token} --names {string.Join(' ', receipt.HashOnly)}",
                ExitCode.ApprovalNeeded);
        }

        // Said once more: each yes asks for a newer look at the machine, so that one who repeats it would wait for ever.
        if (Token(runner.State, attempt.Number) == token && TeardownGate.IsApproved(runner.State, attempt) && attempt.Starts == 0)
            return Sight(runner);
        var yes = new Approved(attempt.Number, ApprovalKind.Person, attempt.RentalId!, receipt.ReceiptId, by, names);
        return Said(runner, runner.AppendIf(s => Token(s, attempt.Number) == token, yes))
            ? Sight(runner)
            : new Problem(
                "approval-void",
                "That approval was for another rental, or for another state of its files.",
                $"See what would be destroyed now: lodger down {runner.State.Name}",
                ExitCode.ApprovalNeeded);
    }

    /// <summary>Gives up data. The rental's id must be typed exactly.</summary>
    public Outcome<JobSight> Abandon(string key, string rentalId, string by)
    {
        if (!FindRunner(key).TryGet(out var runner, out var problem))
            return problem;
        // A job that moved may have several: the one that was typed, and for a wrong id the one that would be named.
        var there = runner.State.Attempts.Where(a => a is { RentalId: not null, DestroyIntendedAt: null, DestroyedAt: null, Vanished: false, Released: null }).ToList();
        if ((there.Find(a => a.RentalId == rentalId) ?? there.LastOrDefault()) is not { } attempt)
            return NothingToApprove(runner.State);
        var given = new Approved(attempt.Number, ApprovalKind.DataAbandoned, rentalId, null, by, [$"everything on {rentalId} that is not in {runner.State.Submission.ResultsDirectory}"]);
        return Said(runner, runner.AppendIf(s => s.Attempts.First(a => a.Number == attempt.Number) is { DestroyIntendedAt: null } a && a.RentalId == rentalId, given))
            ? Sight(runner)
            : new Problem(
                "abandon-other-rental", $"The rental of {runner.State.Name} is {attempt.RentalId}, not {rentalId}. Nothing was done.", "Type its id exactly.", ExitCode.ApprovalNeeded);
    }

    public async ValueTask DisposeAsync()
    {
        await roster.DisposeAsync();
        context.Pace.Dispose();
    }

    private static string? Token(JobState state, int attempt) => ApprovalToken.For(state, state.Attempts.First(a => a.Number == attempt));

    private static Problem NothingToApprove(JobState state) => new(
        "nothing-to-approve", $"{state.Name} has no rental that waits for an approval (state: {PhaseWords.Of(state.Phase)}).", $"lodger show {state.Name}", ExitCode.ApprovalNeeded);

    private Outcome<JobSight> Say(string key, Func<JobState, bool> allowed, JobEvent said, string refusal) => Say(key, allowed, said, _ => refusal);

    /// <param name="refusal">What the job is instead, after its name.</param>
    private Outcome<JobSight> Say(string key, Func<JobState, bool> allowed, JobEvent said, Func<JobState, string> refusal)
    {
        if (!FindRunner(key).TryGet(out var runner, out var problem))
            return problem;
        if (Said(runner, runner.AppendIf(allowed, said)))
            return Sight(runner);
        return new Problem("not-now", $"{runner.State.Name} {refusal(runner.State)}.", $"lodger show {runner.State.Name}", ExitCode.BadInput);
    }

    private static JobBudget BudgetOf(JobSight sight)
    {
        var job = sight.State;
        var rentals = new RentalList(sight.Rental is { } rental ? [rental, .. sight.Others] : sight.Others);
        // With no rental there will be another, about like the last.
        var kept = rentals.Count > 0 ? BudgetHold.KeptBackUsd(job, rentals) : job.Closed is null ? Reserve.Usd(job.Current?.Offer ?? job.Submission.Offer, job.Submission.Spec.DiskGb) : 0;
        return new(job.Name, job.BudgetUsd, Reserve.SpentUsd(job, sight.Live.Charges, sight.MarketNow), kept, job.IsHeld);
    }

    private static bool Said(JobRunner runner, bool appended)
    {
        // A word that was refused changes nothing: what is under way goes on.
        if (appended)
            runner.Interrupt();
        runner.Hurry();
        return appended;
    }

    private Outcome<JobRunner> FindRunner(string key)
    {
        if (!Find(key).TryGet(out var sight, out var problem))
            return problem;
        if (roster.Runner(sight.State.Id) is { } runner)
            return runner;
        if (sight.State.IsOpen && roster.Sleeper(sight.State.Id) is { Problem: null })
            return new Problem("job-begins", $"{sight.State.Name} was taken this very moment.", "Try again.", ExitCode.Unknown, MayRetry: true);
        return roster.Sleeper(sight.State.Id)?.Problem ?? new Problem("job-over", $"{sight.State.Name} is over.", $"lodger show {sight.State.Name}", ExitCode.BadInput);
    }

    private static JobSight Sight(JobRunner runner)
    {
        var state = runner.State;
        var sight = runner.Sight;
        // What was let go is looked at no more than any rental of others.
        var id = state.Current is { Released: null } current ? current.RentalId : null;
        var left = state.Attempts.Where(a => a.MayBill && a.RentalId != id).Select(a => a.RentalId).ToHashSet();
        return new(state, runner.Live, sight.Listing.Rentals?.WithId(id), [.. left.Select(l => sight.Listing.Rentals?.WithId(l)).OfType<Rental>()], sight.Listing.At, id is not null && sight.Gone.Contains(id), runner.MarketNow) { Profile = runner.Profile };
    }
}
