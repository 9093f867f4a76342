using Lodger.Cli.Commands;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Jobs;

/// <summary>How every job ended, and what still is on the accounts.</summary>
/// <param name="Accounts">Asked after the last job; one that did not answer is missing here and among the problems.</param>
internal sealed record AllDown(IReadOnlyList<JobView> Jobs, IReadOnlyList<SurveyView> Accounts, IReadOnlyList<Problem> Problems);

/// <summary>
/// <c>lodger down --all</c>, as before an account is closed: the commands of all jobs are ended at once, every job goes through its own gate, and then the platform is asked what else bills.
/// </summary>
internal sealed class DownAll(Surroundings around, ServerClient server)
{
    private readonly Screen screen = around.Screen;
    private readonly List<Problem> problems = [];

    /// <param name="account">Null: the jobs of every account.</param>
    /// <param name="yes">To ending what runs, and to each destroy that only waits for a yes.</param>
    public async Task<ExitCode> RunAsync(string? account, bool yes, CancellationToken cancellationToken)
    {
        if (!(await server.JobsAsync(all: false, cancellationToken)).TryGet(out var open, out var problem))
            return screen.Fail(problem);
        var ofAccount = open.Where(j => account is null || j.Account == account).ToArray();
        // Whoever says yes beforehand has not seen what is on a machine that Lodger did not start.
        var left = yes ? ofAccount.Where(j => j.Adopts is not null).ToArray() : [];
        var jobs = ofAccount.Except(left).ToArray();
        List<string> accounts = [.. ofAccount.Select(j => j.Account).Distinct(StringComparer.Ordinal)];
        if (account is not null && ofAccount.Length == 0)
            accounts.Add(account);
        if (accounts.Count == 0)
        {
            if (!AccountNames.Choose(around, null, null).TryGet(out var usual, out problem))
                return screen.Fail(problem);
            accounts.Add(usual);
        }

        if (ofAccount.Length == 0)
            screen.Line(account is null ? "  No job is open." : $"  No job of {Shown.Text(account)} is open.");
        else if (jobs.Length > 0 && await BeginAsync(jobs, yes, cancellationToken) is { } refused)
            return screen.Fail(refused);
        var exit = ExitCode.Ok;
        List<JobView> ended = [];
        foreach (var job in jobs)
        {
            var (own, last) = await OneAsync(job, yes, cancellationToken);
            ended.Add(last);
            if (exit == ExitCode.Ok)
                exit = own;
        }

        foreach (var job in left)
        {
            var kept = Fail(new Problem("adopted-left-out", $"{job.Name} was left as it is: rental {job.RentalId} was taken over, and no --yes covers its end. It bills: {Markup.Remove(JobText.Meter(job.Meter))}.", $"lodger down {job.Name}", ExitCode.ApprovalNeeded));
            if (exit == ExitCode.Ok)
                exit = kept;
        }

        List<SurveyView> surveys = [];
        foreach (var name in accounts)
        {
            var others = await SurveyAsync(name, surveys, cancellationToken);
            if (exit == ExitCode.Ok)
                exit = others;
        }

        if (screen.IsJson)
            screen.Json(new AllDown(ended, surveys, problems), CliJson.Default.AllDown);
        return exit;
    }

    private ExitCode Fail(Problem problem)
    {
        problems.Add(problem);
        return screen.FailAfterAnswer(problem);
    }

    /// <summary>Ends every command that runs, all before the first is waited for.</summary>
    private async Task<Problem?> BeginAsync(JobView[] jobs, bool yes, CancellationToken cancellationToken)
    {
        var table = Listing.Of("job", "state", "rental", "now>", "market");
        foreach (var job in jobs)
            table.AddRow(Shown.Text(job.Name), JobText.StateWord(job), Shown.Text(job.RentalId), Figures.UsdPerHour(job.Meter.GpuUsdPerHour + job.Meter.DiskUsdPerHour), Shown.Text(job.Market));
        screen.Table(table);
        var running = jobs.Where(DownCommand.StillRuns).ToArray();
        if (running.Length == 0)
            return null;
        if (!yes)
        {
            var are = running.Length == 1 ? "is" : "are";
            if (screen.CanAsk)
                screen.Hang("  ", $"{Figures.Of(running.Length, "command")} {are} not over. Each would be ended, and what it has made so far brought home. A rental that is stopped is started for that.");
            if (!screen.CanAsk || !await screen.AskAsync($"End {Figures.Of(jobs.Length, "job")}?", cancellationToken))
                return new Problem("still-running", $"{Figures.Of(running.Length, "command")} {are} not over; everything was left as it is.", "lodger down --all --yes", ExitCode.ApprovalNeeded);
        }

        foreach (var job in running)
        {
            if (await DownCommand.EndAsync(around, server, job, cancellationToken) is { } refused)
                return refused;
        }

        return null;
    }

    private async Task<(ExitCode Exit, JobView Last)> OneAsync(JobView job, bool yes, CancellationToken cancellationToken)
    {
        screen.Line();
        screen.Line($"[bold]{Shown.Text(job.Name)}[/]");
        var watch = new JobWatch(around, server) { Shown = job.LastSequence };
        var teardown = new Teardown(around, server, watch) { IsOneOfMany = true };
        if (!(await watch.FollowAsync(job.Id, JobWatch.WantsPerson, cancellationToken)).TryGet(out var now, out var problem))
            return (Fail(problem), job);
        var exit = await teardown.AskAsync(now, yes, cancellationToken);
        var last = (await server.JobAsync(job.Id, cancellationToken)).TryGet(out var seen, out _) ? seen : now;
        // That it was cancelled, or had failed, is no reason why this command did not do what it was asked for.
        return (last is { Phase: JobPhase.Closed, Meter.NothingBills: true } ? ExitCode.Ok : exit == ExitCode.Ok ? ExitCode.Unknown : exit, last);
    }

    private async Task<ExitCode> SurveyAsync(string account, List<SurveyView> surveys, CancellationToken cancellationToken)
    {
        screen.Line();
        if (!(await server.SurveyAsync(account, cancellationToken)).TryGet(out var view, out var problem))
            return Fail(problem with { Message = $"What else bills on the account {account} is unknown: {problem.Message}" });
        surveys.Add(view);
        var survey = view.Survey;
        if (survey.Rentals + survey.Volumes == 0)
        {
            screen.Line($"  [bold]{Shown.Text(view.Market)}[/]  [green]no rental and no volume: nothing is billing[/]");
            return ExitCode.Ok;
        }

        SurveyText.Write(screen, view);
        return survey.UnownedRentals.Count + survey.UnownedVolumes.Count == 0
            ? ExitCode.Ok
            : Fail(new Problem(
                "still-billing",
                $"{view.Market} still bills {Figures.UsdPerHour(survey.UsdPerHour)} for what no job owns.",
                survey.UnownedVolumes.Count > 0
                    ? "lodger volume delete ID   for a volume; look at the rentals in the platform's console."
                    : "Look at each in the platform's console before you destroy it there: nothing here knows what is on it.",
                ExitCode.Findings));
    }
}
