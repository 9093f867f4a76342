namespace Lodger.Bench.Month;

/// <summary>
/// What the engine's loops ask of the outside is answered one at a time, each only when none of them can go on by itself, and in the order of what is asked: so the same seed lives the same month, however the threads run.
/// </summary>
internal sealed class Turns
{
    /// <summary>So often in a row must nobody be seen at work.</summary>
    private const int Looks = 3;

    private readonly Lock gate = new();
    private readonly PriorityQueue<Action, string> asked = new(StringComparer.Ordinal);

    /// <param name="what">Places it among what others ask at the same moment.</param>
    public Task<T> AskAsync<T>(string what, Func<T> answer)
    {
        var answered = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            asked.Enqueue(
                () =>
                {
                    try
                    {
                        answered.SetResult(answer());
                    }
                    catch (Exception e)
                    {
                        answered.SetException(e);
                    }
                },
                what);
        }

        return answered.Task;
    }

    /// <summary>Answers until nobody asks any more, and every loop waits for time to pass. Called by a thread that is not of the pool.</summary>
    public void Settle()
    {
        while (true)
        {
            WaitUntilQuiet();
            Action? next;
            lock (gate)
            {
                if (!asked.TryDequeue(out next, out _))
                    return;
            }

            next();
        }
    }

    private static void WaitUntilQuiet()
    {
        ThreadPool.GetMaxThreads(out var most, out _);
        var spin = default(SpinWait);
        for (var quiet = 0; quiet < Looks; quiet++)
        {
            ThreadPool.GetAvailableThreads(out var free, out _);
            if (ThreadPool.PendingWorkItemCount == 0 && free == most)
                continue;
            quiet = -1;
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }
}
