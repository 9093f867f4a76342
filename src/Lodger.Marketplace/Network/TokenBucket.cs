namespace Lodger.Marketplace.Network;

/// <summary>Limits a flow to so many bytes a second with a burst, in real time. Several connections may share one.</summary>
internal sealed class TokenBucket(long bytesPerSecond, long burstBytes, TimeProvider time)
{
    private readonly Lock _lock = new();
    private double _tokens = burstBytes;
    private long _last = time.GetTimestamp();

    /// <summary>Takes <paramref name="bytes"/> and waits as long as the bucket is then in debt.</summary>
    public async ValueTask TakeAsync(int bytes, CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(burstBytes, _tokens + (time.GetElapsedTime(_last, now).TotalSeconds * bytesPerSecond));
            _last = now;
            _tokens -= bytes;
            wait = _tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_tokens / bytesPerSecond);
        }

        if (wait > TimeSpan.Zero) await Task.Delay(wait, time, cancellationToken);
    }
}
