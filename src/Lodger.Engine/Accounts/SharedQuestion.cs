namespace Lodger.Engine.Accounts;

/// <summary>An answer, and when it was asked for: whatever happened before that is in it.</summary>
internal sealed record Asked<T>(T Answer, DateTimeOffset At);

/// <summary>One question to the platform for all who ask it at about the same time. Also an answer that is a problem is shared, so that a platform that does not answer is not asked by each of them in turn.</summary>
internal sealed class SharedQuestion<T>(Func<CancellationToken, Task<T>> ask, TimeProvider time) : IDisposable
{
    private readonly SemaphoreSlim asking = new(1, 1);
    private volatile Asked<T>? latest;

    /// <summary>The answer to a question that was asked at that moment or later: a former one, or that of a new question.</summary>
    public async Task<Asked<T>> AskedAfterAsync(DateTimeOffset moment, CancellationToken cancellationToken)
    {
        await asking.WaitAsync(cancellationToken);
        try
        {
            if (latest is { } read && read.At >= moment)
                return read;
            var at = time.GetUtcNow();
            return latest = new Asked<T>(await ask(cancellationToken), at);
        }
        finally
        {
            asking.Release();
        }
    }

    public void Dispose() => asking.Dispose();
}
