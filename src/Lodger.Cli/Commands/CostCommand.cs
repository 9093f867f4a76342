using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger cost</c>: what was paid, for what, and what goes on being paid.</summary>
internal static class CostCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = new Argument<string?>("JOB") { Description = "Name or id: rental by rental; left out: a line for each open job", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all", "-a") { Description = "Closed jobs too" };
        return new Verb("cost", "What a job cost by rental and by what for, what bills on, and whether the platform's charges agree")
        {
            Examples = ["lodger cost", "lodger cost digits", "lodger cost --all --json"],
            Exits = [ExitCode.NotFound, ExitCode.ServerUnreachable],
        }
        .With(name, all)
        .Does((parse, token) => around.WithServerAsync(server => ShowAsync(around, server, parse.GetValue(name), parse.GetValue(all), token), token));
    }

    private static async Task<ExitCode> ShowAsync(Surroundings around, ServerClient server, string? name, bool all, CancellationToken cancellationToken)
    {
        if (name is not null)
        {
            if (!(await JobChoice.FindAsync(server, name, cancellationToken)).TryGet(out var job, out var unknown))
                return around.Screen.Fail(unknown);
            name = job.Id;
        }

        if (!(await server.CostAsync(name, all, cancellationToken)).TryGet(out var cost, out var problem))
            return around.Screen.Fail(problem);
        if (around.Screen.IsJson)
            around.Screen.Json(cost, ApiJson.Default.CostView);
        else if (name is not null)
            CostText.WriteJob(around.Screen, cost.Jobs[0], cost.Accounts);
        else
            CostText.WriteAll(around.Screen, cost, all);
        return ExitCode.Ok;
    }
}
