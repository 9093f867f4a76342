using System.Text.Json.Nodes;
using Lodger.Cli.Composition;
using Lodger.Cli.Jobs;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Rehearsal;

/// <summary>
/// Preempts a job on the local marketplace, each time as soon as it has made progress and a new checkpoint of it was copied. Ends when all was done to it, or the
/// job is over before.
/// </summary>
internal sealed class TroubleMaker(ServerClient server, MarketDoor door, TimeProvider time)
{
    private const int WriteWithinSeconds = 40;
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CopyMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RivalStays = TimeSpan.FromSeconds(1);
    private readonly List<Trouble> made = [];
    private string? lostMachine;
    private (long Sequence, long At)? begun;

    /// <summary>In the order in which they were made; may be read while more are.</summary>
    public IReadOnlyList<Trouble> Made
    {
        get
        {
            lock (made)
                return [.. made];
        }
    }

    /// <summary>Told of each as it is made.</summary>
    public Action<Trouble>? OnMade { get; init; }

    /// <summary>One whose doings stand among the lines of a job that is followed.</summary>
    public static TroubleMaker Telling(Screen screen, ServerClient server, MarketDoor door, TimeProvider time, JobWatch watch) =>
        new(server, door, time) { OnMade = trouble => watch.Say(EventLine.Markup(screen, "", new EventText("trouble", trouble.Said, EventWeight.Bad))) };

    public async Task RunAsync(string jobId, IReadOnlyList<TroubleKind> plan, CancellationToken cancellationToken)
    {
        long after = 0;
        foreach (var kind in plan)
        {
            if (await UntilWorkingAsync(jobId, after, cancellationToken) is not { RentalId: { } rental } job)
                break;
            var trouble = await MakeAsync(kind, job, rental, cancellationToken);
            if (trouble is null)
                continue;
            after = trouble.AfterSequence;
            lock (made)
                made.Add(trouble);
            OnMade?.Invoke(trouble);
            if (kind == TroubleKind.OutbidInWrite)
            {
                await Task.Delay(RivalStays, time, cancellationToken);
                await OrderAsync($"instances/{rental}/release", [], cancellationToken);
            }
        }

        // The lost host comes back once the work goes on elsewhere or has ended there: what it holds is looked at, and its rental torn down.
        if (lostMachine is not { } machine)
            return;
        await UntilWorkingAsync(jobId, after, cancellationToken);
        await OrderAsync($"machines/{machine}/online", [], cancellationToken);
    }

    private async Task<Trouble?> MakeAsync(TroubleKind kind, JobView job, string rental, CancellationToken cancellationToken)
    {
        var trouble = new Trouble(kind, job.LastSequence, rental, job.Progress?.Step, null, null);
        switch (kind)
        {
            case TroubleKind.OutbidInWrite:
                var workdir = job.Spec.Workdir ?? $"/workspace/{job.Spec.Name}";
                var order = new JsonObject { ["below"] = $"{workdir}/{PlainDirectory(job.Spec.Checkpoints[0])}".TrimEnd('/'), ["within_seconds"] = WriteWithinSeconds, ["by"] = 5 };
                if ((await OrderAsync($"instances/{rental}/outbid_in_write", order, cancellationToken)).TryGet(out var caught, out _))
                    return trouble with { Writing = caught["path"]?.ToString().Replace(workdir + "/", "", StringComparison.Ordinal), WrittenBytes = caught["bytes"]?.GetValue<long>() };
                return (await OrderAsync($"instances/{rental}/outbid", new JsonObject { ["by"] = 5 }, cancellationToken)).IsOk ? trouble : null;
            case TroubleKind.OutbidForGood:
                return (await OrderAsync($"instances/{rental}/outbid", new JsonObject { ["by"] = 5 }, cancellationToken)).IsOk ? trouble : null;
            default:
                lostMachine = await MachineOfAsync(rental, cancellationToken);
                return lostMachine is not null && (await OrderAsync($"machines/{lostMachine}/offline", [], cancellationToken)).IsOk ? trouble : null;
        }
    }

    /// <summary>The job, once it has worked since then and a checkpoint of that was copied, or should have been; null when it is over.</summary>
    private Task<JobView?> UntilWorkingAsync(string jobId, long after, CancellationToken cancellationToken) => UntilAsync(
        jobId,
        (job, events) =>
        {
            if (job is not { Phase: JobPhase.Running, HasEnded: false })
                return false;
            var began = events.LastOrDefault(e => e.Sequence > after && e.Event is JobStarted or RunRestarted or ResumeSeen);
            if (began is null)
                return false;
            // Since it was seen here: what stood still between the two was no time to copy in.
            if (begun?.Sequence != began.Sequence)
                begun = (began.Sequence, time.GetTimestamp());
            // A job that writes its checkpoint in place, again and again, is never found at rest to be copied.
            return time.GetElapsedTime(begun.Value.At) > CopyMax || events.Any(e => e.Sequence > began.Sequence && e.Event is CheckpointMirrored);
        },
        cancellationToken);

    private async Task<JobView?> UntilAsync(string jobId, Func<JobView, IReadOnlyList<JournalEntry>, bool> wanted, CancellationToken cancellationToken)
    {
        while (true)
        {
            if ((await server.EventsAsync(jobId, 0, cancellationToken)).TryGet(out var events, out _) && (await server.JobAsync(jobId, cancellationToken)).TryGet(out var job, out _))
            {
                if (job.Phase is JobPhase.Closed or JobPhase.NeedsAttention || job.HasEnded)
                    return null;
                if (wanted(job, events))
                    return job;
            }

            await Task.Delay(Poll, time, cancellationToken);
        }
    }

    private async Task<string?> MachineOfAsync(string rental, CancellationToken cancellationToken) =>
        (await MarketControl.CallAsync(door, HttpMethod.Get, "ledger", null, "", cancellationToken)).TryGet(out var ledger, out _)
            ? ledger["contracts"]?.AsArray().FirstOrDefault(c => c?["id"]?.ToString() == rental)?["machine_id"]?.ToString()
            : null;

    private Task<Outcome<JsonObject>> OrderAsync(string path, JsonObject body, CancellationToken cancellationToken) => MarketControl.CallAsync(door, HttpMethod.Post, path, body, "", cancellationToken);

    /// <summary>The directory of a pattern up to its first wildcard.</summary>
    private static string PlainDirectory(string pattern)
    {
        var wild = pattern.AsSpan().IndexOfAny('*', '?');
        var plain = wild < 0 ? pattern : pattern[..wild];
        var slash = plain.LastIndexOf('/');
        return slash < 0 ? "" : plain[..slash];
    }
}
