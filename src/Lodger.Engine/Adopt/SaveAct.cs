using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Receipts;
using Lodger.Artifacts.Verification;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Engine.Accounts;
using Lodger.Engine.Acts;
using Lodger.Engine.Checkpoints;
using Lodger.Engine.Jobs;

namespace Lodger.Engine.Adopt;

/// <summary>
/// From what a person named on a machine of theirs to a receipt: (1) roster, (2) a directory that holds nothing proven, with what the last save has already, (3) pull of the rest, (4) sizes, hashes, loading and
/// links here, (5) manifest and receipt, and from then on it is a save that is never changed. What is written to meanwhile is looked at anew a few times; then it is named, and all else is saved without it.
/// </summary>
internal sealed class SaveAct(JobRunner job, OpenAccount account, ActContext context)
{
    private const int Rounds = 3;
    private const int MovingNamed = 20;

    private readonly ForeignRoster? roster = account.Foreign is { } box ? new ForeignRoster(box, context.Time, job.Waits.FilesRest) : null;

    private string Home => job.State.Submission.ResultsDirectory;

    private IReadOnlyList<string> Roots => job.State.Submission.Adopts!.Paths;

    /// <summary>A link whose target is in none of what was named would be lost with the rental.</summary>
    private VerifyOptions Options => new() { LinkRoots = [.. Roots.Select(r => r[1..])] };

    /// <summary>A disk here that is full or refuses us is the user's to mend; everything is still on the machine.</summary>
    public async Task<Outcome<Done>> CarryOutAsync(int attempt, BoxAddress address, CancellationToken cancellationToken)
    {
        if (roster is null)
            return AdoptDesk.NotHere(account);
        try
        {
            return await SaveAsync(roster, attempt, address, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Problem("results-not-writable", $"The results cannot be written here: {e.Message}", $"Make room in {Home}, or make it writable for you; it goes on by itself.", ExitCode.Prerequisite);
        }
    }

    /// <summary>Just before the irreversible act. The save first, which may take long and changes by nobody's hand; the machine last.</summary>
    public async Task<Outcome<Done>> RecheckAsync(int attempt, BoxAddress address, CancellationToken cancellationToken)
    {
        if (roster is null)
            return AdoptDesk.NotHere(account);
        if (job.State.Current?.Receipt is not { } issued)
            return Done.Ok;
        var home = JobDirectories.Bundle(job.State, job.State.Current);
        var read = Receipt.Read(issued.Path);
        var reasons = read.Reasons;
        if (read.Receipt is { } receipt)
        {
            using var progress = new WorkProgress(job, "checking the save again");
            var check = await ReceiptVerifier.VerifyAsync(receipt, home, Options, progress, cancellationToken);
            reasons = receipt.Id != issued.ReceiptId ? [new Finding("receipt-other", Severity.Error, issued.Path, "it is another receipt than the one that was issued.", "Save it once more.")]
                : check.IsValid ? []
                : check.Findings;
        }

        if (reasons.Count > 0)
        {
            job.Append(new VerificationFailed(attempt, [.. reasons.Select(ActFinding.Of)]));
            return Done.Ok;
        }

        job.See(l => l with { Waiting = "the machine lists and hashes what has to be saved, once more; what was written a moment ago is waited for" });
        if (!(await roster.LastAsync(address, Roots, cancellationToken)).TryGet(out var seen, out var problem))
            return problem;
        // What is written to is newer than the receipt, whatever else is the same.
        job.Append(new MachineRechecked(attempt, seen.Moving.Count == 0 ? seen.Manifest.RosterSha256 : "still written to", seen.SeenAt));
        return Done.Ok;
    }

    private async Task<Outcome<Done>> SaveAsync(ForeignRoster looking, int attempt, BoxAddress address, CancellationToken cancellationToken)
    {
        var saves = new SaveDirectories(Home);
        HashSet<string> mistrusted = new(StringComparer.Ordinal);
        SeenRoster? seen = null;
        Manifest wanted;
        VerificationReport report;
        for (var round = 1; ; round++)
        {
            // 1
            job.See(l => l with { Waiting = "the machine lists and hashes what has to be saved" });
            var earlier = seen?.Manifest;
            if (!(await looking.ToSaveAsync(address, Roots, cancellationToken)).TryGet(out seen, out var problem))
                return problem;
            if (round == Rounds)
                seen = seen.AsIn(earlier!);
            if (Lacking(seen).Count == 0 && await SavedAlreadyAsync(saves, seen.Manifest, cancellationToken) is { } again)
            {
                job.Append(Issued(attempt, again.Receipt, again.Report, again.Path));
                return Done.Ok;
            }

            // 2
            job.RequireMayAct();
            wanted = StrangeNames.Plain(seen.Manifest);
            if (CaseTwins.Refuse(wanted.Files.Select(f => f.Path).OfType<string>(), Home, address.RentalId, saves.TellsCaseApart) is { } twins)
                return twins;
            var here = await Task.Run(() => saves.Prepare(wanted, mistrusted, cancellationToken), cancellationToken);
            List<ManifestFile> due = [.. wanted.Files.Where(f => f.Path is not null && !here.Contains(f.Path))];
            var bytes = due.Sum(f => f.Bytes);
            if ((ProxyRule.Refusal(job, account, address, bytes, ProxyLoad.Pulled) ?? LocalRoom.Refuse(bytes - saves.StagedBytes, Home)) is { } refused)
                return refused;

            // 3
            var pulled = await PullAsync(saves.Unfinished, address, due, cancellationToken);
            // A file that went meanwhile, as rotated checkpoints do: the next look says what is there now, and what came stays.
            if (pulled.Problem is { Id: "box-command-failed", MayRetry: false } && round < Rounds)
                continue;
            if (pulled.Problem is { } cut)
                return cut;

            // 4
            using (var progress = new WorkProgress(job, "verifying results"))
                report = await BundleVerifier.VerifyAsync(saves.Unfinished, wanted, Options, progress, cancellationToken);
            List<FileReport> wrong = [.. report.Files.Where(f => f.Verdict is Verdict.Damaged or Verdict.Missing)];
            // A link that leads out, or a file that does not load, is no better for being fetched once more.
            if (report.IsSound || wrong.Count == 0 || round == Rounds)
                break;
            foreach (var file in wrong)
            {
                mistrusted.Add(file.Path);
                saves.Drop(file.Path);
            }
        }

        // 5
        job.RequireMayAct();
        var made = Receipt.Create(new ReceiptSubject(job.State.Id, attempt, address.RentalId), report, context.Time.GetUtcNow(), context.Options.ToolVersion);
        var place = saves.Next;
        if (wanted.Entries.Count > 0)
        {
            wanted.WriteFile(Path.Combine(saves.Unfinished, BundleLayout.ManifestPath));
            made.Receipt?.Write(Path.Combine(saves.Unfinished, BundleLayout.ReceiptPath));
            saves.Seal(place);
            job.Append(new BundlePulled(attempt, wanted.RosterSha256, wanted.Files.Count(), wanted.TotalBytes));
        }

        List<FileFinding> lacking = [.. made.Reasons.Select(ActFinding.Of), .. Lacking(seen)];
        job.Append(lacking.Count == 0 ? Issued(attempt, made.Receipt!, report, Path.Combine(place, BundleLayout.ReceiptPath)) : new VerificationFailed(attempt, lacking));
        return Done.Ok;
    }

    /// <summary>The last save is what the machine holds, to the last file: it needs no second one.</summary>
    private async Task<(Receipt Receipt, VerificationReport Report, string Path)?> SavedAlreadyAsync(SaveDirectories saves, Manifest manifest, CancellationToken cancellationToken)
    {
        if (saves.LastProven is not { } last || last.Receipt.RosterSha256 != manifest.RosterSha256 || last.Receipt.Subject.Job != job.State.Id)
            return null;
        using var progress = new WorkProgress(job, "checking the save again");
        var check = await ReceiptVerifier.VerifyAsync(last.Receipt, last.Directory, Options, progress, cancellationToken);
        return check is { IsValid: true, Report: { } report } ? (last.Receipt, report, Path.Combine(last.Directory, BundleLayout.ReceiptPath)) : null;
    }

    private static ReceiptIssued Issued(int attempt, Receipt receipt, VerificationReport report, string path) => new(
        attempt, receipt.Id, receipt.RosterSha256, receipt.Files.Count, receipt.TotalBytes, receipt.Loaded.Count(),
        [.. receipt.HashOnly.Select(f => f.Path)], [.. report.AllFindings.Where(f => f.Severity == Severity.Warning).Select(ActFinding.Of), .. StrangeNames.Warnings(report.Manifest!)], path);

    /// <summary>What keeps the gate shut although all that came home is proven: what was written to all the time, and what a person named and is not there.</summary>
    private List<FileFinding> Lacking(SeenRoster seen)
    {
        List<FileFinding> lacking = [.. seen.Moving.Take(MovingNamed).Select(path => new FileFinding(path, "moving", "it is written to while it is looked at, so it is not saved; all else is. End what writes it, or wait for it."))];
        if (seen.Moving.Count > MovingNamed)
            lacking.Add(new($"{seen.Moving.Count - MovingNamed} more", "moving", "they are written to while they are looked at, so they are not saved."));
        var paths = seen.Manifest.Files.Select(f => "/" + f.EscapedPath).Concat(seen.Moving).ToList();
        return
        [
            .. lacking, .. StrangeNames.Refused(seen.Manifest, job.State.Name), .. Roots.Where(root => PathEscape.Escape(root) is var named && !paths.Exists(p => p == named || p.StartsWith(named + "/", StringComparison.Ordinal)))
                .Select(root => new FileFinding(root, nameof(Verdict.Missing), "it was named to be saved, and the machine holds no file there any more")),
        ];
    }

    private async Task<Outcome<Transferred>> PullAsync(string directory, BoxAddress address, IReadOnlyList<ManifestFile> files, CancellationToken cancellationToken)
    {
        using var progress = new WorkProgress(job, "pulling results", ProxyRule.PriceOf(job, address.RentalId, ProxyLoad.Pulled));
        return await account.Foreign!.PullAsync(address, [.. files.Select(f => new WantedFile(f.Path!, f.Bytes))], directory, progress, cancellationToken);
    }
}
