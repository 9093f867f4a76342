using Lodger.Domain.Box;
using Lodger.Engine.Jobs;

namespace Lodger.Engine.Acts;

/// <summary>Shows a running transfer or verification in the job's live view; gone when disposed.</summary>
internal sealed class WorkProgress : IProgress<TransferProgress>, IDisposable
{
    private readonly JobRunner job;
    private readonly string what;

    public WorkProgress(JobRunner job, string what)
    {
        this.job = job;
        this.what = what;
        Report(default);
    }

    public void Report(TransferProgress value) => job.See(l => l with { Work = what, WorkProgress = value, Waiting = what });

    public void Dispose() => job.See(l => l with { Work = null, WorkProgress = default });
}
