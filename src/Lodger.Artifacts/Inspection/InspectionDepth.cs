namespace Lodger.Artifacts.Inspection;

/// <summary>How much of a file's arrays a report shall tell. Everything is checked at every depth; it is the telling that costs memory and time.</summary>
public enum InspectionDepth
{
    /// <summary>Counts only.</summary>
    Counts,

    /// <summary>Every array by name, type and shape.</summary>
    Tensors,

    /// <summary>Also every value: statistics and a checksum an array.</summary>
    Values,
}
