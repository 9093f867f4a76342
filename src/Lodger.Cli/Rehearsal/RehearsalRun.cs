using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Cli.Staging;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Doctor;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Rehearsal;

/// <summary>
/// A job twice on a marketplace of its own: once left alone, and once preempted, in the middle of a checkpoint and with its host lost; then both are compared.
/// </summary>
internal sealed class RehearsalRun(Surroundings around, OwnStage stage)
{
    /// <summary>A rehearsal shows what happens, not how long somebody else keeps a machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Work = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(300);
    private readonly Screen screen = around.Screen;

    public static IReadOnlyList<TroubleKind> Plan { get; } = [TroubleKind.OutbidInWrite, TroubleKind.OutbidForGood, TroubleKind.HostLost];

    /// <summary>The job as it is rehearsed: its <c>rehearse:</c>, and a bid instead of what it would pay.</summary>
    public static JobSpec Adapt(JobSpec spec)
    {
        spec = spec.Sweep is null ? spec : SweepSpec.Cell(spec, 1);
        var env = new Dictionary<string, string>(spec.Env, StringComparer.Ordinal);
        foreach (var (name, value) in spec.Rehearse.Env)
            env[name] = value;
        return spec with
        {
            // What it runs on here is this machine's processor, whatever the offer is called; there must be somewhere to move to.
            Gpu = spec.Gpu with { Names = [], MinMemoryGb = null },
            Run = spec.Rehearse.Run ?? spec.Run,
            Env = env,
            Rent = RentMode.Interruptible,
            Bid = null,
            Patience = Patience,
            Deadline = null,
            BudgetUsd = null,
            Offers = null,
            // It is the platform's; what is rehearsed is the job.
            Volume = null,
            Copies = [],
            Work = Work,
            Teardown = TeardownMode.WhenVerified,
            Workdir = spec.Workdir ?? $"/workspace/{spec.Name}",
        };
    }

    public async Task<ExitCode> RunAsync(Preparation ready, IReadOnlyDictionary<string, string> secrets, CancellationToken cancellationToken)
    {
        if (ready.Spec.Checkpoints.Count == 0)
            return screen.Fail(new Problem("rehearse-needs-checkpoints", "A job without checkpoints begins again at every preemption; there is nothing to rehearse.", "Name what it saves:  checkpoints: [ckpt/*.pt]", ExitCode.BadInput));
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Bound);
        try
        {
            return await PlayAsync(ready, secrets, bound.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return screen.Fail(new Problem("rehearsal-late", $"The rehearsal was not over after {Bound.TotalMinutes:0} minutes.", "Rehearse less work:  rehearse: {run: ...}", ExitCode.TimedOut));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            screen.Line();
            screen.Line("Interrupted: ending the rehearsal's machines, marketplace and server.");
            await stage.DisposeAsync();
            screen.Line("They are gone; nothing is billing.");
            return ExitCode.Interrupted;
        }
    }

    private async Task<ExitCode> PlayAsync(Preparation ready, IReadOnlyDictionary<string, string> secrets, CancellationToken cancellationToken)
    {
        var spec = Adapt(ready.Spec);
        screen.Hang("", $"{spec.Name} twice, on a marketplace that runs here for the occasion, with play money: once left alone, and once preempted {Figures.Of(Plan.Count, "time")}, in the middle of writing a checkpoint, for good, and by the loss of its host.");
        screen.Line();
        if (!(await stage.RaiseAsync(cancellationToken)).TryGet(out var server, out var problem))
            return screen.Fail(problem);
        using (server)
        {
            if (stage.Door is not { } door)
                return screen.Fail(new Problem("market-gone", "The rehearsal's marketplace has ended.", "Run it again; with --keep its log stays.", ExitCode.Prerequisite));
            if (!(await SubmitAsync(server, ready with { Spec = spec }, secrets, "interrupted", 0, cancellationToken)).TryGet(out var hit, out problem)
                || !(await SubmitAsync(server, ready with { Spec = spec with { Name = AloneName(spec.Name) } }, secrets, "alone", 1, cancellationToken)).TryGet(out var plain, out problem))
                return screen.Fail(problem);
            var watch = new JobWatch(stage.Inner, server);
            var maker = TroubleMaker.Telling(screen, server, door, around.Time, watch);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var making = maker.RunAsync(hit.Id, Plan, over.Token);
            var keeping = KeepsDamagedAsync(server, hit.Id, over.Token);
            if (!(await watch.FollowAsync(hit.Id, job => IsOver(job) || keeping.IsCompleted, cancellationToken)).TryGet(out hit, out problem)
                || !(await UntilOverAsync(server, plain.Id, cancellationToken)).TryGet(out plain, out problem)
                || !(await server.EventsAsync(hit.Id, 0, cancellationToken)).TryGet(out var events, out problem))
                return screen.Fail(problem);
            await over.CancelAsync();
            await Task.WhenAll(making, keeping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            LastWords.Write(screen, hit);
            return Conclude(
                RehearsalVerdict.Of(spec, Plan.Count, maker.Made, events, hit, plain),
                await ExpenseAsync(server, hit.Id, cancellationToken),
                await ExpenseAsync(server, plain.Id, cancellationToken));
        }
    }

    private async Task<Outcome<JobView>> SubmitAsync(
        ServerClient server, Preparation ready, IReadOnlyDictionary<string, string> secrets, string directory, int offer, CancellationToken cancellationToken)
    {
        if (!(await server.PlanAsync(new PlanRequest(ready.Spec, AccountNames.Local, true, null, ready.Inputs), cancellationToken)).TryGet(out var plan, out var problem))
            return problem;
        if (plan.Plan.Offers.Count == 0)
            return new Problem("no-offer", "The local marketplace has no offer that fits.", "Rehearse it with fewer GPUs or a smaller disk.", ExitCode.NoOffer);
        var priced = plan.Plan.Offers[Math.Min(offer, plan.Plan.Offers.Count - 1)];
        // Nothing is paid for here: what would keep it from being rented for keeps nobody from trying it.
        IReadOnlyList<AcceptedFinding> accepted = [.. plan.Findings.Where(f => f.Blocks).Select(f => new AcceptedFinding(f.Id, f.Evidence))];
        var (choice, alternatives) = plan.Plan.DecisionFor(priced);
        return await server.SubmitAsync(
            new SubmitRequest(ready.Spec, AccountNames.Local, priced.Offer, priced.TotalUsd, Path.Combine(stage.Results, directory), around.User, secrets, priced.BidUsdPerHour, accepted, choice, alternatives), cancellationToken);
    }

    /// <summary>Two open jobs have two names; where they run, both lie in the same directory.</summary>
    private static string AloneName(string name)
    {
        const string end = "-alone";
        const int most = 40;
        return name[..Math.Min(name.Length, most - end.Length)].TrimEnd('-') + end;
    }

    private static bool IsOver(JobView job) => job.Phase is JobPhase.Closed or JobPhase.NeedsAttention;

    /// <summary>
    /// Completes when the work is done and its last rental gone, while an earlier one is kept because what it holds is damaged: such a job waits for a person.
    /// </summary>
    private async Task KeepsDamagedAsync(ServerClient server, string jobId, CancellationToken cancellationToken)
    {
        while (!(await server.EventsAsync(jobId, 0, cancellationToken)).TryGet(out var events, out _) || !RehearsalVerdict.KeepsDamaged(events))
            await Task.Delay(Poll, around.Time, cancellationToken);
    }

    private async Task<Outcome<JobView>> UntilOverAsync(ServerClient server, string jobId, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!(await server.JobAsync(jobId, cancellationToken)).TryGet(out var job, out var problem))
                return problem;
            if (IsOver(job))
                return job;
            await Task.Delay(Poll, around.Time, cancellationToken);
        }
    }

    /// <summary>Null: it cannot be said.</summary>
    private static async Task<Expense?> ExpenseAsync(ServerClient server, string jobId, CancellationToken cancellationToken) =>
        (await server.CostAsync(jobId, all: false, cancellationToken)).TryGet(out var cost, out _)
        && (await server.EventsAsync(jobId, 0, cancellationToken)).TryGet(out var events, out _)
        && cost.Jobs is [var job] && events is [var first, .., var last]
            ? new(job.Total.TotalUsd, last.At - first.At, job.GpuTime)
            : null;

    private ExitCode Conclude(RehearsalVerdict verdict, Expense? hit, Expense? plain)
    {
        var exit = verdict.Passed ? ExitCode.Ok : ExitCode.Rehearsed;
        if (screen.IsJson)
        {
            screen.Json(new RehearsalReport(verdict.Passed, verdict.Checks, verdict.StepsLost, hit, plain), CliJson.Default.RehearsalReport);
            return exit;
        }

        screen.Line();
        foreach (var check in verdict.Checks)
        {
            var (word, style) = check.State switch
            {
                CheckState.Ok => ("ok", "green"),
                CheckState.Bad => ("BAD", "yellow"),
                _ => ("?", "default"),
            };
            screen.Hang($"  {word,-4} ", check.What, style);
        }

        screen.Line();
        if (hit is not null && plain is not null)
        {
            screen.Line("  At the local market's speed and prices:");
            WriteExpense("with preemptions", hit);
            WriteExpense("left alone", plain);
        }

        screen.Line(verdict switch
        {
            { Passed: true } => "It resumes. A preemption costs it what is shown above, and no more.",
            { WasTooShort: true } when verdict.Checks.Count(c => c.State == CheckState.Bad) == 1 => "It was over too soon to tell. Nothing was paid.",
            _ => "It would lose work. Mend what is marked BAD and rehearse again; nothing was paid.",
        });
        return exit;

        void WriteExpense(string which, Expense e) =>
            screen.Line($"    {which,-16}  {Figures.Usd(e.Usd)}, {Figures.Span(e.Took)} in all, {Figures.Span(e.GpuTime)} of it with a GPU that was paid");
    }
}

/// <summary>What one of the two runs cost.</summary>
/// <param name="Took">From its submission to its end.</param>
/// <param name="GpuTime">Paid.</param>
internal sealed record Expense(decimal Usd, TimeSpan Took, TimeSpan GpuTime);

/// <summary>As JSON.</summary>
/// <param name="WithPreemptions">Null: it cannot be said.</param>
internal sealed record RehearsalReport(bool Passed, IReadOnlyList<RehearsalCheck> Checks, long? StepsLost, Expense? WithPreemptions, Expense? Alone);
