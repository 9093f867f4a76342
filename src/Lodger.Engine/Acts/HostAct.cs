using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Receipts;
using Lodger.Artifacts.Verification;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;
using Lodger.Engine.Checkpoints;
using Lodger.Engine.Jobs;
using Lodger.Remote.Script;

namespace Lodger.Engine.Acts;

/// <summary>
/// What a stopped rental holds, reached through its host. Nothing runs there that could hash, so equality is proven by rsync's own checksums on
/// both sides: (1) list, (2) pull, (3) no difference, (4) sizes, hashes and loading here, (5) receipt.
/// </summary>
internal sealed class HostAct(JobRunner job, OpenAccount account, ActContext context)
{
    private const int Pulls = 2;

    public async Task<Outcome<Done>> FenceAsync(int attempt, HostDoor door, CancellationToken cancellationToken)
    {
        var written = await account.Hosts.WriteFenceAsync(door, attempt, cancellationToken);
        if (written.IsOk)
            job.Append(new FenceWritten(attempt));
        return written;
    }

    public async Task<Outcome<Done>> BringHomeAsync(int attempt, HostDoor door, CancellationToken cancellationToken)
    {
        try
        {
            return await BringAsync(attempt, door, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem("results-not-writable", $"What {door.RentalId} holds cannot be written here: {e.Message}", "Make room, or make the directory writable for you; it goes on by itself.", ExitCode.Prerequisite);
        }
    }

    /// <summary>Just before the irreversible act: the rental holds what the receipt says, and so does the bundle here.</summary>
    public async Task<Outcome<Done>> RecheckAsync(int attempt, HostDoor door, CancellationToken cancellationToken)
    {
        var state = StateOf(attempt);
        var home = JobDirectories.Bundle(job.State, state);
        var read = Receipt.Read(Path.Combine(home, BundleLayout.ReceiptPath));
        if (read.Receipt is not { } receipt || receipt.Id != state.Receipt?.ReceiptId)
            return await BringHomeAsync(attempt, door, cancellationToken);
        using var progress = new WorkProgress(job, "checking the bundle again");
        var check = await ReceiptVerifier.VerifyAsync(receipt, home, progress: progress, cancellation: cancellationToken);
        if (!check.IsValid)
        {
            job.Append(new VerificationFailed(attempt, [.. check.Findings.Select(ActFinding.Of)]));
            return Done.Ok;
        }

        if (!(await WantedAsync(state, door, cancellationToken)).TryGet(out var disk, out var problem))
            return problem;
        if (!(await DifferencesAsync(door, disk.Files, home, cancellationToken)).TryGet(out var differences, out problem))
            return problem;
        var same = differences.Count == 0 && disk.Unnamed.Count == 0 && disk.Files.Select(f => f.Path).ToHashSet(StringComparer.Ordinal).SetEquals(receipt.Files.Select(f => f.Path));
        job.Append(new MachineRechecked(attempt, same ? state.Receipt!.ManifestSha256 : "differs"));
        return Done.Ok;
    }

    private async Task<Outcome<Done>> BringAsync(int attempt, HostDoor door, CancellationToken cancellationToken)
    {
        // 1
        var state = StateOf(attempt);
        var home = JobDirectories.Bundle(job.State, state);
        if (!(await WantedAsync(state, door, cancellationToken)).TryGet(out var disk, out var problem))
            return problem;
        var files = disk.Files;
        if (files.Count == 0 && IsHidden(state))
        {
            return new Problem(
                "volume-not-shown",
                $"The host of {door.RentalId} shows no file of the job's, and its work lies on volume {job.State.Submission.Spec.Volume!.Id}: what it made is not known, so it is not taken for nothing.",
                $"The volume stays whatever becomes of the rental. To end the rental alone: lodger down {job.State.Name} --abandon-data",
                ExitCode.NotVerified,
                MayRetry: true);
        }

        if (files.Count == 0 && await BlindAsync(state, door, cancellationToken) is { } blind)
            return blind;
        List<string> paths = [.. files.Select(f => f.Path)];
        var refused = StrangeNames.Refused(disk.Unnamed, $"To give it up: lodger down {job.State.Name} --abandon-data");
        if (refused.Count == 0 && !job.State.WentOnFromVolume(state) && PromisedResults.Missing(job.State.Submission.Spec, state, paths) is { Count: > 0 } missing)
        {
            job.Append(new VerificationFailed(attempt, missing));
            return Done.Ok;
        }

        var renewal = Renewal.Open(home, paths);
        var place = renewal.Place;
        IReadOnlyList<string> due = paths;
        for (var pull = 1; pull <= Pulls && due.Count > 0; pull++)
        {
            // 2
            using (var progress = new WorkProgress(job, $"fetching what {door.RentalId} holds", ProxyRule.PriceOf(job, door.RentalId, ProxyLoad.Pulled)))
            {
                var wanted = files.Where(f => due.Contains(f.Path)).Select(f => new WantedFile(f.Path, f.Bytes)).ToList();
                if ((await account.Hosts.PullAsync(door, Workdir, wanted, place, progress, cancellationToken)).Problem is { } cut)
                    return cut;
            }

            // 3
            if (!(await DifferencesAsync(door, files, place, cancellationToken)).TryGet(out var differences, out problem))
                return problem;
            due = differences;
        }

        var bundle = new PulledBundle(job, context, attempt, renewal);
        if (due.Count > 0)
        {
            bundle.Refuse(due.Select(path => new FileFinding(path, "differs", "the copy here differs from what the host holds, after it was fetched twice")));
            return Done.Ok;
        }

        // 4
        var seen = await DirectoryVerifier.VerifyAsync(place, cancellation: cancellationToken);
        var entries = seen.Files.Where(f => f.Sha256 is not null && files.Any(w => w.Path == f.Path)).Select(f => ManifestFile.Of(f.Path, f.Bytes, f.Sha256!));
        // A link that leads to none of them is found by its manifest line, as on a machine that runs.
        var links = disk.Links.Select(l => ManifestLink.Of(l.Path, l.Target));
        if (Manifest.Create(context.Time.GetUtcNow(), Workdir, [.. entries, .. links]).Manifest is not { } manifest)
            return new Problem("manifest-unreadable", $"No manifest can be made of what {door.RentalId} holds.", "", ExitCode.NotVerified);
        var report = await BundleVerifier.VerifyAsync(place, manifest, cancellation: cancellationToken);

        // 5
        bundle.Settle(door.RentalId, manifest, report, refused, () =>
        {
            var next = job.State.Attempts.FirstOrDefault(a => a.Number > attempt && a.WentOnFromStep is not null);
            if (next?.WentOnFromStep is { } from && seen.Files.Where(f => f.Verdict is Verdict.Loads or Verdict.LoadsWithWarning).Max(f => f.Step) is { } newest && newest > from)
                job.Append(new NewerFound(attempt, newest, from, home));
        });
        return Done.Ok;
    }

    /// <summary>A host need not show what is attached to a stopped rental: seeing nothing there proves nothing once the command has run.</summary>
    private bool IsHidden(AttemptState attempt) => attempt.StartedAt is not null && job.State.IsOnVolume(attempt) && !job.State.WentOnFromVolume(attempt);

    private string Workdir => account.WorkdirOf(job.State.Submission.Spec);

    private AttemptState StateOf(int attempt) => job.State.Attempts.First(a => a.Number == attempt);

    /// <summary>What a manifest made on the machine would list: results and checkpoints, without files that were being written.</summary>
    private async Task<Outcome<DiskListing>> WantedAsync(AttemptState attempt, HostDoor door, CancellationToken cancellationToken)
    {
        // Its work lies on a volume on which another rental writes by now: what of it shows here is not this one's, and stays when this one goes.
        if (job.State.WentOnFromVolume(attempt))
            return new DiskListing([], [], []);
        var spec = job.State.Submission.Spec;
        string[] patterns = [.. spec.Results, .. spec.Checkpoints];
        bool IsWanted(string path) => !path.EndsWith(".tmp", StringComparison.Ordinal) && patterns.Any(p => ResultPattern.Matches(p, path));
        return (await account.Hosts.ListAsync(door, Workdir, cancellationToken)).Then<DiskListing>(disk => new DiskListing(
            [.. disk.Files.Where(f => IsWanted(f.Path))], [.. disk.Links.Where(l => IsWanted(l.Path))], [.. disk.Unnamed.Where(IsWanted)]));
    }

    /// <summary>
    /// A host that shows none of the job's files, once its command has run, is believed only when it shows what Lodger itself has put there: a disk that is not mounted is empty, too. Null: it is believed.
    /// </summary>
    private async Task<Problem?> BlindAsync(AttemptState attempt, HostDoor door, CancellationToken cancellationToken)
    {
        if (attempt.StartedAt is null || job.State.WentOnFromVolume(attempt))
            return null;
        if (!(await account.Hosts.ListAsync(door, BoxLayout.Of(account.Profile).Root, cancellationToken)).TryGet(out var own, out var problem))
            return problem;
        return own.Files.Count > 0 ? null : new Problem(
            "host-shows-nothing",
            $"The host of {door.RentalId} shows no file of the job's, and nothing of what Lodger has put there: what it holds is not known, so it is not taken for nothing.",
            $"It is looked at again. To end the rental without it: lodger down {job.State.Name} --abandon-data",
            ExitCode.NotVerified,
            MayRetry: true);
    }

    private async Task<Outcome<IReadOnlyList<string>>> DifferencesAsync(HostDoor door, IReadOnlyList<BoxFile> files, string home, CancellationToken cancellationToken) =>
        files.Count == 0
            ? Outcome<IReadOnlyList<string>>.Ok([])
            : await account.Hosts.DifferencesAsync(door, Workdir, [.. files.Select(f => f.Path)], home, cancellationToken);
}
