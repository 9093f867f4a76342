using Lodger.Artifacts.Verification;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;
using Lodger.Engine.Checkpoints;
using Lodger.Engine.Jobs;

namespace Lodger.Engine.Acts;

/// <summary>
/// Copies completed checkpoints off a running machine: (1) list, (2) what is new, (3) pull beside the copies, (4) equal by hash to what the machine
/// holds at that moment, and loads, (5) only then in the place of an older copy. A file that is still being written fails (4) and is looked at again.
/// </summary>
internal sealed class MirrorAct(JobRunner job, OpenAccount account)
{
    /// <returns>How many copies are new.</returns>
    public async Task<Outcome<int>> CarryOutAsync(int attempt, BoxAddress address, CancellationToken cancellationToken)
    {
        try
        {
            return await MirrorAsync(attempt, address, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem("mirror-not-writable", $"Copies of checkpoints cannot be written here: {e.Message}", $"Make room in {JobDirectories.Mirror(job.State)}; the job goes on meanwhile.", ExitCode.Prerequisite, MayRetry: true);
        }
    }

    private async Task<Outcome<int>> MirrorAsync(int attempt, BoxAddress address, CancellationToken cancellationToken)
    {
        // 1
        if (!(await account.Box.ListCheckpointsAsync(address, cancellationToken)).TryGet(out var files, out var problem))
            return problem;

        // 2
        var wanted = MirrorChoice.Wanted(job.State.Submission.Spec, files);
        var mirror = JobDirectories.Mirror(job.State);
        var fresh = wanted.Where(f => !IsHere(mirror, f)).ToList();
        if (fresh.Count == 0)
            return 0;

        // 3
        var incoming = JobDirectories.Incoming(job.State);
        if (Directory.Exists(incoming))
            Directory.Delete(incoming, recursive: true);
        using (var progress = new WorkProgress(job, "mirroring checkpoints"))
        {
            if ((await account.Box.PullAsync(address, [.. fresh.Select(f => f.Path)], fresh.Sum(f => f.Bytes), incoming, progress, cancellationToken)).Problem is { } cut)
                return cut;
        }

        // 4
        if (!(await account.Box.HashFilesAsync(address, [.. fresh.Select(f => f.Path)], cancellationToken)).TryGet(out var there, out problem))
            return problem;
        var report = await DirectoryVerifier.VerifyAsync(incoming, cancellation: cancellationToken);

        // 5
        var taken = report.Files.Where(f => IsWhole(f, there)).ToList();
        foreach (var file in taken)
        {
            Take(incoming, mirror, file.Path);
            job.Append(new CheckpointMirrored(attempt, file.Path, file.Bytes, file.Sha256!, file.Step, file.Verdict == Verdict.HashOnly ? "hash only" : "loads"));
        }

        Directory.Delete(incoming, recursive: true);
        if (taken.Count > 0)
            Prune(mirror, [.. wanted.Select(f => f.Path)]);
        return taken.Count;
    }

    private static bool IsWhole(FileReport file, IReadOnlyDictionary<string, string> there) =>
        file.Verdict is Verdict.Loads or Verdict.LoadsWithWarning or Verdict.HashOnly && file.Sha256 is { } hash && there.GetValueOrDefault(file.Path) == hash;

    private static bool IsHere(string mirror, BoxFile file) =>
        new FileInfo(Path.Combine(mirror, file.Path)) is { Exists: true } here && here.Length == file.Bytes && Math.Abs((here.LastWriteTimeUtc - file.ModifiedAt.UtcDateTime).TotalSeconds) < 1;

    private static void Take(string incoming, string mirror, string path)
    {
        var target = Path.Combine(mirror, path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Move(Path.Combine(incoming, path), target, overwrite: true);
    }

    /// <summary>Copies that the machine itself no longer counts among its newest go; what was just taken never does.</summary>
    private static void Prune(string mirror, HashSet<string> wanted)
    {
        foreach (var file in Directory.EnumerateFiles(mirror, "*", SearchOption.AllDirectories))
        {
            if (!wanted.Contains(Path.GetRelativePath(mirror, file)))
                File.Delete(file);
        }
    }
}
