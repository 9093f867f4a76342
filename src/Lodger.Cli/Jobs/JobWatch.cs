using System.Collections.Concurrent;
using Lodger.Cli.Composition;
using Lodger.Cli.Text;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Jobs;

/// <summary>
/// Follows a job: its journal as lines that stay, what it does this moment as lines that are redrawn (on a terminal) or repeated now and then (elsewhere).
/// A server that goes away meanwhile is started again.
/// </summary>
internal sealed class JobWatch(Surroundings around, ServerClient server)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(300);

    /// <summary>A rental that stopped under its job may be one that Lodger is about to start again; a person is called when it stays so.</summary>
    private static readonly TimeSpan StoppedFor = TimeSpan.FromSeconds(15);

    private readonly ConcurrentQueue<string> asides = new();
    private long? stopped;

    /// <summary>Sequence of the last journal entry shown.</summary>
    public long Shown { get; set; }

    /// <summary>Puts a line of markup among those of the journal, from any thread.</summary>
    public void Say(string markup) => asides.Enqueue(markup);

    /// <summary>Shows what happens until <paramref name="until"/> holds; returns the job as it then was.</summary>
    public async Task<Outcome<JobView>> FollowAsync(string jobId, Func<JobView, bool> until, CancellationToken cancellationToken)
    {
        using var status = new StatusLines(around);
        var returns = new ServerReturn(around, status.Keep);
        while (true)
        {
            var seen = await LookAsync(jobId, status, cancellationToken);
            if (!seen.TryGet(out var job, out var problem))
            {
                if (!await returns.AwaitAsync(problem, cancellationToken))
                    return problem;
                continue;
            }

            while (asides.TryDequeue(out var aside))
                status.Keep(aside);
            returns.Answered();
            if (until(job) && !IsPassing(job))
                return job;
            status.Show(job);
            await Task.Delay(Poll, around.Time, cancellationToken);
        }
    }

    private bool IsPassing(JobView job)
    {
        if (job is not { Phase: JobPhase.NeedsAttention, HasEnded: false, Held: null })
        {
            stopped = null;
            return false;
        }

        stopped ??= around.Time.GetTimestamp();
        return around.Time.GetElapsedTime(stopped.Value) < StoppedFor;
    }

    /// <summary>A job that asks for a person, or is over.</summary>
    public static bool WantsPerson(JobView job) =>
        job.Phase is JobPhase.Closed or JobPhase.NeedsAttention
        || (job is { Phase: JobPhase.AwaitingApproval, ApprovalToken: not null, NextStep.Length: > 0 });

    /// <summary>The job first, then the journal up to at least that moment: no line is missing when the job is over.</summary>
    private async Task<Outcome<JobView>> LookAsync(string jobId, StatusLines status, CancellationToken cancellationToken)
    {
        if (!(await server.JobAsync(jobId, cancellationToken)).TryGet(out var job, out var problem))
            return problem;
        if (job.LastSequence <= Shown)
            return job;
        if (!(await server.EventsAsync(jobId, Shown, cancellationToken)).TryGet(out var entries, out problem))
            return problem;
        foreach (var entry in entries)
        {
            Shown = entry.Sequence;
            status.Keep(EventLine.Markup(around.Screen, Figures.Clock(entry.At - job.SubmittedAt), EventText.Of(entry.Event)));
        }

        return job;
    }
}
