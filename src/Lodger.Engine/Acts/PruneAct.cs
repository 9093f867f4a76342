using System.Security.Cryptography;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Accounts;
using Lodger.Engine.Checkpoints;
using Lodger.Engine.Jobs;

namespace Lodger.Engine.Acts;

/// <summary>
/// Makes room on a machine's disk: (1) which checkpoints lie there, (2) those older than the newest one that is whole here, (3) whose copies here still have
/// their hashes, (4) named in the journal before anything is removed, so that no copy of them is ever dropped.
/// </summary>
internal sealed class PruneAct(JobRunner job, OpenAccount account)
{
    public async Task<Outcome<Pruned>> CarryOutAsync(PruneDisk action, BoxAddress address, CancellationToken cancellationToken)
    {
        // 1. A disk that is full to the last byte has no room for a list either: then unfinished files and what can be downloaded again go.
        var files = (await account.Box.ListCheckpointsAsync(address, cancellationToken)).TryGet(out var listed, out _) ? listed : [];

        // 2
        var mirror = JobDirectories.Mirror(job.State);
        var restored = JobDirectories.Restore(job.State);
        var copies = job.State.Mirrors;
        var spare = MirrorChoice.Spare(
            job.State.Submission.Spec, files, file => MirrorChoice.IsHere(restored, file) ? 0 : 1,
            file => copies.GetValueOrDefault(file.Path)?.Bytes == file.Bytes && MirrorChoice.IsHere(mirror, file));

        // 3
        List<CopiedFile> sound = [];
        foreach (var file in spare)
        {
            if (await HashAsync(Path.Combine(mirror, file.Path), cancellationToken) == copies[file.Path].Sha256)
                sound.Add(new CopiedFile(file.Path, copies[file.Path].Sha256));
        }

        // 4
        if (sound.Any(file => !job.State.OnlyCopies.Contains(file.Path)))
            job.Append(new PruneIntended(action.Attempt, action.FreeBytes, action.WantedBytes, [.. sound.Select(file => file.Path)]));
        return await account.Box.PruneAsync(address, action.WantedBytes, sound, cancellationToken);
    }

    /// <summary>Null for a copy that cannot be read.</summary>
    private static async Task<string?> HashAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = File.OpenRead(file);
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
