namespace Lodger.Artifacts.Formats.Numpy;

internal static class NumpyShape
{
    // NumPy 2's NPY_MAXDIMS
    private const int MaxDimensions = 64;

    /// <summary>The number of elements of a shape; null when a size is no count, there are too many dimensions, or the product does not fit 63 bits.</summary>
    internal static long? Elements(List<object?> shape)
    {
        if (shape.Count > MaxDimensions)
        {
            return null;
        }

        long elements = 1;
        foreach (var size in shape)
        {
            if (size is not long count || count < 0 || Math.BigMul(elements, count, out var low) != 0 || low < 0)
            {
                return null;
            }

            elements = low;
        }

        return elements;
    }
}
