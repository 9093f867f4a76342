using Lodger.Artifacts.Inspection;

namespace Lodger.Artifacts.Verification;

/// <summary>How to verify.</summary>
public sealed record VerifyOptions
{
    /// <summary>Files read at the same time; as many as there are processors unless told, since hashing keeps one busy each.</summary>
    public int FilesAtOnce { get; init; } = Environment.ProcessorCount;

    /// <summary>More files than this in a directory are refused; a million unless told, as in a manifest.</summary>
    public int MaxFiles { get; init; } = Manifests.ManifestLimits.MaxEntries;

    /// <summary>How much of the arrays to tell; counts unless told.</summary>
    public InspectionDepth Depth { get; init; } = InspectionDepth.Counts;

    /// <summary>
    /// Paths below the manifest's root that were to be listed whole: a listed link whose target is at or below none of them is a finding. Null: the manifest's whole root was looked through.
    /// </summary>
    public IReadOnlyList<string>? LinkRoots { get; init; }
}
