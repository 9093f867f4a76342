using System.Buffers;
using Lodger.Artifacts.Inspection;

namespace Lodger.Artifacts.Formats.Torch;

/// <summary>Measures tensors whose elements do not lie in order: their stretch of the record is copied, and walked in the order of the shape.</summary>
internal sealed class ScatteredValues
{
    // one stretch at a time
    private const int MaxStretchBytes = 16 * 1024 * 1024;

    // an expanded tensor has few bytes and any number of elements
    private const long MaxElements = 64 * 1024 * 1024;

    // views of one record may lie far apart and each be copied anew
    private const long MaxCopiedBytes = 4L * 1024 * 1024 * 1024;

    private long _elementsLeft = 4 * MaxElements;
    private long _bytesLeft = MaxCopiedBytes;

    /// <summary>Null when it is too large for this way.</summary>
    internal TensorEntry? Measured(TorchTensor tensor, FilePart stored, TensorEntry entry)
    {
        var elements = tensor.Elements!.Value;
        var stretch = (tensor.End!.Value - tensor.Offset) * tensor.Type.Bytes;
        if (tensor.Type.PerUnit > 1 || !tensor.IsPlain || stretch > Math.Min(MaxStretchBytes, _bytesLeft) || elements > Math.Min(MaxElements, _elementsLeft))
        {
            return null;
        }

        _elementsLeft -= elements;
        _bytesLeft -= stretch;
        var buffer = ArrayPool<byte>.Shared.Rent((int)stretch);
        try
        {
            var bytes = buffer.AsSpan(0, (int)stretch);
            return stored.Read(tensor.Offset * tensor.Type.Bytes, bytes) == bytes.Length ? Walk(tensor, elements, bytes, entry) : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static TensorEntry Walk(TorchTensor tensor, long elements, ReadOnlySpan<byte> stretch, TensorEntry entry)
    {
        using var values = new TensorValues(tensor.Type.Name);
        var size = tensor.Type.Bytes;
        var index = new long[tensor.Shape.Length];
        Span<byte> block = stackalloc byte[4096];
        var filled = 0;
        long at = 0;
        for (long i = 0; i < elements; i++)
        {
            stretch.Slice((int)(at * size), size).CopyTo(block[filled..]);
            filled += size;
            if (filled == block.Length)
            {
                values.Add(block);
                filled = 0;
            }

            at = Next(tensor, index, at);
        }

        values.Add(block[..filled]);
        return values.Measured(entry);
    }

    /// <summary>The place of the next element in the order of the shape.</summary>
    private static long Next(TorchTensor tensor, long[] index, long at)
    {
        for (var d = index.Length - 1; d >= 0; d--)
        {
            at += tensor.Strides[d];
            if (++index[d] < tensor.Shape[d])
            {
                return at;
            }

            at -= index[d] * tensor.Strides[d];
            index[d] = 0;
        }

        return at;
    }
}
