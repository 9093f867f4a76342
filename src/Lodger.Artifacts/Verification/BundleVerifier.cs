using Lodger.Artifacts.Manifests;

namespace Lodger.Artifacts.Verification;

/// <summary>Checks a pulled bundle against the manifest made on the machine: exact roster, sizes, SHA-256, and that every file of a known format loads.</summary>
public static class BundleVerifier
{
    /// <summary>Verifies a bundle. Never throws for what it finds in files; a directory that is not there is a finding.</summary>
    /// <param name="directory">The bundle on this machine. Its <c>.lodger</c> is left out.</param>
    /// <param name="manifest">The roster it must match.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="progress">Told a few times a second; may be called from several threads at once.</param>
    /// <param name="cancellation">Stops reading.</param>
    public static Task<VerificationReport> VerifyAsync(
        string directory, Manifest manifest, VerifyOptions? options = null, IProgress<VerifyProgress>? progress = null, CancellationToken cancellation = default) =>
        Task.Run(() => DirectoryVerification.RunAsync(directory, manifest, [], options ?? new VerifyOptions(), progress, cancellation), cancellation);
}
