using Lodger.Artifacts.Verification;
using Lodger.Domain.Box;
using Lodger.Engine.Jobs;

namespace Lodger.Engine.Acts;

/// <summary>Shows a running transfer or verification in the job's live view; gone when disposed.</summary>
internal sealed class WorkProgress : IProgress<TransferProgress>, IProgress<VerifyProgress>, IDisposable
{
    private readonly JobRunner job;
    private readonly string what;
    private volatile bool isOver;

    public WorkProgress(JobRunner job, string what)
    {
        this.job = job;
        this.what = what;
        Report(default(TransferProgress));
    }

    public void Report(TransferProgress value) => job.See(l => isOver ? l : l with { Work = what, WorkProgress = value, Waiting = what });

    public void Report(VerifyProgress value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Report(new TransferProgress(value.BytesDone, value.BytesTotal, 0));
    }

    public void Dispose()
    {
        isOver = true;
        job.See(l => l with { Work = null, WorkProgress = default });
    }
}
