using Lodger.Artifacts.Verification;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;
using Lodger.Engine.Checkpoints;
using Lodger.Engine.Jobs;

namespace Lodger.Engine.Acts;

/// <summary>
/// Copies completed checkpoints off a running machine: (1) list, (2) what is new, (3) copy it as it is at that moment, beside the copies, (4) equal by hash to
/// what the machine held, and loads, (5) only then in the place of an older copy, all shards of a checkpoint together. A file that is still being written fails (3) or (4) and is looked at again.
/// </summary>
internal sealed class MirrorAct(JobRunner job, OpenAccount account)
{
    public async Task<Outcome<MirrorCopy>> CarryOutAsync(int attempt, BoxAddress address, CancellationToken cancellationToken)
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

    private async Task<Outcome<MirrorCopy>> MirrorAsync(int attempt, BoxAddress address, CancellationToken cancellationToken)
    {
        // 1
        if (!(await account.Box.ListCheckpointsAsync(address, cancellationToken)).TryGet(out var files, out var problem))
            return problem;

        // 2
        var spec = job.State.Submission.Spec;
        var mirror = JobDirectories.Mirror(job.State);
        var restored = JobDirectories.Restore(job.State);
        // What this machine went on from has its time from another one's clock, which may have been fast: it says nothing of what is newest here.
        List<BoxFile> made = [.. files.Where(f => !MirrorChoice.IsHere(restored, f))];
        double? speed = null;
        for (var back = 0; back < Math.Max(1, spec.Mirror.Keep); back++)
        {
            var wanted = MirrorChoice.Newest(spec, made, back);
            var fresh = wanted.Where(f => !MirrorChoice.IsHere(mirror, f)).ToList();
            if (fresh.Count == 0)
                return new MirrorCopy(0, speed);
            if (!(await CopyAsync(attempt, address, fresh, MirrorChoice.Shards(spec, files), mirror, cancellationToken)).TryGet(out var copied, out problem))
                return problem;
            speed = copied.BytesPerSecond;
            // The newest was being written: the one before it is better than nothing.
            if (copied.Files > 0)
                return copied;
        }

        return new MirrorCopy(0, speed);
    }

    private async Task<Outcome<MirrorCopy>> CopyAsync(
        int attempt, BoxAddress address, List<BoxFile> fresh, IEnumerable<IReadOnlyList<string>> shards, string mirror, CancellationToken cancellationToken)
    {
        // The running job is what matters; that its copies are missing is said once.
        if (ProxyRule.Refusal(job, account, address, fresh.Sum(f => f.Bytes), ProxyLoad.Copied) is { } refused)
        {
            if (job.Live.ProxyRefusedIn != attempt)
                job.Append(new Noted($"checkpoints are not copied: {refused.Message} {refused.Fix}"));
            job.See(l => l with { ProxyRefusedIn = attempt });
            return new MirrorCopy(0, null);
        }

        // 3
        // What came of a copy that broke off lies there still, and does not travel again.
        var incoming = JobDirectories.Incoming(job.State);
        RemoveInTheWay(incoming, fresh);
        CheckpointCopies? copies;
        using (var progress = new WorkProgress(job, "mirroring checkpoints", ProxyRule.PriceOf(job, address.RentalId, ProxyLoad.Copied)))
        {
            if (!(await account.Box.CopyCheckpointsAsync(address, [.. fresh.Select(f => f.Path)], incoming, progress, cancellationToken)).TryGet(out copies, out var problem))
                return problem;
        }

        // 4
        var report = await DirectoryVerifier.VerifyAsync(incoming, cancellation: cancellationToken);

        // 5
        var whole = report.Files.Where(f => IsWhole(f, copies.Sha256)).ToList();
        // Some shards of a newer checkpoint among those of an older one would be neither: what is here stays until all of them are whole.
        HashSet<string> lacking = [.. fresh.Select(f => f.Path).Except(whole.Select(f => f.Path), StringComparer.Ordinal)];
        HashSet<string> early = [.. shards.Where(set => set.Any(lacking.Contains)).SelectMany(set => set).Where(path => File.Exists(Path.Combine(mirror, path)))];
        var here = Files(mirror);
        // Nor does it make way for a part of what comes.
        if (lacking.Count > 0)
            early.UnionWith(whole.Select(f => f.Path).Where(path => here.Any(new InTheWay([path]).Has)));
        var taken = whole.Where(f => !early.Contains(f.Path)).ToList();
        var way = new InTheWay(taken.Select(f => f.Path));
        var before = here.Where(way.Has).ToList();
        // Nor is a copy replaced by one of a smaller step: it is kept beside.
        var fallen = before.Select(StepHere).Max() is { } from && from > taken.Max(f => f.Step) ? from : (long?)null;
        var aside = MakeWay(mirror, way, before, fallen);
        if (fallen is { } left)
            NoteFallBack(left, taken.Max(f => f.Step)!.Value, aside);
        foreach (var (older, newer, kept) in FallBack.Keep(job.State, taken.ToDictionary(f => f.Path, f => f.Step, StringComparer.Ordinal), [.. here.Except(before, StringComparer.Ordinal)]))
            NoteFallBack(older, newer, kept);
        foreach (var file in taken)
        {
            job.RequireMayAct();
            Take(incoming, mirror, file.Path);
            job.Append(new CheckpointMirrored(attempt, file.Path, file.Bytes, file.Sha256!, file.Step, file.Verdict == Verdict.HashOnly ? "hash only" : "loads"));
        }

        // A machine that changes names to and fro fills no disk here.
        if (before.Count > 0 && fallen is null && !before.Any(job.State.OnlyCopies.Contains))
            Directory.Delete(aside, recursive: true);
        if (taken.Count == fresh.Count)
            FallBack.Drop(job.State);

        // What came too early is compared where it lies at the next look, and travels no second time.
        if (taken.Count == whole.Count)
            Directory.Delete(incoming, recursive: true);
        if (taken.Count > 0)
            Prune(mirror, [.. taken.Select(f => f.Path)]);
        var transfer = copies.Transfer;
        return new MirrorCopy(taken.Count, transfer is { Bytes: > 0 } && transfer.Took > TimeSpan.Zero ? transfer.Bytes / transfer.Took.TotalSeconds : null);
    }

    private static bool IsWhole(FileReport file, IReadOnlyDictionary<string, string> there) =>
        file.Verdict is Verdict.Loads or Verdict.LoadsWithWarning or Verdict.HashOnly && file.Sha256 is { } hash && there.GetValueOrDefault(file.Path) == hash;

    /// <summary>What was on its way under these names when it was a file in place of a directory, or the other way round, comes no more.</summary>
    private static void RemoveInTheWay(string incoming, List<BoxFile> fresh)
    {
        var way = new InTheWay(fresh.Select(f => f.Path));
        foreach (var path in Files(incoming).Where(way.Has))
            File.Delete(Path.Combine(incoming, path));
        way.RemoveEmptied(incoming);
    }

    /// <summary>Older copies keep a name until what comes in their place is whole, and are still somewhere should this be killed.</summary>
    /// <param name="step">Theirs, when what comes has a smaller one.</param>
    /// <returns>Where they are.</returns>
    private string MakeWay(string mirror, InTheWay way, List<string> before, long? step)
    {
        job.RequireMayAct();
        var aside = step is { } further ? FallBack.Aside(job.State, further) : InTheWay.Aside(JobDirectories.Replaced(job.State));
        foreach (var path in before)
        {
            var target = Path.Combine(aside, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Move(Path.Combine(mirror, path), target);
        }

        way.RemoveEmptied(mirror);
        return aside;
    }

    private long? StepHere(string path) => job.State.Mirrors.GetValueOrDefault(path)?.Step;

    private void NoteFallBack(long from, long to, string kept) => job.Append(new Noted(
        $"the program went back from step {from} to step {to}: the copy of step {from} is kept in {kept}, and another machine would go on from it"));

    private static List<string> Files(string directory) =>
        Directory.Exists(directory) ? [.. Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(directory, f))] : [];

    private static void Take(string incoming, string mirror, string path)
    {
        var target = Path.Combine(mirror, path);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Move(Path.Combine(incoming, path), target, overwrite: true);
    }

    /// <summary>What the job's <c>mirror:</c> no longer counts among the newest goes; what was just taken never does, nor what has the largest step, nor what its machine no longer holds.</summary>
    private void Prune(string mirror, HashSet<string> taken)
    {
        var here = Files(mirror).Select(path => Path.Combine(mirror, path) is var f ? new BoxFile(path, new FileInfo(f).Length, File.GetLastWriteTimeUtc(f)) : null!).ToList();
        var restored = JobDirectories.Restore(job.State);
        var kept = MirrorChoice.Kept(job.State.Submission.Spec, here, f => MirrorChoice.IsHere(restored, f) ? 0 : job.State.Mirrors.GetValueOrDefault(f.Path)?.Attempt ?? 0, f => StepHere(f.Path)).Select(f => f.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var file in here.Where(f => !kept.Contains(f.Path) && !taken.Contains(f.Path) && !job.State.OnlyCopies.Contains(f.Path)))
            File.Delete(Path.Combine(mirror, file.Path));
    }
}

/// <param name="Files">How many copies are new.</param>
/// <param name="BytesPerSecond">How fast they came; null: nothing was pulled.</param>
internal sealed record MirrorCopy(int Files, double? BytesPerSecond);
