using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Receipts;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Domain.Storage;
using Lodger.Engine.Accounts;
using Lodger.Engine.Adopt;
using Lodger.Engine.Checkpoints;
using Lodger.Remote.Script;

namespace Lodger.Engine.Storage;

/// <summary>Looks where the files of a job lie now: on its rentals through their hosts, which works while they are stopped, too, and here. It only looks.</summary>
internal static class StorageLook
{
    public static async Task<StorageMap> LookAsync(JobState job, OpenAccount account, IReadOnlyList<Rental>? rentals, CancellationToken cancellationToken)
    {
        if (job.Submission.Adopts is { } adopted)
            return StorageMap.Of(account.Profile, await ForeignDisksAsync(job, adopted, account, rentals, cancellationToken), [.. job.Attempts.SelectMany(Saved)]);
        var workdir = account.WorkdirOf(job.Submission.Spec);
        List<RentalDisk> disks = [];
        foreach (var attempt in job.Attempts.Where(a => a is { RentalId: not null, DestroyedAt: null, Vanished: false, Released: null, PayloadIntended: true }))
        {
            var volume = job.IsOnVolume(attempt) ? job.Submission.Spec.Volume?.Id : null;
            var status = rentals?.FirstOrDefault(r => r.Id == attempt.RentalId)?.Status;
            var listed = (await account.Market.HostDoorAsync(attempt.RentalId!, cancellationToken)).TryGet(out var door, out var shut)
                ? await account.Hosts.ListAsync(door, workdir, cancellationToken)
                : (Outcome<DiskListing>)shut;
            disks.Add(listed.TryGet(out var disk, out var problem)
                ? new(attempt.RentalId!, attempt.Number, status, [.. disk.Files.Select(f => new SeenFile(f.Path, f.Bytes, f.ModifiedAt, RoleOf(job.Submission.Spec, f.Path)))], null, volume)
                : new(attempt.RentalId!, attempt.Number, status, null, problem, volume));
        }

        return StorageMap.Of(account.Profile, disks, [.. Mirrored(job), .. job.Attempts.SelectMany(a => Bundled(job, a))]);
    }

    /// <summary>Of what was taken over, what was named: over ssh, since its host shows the whole disk and nothing below these paths alone.</summary>
    private static async Task<IReadOnlyList<RentalDisk>> ForeignDisksAsync(JobState job, AdoptedRental adopted, OpenAccount account, IReadOnlyList<Rental>? rentals, CancellationToken cancellationToken)
    {
        if (job.Current is not { RentalId: { } id, DestroyedAt: null, Vanished: false, Released: null })
            return [];
        var rental = rentals?.FirstOrDefault(r => r.Id == id);
        var listed = account.Foreign is not { } box ? AdoptDesk.NotHere(account)
            : rental is { Status: RentalStatus.Running } && (rental.DirectSsh ?? rental.ProxySsh) is { } endpoint ? await box.SurveyAsync(new BoxAddress(id, endpoint, rental.DirectSsh is null), adopted.Paths, cancellationToken)
            : new Problem("rental-not-running", $"Rental {id} does not run, and what was taken over is looked into only while it does.", "Start it where you started it.", ExitCode.RentalUnusable);
        return
        [
            listed.TryGet(out var survey, out var problem)
                ? new(id, 1, rental?.Status, [.. survey.Entries.Where(e => e.EscapedTarget is null).Select(e => new ManifestFile(e.EscapedPath, e.Bytes, "") is { Path: { } path } ? new SeenFile(path, e.Bytes, e.WrittenAt, FileRole.Result) : null).OfType<SeenFile>()], null)
                : new(id, 1, rental?.Status, null, problem),
        ];
    }

    /// <summary>The newest save alone, which nothing changes any more; verified is what its receipt lists.</summary>
    private static IEnumerable<OffCopy> Saved(AttemptState attempt)
    {
        if (attempt.Receipt is not { } issued || Receipt.Read(issued.Path).Receipt is not { } receipt)
            return [];
        var proven = receipt.Files.Select(f => (f.Path, f.Bytes)).ToHashSet();
        return Files(issued.Path[..^(BundleLayout.ReceiptPath.Length + 1)])
            .Where(f => !f.Path.StartsWith(BundleLayout.OwnDirectory + "/", StringComparison.Ordinal))
            .Select(f => new OffCopy(f.Path, f.Bytes, f.ModifiedAt, CopyPlace.Bundle, proven.Contains((f.Path, f.Bytes))));
    }

    private static FileRole RoleOf(JobSpec spec, string path) =>
        path.EndsWith(".tmp", StringComparison.Ordinal) ? FileRole.Other
        : spec.Checkpoints.Any(p => ResultPattern.Matches(p, path)) ? FileRole.Checkpoint
        : spec.Results.Any(p => ResultPattern.Matches(p, path)) ? FileRole.Result
        : FileRole.Other;

    /// <summary>Each was compared and opened before it was put there; that it still is what the journal says is seen by its size.</summary>
    private static IEnumerable<OffCopy> Mirrored(JobState job)
    {
        var mirror = JobDirectories.Mirror(job);
        return Files(mirror).Select(f => new OffCopy(
            f.Path, f.Bytes, f.ModifiedAt, CopyPlace.Mirror, job.Mirrors.TryGetValue(f.Path, out var known) && known.Bytes == f.Bytes));
    }

    private static IEnumerable<OffCopy> Bundled(JobState job, AttemptState attempt) =>
        Files(JobDirectories.Bundle(job, attempt))
            .Where(f => !f.Path.StartsWith(BundleLayout.OwnDirectory + "/", StringComparison.Ordinal))
            .Select(f => new OffCopy(f.Path, f.Bytes, f.ModifiedAt, CopyPlace.Bundle, attempt.Receipt is not null));

    private static List<BoxFile> Files(string directory)
    {
        if (!Directory.Exists(directory))
            return [];
        // Links are neither followed nor taken for copies.
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        return
        [
            .. new DirectoryInfo(directory).EnumerateFiles("*", all)
                .Select(f => Seen(directory, f))
                .OfType<BoxFile>(),
        ];
    }

    /// <summary>Null: it went between the listing and the look, as an old copy does when a newer one is home.</summary>
    private static BoxFile? Seen(string directory, FileInfo file)
    {
        try
        {
            return new BoxFile(Path.GetRelativePath(directory, file.FullName).Replace(Path.DirectorySeparatorChar, '/'), file.Length, file.LastWriteTimeUtc);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
