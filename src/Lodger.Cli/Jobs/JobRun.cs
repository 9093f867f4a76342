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

/// <summary>What <c>run</c> was asked to do.</summary>
internal sealed record RunWish
{
    public required Preparation Job { get; init; }

    public required string Account { get; init; }

    /// <summary>As it was typed; null: the job came from flags.</summary>
    public string? SpecFile { get; init; }

    public bool AnyOffer { get; init; }

    public string? OfferId { get; init; }

    /// <summary>Absolute.</summary>
    public required string ResultsDirectory { get; init; }

    public IReadOnlyDictionary<string, string> Secrets { get; init; } = new Dictionary<string, string>();

    public bool YesToRent { get; init; }

    /// <summary>Ids of findings that do not keep it from being rented for.</summary>
    public IReadOnlyList<string> Accept { get; init; } = [];

    /// <summary>Also through the slow proxy, however much it is.</summary>
    public bool OverProxy { get; init; }

    /// <summary>Null: the default one.</summary>
    public string? Project { get; init; }

    public bool YesToDestroy { get; init; }

    public bool Detach { get; init; }

    /// <summary>Told of the job and of how it is followed, as soon as there is one.</summary>
    public Action<JobView, JobWatch>? OnFollowed { get; init; }

    /// <summary>False where a Ctrl-C does not leave the job running.</summary>
    public bool SurvivesCtrlC { get; init; } = true;
}

/// <summary>A job from the plan to the bill, as a person watches it.</summary>
internal sealed class JobRun(Surroundings around, ServerClient server)
{
    private readonly Screen screen = around.Screen;

    public async Task<ExitCode> RunAsync(RunWish wish, CancellationToken cancellationToken)
    {
        // The server says so again when it takes the job; a person hears it before they have read a plan and said yes.
        if ((await server.JobsAsync(all: false, cancellationToken)).TryGet(out var open, out _) && open.FirstOrDefault(j => j.Name == wish.Job.Spec.Name) is { } busy)
            return screen.Fail(TakenName.By(busy.Name, busy.Id));
        if (!(await server.PlanAsync(new PlanRequest(CodeHandover.Sent(around, wish.Job.Spec), wish.Account, wish.AnyOffer, wish.OfferId, wish.Job.Inputs, wish.Accept), cancellationToken)).TryGet(out var plan, out var problem))
            return screen.Fail(problem);
        if (plan.Plan.Best is not { } best)
            return screen.Fail(new Problem("no-offer", $"{plan.Market} has no offer that fits.", "Ask for less, or drop the safety filters with  --any-offer", ExitCode.NoOffer));
        PlanText.Write(screen, wish.Job, plan, ProfileReader.VastAi, around.Time);
        ClocksText.Warn(screen, await ClocksText.DueAsync(server, wish.Account, cancellationToken));
        if ((Preflight.Refuse(plan.Findings, wish.Accept) ?? TooDear(wish.Job.Spec, best)) is { } refused)
            return screen.Fail(refused);
        if (!wish.YesToRent && !await screen.AskAsync(Question(wish, best), cancellationToken))
        {
            screen.Line("Nothing was rented.");
            return ExitCode.ApprovalNeeded;
        }

        var (choice, alternatives) = wish.OfferId is null ? plan.Plan.DecisionFor(best) : (plan.Plan.Choice, plan.Plan.Alternatives);
        if (!(await new CodeHandover(around, server).SendAsync(wish.Job.Spec, wish.Project, cancellationToken)).TryGet(out var handed, out problem))
            return screen.Fail(problem);
        // A server on another machine names the place where the results lie there.
        var request = new SubmitRequest(CodeHandover.Sent(around, wish.Job.Spec), wish.Account, best.Offer, best.TotalUsd, around.IsRemote() ? "" : wish.ResultsDirectory, around.User, wish.Secrets, best.BidUsdPerHour, Preflight.Accepted(plan.Findings, wish.Accept), choice, alternatives, wish.OverProxy, wish.Project, handed.Code, Guid.NewGuid().ToString("N"));
        if (!(await TakenAsync(() => server.SubmitAsync(request, cancellationToken), cancellationToken)).TryGet(out var job, out problem))
            return screen.Fail(problem);
        screen.Line();
        if (around.IsRemote())
            screen.Hang("  ", $"The results are proven on the server, in {job.ResultsDirectory}, before anything is destroyed; {(wish.Detach ? $"lodger pull {job.Name}  brings them here" : $"then they come here, to {wish.ResultsDirectory}")}.");
        else if (job.ResultsDirectory != wish.ResultsDirectory)
            screen.Hang("  ", $"{wish.ResultsDirectory} holds something already and stays as it is; these results go to {job.ResultsDirectory}");
        return wish.Detach ? Submitted(job) : await WatchAsync(job, wish.ResultsDirectory, wish.SurvivesCtrlC, wish.YesToDestroy, wish.OnFollowed, cancellationToken);
    }

    /// <summary>Until it is known whether the job was taken: the request carries a key, so that one whose answer was lost makes no second job.</summary>
    private async Task<Outcome<JobView>> TakenAsync(Func<Task<Outcome<JobView>>> submit, CancellationToken cancellationToken)
    {
        var returns = new ServerReturn(around, _ => screen.Remark("The server does not answer. Whether it took the job is asked again; there will be no second one."));
        while (true)
        {
            var asked = await submit();
            if (asked.IsOk || !await returns.AwaitAsync(asked.Problem, cancellationToken))
                return asked;
        }
    }

    /// <summary>Takes over a rental that somebody else made, after a person's yes.</summary>
    public async Task<ExitCode> AdoptAsync(AdoptWish wish, CancellationToken cancellationToken)
    {
        var results = wish.ResultsIn(around.CurrentDirectory);
        var request = new AdoptRequest(wish.Paths, around.User, wish.Name, around.IsRemote() ? null : results, wish.OverProxy, Guid.NewGuid().ToString("N"));
        if (!(await TakenAsync(() => server.AdoptAsync(wish.Account, wish.RentalId, request, cancellationToken), cancellationToken)).TryGet(out var job, out var problem))
            return screen.Fail(problem);
        screen.Line();
        if (!around.IsRemote() && job.ResultsDirectory != results)
            screen.Hang("  ", $"{results} holds something already and stays as it is; these files go to {job.ResultsDirectory}");
        return wish.Detach ? Submitted(job) : await WatchAsync(job, results, survivesCtrlC: true, yesToDestroy: false, onFollowed: null, cancellationToken);
    }

    private async Task<ExitCode> WatchAsync(JobView job, string results, bool survivesCtrlC, bool yesToDestroy, Action<JobView, JobWatch>? onFollowed, CancellationToken cancellationToken)
    {
        if (survivesCtrlC && screen.IsLive)
            screen.Line($"  [dim]Detach with Ctrl-C; the job goes on.  lodger show {Shown.Text(job.Name)}[/]");
        var watch = new JobWatch(around, server);
        onFollowed?.Invoke(job, watch);
        try
        {
            if (!(await watch.FollowAsync(job.Id, JobWatch.WantsPerson, cancellationToken)).TryGet(out var now, out var problem))
                return screen.Fail(problem);
            var exit = await new Teardown(around, server, watch).AskAsync(now, yesToDestroy, cancellationToken);
            return around.IsRemote() ? await FetchAsync(results, job, exit, cancellationToken) : exit;
        }
        catch (OperationCanceledException) when (survivesCtrlC)
        {
            screen.Line();
            screen.Line($"Detached. {Shown.Text(job.Name)} goes on, and so does its meter.");
            screen.Line($"  lodger show {Shown.Text(job.Name)}  |  lodger logs -f {Shown.Text(job.Name)}  |  lodger down {Shown.Text(job.Name)}");
            return ExitCode.Interrupted;
        }
    }

    /// <summary>After the meter was seen to: what the server has proven is safe there.</summary>
    private async Task<ExitCode> FetchAsync(string results, JobView job, ExitCode exit, CancellationToken cancellationToken)
    {
        if (!(await server.JobAsync(job.Id, cancellationToken)).TryGet(out var now, out var problem))
            return exit == ExitCode.Ok ? screen.FailAfterAnswer(problem) : exit;
        if (now.Receipt is null)
            return exit;
        if (!(await new ResultsHome(around, server).FetchAsync(job.Id, results, cancellationToken)).TryGet(out var here, out problem))
        {
            var failed = screen.FailAfterAnswer(problem with { Fix = $"They are proven on the server. Fetch them again:  lodger pull {job.Name}" });
            return exit == ExitCode.Ok ? failed : exit;
        }

        if (!screen.IsJson)
            screen.Hang("  here     ", $"{here.Directory} ({Figures.Of(here.Files, "file")}, {Figures.Bytes(here.Bytes)}; every hash is what the receipt says)");
        return exit;
    }

    private ExitCode Submitted(JobView job)
    {
        if (screen.IsJson)
            screen.Json(job, ApiJson.Default.JobView);
        screen.Line($"Submitted {Shown.Text(job.Name)} ({Shown.Text(job.Id)}).  lodger wait {Shown.Text(job.Name)} --for verified");
        return ExitCode.Ok;
    }

    private static string Question(RunWish wish, PricedOffer best) => wish.Job.Spec.BudgetUsd is { } budget
        ? $"Rent {best.Offer.Id} for about {Figures.Usd(best.TotalUsd)}, at most {Figures.Usd(budget)} (budget)?"
        : $"Rent {best.Offer.Id} for about {Figures.Usd(best.TotalUsd)} ({Figures.UsdPerHour(best.UsdPerHour)}{(best.BidUsdPerHour is null ? "" : ", a bid")}, no budget)?";

    /// <summary>A job that would be held for its budget before it is done is not begun.</summary>
    public static Problem? TooDear(JobSpec spec, PricedOffer best) =>
        spec.BudgetUsd is { } budget && Reserve.Usd(best.Offer, spec.DiskGb) is var kept && best.TotalUsd + kept > budget
            ? new(
                "budget-too-small",
                $"The cheapest plan is {Figures.Usd(best.TotalUsd)}, and {Figures.Usd(kept)} is kept back to bring a full disk home and to keep it a week: above the budget of {Figures.Usd(budget)}.",
                "Raise  budget: , shorten  work: , ask for a smaller disk, or for less.",
                ExitCode.BudgetReached)
            : null;
}
