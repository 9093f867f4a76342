using System.Text;
using static Lodger.Artifacts.Tests.Damage;
using static Lodger.Artifacts.Tests.FileBytes;

namespace Lodger.Artifacts.Tests;

/// <summary>Writes a TensorFlow index: leveldb's doc/table_format.md and tensor_bundle.proto.</summary>
internal static class TableBytes
{
    /// <summary>CRC-32C, masked as leveldb stores it.</summary>
    internal static uint MaskedCrc(IEnumerable<byte> bytes)
    {
        var crc = Crc(bytes, 0x82F63B78);
        return ((crc >> 15) | (crc << 17)) + 0xA282EAD8;
    }

    internal static byte[] Number(int field, ulong value) => [.. Varint((ulong)field << 3), .. Varint(value)];

    internal static byte[] Header(ulong shards = 1) => [.. Number(1, shards), .. ProtoField(3, Number(1, 1))];

    /// <param name="sizes">Null when the rank is unknown.</param>
    internal static byte[] Entry(ulong type, long[]? sizes, ulong bytes, ulong offset = 0, ulong shard = 0, uint crc = 0)
    {
        var shape = sizes is null ? Number(3, 1) : Join(sizes.Select(size => ProtoField(2, Number(1, (ulong)size))));
        return [.. Number(1, type), .. ProtoField(2, shape), .. Number(3, shard), .. Number(4, offset), .. Number(5, bytes), .. Varint(6 << 3 | 5), .. U32(crc)];
    }

    internal static byte[] Item(ulong shared, string own, byte[] value) =>
        [.. Varint(shared), .. Varint((ulong)Encoding.UTF8.GetByteCount(own)), .. Varint((ulong)value.Length), .. Encoding.UTF8.GetBytes(own), .. value];

    internal static byte[] Block(params byte[][] items) => [.. Join(items), .. U32(0), .. U32(1)];

    /// <summary>The block as it is stored: behind it how it is packed, and its CRC.</summary>
    internal static byte[] Stored(byte[] block, byte packing = 0) => [.. block, packing, .. U32(MaskedCrc([.. block, packing]))];

    internal static byte[] Handle(ulong offset, ulong bytes) => [.. Varint(offset), .. Varint(bytes)];

    /// <summary>A table of blocks as they are stored.</summary>
    internal static byte[] Table(params byte[][] stored)
    {
        var (at, items) = (0, new List<byte[]>());
        foreach (var block in stored)
        {
            items.Add(Item(0, $"{items.Count:D3}", Handle((ulong)at, (ulong)(block.Length - 5))));
            at += block.Length;
        }

        return TableWithIndex(Block([.. items]), stored);
    }

    internal static byte[] TableWithIndex(byte[] index, params byte[][] stored)
    {
        var (content, meta) = (Join(stored), Stored(Block()));
        byte[] handles = [.. Handle((ulong)content.Length, (ulong)(meta.Length - 5)), .. Handle((ulong)(content.Length + meta.Length), (ulong)index.Length)];
        return [.. content, .. meta, .. Stored(index), .. handles, .. new byte[40 - handles.Length], .. U64(unchecked((long)0xDB4775248B80FB57))];
    }

    /// <summary>An index of one block: the header, then these.</summary>
    internal static byte[] Index(params byte[][] items) => Table(Stored(Block([Item(0, "", Header()), .. items])));
}
