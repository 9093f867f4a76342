namespace Lodger.Artifacts.Formats.Numpy;

internal static class NumpyShape
{
    // NumPy 2's NPY_MAXDIMS
    private const int MaxDimensions = 64;

    /// <summary>Elements to step by along each size when the first runs fastest. The product of the sizes must fit 63 bits.</summary>
    internal static long[] FortranStrides(IReadOnlyList<long> shape)
    {
        var strides = new long[shape.Count];
        long step = 1;
        for (var i = 0; i < strides.Length; i++)
        {
            strides[i] = step;
            step *= shape[i];
        }

        return strides;
    }

    /// <summary>The number of elements of a shape; null when a size is no count, there are too many dimensions, or the product does not fit 63 bits.</summary>
    internal static long? Elements(IReadOnlyList<object?> shape)
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
