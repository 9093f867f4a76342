using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Engine.Durable;
using Lodger.Engine.Jobs;
using Lodger.Remote.Durable;

namespace Lodger.Engine.Acts;

/// <summary>
/// The last thing before a job is closed: its bundle to the places that its file names. By then its rentals are gone, so that nothing bills while it takes its time, and the bundle here is the
/// proven copy whatever becomes of the others. What fails is said and does not keep the job open for ever.
/// </summary>
internal sealed class CopyAct(JobRunner job, ActContext context)
{
    private const int Tries = 3;
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(30);

    private readonly HashSet<string> over = new(StringComparer.Ordinal);
    private int tries;

    /// <returns>Null when nothing is left to copy; else how long to wait before it is tried again.</returns>
    public async Task<TimeSpan?> FinishAsync(CancellationToken cancellationToken)
    {
        var state = job.State;
        if (state.Current?.Receipt is not { Files: > 0 })
            return null;
        foreach (var where in state.Submission.Spec.Copies.Where(c => !over.Contains(c)))
        {
            job.See(l => l with { Waiting = $"copying the results to {where}, and reading them back; no rental bills meanwhile" });
            var home = state.Submission.ResultsDirectory;
            var begun = false;
            var copied = DurableTarget.Parse(where, home, home: null).TryGet(out var target, out var unfit)
                ? await job.InterruptibleAsync<Result>(CopyAsync, cancellationToken)
                : new Result(unfit);
            if (copied is null && !begun)
                return TimeSpan.Zero;
            if (copied?.Outcome.Problem is { MayRetry: true } && ++tries < Tries)
                return Again;
            over.Add(where);
            tries = 0;
            job.Append(new Noted(Sentence(state, where, copied)));

            async Task<Result> CopyAsync(CancellationToken token)
            {
                begun = true;
                return new(await BundleCopy.RunAsync(home, target!, RcloneEnvironment.OfProcess(), context.Time, token));
            }
        }

        return null;
    }

    private static string Sentence(JobState state, string where, Result? copied) => copied switch
    {
        null => $"the copy to {where} was cut off. Again: lodger copy {state.Name} {where}",
        { Outcome.Problem: { } problem } => $"not copied to {where}: {problem.Message} {problem.Fix} Again: lodger copy {state.Name} {where}",
        { Outcome.Value: var done } => $"copied to {done.Target}: {done.Files} files, every byte read back from there and compared",
    };

    private readonly record struct Result(Outcome<DurableCopied> Outcome);
}
