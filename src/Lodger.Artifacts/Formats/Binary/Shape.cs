namespace Lodger.Artifacts.Formats.Binary;

/// <summary>How many numbers a shape holds.</summary>
internal static class Shape
{
    /// <summary>The product of the sizes; null when a size is no count or the product does not fit 63 bits.</summary>
    internal static long? Elements(IEnumerable<long> sizes)
    {
        long elements = 1;
        var tooMany = false;
        foreach (var size in sizes)
        {
            if (size < 0)
            {
                return null;
            }

            if (size == 0)
            {
                return 0;
            }

            tooMany |= Math.BigMul(elements, size, out var low) != 0 || low < 0;
            elements = tooMany ? 1 : low;
        }

        return tooMany ? null : elements;
    }

    /// <summary>Adds counts without running over.</summary>
    internal static long Sum(long a, long b) => (long)Int128.Min((Int128)a + b, long.MaxValue);
}
