using Lodger.Domain.Box;

namespace Lodger.Remote.Transfer;

/// <summary>The progress of several streams as that of the whole. Safe to report to from all of them at once.</summary>
/// <param name="bytesBefore">What needs not travel any more.</param>
internal sealed class StreamProgress(IProgress<TransferProgress>? whole, long bytesBefore, long bytesTotal)
{
    private readonly Lock reporting = new();
    private readonly List<Part> parts = [];

    /// <summary>For one more stream; null when nobody looks.</summary>
    public IProgress<TransferProgress>? Next()
    {
        if (whole is null)
        {
            return null;
        }

        var part = new Part(this);
        lock (reporting)
        {
            parts.Add(part);
        }

        return part;
    }

    private void Tell()
    {
        lock (reporting)
        {
            whole!.Report(new TransferProgress(Math.Min(bytesTotal, bytesBefore + parts.Sum(part => part.Last.BytesDone)), bytesTotal, parts.Sum(part => part.Rate)));
        }
    }

    private sealed class Part(StreamProgress all) : IProgress<TransferProgress>
    {
        public TransferProgress Last { get; private set; }

        /// <summary>A stream that has all does not add to the rate.</summary>
        public double Rate => Last.BytesDone < Last.BytesTotal ? Last.BytesPerSecond : 0;

        public void Report(TransferProgress value)
        {
            Last = value;
            all.Tell();
        }
    }
}
