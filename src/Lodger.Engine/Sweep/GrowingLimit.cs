namespace Lodger.Engine.Sweep;

/// <summary>
/// A limit that may grow while it is waited for: right after a start few jobs are taken up yet, and the account has pages for all of them; what is known by then counts, not what was when the listing began.
/// </summary>
internal static class GrowingLimit
{
    /// <param name="allowed">From now on, as it is reckoned at the moment.</param>
    /// <param name="limit">Cancelled when that is over; what is waited for listens to it.</param>
    public static async Task<T> WithinAsync<T>(Task<T> waitedFor, Func<TimeSpan> allowed, CancellationTokenSource limit, TimeProvider time)
    {
        var began = time.GetTimestamp();
        while (!waitedFor.IsCompleted)
        {
            var left = allowed() - time.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
            {
                await limit.CancelAsync();
                break;
            }

            using var over = new CancellationTokenSource();
            await Task.WhenAny(waitedFor, Task.Delay(left, time, over.Token));
            await over.CancelAsync();
        }

        return await waitedFor;
    }
}
