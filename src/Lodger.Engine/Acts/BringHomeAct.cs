using System.Text;
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

namespace Lodger.Engine.Acts;

/// <summary>
/// From files on the machine to a receipt: (1) manifest made there, (2) expected roster, without what has no plain name, (3) pull, (4) sizes, hashes and loading here,
/// (5) receipt. What differs after the first pull is pulled once more; what still differs is named and the rental stays.
/// </summary>
internal sealed class BringHomeAct(JobRunner job, OpenAccount account, ActContext context)
{
    private const int Pulls = 2;
    private const int LogChunk = 1 << 20;
    private const long LogMax = 64L << 20;

    private string Home => job.State.Submission.ResultsDirectory;

    /// <summary>A disk here that is full or refuses us is the user's to mend; everything is still on the machine.</summary>
    public async Task<Outcome<Done>> CarryOutAsync(int attempt, BoxAddress address, CancellationToken cancellationToken)
    {
        try
        {
            return await BringAsync(attempt, address, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem("results-not-writable", $"The results cannot be written here: {e.Message}", $"Make room in {Home}, or make it writable for you; it goes on by itself.", ExitCode.Prerequisite);
        }
    }

    private async Task<Outcome<Done>> BringAsync(int attempt, BoxAddress address, CancellationToken cancellationToken)
    {
        // 1
        if (!(await ManifestAsync(address, cancellationToken)).TryGet(out var whole, out var problem))
            return problem;

        // 2
        var manifest = StrangeNames.Plain(whole);
        var refused = StrangeNames.Refused(whole, job.State.Name);
        List<string> paths = [.. manifest.Files.Select(f => f.Path).OfType<string>()];
        if (refused.Count == 0 && PromisedResults.Missing(job.State.Submission.Spec, job.State.Attempts.First(a => a.Number == attempt), paths) is { Count: > 0 } missing)
        {
            job.Append(new VerificationFailed(attempt, missing));
            return Done.Ok;
        }

        VerificationReport? report = null;
        var renewal = Renewal.Open(Home, paths, setsGoneAside: true);
        for (var pull = 1; pull <= Pulls && report is not { IsSound: true }; pull++)
        {
            // 3
            if (report is not null)
                RemoveDamaged(renewal.Place, report);
            if ((await PullAsync(address, manifest, renewal.Place, cancellationToken)).Problem is { } cut)
                return cut;

            // 4
            report = await VerifyAsync(manifest, renewal.Place, cancellationToken);
        }

        // 5
        await PullLogAsync(address, cancellationToken);
        // A copy of a checkpoint that broke off is of no more use.
        if (new PulledBundle(job, context, attempt, renewal).Settle(address.RentalId, whole, report!, refused) && JobDirectories.Incoming(job.State) is var unfinished && Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        return Done.Ok;
    }

    /// <summary>
    /// Just before the irreversible act: the bundle here is what the receipt says, and so is what the machine holds. The bundle first, which may take long; the machine last, because the look at it grows old.
    /// </summary>
    public async Task<Outcome<Done>> RecheckAsync(int attempt, BoxAddress address, CancellationToken cancellationToken)
    {
        var read = Receipt.Read(Path.Combine(Home, BundleLayout.ReceiptPath));
        IReadOnlyList<Finding> reasons = read.Reasons;
        if (read.Receipt is { } receipt)
        {
            using var progress = new WorkProgress(job, "checking the bundle again");
            // Another receipt lies beside the results than the one that was issued for them (a crash in between, or a hand): it proves nothing here.
            if (receipt.Id != job.State.Attempts.FirstOrDefault(a => a.Number == attempt)?.Receipt?.ReceiptId)
                return await CarryOutAsync(attempt, address, cancellationToken);
            var check = await ReceiptVerifier.VerifyAsync(receipt, Home, progress: progress, cancellation: cancellationToken);
            reasons = check.IsValid ? [] : check.Findings;
        }

        if (reasons.Count > 0)
        {
            job.Append(new VerificationFailed(attempt, [.. reasons.Select(ActFinding.Of)]));
            return Done.Ok;
        }

        if (!(await ManifestAsync(address, cancellationToken)).TryGet(out var manifest, out var problem))
            return problem;
        job.Append(new MachineRechecked(attempt, manifest.RosterSha256));
        return Done.Ok;
    }

    private async Task<Outcome<Manifest>> ManifestAsync(BoxAddress address, CancellationToken cancellationToken)
    {
        job.See(l => l with { Waiting = "the machine hashes its results" });
        if (!(await account.Box.MakeManifestAsync(address, cancellationToken)).TryGet(out var text, out var problem))
            return problem;
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        var reading = Manifest.Read(stream);
        return reading.Manifest is { } manifest
            ? manifest
            : new Problem(
                "manifest-unreadable",
                $"The manifest that the machine made cannot be used: {string.Join("; ", reading.Findings.Take(3))}",
                $"To give up what it holds: lodger down {job.State.Name} --abandon-data",
                ExitCode.NotVerified);
    }

    private async Task<Outcome<Transferred>> PullAsync(BoxAddress address, Manifest manifest, string place, CancellationToken cancellationToken)
    {
        if (ProxyRule.Refusal(job, account, address, manifest.TotalBytes, ProxyLoad.Pulled) is { } refused)
            return refused;
        using var progress = new WorkProgress(job, "pulling results", ProxyRule.PriceOf(job, address.RentalId, ProxyLoad.Pulled));
        return await account.Box.PullAsync(
            address, [.. manifest.Files.Where(f => f.Path is not null).Select(f => new WantedFile(f.Path!, f.Bytes))], place, progress, cancellationToken);
    }

    private async Task<VerificationReport> VerifyAsync(Manifest manifest, string place, CancellationToken cancellationToken)
    {
        using var progress = new WorkProgress(job, "verifying results");
        return await BundleVerifier.VerifyAsync(place, manifest, progress: progress, cancellation: cancellationToken);
    }

    /// <summary>So that the second pull fetches them anew instead of trusting what lies there. Only files of ours below the place they came to.</summary>
    private void RemoveDamaged(string place, VerificationReport report)
    {
        // Who took over meanwhile may have a whole one there.
        job.RequireMayAct();
        foreach (var file in report.Files.Where(f => f.Verdict == Verdict.Damaged))
        {
            var path = Path.GetFullPath(Path.Combine(place, file.Path));
            if (path.StartsWith(place + Path.DirectorySeparatorChar, StringComparison.Ordinal) && new FileInfo(path).LinkTarget is null)
                File.Delete(path);
        }
    }

    /// <summary>The job's output comes home too, bounded; a log that cannot be read does not keep the results from coming.</summary>
    private async Task PullLogAsync(BoxAddress address, CancellationToken cancellationToken)
    {
        var path = Path.Combine(Home, BundleLayout.OwnDirectory, "run.log");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using var file = new FileStream(path + ".part", FileMode.Create, FileAccess.Write);
        while (file.Length < LogMax)
        {
            var chunk = await account.Box.ReadLogAsync(address, file.Length, LogChunk, cancellationToken);
            if (chunk.Problem is { } problem)
            {
                job.Append(new Noted($"the log did not come home whole: {problem.Message}"));
                break;
            }

            await file.WriteAsync(chunk.Value, cancellationToken);
            // A machine that hands out its log a byte at a time does not keep us: less than was asked for is the end.
            if (chunk.Value.Length < LogChunk)
                break;
        }

        file.Close();
        File.Move(path + ".part", path, overwrite: true);
    }
}
