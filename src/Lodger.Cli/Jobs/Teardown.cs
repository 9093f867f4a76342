using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Remote.Script;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Jobs;

/// <summary>From "it is all home" to "nothing is billing": the checklist, the question, the destroy, the bill.</summary>
internal sealed class Teardown(Surroundings around, ServerClient server, JobWatch watch)
{
    private readonly Screen screen = around.Screen;

    /// <summary>Rentals that a yes on the command line was spent on: another state of the same one is asked about anew, another rental has a yes of its own.</summary>
    private readonly HashSet<string> yesSaid = [];

    /// <summary>The JSON is printed: what is wrong is said beside it.</summary>
    private bool isAnswered;

    /// <summary>This is one job of several, whose caller prints the JSON of all.</summary>
    public bool IsOneOfMany { get; init; }

    private ExitCode Fail(Problem problem) => IsOneOfMany || isAnswered ? screen.FailAfterAnswer(problem) : screen.Fail(problem);

    /// <param name="yes">The person already said yes on the command line.</param>
    public async Task<ExitCode> AskAsync(JobView job, bool yes, CancellationToken cancellationToken)
    {
        if (job.Phase is JobPhase.Closed or JobPhase.NeedsAttention)
            return Conclude(job);
        if (!(await server.GatesAsync(job.Id, cancellationToken)).TryGet(out var gates, out var problem))
            return Fail(problem);
        var gate = gates.FirstOrDefault(g => g.RentalId == job.RentalId) ?? gates[0];
        screen.Line();
        // A path of another machine is none of this one.
        if (!around.IsRemote())
            LastWords.Write(screen, job);
        GateText.Write(screen, job, gate);
        if (gate.Judgement.Conditions.Any(c => c is { Id: TeardownGate.ApprovalCondition, State: ConditionState.Met }))
            return await FinishAsync(job.Id, yes, cancellationToken);
        if (gate.ApprovalToken is not { } token)
            return Fail(NotReady(job, gate));
        var names = HashOnly(gate);
        var isSaid = Covers(job, yes) && yesSaid.Add(gate.RentalId);
        if (!isSaid && !screen.CanAsk)
            return Fail(Needed(job, gate, token, names));
        if (!isSaid && !await screen.AskAsync($"Destroy {gate.RentalId}?", cancellationToken))
        {
            screen.Line($"Not destroyed. It goes on billing ({JobText.Meter(job.Meter)}). When you are ready:  lodger down {Shown.Text(job.Name)}");
            return ExitCode.ApprovalNeeded;
        }

        var approved = await server.ApproveAsync(job.Id, new ApproveRequest(token, around.User, names), cancellationToken);
        return approved.IsOk ? await FinishAsync(job.Id, yes, cancellationToken) : Fail(approved.Problem);
    }

    /// <summary>What was said before anything was seen is no yes to the end of a machine that Lodger did not start, and on which others may still work.</summary>
    private static bool Covers(JobView job, bool yes) => yes && job.Adopts is null;

    /// <summary>Whoever has no terminal is a script or an agent: neither ends a machine that Lodger did not start. Null: a person is there, or it is a rental of Lodger's own.</summary>
    public static Problem? NeedsTerminal(Screen screen, JobView job, string? rentalId) => job.Adopts is not null && !screen.CanAsk
        ? new Problem(
            "person-needed", $"Rental {rentalId} was taken over: only a person at a terminal, or in the dashboard, ends it, and nobody can be asked here.",
            $"In a terminal:  lodger down {job.Name}   Or let it go as it is:  lodger adopt --release {rentalId}", ExitCode.ApprovalNeeded)
        : null;

    /// <summary>Every rental of a job by itself: what its gate lacks, and the question where only the yes is missing. Ends no command.</summary>
    public async Task<ExitCode> AskEachAsync(JobView job, bool yes, CancellationToken cancellationToken)
    {
        if (!(await server.GatesAsync(job.Id, cancellationToken)).TryGet(out var gates, out var problem))
            return Fail(problem);
        if (screen.IsJson)
            screen.Json(gates, ApiJson.Default.GateViewArray);
        yes = Covers(job, yes);
        var exit = ExitCode.Ok;
        foreach (var gate in gates)
        {
            screen.Line();
            if (gate.IsLeft && gates.Length > 1)
                screen.Hang("  ", $"The work has left {gate.RentalId}.");
            GateText.Write(screen, job, gate);
            if (gate is not { WaitsForYes: true, ApprovalToken: { } token })
                continue;
            var names = HashOnly(gate);
            if (!yes && !screen.CanAsk)
                exit = screen.FailAfterAnswer(Needed(job, gate, token, names));
            else if (!yes && !await screen.AskAsync($"Destroy {gate.RentalId}?", cancellationToken))
                exit = ExitCode.ApprovalNeeded;
            else if ((await server.ApproveAsync(job.Id, new ApproveRequest(token, around.User, names), cancellationToken)).Problem is { } refused)
                exit = screen.FailAfterAnswer(refused);
            else
                screen.Line($"  Approved: {Shown.Text(gate.RentalId)} is asked once more what it holds, and destroyed.");
        }

        return exit;
    }

    /// <summary>Follows an approved destroy to its end. A machine that held something newer after all is asked about once more: that yes was for another state of things.</summary>
    public async Task<ExitCode> FinishAsync(string jobId, bool yes, CancellationToken cancellationToken)
    {
        var over = await watch.FollowAsync(jobId, JobWatch.WantsPerson, cancellationToken);
        return over.TryGet(out var job, out var problem) ? await AskAsync(job, yes, cancellationToken) : Fail(problem);
    }

    /// <summary>What there is to say of a job that goes nowhere by itself: it is closed, or something stands in the way.</summary>
    public ExitCode Conclude(JobView job)
    {
        if (screen.IsJson && !IsOneOfMany)
        {
            screen.Json(job, ApiJson.Default.JobView);
            isAnswered = true;
        }

        var said = job.Phase == JobPhase.Closed ? Report(job) : Attention(job);
        return screen.IsJson ? JobExit.Of(job) : said;
    }

    /// <summary>The end of a job: outcome, where everything is, the bill, and what still bills.</summary>
    private ExitCode Report(JobView job)
    {
        screen.Line();
        if (job.Receipt is { } receipt)
        {
            screen.Hang("  results  ", $"{around.Results(job)} ({Figures.Of(receipt.Files, "file")}, {Figures.Bytes(receipt.Bytes)}; {(receipt.Files == 1 && receipt.Loaded == 1 ? "it loads" : $"{receipt.Loaded} load")})");
            screen.Hang("  receipt  ", around.IsRemote() ? $"{receipt.Path} on the server" : receipt.Path);
        }

        screen.Hang("  bill     ", $"{JobText.Bill(job)}  {job.Market}");
        screen.Line(job.Meter.NothingBills
            ? "  [green]nothing is billing[/]"
            : "  [yellow]The platform has not confirmed that nothing bills.[/] Look again:  lodger show " + Shown.Text(job.Name));
        if (job.Outcome != JobOutcome.Succeeded)
        {
            screen.Line();
            var said = job.Problem ?? new Problem("job-ended", $"{job.Name} {EventText.OutcomeWord(job.Outcome ?? JobOutcome.NotRun)}.", job.Receipt is null ? $"lodger show {job.Name}" : $"lodger logs {job.Name}", JobExit.Of(job));
            Fail(said);
        }

        return JobExit.Of(job);
    }

    private ExitCode Attention(JobView job)
    {
        screen.Line();
        if (job.Held is { } held)
            return OutOfBudget(job, held);
        if (job is { Adopts: not null, RentalStatus: not RentalStatus.Running })
            return NotRunning(job);
        if (!job.HasEnded)
            return StoppedUnderIt(job);
        var failure = new VerificationFailed(0, job.Findings);
        var isUnmade = job.Adopts is null && failure.IsUnmade(job.Spec);
        var why = isUnmade ? $"the machine holds no file that {failure.Names()} of its results names"
            : job.Adopts is null ? "what came home is not what the machine holds, or does not load" : "not all that was named is home and proven";
        screen.Line($"  {Shown.Text(job.RentalId)} is [bold]not destroyed[/]: {Shown.Text(why)}.");
        if (job.Adopts is not null)
            screen.Hang("  ", $"What rests there is home: {around.Results(job)}");
        foreach (var finding in job.Findings)
            screen.Line($"    [red]!![/]   {Shown.Text(finding.Path)}: {Shown.Text(finding.Message)}");
        screen.Line($"  It goes on billing: {JobText.Meter(job.Meter)}");
        var message = job.Problem?.Message ?? (isUnmade
            ? $"{job.Name} made nothing that {failure.Names()} names."
            : $"{Figures.Of(job.Findings.Count, "file")} of {job.Name} {(job.Findings.Count == 1 ? "stands" : "stand")} in the way of the teardown.");
        var fix = isUnmade ? $"lodger doctor {job.Name}   says more. When the files are where they belong" : failure.IsUnmade(job.Spec) ? "When the files are where they belong" : "Pull again";
        return Fail(new Problem(
            "not-verified",
            message,
            $"{fix}:  lodger pull {job.Name}   or give the data up:  lodger down {job.Name} --abandon-data{(job.Adopts is null ? "" : $"   or let it go as it is:  lodger adopt --release {job.RentalId}")}",
            ExitCode.NotVerified));
    }

    private ExitCode OutOfBudget(JobView job, BudgetReached held)
    {
        screen.Hang("  ", $"{job.Name} has reached its budget of {Figures.Usd(job.BudgetUsd ?? 0)}: {Figures.Usd(held.SpentUsd)} is spent, and {Figures.Usd(held.ReserveUsd)} is kept back to bring everything home and to keep its disk for a week. Nothing of it is lost; it does not go on by itself. It bills: {Markup.Remove(JobText.Meter(job.Meter))}");
        return Fail(new Problem(
            "budget-reached",
            $"{job.Name} waits for another budget, or for its end.",
            $"lodger budget {job.Name} USD   goes on from its checkpoint;  lodger down {job.Name}   ends it and brings home what it made.",
            ExitCode.BudgetReached));
    }

    /// <summary>Whoever started it starts it again: Lodger does not.</summary>
    private ExitCode NotRunning(JobView job)
    {
        screen.Hang("  ", job.Waiting.Length > 0 ? job.Waiting : $"{job.RentalId} does not run, so nobody can look what it holds. It bills: {Markup.Remove(JobText.Meter(job.Meter))}");
        return Fail(new Problem(
            "rental-stopped",
            $"Rental {job.RentalId}, which was taken over, is stopped, and Lodger does not start what it did not start.",
            $"Start it where you started it: {job.Name} then goes on by itself.   lodger adopt --release {job.RentalId}   lets it go as it is.",
            ExitCode.RentalUnusable));
    }

    /// <summary>Nothing is lost yet: the stopped rental keeps its disk, and keeps billing it.</summary>
    private ExitCode StoppedUnderIt(JobView job)
    {
        screen.Hang("  ", $"{job.RentalId} was stopped before the command of {job.Name} had ended. What it made is still on its disk, which goes on billing: {Markup.Remove(JobText.Meter(job.Meter))}");
        if (job.Evidence.Length > 0)
            screen.Hang("  The platform says: ", job.Evidence);
        return Fail(new Problem(
            "rental-stopped",
            $"The rental of {job.Name} is stopped, and not by Lodger.",
            $"lodger down {job.Name}   starts it once more, ends the command and brings home what it made.",
            ExitCode.RentalUnusable));
    }

    /// <summary>Files that no verifier opens: the yes must name them, so the person reads their names first.</summary>
    private IReadOnlyList<string> HashOnly(GateView gate)
    {
        if (gate.HashOnly.Count == 0)
            return [];
        screen.Line($"  Your yes covers {Figures.Of(gate.HashOnly.Count, "file")} that Lodger cannot open; only size and hash vouch for them:");
        foreach (var name in gate.HashOnly)
            screen.Line($"    {Shown.Text(name)}");
        return gate.HashOnly;
    }

    private static Problem NotReady(JobView job, GateView gate)
    {
        var lacking = gate.Judgement.Conditions.Where(c => c.State != ConditionState.Met).Select(c => c.Text);
        return new("gate-shut", $"{gate.RentalId} cannot be destroyed yet: {string.Join("; ", lacking)}.", $"lodger wait {job.Name}", ExitCode.ApprovalNeeded);
    }

    private static Problem Needed(JobView job, GateView gate, string token, IReadOnlyList<string> names)
    {
        if (job.Adopts is not null)
        {
            return new(
                "approval-needed", $"Destroying {gate.RentalId} needs a person's yes to what is there now, which no --yes said beforehand is: it was taken over, and nobody can be asked here.",
                $"In a terminal:  lodger down {job.Name}", ExitCode.ApprovalNeeded);
        }

        var named = names.Count == 0 ? "" : " --names " + string.Join(' ', names.Select(ShellQuote.Word));
        return new(
            "approval-needed",
            $"Destroying {gate.RentalId} needs a person's yes, and nobody can be asked here.",
            $"lodger approve {job.Name} --token {token}{named}",
            ExitCode.ApprovalNeeded);
    }
}
