namespace Lodger.Artifacts.Formats.Binary;

/// <summary>A stretch of a file that something claims as its own.</summary>
/// <param name="Name">Whose it is.</param>
/// <param name="Begin">Its first byte.</param>
/// <param name="Bytes">Its length.</param>
internal readonly record struct Extent(string Name, long Begin, long Bytes)
{
    internal Int128 End => (Int128)Begin + Bytes;

    /// <summary>What is wrong with a set of stretches that must lie in a file without touching each other; null when nothing is. Sorts the list.</summary>
    internal static string? Wrong(List<Extent> extents, long fileBytes)
    {
        extents.Sort(static (a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.Bytes.CompareTo(b.Bytes));
        Extent? before = null;
        foreach (var extent in extents)
        {
            var name = PrintableText.Of(extent.Name, 100);
            if (extent.Begin < 0 || extent.End > fileBytes)
            {
                return $"\"{name}\" ends at byte {extent.End}, and the file has {fileBytes}: it was cut short, or the offset is wrong.";
            }

            if (before is { } previous && extent.Begin < previous.End && extent.Bytes > 0)
            {
                return $"\"{name}\" begins at byte {extent.Begin}, inside \"{PrintableText.Of(previous.Name, 100)}\", which ends at {previous.End}.";
            }

            before = extent.Bytes > 0 ? extent : before;
        }

        return null;
    }
}
