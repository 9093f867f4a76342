using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Text;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger events</c>: a job's journal.</summary>
internal static class EventsCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = Shared.Job();
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the job is closed" };
        return new Verb("events", "Print a job's journal: everything that happened, in order (with --json one entry a line)")
        {
            Examples = ["lodger events digits", "lodger events digits -f --json"],
            Exits = [ExitCode.NotFound, ExitCode.ServerUnreachable],
        }
        .With(name, follow)
        .Does((parse, token) => around.WithJobAsync(parse.GetValue(name), (server, job) => PrintAsync(around, server, job.Id, parse.GetValue(follow), token), token));
    }

    private static async Task<ExitCode> PrintAsync(Surroundings around, ServerClient server, string jobId, bool follow, CancellationToken cancellationToken)
    {
        if (!(await server.JobAsync(jobId, cancellationToken)).TryGet(out var job, out var problem))
            return around.Screen.Fail(problem);
        if (!(await server.EventsAsync(jobId, 0, cancellationToken)).TryGet(out var entries, out problem))
            return around.Screen.Fail(problem);
        foreach (var entry in entries)
            Print(around, entry);
        if (!follow || job.Phase == JobPhase.Closed)
            return ExitCode.Ok;
        await foreach (var answer in server.FollowAsync(jobId, entries[^1].Sequence, cancellationToken))
        {
            if (!answer.TryGet(out var happened, out problem))
                return around.Screen.Fail(problem);
            Print(around, happened.Entry);
            // Closed, and nothing comes after it: a rental that turned up again opens a job once more.
            if (!(await server.JobAsync(jobId, cancellationToken)).TryGet(out job, out problem))
                return around.Screen.Fail(problem);
            if (job.Phase == JobPhase.Closed && happened.Entry.Sequence >= job.LastSequence)
                return ExitCode.Ok;
        }

        return ExitCode.Ok;
    }

    private static void Print(Surroundings around, JournalEntry entry)
    {
        if (around.Screen.IsJson)
            around.Screen.Json(entry, ApiJson.Default.JournalEntry);
        else
            around.Screen.Line(EventLine.Markup(around.Screen, Figures.Moment(entry.At, around.Time), EventText.Of(entry.Event)));
    }
}
