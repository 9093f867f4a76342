using Lodger.Artifacts.Formats.Parquet;
using static Lodger.Artifacts.Tests.FileBytes;
using static Lodger.Artifacts.Tests.ParquetBytes;

namespace Lodger.Artifacts.Tests;

/// <summary>Thrift's compact protocol, as thrift-compact-protocol.md has it.</summary>
public sealed class ThriftReaderTests
{
    /// <summary>The fields of a struct: id and type, the numbers' values.</summary>
    private static string Fields(byte[] text)
    {
        var thrift = new ThriftReader(text);
        var said = new List<string>();
        for (var id = 0; thrift.NextField(ref id, out var type);)
        {
            if (type is 4 or 5 or 6)
            {
                said.Add($"{id}: {thrift.ZigZag()}");
            }
            else
            {
                thrift.Skip(type);
                said.Add($"{id}: type {type}");
            }
        }

        return $"{string.Join(", ", said)}; {thrift.Remaining} left";
    }

    private static string Refused(byte[] text) => Should.Throw<InvalidDataException>(() => Fields(text)).Message;

    private static byte[] Nested(int depth) => depth == 0 ? StructOf() : StructOf((1, Struct, Nested(depth - 1)));

    [Fact]
    public void Every_type_of_field_is_stepped_over()
    {
        var text = StructOf(
            (1, 1, []), (2, 2, []), (3, 3, [7]), (4, 4, ZigZag(-2)), (5, 5, ZigZag(300)), (6, 6, ZigZag(long.MinValue)), (7, 7, new byte[8]), (8, 8, Word("größe")),
            (9, 9, ListOf(I32, ZigZag(1), ZigZag(1000))), (10, 10, ListOf(Binary, Word("a"))), (11, 11, [0]), (12, 12, Nested(2)), (13, 13, new byte[16]),
            (14, List, ListOf(1, [1], [2])), (15, List, ListOf(2, [.. Enumerable.Range(0, 20).Select(_ => (byte[])[1])])),
            (16, Map, [2, (I32 << 4) | Binary, .. ZigZag(1000), .. Word("x"), .. ZigZag(1), .. Word("")]), (17, Map, [1, (Binary << 4) | 1, .. Word("k"), 1]),
            (100, I32, ZigZag(long.MaxValue)), (3, I32, ZigZag(5)), (4, List, ListOf(Struct, Nested(1), Nested(0))));

        Fields([.. text, 9, 9]).ShouldBe(
            "1: type 1, 2: type 2, 3: type 3, 4: -2, 5: 300, 6: -9223372036854775808, 7: type 7, 8: type 8, 9: type 9, 10: type 10, 11: type 11, 12: type 12, 13: type 13, "
            + "14: type 9, 15: type 9, 16: type 11, 17: type 11, 100: 9223372036854775807, 3: 5, 4: type 9; 2 left");
    }

    [Theory]
    [InlineData(40_000L, 32767)]
    [InlineData(-40_000L, -32768)]
    [InlineData(0L, 0)]
    public void An_id_that_is_written_out_has_16_bits(long written, int read) => Fields([0x05, .. ZigZag(written), 2, 0]).ShouldBe($"{read}: 1; 0 left");

    [Theory]
    [InlineData("", "its metadata ends at byte 0 in the middle of a value.")]
    [InlineData("15", "its metadata ends at byte 1 in the middle of a value.")]
    [InlineData("13", "in the middle of a value.")]
    [InlineData("1701020304050607", "in the middle of a value.")]
    [InlineData("1D0102030405060708090A0B0C0D0E0F", "in the middle of a value.")]
    [InlineData("18036162", "in the middle of a value.")]
    [InlineData("18FFFFFFFFFFFFFFFFFF01", "in the middle of a value.")]
    [InlineData("1E00", "at byte 1 of its metadata there is no field.")]
    [InlineData("1F00", "at byte 1 of its metadata there is no field.")]
    [InlineData("192E00", "a list claims 2 items, and 1 bytes are left.")]
    [InlineData("19F5FFFFFFFFFFFFFFFFFF01", "a list claims 18446744073709551615 items, and 0 bytes are left.")]
    [InlineData("1B025501", "a map claims 2 entries, and 1 bytes are left.")]
    [InlineData("1BFFFFFFFFFFFFFFFFFF015501", "a map claims 18446744073709551615 entries, and 1 bytes are left.")]
    [InlineData("1B01E501", "there is no field.")]
    [InlineData("1B015E0100", "there is no field.")]
    [InlineData("1580808080808080808080", "a number in its metadata is longer than 64 bits.")]
    public void What_is_no_struct_is_refused(string hex, string says) => Refused(Convert.FromHexString(hex)).ShouldContain(says);

    [Theory]
    [InlineData(1)]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(300)]
    public void A_list_may_fill_what_is_left_to_the_last_byte(int items)
    {
        var head = ListHead(3, items);
        var thrift = new ThriftReader([.. head, .. new byte[items]]);

        (thrift.List(out var type), type, thrift.Remaining, thrift.Position).ShouldBe((items, 3, items, head.Length));
    }

    [Fact]
    public void Structures_nest_32_deep_and_no_deeper()
    {
        static byte[] Lists(int depth) => StructOf((1, List, [.. Join(Enumerable.Repeat(ListHead(List, 1), depth)), .. ListHead(3, 0)]));
        static byte[] Maps(int depth) => depth == 0 ? [0] : [1, (3 << 4) | Map, 9, .. Maps(depth - 1)];

        Fields(Nested(33)).ShouldBe("1: type 12; 0 left");
        Refused(Nested(34)).ShouldBe("structures are nested deeper than 32.");
        Fields(Lists(32)).ShouldBe("1: type 9; 0 left");
        Refused(Lists(33)).ShouldBe("structures are nested deeper than 32.");
        Fields(StructOf((1, Map, Maps(32)))).ShouldBe("1: type 11; 0 left");
        Refused(StructOf((1, Map, Maps(33)))).ShouldBe("structures are nested deeper than 32.");
    }
}
