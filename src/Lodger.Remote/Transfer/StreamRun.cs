using Lodger.Domain.Problems;

namespace Lodger.Remote.Transfer;

/// <summary>Runs the streams of a transfer beside each other.</summary>
internal static class StreamRun
{
    /// <summary>To the end of all; what no further try can mend ends the others, too, and is what is said.</summary>
    /// <param name="streamsMax">So many at a time.</param>
    public static async Task<Outcome<Done>> AllAsync(
        IReadOnlyList<TransferStream> streams, int streamsMax, Func<TransferStream, CancellationToken, Task<Outcome<Done>>> run, CancellationToken cancellationToken)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var lines = new SemaphoreSlim(streamsMax);
        var outcomes = await Task.WhenAll(streams.Select(OneAsync));
        cancellationToken.ThrowIfCancellationRequested();
        var problems = outcomes.Select(outcome => outcome.Problem).OfType<Problem>().OrderBy(problem => problem.MayRetry).ToList();
        return problems.Count == 0 ? Done.Ok : problems[0];

        async Task<Outcome<Done>> OneAsync(TransferStream stream)
        {
            var hasLine = false;
            try
            {
                await lines.WaitAsync(ends.Token);
                hasLine = true;
                var outcome = await run(stream, ends.Token);
                if (outcome is { IsOk: false, Problem.MayRetry: false })
                {
                    await ends.CancelAsync();
                }

                return outcome;
            }
            catch (OperationCanceledException)
            {
                return new Problem("transfer-ended", "Another part of this transfer failed.", "", ExitCode.Unknown, MayRetry: true);
            }
            finally
            {
                if (hasLine)
                {
                    lines.Release();
                }
            }
        }
    }
}
