namespace Lodger.Artifacts.Inspection;

/// <summary>One array in a file, as its header describes it. Every format that holds arrays lists them in this shape.</summary>
/// <param name="Name">
/// The name a program would ask for it by, such as <c>model.layers.0.weight</c>; levels of nesting are joined by dots. Hostile: pass it through
/// <see cref="PrintableText"/> before printing.
/// </param>
/// <param name="Type">
/// The element type in PyTorch's words (<c>float32</c>, <c>bfloat16</c>, <c>int64</c>, <c>bool</c>, see <see cref="ElementType"/>); where PyTorch has
/// none, the format's own, in lower case (<c>q4_k</c>).
/// </param>
/// <param name="Shape">Sizes, outermost first; empty for a single number. Their product fits 63 bits.</param>
/// <param name="Bytes">What its elements take: elements times the size of one, wherever they lie.</param>
public sealed record TensorEntry(string Name, string Type, IReadOnlyList<long> Shape, long Bytes)
{
    /// <summary>Numbers in it.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => product * size);

    /// <summary>What holds its bytes: the member of a zip, the shard's file name; null when the file itself does.</summary>
    public string? Record { get; init; }

    /// <summary>Where its first element is, in bytes from the start of <see cref="Record"/>, or of the file; null when nothing says so.</summary>
    public long? Offset { get; init; }

    /// <summary>Elements to step by along each size; null when they lie in order without a gap (row-major).</summary>
    public IReadOnlyList<long>? Strides { get; init; }

    /// <summary>What its values are like; null unless the values were asked for and could be read.</summary>
    public TensorStatistics? Statistics { get; init; }

    /// <summary>SHA-256 of its values in row-major order, little endian, lower-case hex; null like <see cref="Statistics"/>.</summary>
    public string? ValuesSha256 { get; init; }
}
