using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Receipts;
using Lodger.Artifacts.Verification;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;
using Lodger.Engine.Acts;
using Lodger.Engine.Jobs;

namespace Lodger.Engine.Adopt;

/// <summary>
/// From what a person named on a machine of theirs to a receipt: (1) roster, (2) what was proven before makes way and is kept, (3) pull of what is new, (4) sizes, hashes, loading and links here,
/// (5) receipt. What was written to meanwhile is looked at anew a few times; then it is named, and the rental stays.
/// </summary>
internal sealed class SaveAct(JobRunner job, OpenAccount account, ActContext context)
{
    private const int Rounds = 3;

    private readonly ForeignRoster? roster = account.Foreign is { } box ? new ForeignRoster(box, context.Time) : null;

    private string Home => job.State.Submission.ResultsDirectory;

    private IReadOnlyList<string> Roots => job.State.Submission.Adopts!.Paths;

    /// <summary>A link whose target is in none of what was named would be lost with the rental.</summary>
    private VerifyOptions Options => new() { LinkRoots = [.. Roots.Select(r => r[1..])] };

    /// <summary>A disk here that is full or refuses us is the user's to mend; everything is still on the machine.</summary>
    public async Task<Outcome<Done>> CarryOutAsync(int attempt, BoxAddress address, CancellationToken cancellationToken)
    {
        try
        {
            return await SaveAsync(attempt, address, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem("results-not-writable", $"The results cannot be written here: {e.Message}", $"Make room in {Home}, or make it writable for you; it goes on by itself.", ExitCode.Prerequisite);
        }
    }

    /// <summary>Just before the irreversible act. The bundle first, which may take long and changes by nobody's hand; the machine last.</summary>
    public async Task<Outcome<Done>> RecheckAsync(int attempt, BoxAddress address, CancellationToken cancellationToken)
    {
        var read = Receipt.Read(Path.Combine(Home, BundleLayout.ReceiptPath));
        IReadOnlyList<Finding> reasons = read.Reasons;
        if (read.Receipt is { } receipt)
        {
            // Another receipt lies beside the results than the one that was issued for them (a crash in between, or a hand): it proves nothing here.
            if (receipt.Id != job.State.Current?.Receipt?.ReceiptId)
                return await CarryOutAsync(attempt, address, cancellationToken);
            using var progress = new WorkProgress(job, "checking the bundle again");
            var check = await ReceiptVerifier.VerifyAsync(receipt, Home, Options, progress, cancellationToken);
            reasons = check.IsValid ? [] : check.Findings;
        }

        if (reasons.Count > 0)
        {
            job.Append(new VerificationFailed(attempt, [.. reasons.Select(ActFinding.Of)]));
            return Done.Ok;
        }

        if (!(await RosterAsync(address, cancellationToken)).TryGet(out var seen, out var problem))
            return problem;
        job.Append(new MachineRechecked(attempt, seen.Manifest.RosterSha256, seen.SeenAt));
        return Done.Ok;
    }

    private async Task<Outcome<Done>> SaveAsync(int attempt, BoxAddress address, CancellationToken cancellationToken)
    {
        var proven = new ProvenFiles(Home);
        Manifest manifest;
        VerificationReport report;
        for (var round = 1; ; round++)
        {
            // 1
            if (!(await RosterAsync(address, cancellationToken)).TryGet(out var seen, out var problem))
                return problem;
            manifest = seen.Manifest;
            if (Missing(manifest) is { Count: > 0 } missing)
            {
                job.Append(new VerificationFailed(attempt, missing));
                return Done.Ok;
            }

            // 2
            var here = proven.Here(manifest);
            List<ManifestFile> due = [.. manifest.Files.Where(f => f.Path is not null && !here.Contains(f.Path))];
            var bytes = due.Sum(f => f.Bytes);
            if ((ProxyRule.Refusal(job, account, address, bytes, ProxyLoad.Pulled) ?? LocalRoom.Refuse(bytes - StagedBytes(), Home)) is { } refused)
                return refused;
            job.RequireMayAct();
            proven.MakeWay(manifest);

            // 3
            var pulled = await PullAsync(address, due, cancellationToken);
            // A file that went meanwhile, as rotated checkpoints do: the next look says what is there now, and what came stays.
            if (pulled.Problem is { Id: "box-command-failed", MayRetry: false } && round < Rounds)
                continue;
            if (pulled.Problem is { } cut)
                return cut;

            // 4
            using (var progress = new WorkProgress(job, "verifying results"))
                report = await BundleVerifier.VerifyAsync(Home, manifest, Options, progress, cancellationToken);
            if (report.IsSound || round == Rounds)
                break;
            foreach (var file in report.Files.Where(f => f.Verdict == Verdict.Damaged))
                proven.PutAside(file.Path);
        }

        job.Append(new BundlePulled(attempt, manifest.RosterSha256, manifest.Entries.Count, manifest.TotalBytes));
        var made = Receipt.Create(new ReceiptSubject(job.State.Id, attempt, address.RentalId), report, context.Time.GetUtcNow(), context.Options.ToolVersion);
        if (made.Receipt is not { } receipt)
        {
            job.Append(new VerificationFailed(attempt, [.. made.Reasons.Select(ActFinding.Of)]));
            return Done.Ok;
        }

        // 5
        job.RequireMayAct();
        var path = Path.Combine(Home, BundleLayout.ReceiptPath);
        receipt.Write(path);
        manifest.WriteFile(Path.Combine(Home, BundleLayout.ManifestPath));
        job.Append(new ReceiptIssued(
            attempt, receipt.Id, manifest.RosterSha256, receipt.Files.Count, receipt.TotalBytes, receipt.Loaded.Count(),
            [.. receipt.HashOnly.Select(f => f.Path)], [.. report.AllFindings.Where(f => f.Severity == Severity.Warning).Select(ActFinding.Of)], path));
        return Done.Ok;
    }

    private async Task<Outcome<SeenRoster>> RosterAsync(BoxAddress address, CancellationToken cancellationToken)
    {
        job.See(l => l with { Waiting = "the machine lists and hashes what has to be saved" });
        return roster is null ? AdoptDesk.NotHere(account) : await roster.TakeAsync(address, Roots, cancellationToken);
    }

    /// <summary>What a person named has to be there.</summary>
    private List<FileFinding> Missing(Manifest manifest)
    {
        var paths = manifest.Files.Where(f => f.Path is not null).Select(f => "/" + f.Path).ToList();
        return
        [
            .. Roots.Where(root => !paths.Exists(p => p == root || p.StartsWith(root + "/", StringComparison.Ordinal)))
                .Select(root => new FileFinding(root[1..], nameof(Verdict.Missing), "it was named to be saved, and the machine holds no file there any more")),
        ];
    }

    private async Task<Outcome<Transferred>> PullAsync(BoxAddress address, IReadOnlyList<ManifestFile> files, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Home);
        using var progress = new WorkProgress(job, "pulling results", ProxyRule.PriceOf(job, address.RentalId, ProxyLoad.Pulled));
        return await account.Foreign!.PullAsync(address, [.. files.Select(f => new WantedFile(f.Path!, f.Bytes))], Home, progress, cancellationToken);
    }

    /// <summary>Of a pull that broke off: it goes on from there.</summary>
    private long StagedBytes()
    {
        var staged = new DirectoryInfo(Path.Combine(Home, BundleLayout.OwnDirectory, "incoming"));
        return staged.Exists ? staged.EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length) : 0;
    }
}
