using Lodger.Domain.Box;

namespace Lodger.Remote.Transfer;

/// <summary>The progress of one part of a transfer as that of the whole.</summary>
internal sealed class PartProgress(IProgress<TransferProgress> whole, long bytesBefore, long bytesTotal) : IProgress<TransferProgress>
{
    /// <summary>Null when nobody looks.</summary>
    public static IProgress<TransferProgress>? Of(IProgress<TransferProgress>? whole, long bytesBefore, long bytesTotal) =>
        whole is null ? null : new PartProgress(whole, bytesBefore, bytesTotal);

    public void Report(TransferProgress value) => whole.Report(new TransferProgress(bytesBefore + value.BytesDone, bytesTotal, value.BytesPerSecond));
}
