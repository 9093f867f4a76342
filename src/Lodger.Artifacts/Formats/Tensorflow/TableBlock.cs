using System.Buffers.Binary;
using Lodger.Artifacts.Formats.Binary;

namespace Lodger.Artifacts.Formats.Tensorflow;

/// <summary>Where a block of a table lies.</summary>
internal readonly record struct BlockHandle(long Offset, long Bytes)
{
    internal static BlockHandle Read(ref ReadOnlySpan<byte> from)
    {
        var (offset, bytes) = (TableBlock.Varint(ref from), TableBlock.Varint(ref from));
        return offset <= long.MaxValue && bytes <= int.MaxValue
            ? new BlockHandle((long)offset, (long)bytes)
            : throw new InvalidDataException("a block is said to lie beyond any file.");
    }
}

/// <summary>
/// A block of a sorted table (leveldb's doc/table_format.md, which TensorFlow's tensorflow/core/lib/io/table keeps): keys that share a start with the one before, their
/// values, restart points; behind it a byte for how it is packed and a CRC-32C.
/// </summary>
internal static class TableBlock
{
    internal const int TrailerBytes = 5;
    internal const int MaxKeyBytes = 4096;

    // TensorFlow writes blocks of 256 KiB at most, and one entry more
    private const int MaxBytes = 16 * 1024 * 1024;

    /// <summary>The block's content, unpacked, once its CRC was found right.</summary>
    /// <exception cref="InvalidDataException">It lies outside the file or does not fit its CRC.</exception>
    internal static byte[] Read(HashedFile file, BlockHandle handle, long end)
    {
        if (handle.Bytes > MaxBytes || handle.Offset > end - TrailerBytes || handle.Bytes > end - TrailerBytes - handle.Offset)
        {
            throw new InvalidDataException($"a block of {handle.Bytes} bytes at {handle.Offset} does not lie before the table's end at {end}: it was cut short.");
        }

        var block = new byte[handle.Bytes + TrailerBytes];
        if (file.Read(handle.Offset, block) < block.Length)
        {
            throw new InvalidDataException("the file shrank while it was read.");
        }

        var promised = Crc32C.Unmask(BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(^4..)));
        return promised != Crc32C.Append(0, block.AsSpan(..^4))
            ? throw new InvalidDataException($"the block at byte {handle.Offset} does not fit its CRC: bytes were altered.")
            : block[^5] switch
            {
                0 => block[..^5],
                1 => Snappy.Unpack(block.AsSpan(..^5)),
                _ => throw new InvalidDataException($"the block at byte {handle.Offset} is packed in no way that is known."),
            };
    }

    /// <summary>Gives every key and value of a block, each good until the next.</summary>
    internal static void Each(byte[] block, EntryTaker take)
    {
        if (block.Length < 4 || BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(^4..)) is var restarts && restarts > (block.Length - 4) / 4)
        {
            throw new InvalidDataException("a block's restart points do not fit in it.");
        }

        ReadOnlySpan<byte> rest = block.AsSpan(..^(4 + (int)(restarts * 4)));
        var key = new byte[MaxKeyBytes];
        var keyBytes = 0;
        while (rest.Length > 0)
        {
            var (shared, own, value) = (Varint(ref rest), Varint(ref rest), Varint(ref rest));
            if (shared > (ulong)keyBytes || own > (ulong)rest.Length || value > (ulong)rest.Length - own)
            {
                throw new InvalidDataException("an entry of a block reaches past the block's end.");
            }

            if (shared + own > MaxKeyBytes)
            {
                throw new InvalidDataException($"a key claims {shared + own} bytes, more than a name has.");
            }

            rest[..(int)own].CopyTo(key.AsSpan((int)shared));
            keyBytes = (int)(shared + own);
            take(key.AsSpan(0, keyBytes), rest.Slice((int)own, (int)value));
            rest = rest[(int)(own + value)..];
        }
    }

    internal static ulong Varint(ref ReadOnlySpan<byte> from)
    {
        ulong value = 0;
        for (var i = 0; i < 10 && i < from.Length; i++)
        {
            value |= (ulong)(from[i] & 0x7F) << (7 * i);
            if (from[i] < 0x80)
            {
                from = from[(i + 1)..];
                return value;
            }
        }

        throw new InvalidDataException("a number in the table is cut short or longer than 64 bits.");
    }

    internal delegate void EntryTaker(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);
}
