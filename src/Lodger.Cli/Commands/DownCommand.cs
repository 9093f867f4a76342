using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger down</c>: through the gate to "nothing is billing".</summary>
internal static class DownCommand
{
    /// <summary>The server's word for a job that needs no ending any more.</summary>
    private const string EndedMeanwhile = "not-now";

    public static Verb Make(Surroundings around)
    {
        var name = Shared.Job();
        var yes = Shared.Yes("Say yes to ending a command that still runs, and to the destroy once the gate allows it; not to that of a rental that was taken over");
        var abandon = new Option<bool>("--abandon-data") { Description = "Give up what is only on the machine; asks for the rental's id, typed out" };
        var rental = new Option<string?>("--rental") { Description = "With --abandon-data: the rental's id, for scripts", HelpName = "ID" };
        var all = new Option<bool>("--all", "-a") { Description = "Every open job, one after another; then what else bills on their accounts" };
        var account = new Option<string?>("--account") { Description = "With --all: only the jobs of this account (local: the embedded marketplace)", HelpName = "NAME" };
        return new Verb("down", "End a job: bring everything home, prove it, ask, destroy, show the bill. No flag skips the proof")
        {
            Examples = ["lodger down digits", "lodger down digits --abandon-data", "lodger down --all", "lodger down --all --account anna --yes"],
            Exits = [ExitCode.NotFound, ExitCode.JobFailed, ExitCode.NotVerified, ExitCode.ApprovalNeeded, ExitCode.Unknown, ExitCode.ServerUnreachable, ExitCode.Cancelled, ExitCode.Findings],
        }
        .With(name, yes, abandon, rental, all, account)
        .Does((parse, token) => Misread(parse.GetValue(name), parse.GetValue(abandon), parse.GetValue(rental), parse.GetValue(all), parse.GetValue(account)) is { } problem
            ? Task.FromResult(around.Screen.Fail(problem))
            : parse.GetValue(all) ? around.WithServerAsync(server => new DownAll(around, server).RunAsync(parse.GetValue(account), parse.GetValue(yes), token), token)
            : around.WithJobAsync(
                parse.GetValue(name),
                (server, job) => parse.GetValue(abandon)
                    ? AbandonAsync(around, server, job, parse.GetValue(rental), token)
                    : DownAsync(around, server, job, parse.GetValue(yes), token),
                token));
    }

    private static Problem? Misread(string? name, bool abandon, string? rental, bool all, string? account)
    {
        if (account is not null && !all)
            return new Problem("account-alone", "--account goes with --all: a job has its account.", "lodger down --all --account NAME", ExitCode.BadInput);
        if (all && name is not null)
            return new Problem("job-and-all", $"'{name}' and --all exclude each other.", $"lodger down {name}   or   lodger down --all", ExitCode.BadInput);
        if (all && abandon)
            return new Problem("abandon-one", "Data is given up job by job: the id of each rental has to be typed.", "lodger down JOB --abandon-data", ExitCode.BadInput);
        // Whoever names a rental means that one, and no other is to go instead.
        return rental is not null && !abandon
            ? new Problem("rental-alone", "--rental goes with --abandon-data: what is brought home and destroyed is whatever the job has.", $"lodger down {name ?? "JOB"}   or   lodger down {name ?? "JOB"} --abandon-data --rental {rental}", ExitCode.BadInput)
            : null;
    }

    private static async Task<ExitCode> DownAsync(Surroundings around, ServerClient server, JobView job, bool yes, CancellationToken cancellationToken)
    {
        var watch = new JobWatch(around, server) { Shown = job.LastSequence };
        var teardown = new Teardown(around, server, watch);
        if (StillRuns(job))
        {
            if (!await AgreesToEndAsync(around, job, yes, cancellationToken))
                return around.Screen.Fail(new Problem("still-running", $"{job.Name} was left as it is ({JobText.PhaseWord(job.Phase)}).", $"lodger down {job.Name} --yes", ExitCode.ApprovalNeeded));
            if (await EndAsync(around, server, job, cancellationToken) is { } refused)
                return around.Screen.Fail(refused);
        }

        if (!(await watch.FollowAsync(job.Id, JobWatch.WantsPerson, cancellationToken)).TryGet(out var now, out var problem))
            return around.Screen.Fail(problem);
        return await teardown.AskAsync(now, yes, cancellationToken);
    }

    /// <summary>Its command has to be ended before anything can come home; what runs on a rental that was taken over is not Lodger's to end.</summary>
    public static bool StillRuns(JobView job) => job.Adopts is null && (job.Phase < JobPhase.BringingHome || IsStoppedUnderIt(job) || job.MayGoOn);

    /// <summary>Asks the server to end it; null: that is under way, or was meanwhile.</summary>
    public static async Task<Problem?> EndAsync(Surroundings around, ServerClient server, JobView job, CancellationToken cancellationToken) =>
        (await server.CancelAsync(job.Id, around.User, cancellationToken)) is { IsOk: false, Problem: { Id: not EndedMeanwhile } refused } ? refused : null;

    private static bool IsStoppedUnderIt(JobView job) => job is { Phase: JobPhase.NeedsAttention, HasEnded: false };

    /// <summary>The rental is on its way out, and the job is not: another would follow.</summary>
    private static bool WouldFollow(JobView job) => job is { Phase: >= JobPhase.BringingHome, MayGoOn: true } && !IsStoppedUnderIt(job);

    private static async Task<bool> AgreesToEndAsync(Surroundings around, JobView job, bool yes, CancellationToken cancellationToken)
    {
        if (yes)
            return true;
        if (!around.Screen.CanAsk)
            return false;
        around.Screen.Hang("  ", IsStoppedUnderIt(job)
            ? $"{job.RentalId} {(job.Held is null ? "was stopped" : "is stopped for its budget")} before the command of {job.Name} had ended. It would be started once more (its GPU bills meanwhile), the command ended, and what it has made brought home."
            : WouldFollow(job)
            ? $"{job.Name}: {JobText.PhaseWord(job.Phase)}. Its work is not done, and another rental would follow this one by itself. None would be rented."
            : $"{job.Name}: {JobText.PhaseWord(job.Phase)}. Its command would be ended, and what it has made so far brought home.");
        return await around.Screen.AskAsync($"End {job.Name} now?", cancellationToken);
    }

    private static async Task<ExitCode> AbandonAsync(Surroundings around, ServerClient server, JobView job, string? typed, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        // A job that moved: one that the work has left is named by its id.
        if (job.Phase == JobPhase.Closed || (job.Left.FirstOrDefault(id => id == typed?.Trim()) ?? job.RentalId) is not { } rental)
            return screen.Fail(new Problem("nothing-to-abandon", $"{job.Name} has no rental.", $"lodger show {job.Name}", ExitCode.NotFound));
        screen.Line($"  [red]Gives up for good[/] whatever is only on {Shown.Text(rental)}: container disk {job.Spec.DiskGb} GB of {Shown.Text(job.Name)}.");
        screen.Line(job.Receipt is { } receipt
            ? $"  A verified copy of {Figures.Of(receipt.Files, "file")} is in {Shown.Text(around.Results(job))}."
            : job.Adopts is null ? "  There is no verified copy of its results." : $"  What was saved of it so far is in {Shown.Text(around.Results(job))}: no receipt covers all that was named.");
        foreach (var finding in job.Findings)
            screen.Line($"    [red]!![/]   {Shown.Text(finding.Path)}: {Shown.Text(finding.Message)}");
        if (Teardown.NeedsTerminal(screen, job, rental) is { } nobody)
            return screen.Fail(nobody);
        if (typed is null && screen.CanAsk)
            typed = await screen.PromptAsync($"Type the rental's id ({rental}) to give it up: ", cancellationToken);
        if (typed?.Trim() != rental)
            return screen.Fail(new Problem("id-not-typed", typed is null ? "Giving up data needs the rental's id." : $"'{typed.Trim()}' is not {rental}; nothing was given up.", $"lodger down {job.Name} --abandon-data --rental {rental}", ExitCode.ApprovalNeeded));
        var abandoned = await server.AbandonAsync(job.Id, new AbandonRequest(rental, around.User), cancellationToken);
        if (!abandoned.IsOk)
            return screen.Fail(abandoned.Problem);
        return await new Teardown(around, server, new JobWatch(around, server) { Shown = job.LastSequence }).FinishAsync(job.Id, yes: false, cancellationToken);
    }
}
