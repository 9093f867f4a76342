using Lodger.Artifacts;
using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Receipts;
using Lodger.Artifacts.Verification;
using Lodger.Domain.Jobs;
using Lodger.Engine.Checkpoints;
using Lodger.Engine.Jobs;

namespace Lodger.Engine.Acts;

/// <summary>How bringing home ends, whichever way the files came: with a receipt, or with what keeps them from one.</summary>
internal sealed class PulledBundle(JobRunner job, ActContext context, int attempt, Renewal renewal)
{
    private const int GoneNamed = 3;

    /// <summary>It is not sound. What was proven before stays as it was.</summary>
    public void Refuse(IEnumerable<FileFinding> findings)
    {
        if (renewal.IsBeside)
        {
            renewal.Drop();
            job.Append(new Noted(renewal.Kept));
        }

        job.Append(new VerificationFailed(attempt, [.. findings]));
    }

    /// <summary>It is pulled and verified: it takes its place, and has its receipt when all of it is sound.</summary>
    /// <param name="manifest">Of the machine: with what is lacking.</param>
    /// <param name="report">Of the files where they were pulled to.</param>
    /// <param name="lacking">What the machine holds besides and did not come: with it there is no receipt.</param>
    /// <param name="taken">What else is said once it is in its place.</param>
    /// <returns>Whether it has a receipt.</returns>
    public bool Settle(string rentalId, Manifest manifest, VerificationReport report, IReadOnlyList<FileFinding> lacking, Action? taken = null)
    {
        var made = Receipt.Create(new ReceiptSubject(job.State.Id, attempt, rentalId), report, context.Time.GetUtcNow(), context.Options.ToolVersion);
        var proven = lacking.Count == 0 ? made.Receipt : null;
        if (proven is not null || !renewal.IsBeside)
        {
            // Who took over meanwhile may be at it there.
            job.RequireMayAct();
            renewal.Take();
            manifest.WriteFile(Path.Combine(renewal.Home, BundleLayout.ManifestPath));
            job.Append(new BundlePulled(attempt, manifest.RosterSha256, report.Manifest!.Files.Count(), report.Manifest.TotalBytes));
            if (renewal.Gone.Count > 0)
                job.Append(new Noted($"not on the machine, and kept in {renewal.Aside}: {string.Join(", ", renewal.Gone.Take(GoneNamed))}{(renewal.Gone.Count > GoneNamed ? $" and {renewal.Gone.Count - GoneNamed} more" : "")}"));
            taken?.Invoke();
        }

        if (proven is not { } receipt)
        {
            Refuse([.. made.Reasons.Select(ActFinding.Of), .. lacking]);
            return false;
        }

        BundleLinks.Make(renewal.Home, manifest);
        var path = Path.Combine(renewal.Home, BundleLayout.ReceiptPath);
        receipt.Write(path);
        job.Append(new ReceiptIssued(
            attempt, receipt.Id, manifest.RosterSha256, receipt.Files.Count, receipt.TotalBytes, receipt.Loaded.Count(),
            [.. receipt.HashOnly.Select(f => f.Path)], [.. report.AllFindings.Where(f => f.Severity == Severity.Warning).Select(ActFinding.Of), .. StrangeNames.Warnings(manifest)], path));
        return true;
    }
}
