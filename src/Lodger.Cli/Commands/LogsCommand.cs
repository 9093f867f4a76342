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
    private const int LinesMax = 10_000;
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    public static Verb Make(Surroundings around)
    {
        var name = Shared.Job();
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the command has ended" };
        var boot = new Option<bool>("--boot") { Description = "What the platform logged outside the machine: image pull, start, boot script" };
        var tail = new Option<int?>("--tail") { Description = $"Only the last lines, so many; with --boot of each log ({BootLines} when left out)", HelpName = "N" };
        var filter = new Option<string?>("--filter") { Description = "With --boot: only lines with this text", HelpName = "TEXT" };
        return new Verb("logs", "Print a job's output, from its machine or, once it is home, from the results")
        {
            Examples = ["lodger logs -f digits", "lodger logs --tail 50 digits", "lodger logs --boot digits", "lodger logs --boot --tail 50 --filter error digits"],
            Exits = [ExitCode.NotFound, ExitCode.RentalUnusable, ExitCode.Unknown, ExitCode.ServerUnreachable],
        }
        .With(name, follow, boot, tail, filter)
        .Does(async (parse, token) =>
        {
            if (!parse.GetValue(boot) && parse.GetValue(filter) is not null)
                return around.Screen.Fail(new Problem("boot-only", "--filter is of the logs of the boot.", "With --boot, or for the job's own output:  lodger logs NAME | grep TEXT", ExitCode.BadInput));
            if (parse.GetValue(tail) is < 1 or > LinesMax)
                return around.Screen.Fail(new Problem("tail-unfit", $"{parse.GetValue(tail)} lines cannot be asked for: 1 to {LinesMax} can.", "lodger logs --tail 200", ExitCode.BadInput));
            return await around.WithJobAsync(
                parse.GetValue(name),
                (server, job) => parse.GetValue(boot)
                    ? BootAsync(around.Screen, server, job, parse.GetValue(tail) ?? BootLines, parse.GetValue(filter), token)
                    : PrintAsync(around, server, job, parse.GetValue(follow), parse.GetValue(tail), token),
                token);
        });
    }

    private static async Task<ExitCode> BootAsync(Screen screen, ServerClient server, JobView job, int tail, string? filter, CancellationToken cancellationToken)
    {
        foreach (var which in (string[])["daemon", "container"])
        {
            if (!(await server.RentalLogAsync(job.Id, which, tail, filter, cancellationToken)).TryGet(out var log, out var problem))
                return screen.Fail(problem);
            screen.Line($"[bold]{which} log of {Shown.Text(job.RentalId)}[/]");
            Write(screen, log);
        }

        return ExitCode.Ok;
    }

    private static async Task<ExitCode> PrintAsync(Surroundings around, ServerClient server, JobView job, bool follow, int? tail, CancellationToken cancellationToken)
    {
        var offset = 0L;
        while (true)
        {
            var isOver = job.Phase > JobPhase.Ending;
            var read = tail is { } lines ? await LastAsync(server, job, lines, cancellationToken) : await server.LogAsync(job.Id, offset, BlockBytes, cancellationToken);
            if (read.TryGet(out var log, out var problem))
            {
                tail = null;
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

    /// <summary>The end of the output and where it ends. A log may be long and far away: what the machine last said of its length is where the end is looked for, and then ever further before it.</summary>
    private static async Task<Outcome<LogView>> LastAsync(ServerClient server, JobView job, int lines, CancellationToken cancellationToken)
    {
        var length = job.Report?.LogBytes ?? 0;
        for (long back = BlockBytes; ; back *= 8)
        {
            var begin = Math.Max(0, length - back);
            var (text, offset) = ("", begin);
            while (true)
            {
                if (!(await server.LogAsync(job.Id, offset, BlockBytes, cancellationToken)).TryGet(out var log, out var problem))
                    return problem;
                if (log.Offset <= offset)
                    break;
                // One more than is wanted: the first may begin in the middle.
                text = Last(text + log.Text, lines + 1);
                offset = log.Offset;
            }

            var last = Last(text, lines);
            if (begin == 0 || last.Length < text.Length)
                return new LogView(last, offset);
        }
    }

    private static string Last(string text, int lines)
    {
        var at = text.EndsWith('\n') ? text.Length - 1 : text.Length;
        for (var found = 0; found < lines; found++)
        {
            at = at > 0 ? text.LastIndexOf('\n', at - 1) : -1;
            if (at < 0)
                return text;
        }

        return text[(at + 1)..];
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
