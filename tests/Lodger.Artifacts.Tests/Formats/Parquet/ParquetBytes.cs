using System.Text;
using static Lodger.Artifacts.Tests.Damage;
using static Lodger.Artifacts.Tests.FileBytes;

namespace Lodger.Artifacts.Tests;

/// <summary>Writes Parquet by apache/parquet-format's parquet.thrift, in Thrift's compact protocol.</summary>
internal static class ParquetBytes
{
    internal const int I32 = 5;
    internal const int I64 = 6;
    internal const int Binary = 8;
    internal const int List = 9;
    internal const int Map = 11;
    internal const int Struct = 12;

    internal static byte[] ZigZag(long value) => Varint((ulong)((value << 1) ^ (value >> 63)));

    internal static byte[] Word(string text) => [.. Varint((ulong)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    internal static byte[] ListOf(int type, params byte[][] items) => [.. ListHead(type, items.Length), .. Join(items)];

    internal static byte[] ListHead(int type, long items) => items < 15 ? [(byte)((items << 4) | (byte)type)] : [(byte)(0xF0 | type), .. Varint((ulong)items)];

    /// <summary>A struct; a field's id is written as a step from the one before where it fits.</summary>
    internal static byte[] StructOf(params (int Id, int Type, byte[] Value)[] fields)
    {
        var (parts, before) = (new List<byte[]>(), 0);
        foreach (var (id, type, value) in fields)
        {
            parts.Add(id - before is > 0 and <= 15 ? [(byte)(((id - before) << 4) | type)] : [(byte)type, .. ZigZag(id)]);
            parts.Add(value);
            before = id;
        }

        return [.. Join(parts), 0];
    }

    internal static (int, int, byte[]) Number(int id, long value) => (id, I64, ZigZag(value));

    /// <summary>A page with its header.</summary>
    /// <param name="crc">Null for none.</param>
    internal static byte[] Page(byte[] content, uint? crc = null, int statisticsBytes = 0) =>
        [
            .. StructOf([
                (1, I32, ZigZag(0)), (2, I32, ZigZag(99)), (3, I32, ZigZag(content.Length)), .. crc is { } sum ? new[] { (4, I32, ZigZag((int)sum)) } : [],
                (5, Struct, StructOf((1, I32, ZigZag(3)), (5, Struct, StructOf((1, Binary, Word(new string('s', statisticsBytes))))))),
            ]), .. content,
        ];

    internal static byte[] Chunk(string[] path, long dataPage, long bytes, long? dictionaryPage = null) => StructOf(
        (2, I64, ZigZag(0)),
        (3, Struct, StructOf([
            (1, I32, ZigZag(1)), (2, List, ListOf(I32, ZigZag(0), ZigZag(3))), (3, List, ListOf(Binary, [.. path.Select(Word)])), (4, I32, ZigZag(0)), Number(5, 3), Number(6, 1000), Number(7, bytes),
            Number(9, dataPage), .. dictionaryPage is { } dictionary ? new[] { Number(11, dictionary) } : [],
        ])));

    internal static byte[] Group(long rows, params byte[][] chunks) => StructOf((1, List, ListOf(Struct, chunks)), Number(2, 77), Number(3, rows));

    /// <summary>A schema of a root and columns without children.</summary>
    internal static byte[] Schema(int columns) => columns == 0 ? ListOf(Struct) :
        ListOf(Struct, [StructOf((4, Binary, Word("schema")), (5, I32, ZigZag(columns))), .. Enumerable.Range(0, columns).Select(i => StructOf((1, I32, ZigZag(2)), (3, I32, ZigZag(0)), (4, Binary, Word($"c{i}"))))]);

    internal static byte[] Footer(int columns, long rows, params byte[][] groups) => StructOf(
        (1, I32, ZigZag(2)), (2, List, Schema(columns)), Number(3, rows), (4, List, ListOf(Struct, groups)), (5, List, ListOf(Struct, StructOf((1, Binary, Word("key")), (2, Binary, Word("value"))))), (6, Binary, Word("by hand")));

    internal static byte[] File(byte[] content, byte[] footer, long? footerBytes = null) => [.. "PAR1"u8, .. content, .. footer, .. U32(footerBytes ?? footer.Length), .. "PAR1"u8];
}
