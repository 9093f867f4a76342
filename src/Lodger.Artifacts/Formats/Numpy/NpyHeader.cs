namespace Lodger.Artifacts.Formats.Numpy;

/// <summary>An array's header: exactly the keys descr, fortran_order and shape.</summary>
/// <param name="Type">The element type.</param>
/// <param name="Shape">Sizes, outermost first.</param>
/// <param name="IsFortran">The elements lie column by column.</param>
/// <param name="Elements">The product of the sizes.</param>
internal sealed record NpyHeader(NumpyType Type, IReadOnlyList<long> Shape, bool IsFortran, long Elements)
{
    /// <summary>True when elements lie as TensorEntry counts them, which one dimension does in either order.</summary>
    internal bool IsRowMajor => !IsFortran || Shape.Count <= 1;

    /// <exception cref="FormatException">The text is not a header that NumPy accepts.</exception>
    internal static NpyHeader Parse(string text)
    {
        if (PythonLiteral.Read(text) is not Dictionary<string, object?> { Count: 3 } entries
            || !entries.TryGetValue("descr", out var descr) || !entries.TryGetValue("fortran_order", out var order) || !entries.TryGetValue("shape", out var shape))
        {
            throw new FormatException("it does not have exactly descr, fortran_order and shape");
        }

        if (order is not bool isFortran || shape is not List<object?> sizes || NumpyShape.Elements(sizes) is not { } elements)
        {
            throw new FormatException("its order is not True or False, or its shape cannot exist");
        }

        return new NpyHeader(NumpyType.Of(descr), [.. sizes.Cast<long>()], isFortran, elements);
    }
}
