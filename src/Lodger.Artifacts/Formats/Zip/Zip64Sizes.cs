using System.Buffers.Binary;

namespace Lodger.Artifacts.Formats.Zip;

/// <summary>An entry's sizes, where 0xFFFFFFFF means that the zip64 extra field (APPNOTE 4.5.3) has the real value.</summary>
internal readonly record struct Zip64Sizes(long Bytes, long CompressedBytes, long HeaderOffset)
{
    private const ushort Zip64Tag = 1;

    internal static Zip64Sizes Of(uint bytes, uint compressedBytes, uint headerOffset, ReadOnlySpan<byte> extra)
    {
        var wide = Find(extra);
        return new Zip64Sizes(Take(bytes, ref wide), Take(compressedBytes, ref wide), Take(headerOffset, ref wide));
    }

    private static long Take(uint narrow, ref ReadOnlySpan<byte> wide)
    {
        if (narrow != uint.MaxValue)
        {
            return narrow;
        }

        if (wide.Length < 8)
        {
            throw new InvalidDataException("an entry's zip64 sizes are missing.");
        }

        var value = BinaryPrimitives.ReadInt64LittleEndian(wide);
        wide = wide[8..];
        return value >= 0 ? value : throw new InvalidDataException("it has a size or offset beyond 2^63.");
    }

    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            var tag = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            var length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (length > extra.Length - 4)
            {
                break;
            }

            if (tag == Zip64Tag)
            {
                return extra.Slice(4, length);
            }

            extra = extra[(4 + length)..];
        }

        return default;
    }
}
