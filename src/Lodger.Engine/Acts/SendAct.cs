using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;
using Lodger.Engine.Checkpoints;
using Lodger.Engine.Code;
using Lodger.Engine.Jobs;
using Lodger.Remote.Code;

namespace Lodger.Engine.Acts;

/// <summary>Sends code and instructions. Repeatable: a second time sends only what is missing.</summary>
internal sealed class SendAct(JobRunner job, OpenAccount account, ActContext context)
{
    /// <summary>A disk here that is full or refuses us is the user's to mend, and soon: the machine bills meanwhile, and is given up like one that cannot be reached.</summary>
    public async Task<Outcome<Transferred>> SendAsync(BoxAddress address, TimeSpan? checkpointEvery, CancellationToken cancellationToken)
    {
        try
        {
            return await SendNowAsync(address, checkpointEvery, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem(
                "nothing-to-send-from",
                $"What the machine needs cannot be read or put together here: {e.Message}",
                $"Make room in {job.State.Submission.ResultsDirectory}, or make what lies there readable and writable for you; it goes on by itself while the machine is waited for.",
                ExitCode.Prerequisite,
                MayRetry: true);
        }
    }

    private async Task<Outcome<Transferred>> SendNowAsync(BoxAddress address, TimeSpan? checkpointEvery, CancellationToken cancellationToken)
    {
        var state = job.State;
        var spec = state.Submission.Spec;
        // The first machine, too, may lose what it was sent and made; a volume holds what is newer than any copy.
        var goesOn = state.Attempts.Count > 1 ? !state.ResumesFromVolume(state.Current!) : state.Mirrors.Count > 0 && !state.IsOnVolume(state.Current!);
        var restore = goesOn ? await RestorePoint.MakeAsync(state, cancellationToken) : null;
        if (address.IsProxy && !state.MayUseProxy)
        {
            if (!(await BytesAsync(state, restore, cancellationToken)).TryGet(out var bytes, out var problem))
                return problem;
            if (ProxyRule.Refusal(job, account, address, bytes, ProxyLoad.Sent) is { } refused)
                return refused;
        }

        // From here on there may be something on the machine.
        if (state.Current is { PayloadIntended: false })
            job.Append(new PayloadIntended(state.Current.Number));
        var offer = state.Current!.Offer ?? state.Submission.Offer;
        var payload = new Payload
        {
            Job = state.Id,
            Attempt = state.Current!.Number,
            CodeDirectory = spec.CodeDirectory,
            CodeOrigin = CodeStore.OriginOf(context.Options.SharedDirectory, state.Submission),
            Workdir = account.WorkdirOf(spec),
            Data = spec.Data,
            Setup = spec.Setup,
            Run = spec.Run,
            ProgressFile = spec.Progress?.File,
            Results = [.. spec.Results, .. spec.Checkpoints],
            Checkpoints = spec.Checkpoints,
            RestoreDirectory = restore,
            GpuCount = spec.Gpu.Count,
            GpuName = offer.GpuName,
            GpuMemoryMb = offer.GpuMemoryMb,
            StopWhenAbandonedAfter = spec.StopWhenAbandonedAfter,
            CheckpointEvery = checkpointEvery,
            StallAfter = spec.Stall?.After,
            Scratch = account.Profile.Overrides.Scratch,
        };
        using var progress = new WorkProgress(job, restore is null ? "sending code" : "sending code and checkpoints", ProxyRule.PriceOf(job, address.RentalId, ProxyLoad.Sent));
        return await account.Box.SendAsync(address, payload, progress, cancellationToken);
    }

    private async Task<Outcome<long>> BytesAsync(JobState state, string? restore, CancellationToken cancellationToken)
    {
        var bytes = restore is null ? 0 : new DirectoryInfo(restore).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        return state.Submission.Spec.CodeDirectory is not { } code
            ? bytes
            : (await CodeScan.RunAsync(code, CodeStore.OriginOf(context.Options.SharedDirectory, state.Submission), context.Time, cancellationToken)).Then<long>(inventory => bytes + inventory.Bytes);
    }
}
