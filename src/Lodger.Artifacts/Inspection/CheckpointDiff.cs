using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Inspection;

/// <summary>One array that two checkpoints both have, and do not have alike.</summary>
public sealed record TensorChange(TensorEntry Before, TensorEntry After)
{
    /// <summary>Whether type or shape differ, so that one cannot be loaded for the other.</summary>
    public bool IsOtherKind => Before.Type != After.Type || !Before.Shape.SequenceEqual(After.Shape);
}

/// <summary>How two checkpoints differ.</summary>
/// <param name="OnlyBefore">Arrays that only the first has.</param>
/// <param name="OnlyAfter">Arrays that only the second has.</param>
/// <param name="OtherKind">Arrays of another type or shape.</param>
/// <param name="OtherValues">Arrays of the same type and shape with other values.</param>
/// <param name="Same">How many are the same to the last bit.</param>
/// <param name="NotCompared">Arrays of the same type and shape whose values could not be compared.</param>
public sealed record CheckpointDiff(
    IReadOnlyList<TensorEntry> OnlyBefore,
    IReadOnlyList<TensorEntry> OnlyAfter,
    IReadOnlyList<TensorChange> OtherKind,
    IReadOnlyList<TensorChange> OtherValues,
    int Same,
    IReadOnlyList<TensorChange> NotCompared)
{
    /// <summary>Whether one can be loaded where the other was: same names, types and shapes.</summary>
    public bool HasSameLayout => OnlyBefore.Count == 0 && OnlyAfter.Count == 0 && OtherKind.Count == 0;

    /// <summary>Whether the files themselves are the same, byte for byte, by their hashes.</summary>
    public bool IsSameFile { get; init; }

    /// <summary>Whether something was compared, and nothing differs.</summary>
    public bool IsSame => IsSameFile || (Same > 0 && HasSameLayout && OtherValues.Count == 0 && NotCompared.Count == 0);

    /// <summary>Compares files by the names of their arrays; in several files a name is made unique by the file it is in.</summary>
    /// <param name="before">Inspected at <see cref="InspectionDepth.Values"/>, or values are not compared.</param>
    /// <param name="after">The same.</param>
    public static CheckpointDiff Of(IReadOnlyList<FileReport> before, IReadOnlyList<FileReport> after)
    {
        var (old, now) = (ByName(before), ByName(after));
        var both = old.Where(pair => now.ContainsKey(pair.Key)).Select(pair => new TensorChange(pair.Value, now[pair.Key])).ToList();
        var alike = both.Where(change => !change.IsOtherKind).ToList();
        return new CheckpointDiff(
            [.. old.Where(pair => !now.ContainsKey(pair.Key)).Select(pair => pair.Value)],
            [.. now.Where(pair => !old.ContainsKey(pair.Key)).Select(pair => pair.Value)],
            [.. both.Where(change => change.IsOtherKind)],
            [.. alike.Where(change => HasValues(change) && change.Before.ValuesSha256 != change.After.ValuesSha256)],
            alike.Count(change => HasValues(change) && change.Before.ValuesSha256 == change.After.ValuesSha256),
            [.. alike.Where(change => !HasValues(change))])
        {
            IsSameFile = AreSameFiles(before, after),
        };
    }

    /// <summary>Two single files whatever their names are, or the same names with the same hashes.</summary>
    private static bool AreSameFiles(IReadOnlyList<FileReport> before, IReadOnlyList<FileReport> after)
    {
        if (before.Concat(after).Any(file => file.Sha256 is null))
        {
            return false;
        }

        return (before, after) is ([var was], [var isNow]) ? was.Sha256 == isNow.Sha256
            : before.Count > 0 && before.Count == after.Count && before.Select(Named).ToHashSet().SetEquals(after.Select(Named));

        static (string Path, string? Sha256) Named(FileReport file) => (file.Path, file.Sha256);
    }

    private static bool HasValues(TensorChange change) => change.Before.ValuesSha256 is not null && change.After.ValuesSha256 is not null;

    private static Dictionary<string, TensorEntry> ByName(IReadOnlyList<FileReport> files)
    {
        var byName = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            foreach (var tensor in file.TensorList)
            {
                var named = files.Count > 1 ? tensor with { Name = $"{file.Path}: {tensor.Name}" } : tensor;
                byName[named.Name] = named;
            }
        }

        return byName;
    }
}
