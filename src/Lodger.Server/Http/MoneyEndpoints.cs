using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;
using Lodger.Engine.Clocks;
using Lodger.Engine.Jobs;
using Lodger.Engine.Volumes;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Lodger.Server.Http;

/// <summary>What jobs and accounts cost: the journals' meters beside what the platform says that it charged, asked for now.</summary>
internal static class MoneyEndpoints
{
    public static void Map(IEndpointRouteBuilder app, JobBoard board, ClockWatch clocks, VolumeDesk volumes)
    {
        var each = EachJob.Of(app);
        app.MapGet(Routes.Clocks, async (string? account, bool? latest, bool? due, Principal who, CancellationToken token) =>
            Answers.Of(await ClocksAsync(board, clocks, account, latest is true, due is true, who, token), ApiJson.Default.ClocksView));
        app.MapGet(Routes.Survey, async (string account, CancellationToken token) => Answers.Of(await SurveyAsync(board, account, token), ApiJson.Default.SurveyView));
        app.MapGet(Routes.Cost, async (string? job, bool? all, Principal who, CancellationToken token) =>
            Answers.Of(await CostAsync(board, each, volumes, job, all is true, who, token), ApiJson.Default.CostView));
    }

    private static async Task<Outcome<ClocksView>> ClocksAsync(JobBoard board, ClockWatch watch, string? account, bool latest, bool onlyDue, Principal who, CancellationToken token)
    {
        var seen = latest ? watch.Latest(account, onlyDue) : null;
        if (seen is null && !(await Patience.BoundAsync(account ?? "The platform", Patience.Max, t => watch.LookAsync(account, t), token)).TryGet(out seen, out var problem))
        {
            // What was seen before is worth more than nothing, as long as it is said how old it is.
            seen = [.. watch.Latest(account, onlyDue).Select(a => a with { Missing = [.. a.Missing, $"{problem.Message} This is as last looked at."] })];
            if (problem.Id != "market-unreachable" || seen.Count == 0)
                return problem;
        }

        if (who.Project is not null)
            seen = OfProject(board, seen, who);
        if (onlyDue)
            seen = [.. seen.Select(a => a with { Clocks = [.. a.Clocks.Where(c => c.IsDue(watch.Settings.Lead))] })];
        return new ClocksView(seen, watch.Settings.IsOn, watch.Settings.Lead, watch.SettingsProblem);
    }

    /// <summary>The clocks of their jobs; what the account as a whole burns, and has left, is others' matter too.</summary>
    private static IReadOnlyList<AccountClocks> OfProject(JobBoard board, IReadOnlyList<AccountClocks> seen, Principal who)
    {
        // A clock knows a job by its name, and that may have been another's before.
        var own = board.List().Select(s => s.State).Where(j => who.Sees(j) && board.Find(j.Name) is { IsOk: true, Value.State.Id: var newest } && newest == j.Id).ToList();
        return
        [
            .. seen.Where(a => own.Any(j => j.Submission.Account == a.Account))
                .Select(a => a with { Clocks = [.. a.Clocks.Where(c => own.Any(j => j.Name == c.Job && j.Submission.Account == a.Account))], BurnUsdPerHour = null }),
        ];
    }

    /// <summary>A listing that cannot be read is a problem here, never an account with nothing on it.</summary>
    private static async Task<Outcome<SurveyView>> SurveyAsync(JobBoard board, string account, CancellationToken token)
    {
        if (!(await board.AccountAsync(account, token)).TryGet(out var open, out var closed))
            return closed;
        if (!(await Patience.BoundAsync(open.Market.Name, Patience.Max, open.Market.ListAsync, token)).TryGet(out var rentals, out var noRentals))
            return noRentals;
        if (!(await open.Market.VolumesAsync(token)).TryGet(out var volumes, out var noVolumes))
            return noVolumes;
        var charges = await open.Market.ChargesAsync(token);
        IReadOnlyList<JobState> jobs = [.. board.List().Select(s => s.State).Where(s => s.Submission.Account == account)];
        return new SurveyView(open.Market.Name, AccountSurvey.Of(rentals, volumes, charges.IsOk ? charges.Value : null, jobs), charges.IsOk ? null : charges.Problem);
    }

    private static async Task<Outcome<CostView>> CostAsync(JobBoard board, EachJob each, VolumeDesk volumes, string? job, bool all, Principal who, CancellationToken token)
    {
        IReadOnlyList<JobSight> sights;
        if (job is null)
            sights = [.. board.List().Where(s => who.Sees(s.State) && (all || s.State.Phase != JobPhase.Closed))];
        else if (board.Find(job, who.Project).TryGet(out var found, out var unknown))
            sights = [found];
        else
            return unknown;

        List<JobCost> jobs = [];
        List<AccountCost> accounts = [];
        foreach (var group in sights.GroupBy(s => s.State.Submission.Account))
        {
            var asked = board.Now;
            var (market, charges, problem) = await ChargesAsync(board, group.Key, token);
            foreach (var sight in group)
            {
                if (each.View(sight.State, () => JobCost.Of(
                    sight.State, Rentals(sight), charges, charges is null ? null : asked, market?.MarketNow, market?.MarketSpeed ?? 1, board.Now)) is { } cost)
                {
                    jobs.Add(cost);
                }
                else
                {
                    problem = new Problem("cost-unknown", $"What {sight.State.Name} cost could not be reckoned: a defect, which the server's log has.", $"lodger events {sight.State.Name}", ExitCode.Unknown);
                }
            }

            // A question about one job is not one about the account.
            if (job is null && who.Project is null)
                accounts.Add(await AccountAsync(group.Key, group.First().State.Submission.Market, market, charges, problem, token));
            else if (problem is not null)
                accounts.Add(new(group.Key, group.First().State.Submission.Market, null, problem));
        }

        // Volumes go on after the last job of their account.
        foreach (var account in job is null && who.Project is null ? volumes.Accounts.Except(accounts.Select(a => a.Account), StringComparer.Ordinal) : [])
        {
            var (market, charges, problem) = await ChargesAsync(board, account, token);
            accounts.Add(await AccountAsync(account, market?.Name ?? account, market, charges, problem, token));
        }

        return new CostView([.. jobs.OrderByDescending(c => sights.First(s => s.State.Id == c.Id).State.SubmittedAt)], accounts);
    }

    private static async Task<(IMarket? Market, AccountCharges? Charges, Problem? Problem)> ChargesAsync(JobBoard board, string account, CancellationToken token)
    {
        if (!(await board.AccountAsync(account, token)).TryGet(out var open, out var closed))
            return (null, null, closed);
        return (await Patience.BoundAsync(open.Market.Name, Patience.Max, open.Market.ChargesAsync, token)).TryGet(out var charges, out var problem) ? (open.Market, charges, null) : (open.Market, null, problem);
    }

    private static async Task<AccountCost> AccountAsync(string account, string name, IMarket? market, AccountCharges? charges, Problem? problem, CancellationToken token)
    {
        // One that was silent just now is not asked for something else.
        if (market is null || problem is { Id: "market-unreachable" })
            return new(account, name, null, problem);
        return (await Patience.BoundAsync(name, Patience.Max, market.VolumesAsync, token)).TryGet(out var volumes, out var unread)
            ? new(account, name, [.. volumes.Select(v => new VolumeCost(v, charges?.VolumesUsd.GetValueOrDefault(v.Id)))], problem)
            : new(account, name, null, problem ?? unread);
    }

    private static IReadOnlyList<Rental> Rentals(JobSight sight) => sight.Rental is { } rental ? [rental, .. sight.Others] : sight.Others;
}
