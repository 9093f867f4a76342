namespace Lodger.Artifacts.Formats.Tensorflow;

/// <summary>A tensor as the index has it (tensorflow/core/protobuf/tensor_bundle.proto, BundleEntryProto).</summary>
/// <param name="Type">DataType's number.</param>
/// <param name="Shape">Sizes; null when the rank is unknown.</param>
/// <param name="Shard">Which data file.</param>
/// <param name="Offset">Its first byte there.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Crc32C">Of its bytes.</param>
/// <param name="IsSliced">Its values are under keys of their own, a slice each.</param>
internal sealed record BundleEntry(long Type, IReadOnlyList<long>? Shape, long Shard, long Offset, long Bytes, uint Crc32C, bool IsSliced)
{
    private const int MaxDimensions = 254; // TensorShape::MaxDimensions

    internal static BundleEntry Read(ReadOnlySpan<byte> message)
    {
        var entry = new BundleEntry(0, [], 0, 0, 0, 0, IsSliced: false);
        while (ProtoSpan.Next(ref message, out var field, out var number, out var content))
        {
            entry = field switch
            {
                1 => entry with { Type = (long)number },
                2 => entry with { Shape = ReadShape(content) },
                3 => entry with { Shard = Count(number) },
                4 => entry with { Offset = Count(number) },
                5 => entry with { Bytes = Count(number) },
                6 => entry with { Crc32C = Binary.Crc32C.Unmask((uint)number) },
                7 => entry with { IsSliced = true },
                _ => entry,
            };
        }

        return entry;
    }

    /// <summary>The number of data files that the header names, and whether its numbers are little endian.</summary>
    internal static (long Shards, bool IsLittleEndian) ReadHeader(ReadOnlySpan<byte> message)
    {
        var (shards, little) = (0L, true);
        while (ProtoSpan.Next(ref message, out var field, out var number, out _))
        {
            shards = field == 1 ? Count(number) : shards;
            little &= field != 2 || number == 0;
        }

        return (shards, little);
    }

    private static List<long>? ReadShape(ReadOnlySpan<byte> message)
    {
        var sizes = new List<long>();
        while (ProtoSpan.Next(ref message, out var field, out var number, out var content))
        {
            if (field == 3 && number != 0)
            {
                return null;
            }

            if (field == 2)
            {
                long size = 0;
                while (ProtoSpan.Next(ref content, out var part, out var value, out _))
                {
                    size = part == 1 ? (long)value : size;
                }

                sizes.Add(sizes.Count < MaxDimensions ? size : throw new InvalidDataException($"a shape of more than {MaxDimensions} sizes."));
            }
        }

        return sizes;
    }

    private static long Count(ulong number) => number <= long.MaxValue ? (long)number : throw new InvalidDataException("an offset or size is negative.");
}
