using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger events</c>: a job's journal.</summary>
internal static class EventsCommand
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);

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
        var shown = 0L;
        while (true)
        {
            if (!(await server.JobAsync(jobId, cancellationToken)).TryGet(out var job, out var problem))
                return around.Screen.Fail(problem);
            if (!(await server.EventsAsync(jobId, shown, cancellationToken)).TryGet(out var entries, out problem))
                return around.Screen.Fail(problem);
            foreach (var entry in entries)
            {
                shown = entry.Sequence;
                Print(around, entry);
            }

            if (!follow || (job.Phase == JobPhase.Closed && shown >= job.LastSequence))
                return ExitCode.Ok;
            await Task.Delay(Poll, around.Time, cancellationToken);
        }
    }

    private static void Print(Surroundings around, JournalEntry entry)
    {
        if (around.Screen.IsJson)
            around.Screen.Json(entry, ApiJson.Default.JournalEntry);
        else
            around.Screen.Line(EventLine.Markup(around.Screen, Figures.Moment(entry.At, around.Time), EventText.Of(entry.Event)));
    }
}
