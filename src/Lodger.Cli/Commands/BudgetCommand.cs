using System.CommandLine;
using System.Globalization;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger budget</c>: what is left of a job's budget, and another one for it.</summary>
internal static class BudgetCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = Shared.NamedJob();
        var amount = new Argument<string?>("USD") { Description = "Most that the job may cost in all, what is spent already included; left out: how it stands", Arity = ArgumentArity.ZeroOrOne };
        return new Verb("budget", "Show what is left of a job's budget, or set another: a job that was stopped for it goes on")
        {
            Examples = ["lodger budget resnet-abl", "lodger budget resnet-abl 12"],
            Exits = [ExitCode.NotFound, ExitCode.BudgetReached, ExitCode.ServerUnreachable],
        }
        .With(name, amount)
        .Does((parse, token) =>
        {
            decimal usd = 0;
            if (parse.GetValue(amount) is { } typed && !decimal.TryParse(typed.TrimStart('$'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out usd))
                return Task.FromResult(around.Screen.Fail(new Problem("budget-unreadable", $"'{typed}' is no amount in US dollars.", $"lodger budget {parse.GetValue(name)} 12.50", ExitCode.BadInput)));
            return around.WithJobAsync(
                parse.GetValue(name), (server, job) => parse.GetValue(amount) is null ? ShowAsync(around, server, job, token) : SetAsync(around, server, job, usd, token), token);
        });
    }

    private static async Task<ExitCode> SetAsync(Surroundings around, ServerClient server, JobView job, decimal usd, CancellationToken cancellationToken)
    {
        if (usd <= 0)
            return around.Screen.Fail(new Problem("budget-not-positive", "A budget is an amount in US dollars above zero.", $"lodger budget {job.Name} 12", ExitCode.BadInput));
        var answer = await server.SetBudgetAsync(job.Id, new BudgetRequest(usd, around.User), cancellationToken);
        if (answer.Problem is { } problem)
            return around.Screen.Fail(problem);
        return await ShowAsync(around, server, job, cancellationToken);
    }

    private static async Task<ExitCode> ShowAsync(Surroundings around, ServerClient server, JobView job, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        if (!(await server.BudgetAsync(job.Id, cancellationToken)).TryGet(out var budget, out var problem))
            return screen.Fail(problem);
        if (screen.IsJson)
            screen.Json(budget, ApiJson.Default.JobBudget);
        screen.Line($"  {Shown.Text(job.Name)}  {Shown.Text(job.Market)}");
        screen.Hang("  budget     ", budget.BudgetUsd is { } most ? Figures.Usd(most) : $"none: it runs until it ends. Set one:  lodger budget {job.Name} 12");
        screen.Hang("  spent      ", Figures.Usd(budget.SpentUsd));
        screen.Hang("  kept back  ", $"{Figures.Usd(budget.ReserveUsd)} to bring everything home and to keep its disk for a week");
        if (budget.LeftUsd is { } left)
            screen.Hang("  left       ", Figures.Usd(left));
        if (budget.IsReached)
            screen.Hang("  [yellow]reached[/]    ", $"It is stopped, and only its disk bills. To go on, name more than {Figures.Usd(budget.SpentUsd + budget.ReserveUsd)}:  lodger budget {job.Name} USD   or end it:  lodger down {job.Name}");
        return ExitCode.Ok;
    }
}
