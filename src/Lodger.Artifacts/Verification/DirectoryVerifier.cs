using Lodger.Artifacts.Manifests;

namespace Lodger.Artifacts.Verification;

/// <summary>Verifies any directory: by load, and against <c>.lodger/manifest</c> in it when there is one.</summary>
public static class DirectoryVerifier
{
    /// <summary>Verifies a directory. A manifest in it that is refused is an error in the report, and the files are verified by load alone.</summary>
    /// <inheritdoc cref="BundleVerifier.VerifyAsync" path="/param"/>
    public static Task<VerificationReport> VerifyAsync(
        string directory, VerifyOptions? options = null, IProgress<VerifyProgress>? progress = null, CancellationToken cancellation = default) => Task.Run(
        () =>
        {
            var path = Path.Combine(directory, BundleLayout.ManifestPath);
            var reading = Path.Exists(path) ? Manifest.ReadFile(path) : null;
            return DirectoryVerification.RunAsync(directory, reading?.Manifest, reading?.Findings ?? [], options ?? new VerifyOptions(), progress, cancellation);
        },
        cancellation);
}
