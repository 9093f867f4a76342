using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Jobs;

/// <summary>Which job a command is about.</summary>
internal static class JobChoice
{
    /// <param name="name">Its name or id, or the id of its rental; null: the only open job, and more than one is an error that names them.</param>
    public static async Task<Outcome<JobView>> FindAsync(ServerClient server, string? name, CancellationToken cancellationToken)
    {
        if (name is not null)
        {
            // A dot or a slash would become another address of the server than a job's; no job is called so.
            Outcome<JobView> found = name is "." or ".." || name.Contains('/', StringComparison.Ordinal)
                ? new Problem("no-such-job", $"There is no job named {name}.", "See them all: lodger ps --all", ExitCode.NotFound)
                : await server.JobAsync(name, cancellationToken);
            return found.IsOk || found.Problem.ExitCode != ExitCode.NotFound ? found : await ByRentalAsync(server, name, found.Problem, cancellationToken);
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

    /// <summary>Messages name rentals, so one may be typed where a job is meant; else what was probably meant is said.</summary>
    private static async Task<Outcome<JobView>> ByRentalAsync(ServerClient server, string typed, Problem problem, CancellationToken cancellationToken)
    {
        if (!(await server.JobsAsync(all: true, cancellationToken)).TryGet(out var all, out _))
            return problem;
        // Two markets may count alike: of an open job's rental there is more to ask than of a closed one's, and between two that are alike nobody chooses but the person.
        JobView[] its = [.. all.Where(j => j.RentalId == typed || j.Left.Contains(typed) || j.WaitForYes.Contains(typed))];
        JobView[] open = [.. its.Where(j => j.Phase != JobPhase.Closed)];
        switch (open.Length > 0 ? open : its)
        {
            case [var job]:
                return job;
            case [_, ..] several:
                return new Problem("job-not-named", $"{several.Length} jobs have a rental {typed}: {string.Join(", ", several.Select(j => j.Id))}.", "Name one of them.", ExitCode.BadInput);
        }

        return NearestWord.To(typed, all.SelectMany(j => (string[])[j.Name, j.Id])) is { } near ? problem with { Fix = $"Did you mean {near}?  lodger ps --all  lists all." } : problem;
    }
}
