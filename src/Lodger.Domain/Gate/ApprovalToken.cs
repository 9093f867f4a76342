using System.Security.Cryptography;
using System.Text;
using Lodger.Domain.Jobs;

namespace Lodger.Domain.Gate;

/// <summary>
/// The short word that a person repeats to approve one destroy. It is computed from everything that was shown, so a yes to one state
/// of things is worth nothing for another. It is no secret: it proves what was agreed to, not who agreed.
/// </summary>
public static class ApprovalToken
{
    /// <returns>16 hex digits; null when there is nothing that could be approved.</returns>
    public static string? For(JobState job, AttemptState attempt)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(attempt);
        if (attempt is not { RentalId: { } rental, Receipt: { } receipt, DestroyIntendedAt: null, Released: null })
            return null;
        var agreed = string.Join('\n', ["destroy", job.Id, rental, receipt.ReceiptId, receipt.ManifestSha256, .. receipt.HashOnly]);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(agreed)))[..16];
    }
}
