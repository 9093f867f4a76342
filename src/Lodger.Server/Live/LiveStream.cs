using System.Globalization;
using System.Text;
using System.Text.Json;
using Lodger.Domain.Problems;
using Lodger.Engine.Journal;
using Lodger.Engine.Journal.Databases;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Lodger.Server.Http;
using Lodger.Server.Words;
using Microsoft.AspNetCore.Http;

namespace Lodger.Server.Live;

/// <summary>
/// The journals as server-sent events, and with them the rows that change. Nothing is buffered for a listener: each reads the journal at its own pace, so that one who does not read costs nothing.
/// </summary>
/// <param name="ending">No stream outlives it.</param>
internal sealed class LiveStream(JournalStore journal, LiveRows rows, TimeProvider time, CancellationToken ending)
{
    private const int EntriesAtOnce = 200;

    /// <summary>Shorter than proxies wait, and than a node that passes a stream on does.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private readonly StreamPlaces places = new();

    /// <param name="jobId">Null: all jobs.</param>
    /// <param name="sees">Whether whoever listens may know of a job, by its id.</param>
    /// <param name="after">Null: from now on; of one job, from its first entry.</param>
    /// <param name="mayListen">Asked before anything is sent: a token may have been revoked since.</param>
    public async Task AnswerAsync(HttpContext http, Principal who, string? jobId, string jobName, Func<string, bool> sees, long? after, bool live, Func<bool> mayListen)
    {
        if (places.Take(who) is { } full)
        {
            await ProblemAnswers.WriteAsync(
                http, StatusCodes.Status503ServiceUnavailable, new Problem("too-many-streams", full, "Close some, or try again in a while.", ExitCode.Unknown, MayRetry: true));
            return;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, ending);
        try
        {
            await SendAsync(http, jobId, jobName, sees, after, live, mayListen, over.Token);
        }
        catch (Exception e) when (http.Response.HasStarted && (e is OperationCanceledException or IOException or JournalException))
        {
            // Whoever listens comes back with the last id that reached it.
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested && !http.Response.HasStarted)
        {
            await ProblemAnswers.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, Ending);
        }
        finally
        {
            places.GiveBack(who);
        }
    }

    private async Task SendAsync(HttpContext http, string? jobId, string jobName, Func<string, bool> sees, long? after, bool live, Func<bool> mayListen, CancellationToken cancellationToken)
    {
        using var listening = live ? rows.Listen() : null;
        var (turn, queue) = (rows.Turn, new RowQueue(time));
        var routine = live && jobId is null ? new RoutineEntries(time) : null;
        var last = jobId is null ? journal.LastNumber() : journal.Read(jobId) is [.., var end] ? end.Sequence : 0;
        var isReset = after > last;
        var shown = isReset ? last : after ?? (jobId is null ? last : 0);
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-store";
        var text = new StringBuilder("retry: 1000\n");
        Add(text, "begin", shown, JsonSerializer.Serialize(new StreamBegin(time.GetUtcNow(), isReset), ApiJson.Default.StreamBegin));
        while (true)
        {
            // Before the read: what is written from here on completes it.
            var (more, turned) = (journal.Next, live ? rows.Next : null);
            var count = 0;
            foreach (var (number, view) in Read(jobId, jobName, shown))
            {
                // Of another project's no more comes than that the numbers go on.
                if (sees(view.Job) && JsonSerializer.Serialize(view, ApiJson.Default.EventView) is var entry && routine?.MaySend(view.Entry.Event, entry.Length) is not false)
                    Add(text, "journal", number, entry);
                (shown, count) = (number, count + 1);
            }

            if (live)
            {
                // What changes between the two lines is told twice rather than never.
                var (changedSince, newest) = (turn, rows.Turn);
                turn = newest;
                if (queue.Take([.. rows.Since(changedSince).Where(r => sees(r.Row.Id))]) is { Count: > 0 } now)
                    Add(text, "rows", null, JsonSerializer.Serialize([.. now], ApiJson.Default.JobRowArray));
            }

            // One that has been replaced as the leader tells nobody anything.
            if (!journal.MayAct || !mayListen())
                return;
            if (text.Length > 0)
                await http.Response.WriteAsync(text.ToString(), cancellationToken);
            text.Clear();
            await http.Response.Body.FlushAsync(cancellationToken);
            if (count == EntriesAtOnce)
                continue;
            if (!await WaitAsync(more, turned, queue.IsEmpty ? Heartbeat : LiveRows.Every, cancellationToken) && queue.IsEmpty)
                text.Append(":\n\n");
        }
    }

    private IEnumerable<(long Number, EventView View)> Read(string? jobId, string jobName, long after) => jobId is null
        ? journal.ReadAll(after, EntriesAtOnce).Select(e => (e.Number, new EventView(e.JobId, e.JobName, e.Entry, EventText.Of(e.Entry.Event))))
        : journal.Read(jobId, after).Take(EntriesAtOnce).Select(e => (e.Sequence, new EventView(jobId, jobName, e, EventText.Of(e.Event))));

    /// <summary>False: nothing happened for so long.</summary>
    private async Task<bool> WaitAsync(Task more, Task? turned, TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var late = Task.Delay(atMost, time, until.Token);
        var first = await (turned is null ? Task.WhenAny(more, late) : Task.WhenAny(more, turned, late));
        await until.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        return first != late;
    }

    /// <summary>One event; the data is JSON without line breaks.</summary>
    private static void Add(StringBuilder text, string name, long? id, string data)
    {
        text.Append("event: ").Append(name).Append('\n');
        if (id is { } number)
            text.Append("id: ").Append(number.ToString(CultureInfo.InvariantCulture)).Append('\n');
        text.Append("data: ").Append(data).Append("\n\n");
    }

    private static Problem Ending { get; } = new("server-ends", "Lodger's server is about to end.", "Try again in a moment.", ExitCode.Unknown, MayRetry: true);
}
