namespace Lodger.Artifacts.Manifests;

/// <summary>What became of the files between two manifests of one place: whether the machine has anything newer than what was pulled.</summary>
/// <param name="Added">Entries that only the later one lists.</param>
/// <param name="Changed">Entries that both list with other content, as the later one has them.</param>
/// <param name="Removed">Entries that only the earlier one lists.</param>
public sealed record ManifestChanges(IReadOnlyList<ManifestEntry> Added, IReadOnlyList<ManifestEntry> Changed, IReadOnlyList<ManifestEntry> Removed)
{
    /// <summary>True when both list the same.</summary>
    public bool IsEmpty => Added.Count + Changed.Count + Removed.Count == 0;

    /// <summary>Compares two manifests by path, size, hash and link target; when and where they were made does not matter.</summary>
    public static ManifestChanges Between(Manifest earlier, Manifest later)
    {
        var before = earlier.Entries.ToDictionary(entry => entry.EscapedPath, StringComparer.Ordinal);
        var after = later.Entries.Select(entry => entry.EscapedPath).ToHashSet(StringComparer.Ordinal);
        return new ManifestChanges(
            [.. later.Entries.Where(entry => !before.ContainsKey(entry.EscapedPath))],
            [.. later.Entries.Where(entry => before.TryGetValue(entry.EscapedPath, out var old) && old != entry)],
            [.. earlier.Entries.Where(entry => !after.Contains(entry.EscapedPath))]);
    }
}
