namespace Lodger.Artifacts.Formats.Torch;

/// <summary>A storage as the pickle refers to it.</summary>
/// <param name="Key">The name of its record.</param>
/// <param name="Type">What it is said to hold.</param>
/// <param name="Units">Stored units it is said to have.</param>
internal sealed record TorchStorage(string Key, TorchType Type, long Units)
{
    /// <summary>What it takes; wider than 63 bits can be claimed.</summary>
    internal Int128 Bytes => (Int128)Units * Type.Bytes;
}

/// <summary>A tensor: a view of a storage.</summary>
/// <param name="Type">The type of its elements; another than the storage's only where that is untyped.</param>
/// <param name="Offset">Its first element, counted in elements of <paramref name="Type"/> from the storage's start.</param>
/// <param name="IsPlain">False when the values that PyTorch shows are not the stored ones (conjugate or negative views).</param>
internal sealed record TorchTensor(TorchStorage Storage, TorchType Type, long Offset, long[] Shape, long[] Strides, bool IsPlain)
{
    /// <summary>Elements; null when no tensor can have so many.</summary>
    internal long? Elements { get; } = Product(Shape);

    /// <summary>Whether its elements lie in order without a gap.</summary>
    internal bool IsRowMajor
    {
        get
        {
            long expected = 1;
            for (var i = Shape.Length - 1; i >= 0; i--)
            {
                if (Shape[i] != 1 && Strides[i] != expected)
                {
                    return false;
                }

                expected *= Math.Max(Shape[i], 1);
            }

            return true;
        }
    }

    /// <summary>One past the last element it touches, in elements from the storage's start; null beyond 63 bits.</summary>
    internal long? End
    {
        get
        {
            Int128 last = Offset;
            for (var i = 0; i < Shape.Length; i++)
            {
                last += (Int128)(Shape[i] - 1) * Strides[i];
            }

            return Shape.Contains(0) ? Offset : last < long.MaxValue ? (long)last + 1 : null;
        }
    }

    /// <summary>What is wrong with it as a view of its storage; null when nothing is.</summary>
    internal string? Wrong()
    {
        if (Offset < 0 || Shape.Any(size => size < 0) || Strides.Any(stride => stride < 0) || Shape.Length != Strides.Length || Elements is null)
        {
            return $"has a shape [{string.Join(", ", Shape)}], strides or an offset ({Offset}) that no tensor has.";
        }

        var there = Storage.Bytes / Type.Bytes * Type.PerUnit;
        return End is { } end && end <= there
            ? null
            : $"reaches to element {(End is { } far ? far : "beyond 2^63")} of record {Storage.Key}, which has {there}: offset {Offset}, shape [{string.Join(", ", Shape)}], strides [{string.Join(", ", Strides)}].";
    }

    private static long? Product(long[] sizes)
    {
        if (sizes.Contains(0))
        {
            return 0;
        }

        long product = 1;
        foreach (var size in sizes)
        {
            if (size < 0 || Math.BigMul(product, size, out var low) != 0 || low < 0)
            {
                return null;
            }

            product = low;
        }

        return product;
    }
}
