using Lodger.Artifacts.Manifests;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Receipts;

/// <summary>Whether a receipt still holds for a directory.</summary>
/// <param name="IsValid">Every file is as the receipt says, and none was added or lost.</param>
/// <param name="Findings">Why not; empty when it is valid.</param>
/// <param name="Report">The verification behind it; null when it did not come to one.</param>
public sealed record ReceiptCheck(bool IsValid, IReadOnlyList<Finding> Findings, VerificationReport? Report);

/// <summary>Checks a receipt again later: a file changed, added or lost since makes it worthless.</summary>
public static class ReceiptVerifier
{
    /// <summary>Verifies the bundle against the manifest in it, which must be the one the receipt names.</summary>
    /// <param name="receipt">The receipt.</param>
    /// <param name="directory">The bundle, with its <c>.lodger/manifest</c>.</param>
    /// <inheritdoc cref="BundleVerifier.VerifyAsync" path="/param[@name='options' or @name='progress' or @name='cancellation']"/>
    public static async Task<ReceiptCheck> VerifyAsync(
        Receipt receipt, string directory, VerifyOptions? options = null, IProgress<VerifyProgress>? progress = null, CancellationToken cancellation = default)
    {
        var reading = Manifest.ReadFile(Path.Combine(directory, BundleLayout.ManifestPath));
        if (reading.Manifest is not { } manifest)
        {
            return new ReceiptCheck(IsValid: false, reading.Findings, Report: null);
        }

        if (manifest.Sha256 != receipt.ManifestSha256)
        {
            return Invalid("receipt-other-manifest", "the bundle's manifest is not the one the receipt was made for.", "Verify again and make a new receipt.");
        }

        var vouched = receipt.Files.Select(file => (file.Path, file.Bytes, file.Sha256)).ToHashSet();
        if (vouched.Count != manifest.Files.Count() || !manifest.Files.All(file => file.Path is not null && vouched.Contains((file.Path, file.Bytes, file.Sha256))))
        {
            return Invalid("receipt-other-files", "the receipt does not vouch for exactly the manifest's files.", "Verify again and make a new receipt.");
        }

        var report = await BundleVerifier.VerifyAsync(directory, manifest, options, progress, cancellation);
        return new ReceiptCheck(report.IsSound, [.. report.AllFindings.Where(finding => finding.Severity == Severity.Error)], report);
    }

    private static ReceiptCheck Invalid(string id, string what, string fix) =>
        new(IsValid: false, [new Finding(id, Severity.Error, string.Empty, what, fix)], Report: null);
}
