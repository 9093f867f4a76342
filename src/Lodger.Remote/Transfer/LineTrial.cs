using Lodger.Domain.Box;

namespace Lodger.Remote.Transfer;

/// <summary>
/// Watches a pull over one connection and says when several, and packed text, would be faster. On a line that lets one connection fill a core they would not: each costs a login and a share of
/// the processor. Not safe to report to from several streams.
/// </summary>
/// <param name="progress">Told what this is told.</param>
/// <param name="least">How long it watches at least.</param>
/// <param name="onSlow">Called once.</param>
internal sealed class LineTrial(IProgress<TransferProgress>? progress, TimeSpan least, TimeProvider time, Action onSlow) : IProgress<TransferProgress>
{
    /// <summary>A connection that brings so much nearly fills a gigabit line: there is nothing to gain. Over a round trip of 20 ms ssh's window lets no more through.</summary>
    private const double FastBytesPerSecond = 100e6;

    /// <summary>What would be here sooner than this is not worth new logins.</summary>
    private static readonly TimeSpan WorthIt = TimeSpan.FromSeconds(2);

    private (long At, long Bytes)? first;

    public bool IsSlow { get; private set; }

    public void Report(TransferProgress value)
    {
        progress?.Report(value);
        if (IsSlow)
        {
            return;
        }

        if (first is not { } before)
        {
            first = (time.GetTimestamp(), value.BytesDone);
            return;
        }

        var passed = time.GetElapsedTime(before.At);
        var rate = (value.BytesDone - before.Bytes) / Math.Max(passed.TotalSeconds, 1e-3);
        var missing = (value.BytesTotal ?? 0) - value.BytesDone;
        if (passed >= least && rate < FastBytesPerSecond && missing > rate * WorthIt.TotalSeconds)
        {
            IsSlow = true;
            onSlow();
        }
    }
}
