using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Doctor;
using Lodger.Domain.Jobs;
using Lodger.Domain.Money;
using Lodger.Domain.Plan;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Engine.Profile;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Jobs;

/// <summary>One cell of a sweep as it ended, or stands.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Job">Null when it was not submitted.</param>
/// <param name="Problem">Why it was not; null when it was, or was not reached.</param>
/// <param name="Exit">What <c>lodger run</c> would have ended with for this cell alone; null: left out.</param>
internal sealed record SweepCell(int Number, IReadOnlyDictionary<string, string> Env, JobView? Job, Problem? Problem, ExitCode? Exit);

/// <summary>
/// The same job with several settings: every cell is a job of its own, a few at a time. A cell whose job is open already is followed, not rented for again. The end is
/// a table, and no failed cell hides in it: the exit status is the first failure's.
/// </summary>
internal sealed class SweepRun(Surroundings around, ServerClient server)
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    /// <summary>An offer for a later cell costs at most so much of what was agreed to.</summary>
    private const decimal Dearer = 1.25m;

    /// <summary>Looks in a row that found no offer, with no cell of ours on any machine, before a cell is given up.</summary>
    private const int LooksMax = 60;

    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(15);

    /// <summary>So often a cell's offer may be somebody else's by the time it is rented.</summary>
    private const int OffersLostMax = 10;

    private Handed? handed;
    private readonly Dictionary<int, string> keys = [];
    private readonly HashSet<int> tried = [];
    private readonly HashSet<string> over = new(StringComparer.Ordinal);
    private readonly ServerReturn returns = new(around, line => around.Screen.Line(line));
    private readonly DateTimeOffset began = around.Time.GetUtcNow();

    private readonly Screen screen = around.Screen;

    /// <param name="from">First cell, from 1: those before it are left out.</param>
    public async Task<ExitCode> RunAsync(RunWish wish, int from, CancellationToken cancellationToken)
    {
        var spec = wish.Job.Spec;
        var sweep = spec.Sweep!;
        if (from < 1 || from > sweep.Cells.Count)
            return screen.Fail(new Problem("no-such-cell", $"There is no cell {from}: this sweep has {sweep.Cells.Count}.", $"--from 1 to --from {sweep.Cells.Count}", ExitCode.BadInput));
        var count = sweep.Cells.Count - from + 1;
        var first = wish.Job with { Spec = SweepSpec.Cell(spec, from) };
        if (!(await PlanAsync(wish, first.Spec, isRepeated: false, cancellationToken)).TryGet(out var plan, out var problem))
            return screen.Fail(problem);
        if (plan.Plan.Best is not { } best)
            return screen.Fail(new Problem("no-offer", $"{plan.Market} has no offer that fits.", "Ask for less, or drop the safety filters with  --any-offer", ExitCode.NoOffer));
        PlanText.Write(screen, first, plan, ProfileReader.VastAi, around.Time);
        if (Preflight.Refuse(plan.Findings, wish.Accept) is { } blocked)
            return screen.Fail(blocked);
        // As many offers as there are cells at once, each within a cell's share of the budget: they are what is agreed to.
        var agreed = plan.Plan.Offers.Where(o => first.Spec.BudgetUsd is not { } share || o.TotalUsd + Reserve.Usd(o.Offer, first.Spec.DiskGb) <= share).Take(Math.Min(sweep.Parallel, count)).Select(o => o.TotalUsd).ToList();
        if (agreed.Count == 0)
            return screen.Fail(new Problem("budget-too-small", $"A cell is expected to cost {Figures.Usd(best.TotalUsd)}, and {Figures.Usd(Reserve.Usd(best.Offer, first.Spec.DiskGb))} is kept back to bring a full disk home and to keep it a week: above its share of the budget, {Figures.Usd(first.Spec.BudgetUsd ?? 0)}.", "Raise  budget: , or sweep over less.", ExitCode.BudgetReached));
        var each = agreed.Count == 1 || agreed[0] == agreed[^1] ? "" : $" ({Figures.Usd(agreed[0])} to {Figures.Usd(agreed[^1])} each)";
        var all = $"{Figures.Of(count, "cell")}, {sweep.Parallel} at a time, about {Figures.Usd(agreed.Average() * count)} in all{each}";
        screen.Hang("  Sweep: ", $"{all}; the table is of the first, {first.Spec.Name}.");
        if (agreed.Count < Math.Min(sweep.Parallel, count))
            screen.Remark($"Only {Figures.Of(agreed.Count, "offer")} fit just now: no more than that run at once until others do.");
        if (!wish.YesToRent && !await screen.AskAsync($"Rent for {all}?", cancellationToken))
        {
            screen.Line("Nothing was rented.");
            return ExitCode.ApprovalNeeded;
        }

        var cells = new SweepCell[sweep.Cells.Count];
        for (var i = 0; i < cells.Length; i++)
            cells[i] = new SweepCell(i + 1, sweep.Cells[i], null, null, null);
        try
        {
            await FanOutAsync(wish, cells, from, agreed[^1] * Dearer, cancellationToken);
        }
        catch (OperationCanceledException) when (wish.SurvivesCtrlC)
        {
            var next = cells.Skip(from - 1).FirstOrDefault(c => c is { Job: null, Problem: null })?.Number;
            screen.Line();
            screen.Line("Detached. Cells that have begun go on, and so do their meters:  lodger ps");
            screen.Line(next is null ? "Every cell has begun." : $"The rest has not begun. To go on with it:  lodger run {Shown.Text(wish.SpecFile ?? "job.yaml")} --from {next}");
            return ExitCode.Interrupted;
        }

        return Conclude(cells);
    }

    private Task<Outcome<PlanView>> PlanAsync(RunWish wish, JobSpec cell, bool isRepeated, CancellationToken cancellationToken) =>
        server.PlanAsync(new PlanRequest(CodeHandover.Sent(around, cell), wish.Account, wish.AnyOffer, null, wish.Job.Inputs, wish.Accept, Brief: isRepeated), cancellationToken);

    private async Task FanOutAsync(RunWish wish, SweepCell[] cells, int from, decimal mostUsd, CancellationToken cancellationToken)
    {
        // 1. Cells before the first one were somebody's work already: those still open are followed, the others shown as they ended.
        var waiting = new Queue<int>(Enumerable.Range(from - 1, cells.Length - from + 1));
        var running = await EarlierAsync(wish, cells, from, cancellationToken);
        var looks = 0;
        var looked = around.Time.GetTimestamp();
        while (waiting.Count > 0 || running.Count > 0)
        {
            // 2. What has ended makes room.
            foreach (var i in running.ToArray())
            {
                if (await LookAsync(cells[i], cancellationToken) is not { } done)
                    continue;
                cells[i] = done;
                running.Remove(i);
                if (WasTaken(done))
                {
                    // Somebody was faster, and nothing was rented: that is no failure of the cell.
                    cells[i] = done with { Job = null, Exit = null };
                    keys.Remove(done.Number);
                    waiting.Enqueue(i);
                    screen.Line($"  cell {done.Number}  {Shown.Text(Settings(done))}  its offer had gone; it waits for another");
                    continue;
                }

                screen.Line($"  cell {done.Number}  {Shown.Text(Settings(done))}  {State(done)}");
            }

            // 3. The next begins. While cells of ours hold machines, no offer only means that they do.
            if (waiting.Count > 0 && running.Count < wish.Job.Spec.Sweep!.Parallel && around.Time.GetElapsedTime(looked) >= Poll * looks)
            {
                var i = waiting.Peek();
                looked = around.Time.GetTimestamp();
                var begun = await BeginAsync(wish, cells[i], mostUsd, running.Select(r => cells[r].Job!.Offer.Id).ToHashSet(StringComparer.Ordinal), cancellationToken);
                if (begun is { Job: null, Problem: { } problem } && (problem.ExitCode == ExitCode.NoOffer || problem.MayRetry) && (running.Count > 0 || looks < LooksMax))
                {
                    if (problem.Id != "server-unreachable" || await returns.AwaitAsync(problem, cancellationToken))
                    {
                        looks = Math.Min(looks + 1, running.Count > 0 ? (int)LongestLook.TotalSeconds : LooksMax);
                        continue;
                    }
                }

                _ = waiting.Dequeue();
                looks = 0;
                cells[i] = begun;
                if (begun.Job is not null)
                    running.Add(i);
                screen.Line($"  cell {begun.Number}  {Shown.Text(Settings(begun))}  {(begun.Job is { } job ? $"submitted as {Shown.Text(job.Name)}" : State(begun))}");
                continue;
            }

            await Task.Delay(Poll, around.Time, cancellationToken);
        }
    }

    private async Task<List<int>> EarlierAsync(RunWish wish, SweepCell[] cells, int from, CancellationToken cancellationToken)
    {
        List<int> open = [];
        for (var i = 0; i < from - 1; i++)
        {
            if (!(await server.JobAsync(SweepSpec.Cell(wish.Job.Spec, i + 1).Name, cancellationToken)).TryGet(out var job, out _))
                continue;
            cells[i] = cells[i] with { Job = job };
            if (job.Outcome is null)
                open.Add(i);
        }

        return open;
    }

    /// <summary>Bounded for each cell: an offer that is always gone is a failure in the end.</summary>
    private bool WasTaken(SweepCell cell) =>
        cell.Job is { Outcome: JobOutcome.NotRun, RentalId: null, Problem.ExitCode: ExitCode.NoOffer } job && over.Add(job.Id) && over.Count(id => id.StartsWith(job.Name + ".", StringComparison.Ordinal)) <= OffersLostMax;

    /// <param name="ours">Offers that cells of ours are about to rent, or have: the market may not know yet.</param>
    private async Task<SweepCell> BeginAsync(RunWish wish, SweepCell cell, decimal mostUsd, HashSet<string> ours, CancellationToken cancellationToken)
    {
        var spec = SweepSpec.Cell(wish.Job.Spec, cell.Number);
        // An earlier call of ours may have begun it, or this one with an answer that got lost: there are never two of one cell.
        var asked = await server.JobAsync(spec.Name, cancellationToken);
        if (asked.TryGet(out var already, out var unknown) && (already.Outcome is null || (tried.Contains(cell.Number) && already.SubmittedAt >= began && !over.Contains(already.Id))))
            return cell with { Job = already };
        if (unknown is { MayRetry: true })
            return Refused(unknown);
        returns.Answered();
        if (!(await PlanAsync(wish, spec, isRepeated: true, cancellationToken)).TryGet(out var plan, out var problem))
            return Refused(problem);
        var free = Free(wish, spec, plan.Plan, ours);
        if (free.Best is not { } best || best.TotalUsd > mostUsd)
            return Refused(new Problem("no-offer", $"no offer fits for at most {Figures.Usd(mostUsd)}.", "", ExitCode.NoOffer));
        // Once for all cells; a server that lost it meanwhile is sent it again.
        if (!(await HandedAsync(wish, cancellationToken)).TryGet(out var code, out problem))
            return Refused(problem);
        var directory = around.IsRemote() ? "" : Path.Combine(wish.ResultsDirectory, spec.Name[(wish.Job.Spec.Name.Length + 1)..]);
        var (choice, alternatives) = free.DecisionFor(best);
        var request = new SubmitRequest(CodeHandover.Sent(around, spec), wish.Account, best.Offer, best.TotalUsd, directory, around.User, wish.Secrets, best.BidUsdPerHour, Preflight.Accepted(plan.Findings, wish.Accept), choice, alternatives, wish.OverProxy, wish.Project, code.Code, KeyOf(cell.Number));
        tried.Add(cell.Number);
        if ((await server.SubmitAsync(request, cancellationToken)).TryGet(out var job, out problem))
            return cell with { Job = job };
        if (problem.Id == "code-unknown")
            handed = null;
        return Refused(problem.Id == "code-unknown" ? problem with { MayRetry = true } : problem);

        SweepCell Refused(Problem why) => cell with { Problem = why, Exit = why.ExitCode };
    }

    /// <summary>One that was begun with an answer that got lost is begun again with the same key.</summary>
    private string KeyOf(int cell)
    {
        if (!keys.TryGetValue(cell, out var key))
            keys[cell] = key = Guid.NewGuid().ToString("N");
        return key;
    }

    private async Task<Outcome<Handed>> HandedAsync(RunWish wish, CancellationToken cancellationToken)
    {
        if (handed is null && (await new CodeHandover(around, server).SendAsync(wish.Job.Spec, wish.Project, cancellationToken)).TryGet(out handed, out var problem) is false)
            return problem;
        return handed!;
    }

    /// <summary>The plan without the offers of other cells. What a deadline chose among all is chosen again among those that are left: the next in the list may be one that could miss it.</summary>
    private JobPlan Free(RunWish wish, JobSpec cell, JobPlan plan, HashSet<string> ours)
    {
        if (plan.Best is not { } best || !plan.Offers.Any(o => ours.Contains(o.Offer.Id)))
            return plan;
        var free = plan with { Offers = [.. plan.Offers.Where(o => !ours.Contains(o.Offer.Id))] };
        return ours.Contains(best.Offer.Id)
            ? Planner.ForDeadline(cell, free with { Offers = [.. free.Offers.OrderBy(o => o.TotalUsd)], Choice = null, Alternatives = [] }, wish.Job.Inputs with { Now = around.Time.GetUtcNow() })
            : free;
    }

    /// <summary>Null while it goes on.</summary>
    private async Task<SweepCell?> LookAsync(SweepCell cell, CancellationToken cancellationToken)
    {
        if (!(await server.JobAsync(cell.Job!.Id, cancellationToken)).TryGet(out var job, out var problem))
            return await returns.AwaitAsync(problem, cancellationToken) || (problem.MayRetry && problem.Id != "server-unreachable") ? null : cell with { Problem = problem, Exit = problem.ExitCode };
        returns.Answered();
        return JobWatch.WantsPerson(job) ? cell with { Job = job, Exit = JobExit.Of(job) } : null;
    }

    private ExitCode Conclude(SweepCell[] cells)
    {
        if (screen.IsJson)
        {
            screen.Json(cells, CliJson.Default.SweepCellArray);
        }
        else
        {
            screen.Line();
            var table = Listing.Of("cell>", "settings", "job", "exit>", "cost>", "state");
            foreach (var cell in cells)
            {
                table.AddRow(
                    cell.Number.ToString(System.Globalization.CultureInfo.InvariantCulture), Shown.Text(Settings(cell)), Shown.Text(cell.Job?.Name ?? "-"),
                    cell.Job?.ExitCode?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-", (cell.Job is null ? null : JobText.SoFar(cell.Job.Meter)) ?? "-", State(cell));
            }

            screen.Table(table);
            if (around.IsRemote())
                screen.Hang("  ", "The results are on the server; of a job they come here with  lodger pull JOB");
        }

        var failed = cells.Where(c => c.Exit is not null and not ExitCode.Ok).ToList();
        if (failed.Count == 0)
            return ExitCode.Ok;
        return screen.FailAfterAnswer(new Problem(
            "cells-failed",
            $"{failed.Count} of {Figures.Of(cells.Count(c => c.Exit is not null), "cell")} did not succeed: {string.Join(", ", failed.Select(c => c.Number))}.",
            failed[0].Job is { } job ? $"lodger show {job.Name}" : failed[0].Problem?.Fix ?? "",
            failed[0].Exit!.Value));
    }

    private static string Settings(SweepCell cell) => string.Join(' ', cell.Env.Select(v => $"{v.Key}={v.Value}"));

    private static string State(SweepCell cell) => cell switch
    {
        { Exit: null, Job: null } => "[dim]left out[/]",
        { Exit: null, Job: { } job } => $"[dim]left out, was {Shown.Text(JobText.StateWord(job))}[/]",
        { Exit: ExitCode.Ok } => "[green]succeeded[/]",
        { Problem: { } problem } => $"[red]not run: {Shown.Text(problem.Message)}[/]",
        { Job: { } job } => $"[red]{Shown.Text(JobText.StateWord(job))}[/]{(job.Problem is { } why ? $": {Shown.Text(why.Message)}" : "")}",
        _ => "",
    };
}
