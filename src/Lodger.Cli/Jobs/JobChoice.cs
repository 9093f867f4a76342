using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Jobs;

/// <summary>Which job a command is about.</summary>
internal static class JobChoice
{
    /// <param name="name">Null: the only open job; more than one is an error that names them.</param>
    public static async Task<Outcome<JobView>> FindAsync(ServerClient server, string? name, CancellationToken cancellationToken)
    {
        if (name is not null)
        {
            var found = await server.JobAsync(name, cancellationToken);
            return found.IsOk || found.Problem.ExitCode != ExitCode.NotFound ? found : await WithSuggestionAsync(server, name, found.Problem, cancellationToken);
        }

        if (!(await server.JobsAsync(all: false, cancellationToken)).TryGet(out var open, out var problem))
            return problem;
        return open.Length switch
        {
            1 => open[0],
            0 => new Problem("no-open-job", "No job is open.", "lodger ps --all  shows the closed ones; name one of them.", ExitCode.NotFound),
            _ => new Problem("job-not-named", $"{open.Length} jobs are open: {string.Join(", ", open.Select(j => j.Name))}.", "Name one of them.", ExitCode.BadInput),
        };
    }

    private static async Task<Outcome<JobView>> WithSuggestionAsync(ServerClient server, string name, Problem problem, CancellationToken cancellationToken)
    {
        if (!(await server.JobsAsync(all: true, cancellationToken)).TryGet(out var all, out _) || NearestWord.To(name, all.SelectMany(j => (string[])[j.Name, j.Id])) is not { } near)
            return problem;
        return problem with { Fix = $"Did you mean {near}?  lodger ps --all  lists all." };
    }
}
