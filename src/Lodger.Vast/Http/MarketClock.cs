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
    private long? heardSince;
    private double scale = 1;

    public DateTimeOffset Now
    {
        get
        {
            lock (gate) return At(time.GetTimestamp());
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

    /// <summary>
    /// Takes in the headers of an answer that just came. It was stamped at some moment since its question was sent, and may have been on its way, or lain here, for long: a clock that is right for one of
    /// these moments stays, and an answer to a question older than that of the last one says nothing new.
    /// </summary>
    /// <param name="sentAt">When the question was sent, a timestamp of the same time.</param>
    public void Observe(HttpResponseHeaders headers, long sentAt)
    {
        var came = time.GetTimestamp();
        var underWay = time.GetElapsedTime(sentAt, came);
        if (Number(headers, "X-Market-Time") is { } unix and > 0 and < 253_402_300_000)
        {
            var named = Number(headers, "X-Market-Scale") is > 0 and <= 1_000_000 and var given ? given : scale;
            var stamp = DateTimeOffset.UnixEpoch.AddSeconds(unix);
            lock (gate)
            {
                if (ownTime && sentAt < heardSince) return;
                var now = At(came);
                var isRight = ownTime && stamp <= now && now <= Clamp(stamp, underWay.TotalSeconds * Math.Max(scale, named));
                (ownTime, heardSince, scale) = (true, sentAt, named);
                (seen, seenAt) = (isRight ? now : stamp, came);
            }

            return;
        }

        if (headers.Date is not { } date) return;
        var ours = time.GetUtcNow();
        lock (gate)
        {
            if (ownTime || sentAt < heardSince) return;
            var learned = heardSince is null ? ours : At(came);
            heardSince = sentAt;
            (seen, seenAt) = (Fits(learned) ? learned : Fits(ours) ? ours : date, came);
        }

        bool Fits(DateTimeOffset now) => date - now < DateTolerance && now - date < underWay + DateTolerance;
    }

    private DateTimeOffset At(long timestamp) => Clamp(seen, time.GetElapsedTime(seenAt, timestamp).TotalSeconds * scale);

    private static DateTimeOffset Clamp(DateTimeOffset start, double seconds) =>
        (DateTimeOffset.MaxValue - start).TotalSeconds > seconds ? start.AddSeconds(seconds) : DateTimeOffset.MaxValue;

    private static double? Number(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values)
        && double.TryParse(values.FirstOrDefault(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
        && double.IsFinite(number)
            ? number
            : null;
}
