using Lodger.Artifacts.Verification;
using Lodger.Domain.Box;
using Lodger.Engine.Jobs;

namespace Lodger.Engine.Acts;

/// <summary>Shows a running transfer or verification in the job's live view; gone when disposed.</summary>
internal sealed class WorkProgress : IProgress<TransferProgress>, IProgress<VerifyProgress>, IDisposable
{
    private readonly JobRunner job;
    private readonly string what;
    private readonly decimal? usdPerGb;
    private volatile bool isOver;

    /// <param name="usdPerGb">What the host takes for the bytes; null: nothing is moved, or the price is not known.</param>
    public WorkProgress(JobRunner job, string what, decimal? usdPerGb = null)
    {
        this.job = job;
        this.what = what;
        this.usdPerGb = usdPerGb;
        Report(default(TransferProgress));
    }

    public void Report(TransferProgress value) => job.See(l => isOver ? l : l with { Work = what, WorkProgress = value, WorkUsdPerGb = usdPerGb, Waiting = what });

    public void Report(VerifyProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Report(new TransferProgress(value.BytesDone, value.BytesTotal, 0));
    }

    public void Dispose()
    {
        isOver = true;
        job.See(l => l with { Work = null, WorkProgress = default, WorkUsdPerGb = null });
    }
}
