using System.Globalization;
using System.Net.Http.Headers;

namespace Lodger.Vast.Http;

/// <summary>
/// The platform's idea of now, learned from its answers: <c>X-Market-Time</c> (unix seconds, with an optional <c>X-Market-Scale</c>, market seconds per
/// second) from a market that keeps its own time, else the HTTP <c>Date</c>, else our own clock.
/// </summary>
internal sealed class MarketClock(TimeProvider time)
{
    // Date has whole seconds, and the answer took a while: below this the clocks agree and ours is the finer one.
    private static readonly TimeSpan DateTolerance = TimeSpan.FromSeconds(3);

    private readonly Lock gate = new();
    private bool ownTime;
    private DateTimeOffset seen = time.GetUtcNow();
    private long seenAt = time.GetTimestamp();
    private double scale = 1;

    public DateTimeOffset Now
    {
        get
        {
            lock (gate) return Clamp(seen, time.GetElapsedTime(seenAt).TotalSeconds * scale);
        }
    }

    /// <summary>Market seconds in one of ours.</summary>
    public double Scale
    {
        get
        {
            lock (gate) return scale;
        }
    }

    /// <summary>Takes in the headers of an answer that just came.</summary>
    public void Observe(HttpResponseHeaders headers)
    {
        if (Number(headers, "X-Market-Time") is { } unix and > 0 and < 253_402_300_000)
        {
            var named = Number(headers, "X-Market-Scale");
            lock (gate)
            {
                ownTime = true;
                if (named is > 0 and <= 1_000_000) scale = named.Value;
                seen = DateTimeOffset.UnixEpoch.AddSeconds(unix);
                seenAt = time.GetTimestamp();
            }

            return;
        }

        if (headers.Date is not { } date) return;
        var now = time.GetUtcNow();
        lock (gate)
        {
            if (ownTime) return;
            seen = (date - now).Duration() < DateTolerance ? now : date;
            seenAt = time.GetTimestamp();
        }
    }

    private static DateTimeOffset Clamp(DateTimeOffset start, double seconds) =>
        (DateTimeOffset.MaxValue - start).TotalSeconds > seconds ? start.AddSeconds(seconds) : DateTimeOffset.MaxValue;

    private static double? Number(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values)
        && double.TryParse(values.FirstOrDefault(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && double.IsFinite(number)
            ? number
            : null;
}
