namespace Lodger.Engine.Jobs;

/// <summary>What a job waits in between two decisions: for a time, or until it is woken.</summary>
internal sealed class JobSleep(TimeProvider time) : IDisposable
{
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim wake = new(0, 1);

    public void Wake()
    {
        try
        {
            wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    public async Task SleepAsync(TimeSpan sleep, CancellationToken cancellationToken)
    {
        if (sleep <= TimeSpan.Zero)
            return;
        using var until = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(Task.Delay(sleep < Longest ? sleep : Longest, time, until.Token), wake.WaitAsync(until.Token));
        await until.CancelAsync();
    }

    public void Dispose() => wake.Dispose();
}
