using System.Security.Cryptography;
using Lodger.Artifacts;
using Lodger.Artifacts.Receipts;
using Lodger.Domain.Problems;
using Lodger.Remote.Durable;

namespace Lodger.Engine.Durable;

/// <summary>A verified bundle to a place that outlives this machine, too: exactly what its receipt vouches for, with the receipt and the manifest.</summary>
public static class BundleCopy
{
    /// <param name="bundle">Absolute directory with its receipt.</param>
    /// <param name="target">The copy lies in a directory of the bundle's name below it.</param>
    public static async Task<Outcome<DurableCopied>> RunAsync(
        string bundle, DurableTarget target, IReadOnlyDictionary<string, string?> environment, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(target);
        bundle = Path.TrimEndingDirectorySeparator(bundle);
        var read = Receipt.Read(Path.Combine(bundle, BundleLayout.ReceiptPath));
        if (read.Receipt is not { } receipt)
        {
            return new Problem(
                "no-receipt", $"{bundle} has no receipt that can be used: {string.Join("; ", read.Reasons.Select(r => r.What))} Only what was proven is copied.",
                "Bring it home first: lodger pull JOB", ExitCode.NotVerified);
        }

        List<DurableFile> files = [.. receipt.Files.Select(f => new DurableFile(f.Path, f.Bytes, f.Sha256))];
        try
        {
            foreach (var own in (string[])[BundleLayout.ManifestPath, BundleLayout.ReceiptPath])
            {
                await using var stream = File.OpenRead(Path.Combine(bundle, own));
                files.Add(new DurableFile(own, stream.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken))));
            }
        }
        catch (IOException e)
        {
            return new Problem("no-manifest", $"{bundle} is not whole: {e.Message}", "Bring it home again: lodger pull JOB", ExitCode.NotVerified);
        }

        return await DurableCopy.RunAsync(bundle, files, target.Below(Path.GetFileName(bundle)), environment, time, cancellationToken);
    }
}
