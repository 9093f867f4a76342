namespace Lodger.Artifacts.Manifests;

/// <summary>What came of reading a manifest: the manifest, or why it is none.</summary>
/// <param name="Manifest">The manifest; null when it was refused.</param>
/// <param name="Findings">Why it was refused, in the order of the lines; empty for a good one. At most a few dozen are kept.</param>
public sealed record ManifestReading(Manifest? Manifest, IReadOnlyList<Finding> Findings)
{
    internal static ManifestReading Refused(string id, string what, string fix) =>
        new(null, [new Finding(id, Severity.Error, string.Empty, what, fix)]);
}
