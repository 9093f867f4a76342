using System.Diagnostics;
using Lodger.Artifacts.Verification;
using Lodger.Domain.Box;
using Lodger.Engine.Jobs;
using Lodger.Engine.Telemetry;

namespace Lodger.Engine.Acts;

/// <summary>Shows a running transfer or verification in the job's live view; gone when disposed.</summary>
internal sealed class WorkProgress : IProgress<TransferProgress>, IProgress<VerifyProgress>, IDisposable
{
    private readonly JobRunner job;
    private readonly string what;
    private readonly decimal? usdPerGb;
    private readonly Activity? span;
    private volatile bool isOver;

    /// <param name="usdPerGb">What the host takes for the bytes; null: nothing is moved, or the price is not known.</param>
    public WorkProgress(JobRunner job, string what, decimal? usdPerGb = null)
    {
        this.job = job;
        this.what = what;
        this.usdPerGb = usdPerGb;
        // The first word is ours; others name what a platform called its rental.
        span = EngineSpans.Transfer(job.State.Id, what.Split(' ')[0]);
        Report(default(TransferProgress));
    }

    public void Report(TransferProgress value)
    {
        span?.SetTag("lodger.bytes", value.BytesDone);
        job.See(l => isOver ? l : l with { Work = what, WorkProgress = value, WorkUsdPerGb = usdPerGb, Waiting = what });
    }

    public void Report(VerifyProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Report(new TransferProgress(value.BytesDone, value.BytesTotal, 0));
    }

    public void Dispose()
    {
        isOver = true;
        span?.Dispose();
        job.See(l => l with { Work = null, WorkProgress = default, WorkUsdPerGb = null });
    }
}
