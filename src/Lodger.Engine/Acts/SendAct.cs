using Lodger.Domain.Box;
using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;
using Lodger.Engine.Checkpoints;
using Lodger.Engine.Jobs;

namespace Lodger.Engine.Acts;

/// <summary>Sends code and instructions. Repeatable: a second time sends only what is missing.</summary>
internal sealed class SendAct(JobRunner job, OpenAccount account)
{
    public async Task<Outcome<Transferred>> SendAsync(BoxAddress address, TimeSpan? checkpointEvery, CancellationToken cancellationToken)
    {
        var state = job.State;
        var spec = state.Submission.Spec;
        var offer = state.Current!.Offer ?? state.Submission.Offer;
        var payload = new Payload
        {
            Job = state.Id,
            Attempt = state.Current!.Number,
            CodeDirectory = spec.CodeDirectory,
            Workdir = account.WorkdirOf(spec),
            Data = spec.Data,
            Setup = spec.Setup,
            Run = spec.Run,
            ProgressFile = spec.Progress?.File,
            Results = [.. spec.Results, .. spec.Checkpoints],
            Checkpoints = spec.Checkpoints,
            RestoreDirectory = state.Attempts.Count > 1 && !state.ResumesFromVolume(state.Current) ? await RestorePoint.MakeAsync(state, cancellationToken) : null,
            GpuCount = spec.Gpu.Count,
            GpuName = offer.GpuName,
            GpuMemoryMb = offer.GpuMemoryMb,
            StopWhenAbandonedAfter = spec.StopWhenAbandonedAfter,
            CheckpointEvery = checkpointEvery,
            StallAfter = spec.Stall?.After,
            Scratch = account.Profile.Overrides.Scratch,
        };
        using var progress = new WorkProgress(job, "sending code");
        return await account.Box.SendAsync(address, payload, progress, cancellationToken);
    }
}
