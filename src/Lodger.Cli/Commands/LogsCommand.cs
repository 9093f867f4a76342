using System.CommandLine;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger logs</c>: the job's own output, or what the platform keeps about the boot.</summary>
internal static class LogsCommand
{
    private const int BlockBytes = 256 * 1024;
    private const int BootLines = 200;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    public static Verb Make(Surroundings around)
    {
        var name = Shared.Job();
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the command has ended" };
        var boot = new Option<bool>("--boot") { Description = "What the platform logged outside the machine: image pull, start, boot script" };
        var tail = new Option<int>("--tail") { Description = "With --boot: so many lines of each log", DefaultValueFactory = _ => BootLines, HelpName = "N" };
        var filter = new Option<string?>("--filter") { Description = "With --boot: only lines with this text", HelpName = "TEXT" };
        return new Verb("logs", "Print a job's output, from its machine or, once it is home, from the results")
        {
            Examples = ["lodger logs -f digits", "lodger logs --boot digits", "lodger logs --boot --tail 50 --filter error digits"],
            Exits = [ExitCode.NotFound, ExitCode.RentalUnusable, ExitCode.Unknown, ExitCode.ServerUnreachable],
        }
        .With(name, follow, boot, tail, filter)
        .Does((parse, token) => !parse.GetValue(boot) && (parse.GetResult(tail) is { Implicit: false } || parse.GetValue(filter) is not null)
            ? Task.FromResult(around.Screen.Fail(new Problem("boot-only", "--tail and --filter are of the logs of the boot.", "With --boot, or for the job's own output:  lodger logs NAME | tail -n 50", ExitCode.BadInput)))
            : around.WithJobAsync(
            parse.GetValue(name),
            (server, job) => parse.GetValue(boot) ? BootAsync(around.Screen, server, job, parse.GetValue(tail), parse.GetValue(filter), token) : PrintAsync(around, server, job, parse.GetValue(follow), token),
            token));
    }

    private static async Task<ExitCode> BootAsync(Screen screen, ServerClient server, JobView job, int tail, string? filter, CancellationToken cancellationToken)
    {
        if (tail is < 1 or > 10_000)
            return screen.Fail(new Problem("tail-unfit", $"{tail} lines cannot be asked for: 1 to 10000 can.", "lodger logs --boot --tail 200", ExitCode.BadInput));
        foreach (var which in (string[])["daemon", "container"])
        {
            if (!(await server.RentalLogAsync(job.Id, which, tail, filter, cancellationToken)).TryGet(out var log, out var problem))
                return screen.Fail(problem);
            screen.Line($"[bold]{which} log of {Shown.Text(job.RentalId)}[/]");
            Write(screen, log);
        }

        return ExitCode.Ok;
    }

    private static async Task<ExitCode> PrintAsync(Surroundings around, ServerClient server, JobView job, bool follow, CancellationToken cancellationToken)
    {
        var offset = 0L;
        while (true)
        {
            var isOver = job.Phase > JobPhase.Ending;
            var read = await server.LogAsync(job.Id, offset, BlockBytes, cancellationToken);
            if (read.TryGet(out var log, out var problem))
            {
                Write(around.Screen, log);
                var isMore = log.Offset > offset;
                offset = log.Offset;
                if (isMore && (!follow || isOver))
                    continue;
                if (!follow || isOver)
                    return ExitCode.Ok;
            }
            else if (!follow || isOver)
            {
                return around.Screen.Fail(problem);
            }

            await Task.Delay(Poll, around.Time, cancellationToken);
            if (!(await server.JobAsync(job.Id, cancellationToken)).TryGet(out var now, out problem))
                return around.Screen.Fail(problem);
            job = now;
        }
    }

    private static void Write(Screen screen, LogView log)
    {
        if (screen.IsJson)
        {
            if (log.Text.Length > 0)
                screen.Json(log, ApiJson.Default.LogView);
            return;
        }

        screen.OutWriter.Write(Shown.Block(log.Text));
        screen.OutWriter.Flush();
    }
}
