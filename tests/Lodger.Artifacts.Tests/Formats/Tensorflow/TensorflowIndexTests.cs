using Lodger.Artifacts.Formats.Tensorflow;
using Lodger.Artifacts.Verification;
using static Lodger.Artifacts.Tests.Damage;
using static Lodger.Artifacts.Tests.FileBytes;
using static Lodger.Artifacts.Tests.TableBytes;

namespace Lodger.Artifacts.Tests;

/// <summary>Indexes of TensorFlow checkpoints, whole ones and ones with a single thing wrong.</summary>
public sealed class TensorflowIndexTests
{
    private static readonly byte[] _a = Item(0, "a", Entry(1, [2, 3], 24));

    private static string Wrong(byte[] file)
    {
        var finding = By(new TensorflowIndexFormat(), "m.index", file).Findings.ShouldHaveSingleItem();
        finding.Id.ShouldBe("tf-index-invalid");
        return finding.What;
    }

    [Fact]
    public void An_index_tells_every_array_and_what_must_be_in_which_data_file()
    {
        var crc = MaskedCrc([1, 2, 3]);
        var first = Stored(Block(Item(0, "", Header(2)), Item(0, "layer/a", Entry(1, [2, 3], 24, 8, 1, crc)), Item(6, "b", Entry(9, [], 8, 40, 0, crc))));
        var second = Stored(Block(Item(0, "layer/c", Entry(7, [2], 11, 48)), Item(6, "d", Entry(3, null, 0)), Item(0, "sliced", [.. Entry(1, [4], 0), .. ProtoField(7, [])])));
        var report = Whole("m.index", Table(first, second));

        (report.Format, report.Tensors, report.Parameters).ShouldBe(("TF index", 5, 11));
        report.Checked.ShouldBe("every block's CRC, 5 tensors in 2 data files");
        Arrays(report).ShouldBe(["layer/a float32 [2,3] 24 @8", "layer/b int64 [] 8 @40", "layer/c string [2] 11 @48", "layer/d int32 [] 0 @0", "sliced float32 [4] 0 @0"]);
        report.TensorList.Select(tensor => tensor.Record).ShouldBe(
            ["m.data-00001-of-00002", "m.data-00000-of-00002", "m.data-00000-of-00002", "m.data-00000-of-00002", "m.data-00000-of-00002"]);
        var parts = report.Companions.Select(companion => $"{companion.Name}: {string.Join(", ", companion.Parts.Select(part => $"{part.Tensor} {part.Offset}+{part.Bytes} {part.Crc32C:X8}"))}");
        parts.ShouldBe(["m.data-00000-of-00002: layer/b 40+8 F130F21E, layer/c 48+11 , layer/d 0+0 8A942EBE", "m.data-00001-of-00002: layer/a 8+24 F130F21E"]);
    }

    [Fact]
    public void A_slice_and_the_saved_structure_are_in_the_data_and_are_no_arrays()
    {
        var file = Index(
            Item(0, "\0slice", Entry(1, [2], 8, 16)), Item(0, "_CHECKPOINTABLE_OBJECT_GRAPH", Entry(7, [], 5)), Item(0, "a", [.. Entry(1, [4], 0), .. ProtoField(7, [])]));
        var report = Whole("m.index", file);

        Arrays(report).ShouldBe(["a float32 [4] 0 @0"]);
        report.Companions.ShouldHaveSingleItem().Parts.Select(part => part.Tensor).ShouldBe(["(a slice)", "_CHECKPOINTABLE_OBJECT_GRAPH"]);
    }

    [Theory]
    [InlineData(1, "float32", 4)]
    [InlineData(2, "float64", 8)]
    [InlineData(3, "int32", 4)]
    [InlineData(4, "uint8", 1)]
    [InlineData(5, "int16", 2)]
    [InlineData(6, "int8", 1)]
    [InlineData(8, "complex64", 8)]
    [InlineData(9, "int64", 8)]
    [InlineData(10, "bool", 1)]
    [InlineData(11, "qint8", 1)]
    [InlineData(12, "quint8", 1)]
    [InlineData(13, "qint32", 4)]
    [InlineData(14, "bfloat16", 2)]
    [InlineData(15, "qint16", 2)]
    [InlineData(16, "qint16", 2)]
    [InlineData(17, "uint16", 2)]
    [InlineData(18, "complex128", 16)]
    [InlineData(19, "float16", 2)]
    [InlineData(22, "uint32", 4)]
    [InlineData(23, "uint64", 8)]
    [InlineData(24, "float8_e5m2", 1)]
    [InlineData(25, "float8_e4m3fn", 1)]
    public void A_type_has_its_name_and_size(int type, string name, int bytes)
    {
        Arrays(Whole("m.index", Index(Item(0, "a", Entry((ulong)type, [3], (ulong)(3 * bytes)))))).ShouldBe([$"a {name} [3] {3 * bytes} @0"]);
        Wrong(Index(Item(0, "a", Entry((ulong)type, [3], (ulong)(3 * bytes) + 1)))).ShouldBe($"tensor \"a\": its shape and type make {3 * bytes} bytes, and it has {(3 * bytes) + 1}.");
    }

    [Theory]
    [InlineData(7, "string")]
    [InlineData(20, "resource")]
    [InlineData(21, "variant")]
    public void Values_without_a_fixed_size_have_whatever_size_and_no_CRC(int type, string name)
    {
        var report = Whole("m.index", Index(Item(0, "a", Entry((ulong)type, [3], 17, crc: 1))));

        Arrays(report).ShouldBe([$"a {name} [3] 17 @0"]);
        (report.Parameters, report.Companions.Single().Parts.Single().Crc32C).ShouldBe((0, null));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(26)]
    public void A_type_of_tomorrow_is_hash_only(int type)
    {
        var finding = Finding("m.index", Index(Item(0, "a", Entry((ulong)type, [3], 12))), Verdict.HashOnly);

        (finding.Id, finding.What).ShouldBe(("tf-type", $"tensor \"a\" has the type number {type}, which this version does not know."));
    }

    [Fact]
    public void Big_endian_data_is_hash_only()
    {
        Finding("m.index", Table(Stored(Block(Item(0, "", [.. Header(), .. Number(2, 1)]), _a))), Verdict.HashOnly).Id.ShouldBe("tf-big-endian");
        Whole("m.index", Table(Stored(Block(Item(0, "", [.. Header(), .. Number(2, 0)]), _a))));
    }

    [Fact]
    public void An_entry_that_cannot_be_is_named()
    {
        Wrong(Index(Item(0, "a", Entry(1, [1], 4, shard: 1)))).ShouldBe("tensor \"a\": it lies in data file 1, and there are 1.");
        Wrong(Index(Item(0, "a", Entry(1, [-1], 4)))).ShouldBe("tensor \"a\": its shape cannot exist.");
        Wrong(Index(Item(0, "a", Entry(1, [1L << 62], 4)))).ShouldContain("make 18446744073709551616 bytes");
        foreach (var field in (int[])[3, 4, 5])
        {
            Wrong(Index(Item(0, "a", Number(field, 1UL << 63)))).ShouldBe("tensor \"a\": an offset or size is negative.");
        }
    }

    [Fact]
    public void A_shape_has_at_most_254_sizes()
    {
        static byte[] Of(int sizes) => Index(Item(0, "a", Entry(1, [.. Enumerable.Repeat(1L, sizes)], 4)));

        Whole("m.index", Of(254)).TensorList[0].Shape.Count.ShouldBe(254);
        Wrong(Of(255)).ShouldBe("tensor \"a\": a shape of more than 254 sizes.");
    }

    [Fact]
    public void A_shape_s_sizes_may_have_names_and_a_known_rank_be_said()
    {
        byte[] shape = [.. ProtoField(2, [.. Number(1, 3), .. ProtoField(2, "rows"u8.ToArray())]), .. ProtoField(2, []), .. Number(3, 0)];

        Arrays(Whole("m.index", Index(Item(0, "a", [.. Number(1, 1), .. ProtoField(2, shape)])))).ShouldBe(["a float32 [3,0] 0 @0"]);
    }

    [Fact]
    public void An_offset_has_63_bits() =>
        Arrays(Whole("m.index", Index(Item(0, "a", Entry(1, [1], 4, long.MaxValue))))).ShouldBe(["a float32 [1] 4 @9223372036854775807"]);

    [Fact]
    public void Fields_that_nobody_knows_are_stepped_over_whatever_their_kind()
    {
        byte[] more = [.. Varint((50 << 3) | 1), .. new byte[8], .. Varint((51 << 3) | 5), .. new byte[4], .. ProtoField(52, [1, 2]), .. Number(53, 1UL << 63)];

        Whole("m.index", Index(Item(0, "a", [.. more, .. Entry(1, [1], 4), .. more])));
    }

    [Theory]
    [InlineData("0B", "kind that is not written any more")]
    [InlineData("0C", "kind that is not written any more")]
    [InlineData("1205", "shorter than its fields say")]
    [InlineData("0901020304050607", "shorter than its fields say")]
    [InlineData("35010203", "shorter than its fields say")]
    [InlineData("08", "cut short or longer than 64 bits")]
    [InlineData("08808080808080808080", "cut short or longer than 64 bits")]
    [InlineData("088080808080808080808001", "cut short or longer than 64 bits")]
    public void An_entry_that_is_no_message_is_named(string hex, string says) => Wrong(Index(Item(0, "a", Convert.FromHexString(hex)))).ShouldMatch("^tensor \"a\": .*" + says);

    [Fact]
    public void The_header_comes_first_and_names_a_sensible_number_of_data_files()
    {
        Wrong(Table(Stored(Block(_a)))).ShouldBe("its first entry is not its header.");
        Whole("m.index", Table(Stored(Block(Item(0, "", Header(100_000)))))).Companions.Count.ShouldBe(100_000);
        Wrong(Table(Stored(Block(Item(0, "", Header(100_001)))))).ShouldBe("it claims 100001 data files.");
        Wrong(Table(Stored(Block(Item(0, "", Header(0)))))).ShouldBe("it claims 0 data files.");
    }

    [Fact]
    public void Names_come_in_order_each_once()
    {
        Wrong(Index(_a, _a)).ShouldStartWith("\"a\" does not come after the name before it");
        Wrong(Index(Item(0, "b", Entry(1, [1], 4)), _a)).ShouldStartWith("\"a\" does not come after");
        Wrong(Index(Item(0, "ab", Entry(1, [1], 4)), _a)).ShouldStartWith("\"a\" does not come after");
        Whole("m.index", Index(_a, Item(0, "ab", Entry(1, [1], 4)))).Tensors.ShouldBe(2);
        Wrong(Index(Item(0, "", Header()))).ShouldStartWith("\"\" does not come after");
    }

    [Fact]
    public void A_name_has_at_most_4096_bytes()
    {
        Whole("m.index", Index(Item(0, new string('n', 4090), Entry(1, [1], 4)), Item(4090, "123456", Entry(1, [1], 4)))).TensorList[1].Name.Length.ShouldBe(4096);
        Wrong(Index(Item(0, new string('n', 4090), Entry(1, [1], 4)), Item(4090, "1234567", Entry(1, [1], 4)))).ShouldBe("a key claims 4097 bytes, more than a name has.");
    }

    [Fact]
    public void An_entry_stays_inside_its_block()
    {
        Wrong(Index(Item(1, "x", Entry(1, [1], 4)))).ShouldBe("an entry of a block reaches past the block's end.");
        Wrong(Index(_a, Item(2, "x", Entry(1, [1], 4)))).ShouldContain("reaches past");
        Wrong(Index([0, 9, 0, 1, 2])).ShouldContain("reaches past");
        Wrong(Index([0, 1, 9, (byte)'b', 2])).ShouldContain("reaches past");
        Wrong(Index([0, 1, 2, (byte)'b', 2])).ShouldContain("reaches past");
        Finding("m.index", Index([0, 1, 0, (byte)'b']), Verdict.HashOnly).What.ShouldContain("\"b\" has the type number 0");
        Wrong(Index([0, 1, .. Varint(ulong.MaxValue), (byte)'b'])).ShouldContain("reaches past");
        Wrong(Index([0, 1])).ShouldContain("cut short or longer than 64 bits");
    }

    [Theory]
    [InlineData("000000", false)]
    [InlineData("01000000", false)]
    [InlineData("0000000002000000", false)]
    [InlineData("FFFFFFFF", false)]
    [InlineData("00000000", true)]
    [InlineData("0000000001000000", true)]
    [InlineData("000000000000000002000000", true)]
    public void Restart_points_fit_in_their_block(string block, bool fit)
    {
        var file = Table(Stored(Block(Item(0, "", Header()))), Stored(Convert.FromHexString(block)));

        if (fit)
        {
            Whole("m.index", file).Tensors.ShouldBe(0);
        }
        else
        {
            Wrong(file).ShouldBe("a block's restart points do not fit in it.");
        }
    }

    [Fact]
    public void A_file_without_its_mark_is_no_table()
    {
        const string NoMark = "it does not end with a table's mark: it was cut short, or is no TensorFlow index.";
        var file = Index(_a);

        Wrong(file[..^1]).ShouldBe(NoMark);
        Wrong(file[^47..]).ShouldBe(NoMark);
        Wrong(Flip(file.ToArray(), -1)).ShouldBe(NoMark);
        Wrong(file[^48..]).ShouldContain("does not lie before the table's end at 0");
        By(new TensorflowIndexFormat(), "m.index", file, shrinksTo: 60).Findings.ShouldHaveSingleItem().What.ShouldBe(NoMark);
    }

    [Fact]
    public void A_table_without_entries_is_no_index() => Wrong(Table(Stored(Block()))).ShouldBe("it has no header entry: it is no TensorFlow index.");

    [Fact]
    public void Every_block_fits_its_CRC_and_is_packed_in_a_known_way()
    {
        var block = Block(Item(0, "", Header()), _a);
        byte[] packed = [.. Varint((ulong)block.Length), (byte)((block.Length - 1) << 2), .. block];

        Whole("m.index", Table(Stored(packed, 1))).Tensors.ShouldBe(1);
        Wrong(Table(Stored(block, 2))).ShouldBe("the block at byte 0 is packed in no way that is known.");
        foreach (var at in (int[])[8, block.Length, block.Length + 2, block.Length + 10, block.Length + 5 + 13 + 3])
        {
            Wrong(Flip(Table(Stored(block)), at)).ShouldContain("does not fit its CRC: bytes were altered.");
        }
    }

    [Fact]
    public void Blocks_lie_one_behind_another_before_the_table_s_end()
    {
        var block = Stored(Block(Item(0, "", Header()), _a));
        var second = Stored(Block(Item(0, "b", Entry(1, [1], 4))));
        var bytes = (ulong)block.Length - 5;
        static byte[] Two(ulong offset, ulong bytes, ulong offset2, ulong bytes2) => Block(Item(0, "1", Handle(offset, bytes)), Item(0, "2", Handle(offset2, bytes2)));

        Whole("m.index", TableWithIndex(Two(0, bytes, bytes + 5, (ulong)second.Length - 5), block, second)).Tensors.ShouldBe(2);
        Wrong(TableWithIndex(Two(0, bytes, bytes - 1, 1), block, second)).ShouldBe($"a block at byte {bytes - 1} lies inside the one before it.");
        Wrong(TableWithIndex(Two(0, bytes, 1000, 5), block, second)).ShouldStartWith("a block of 5 bytes at 1000 does not lie before the table's end at ");
        Wrong(TableWithIndex(Two(0, bytes, bytes + 5, 1000), block, second)).ShouldStartWith("a block of 1000 bytes at");
        Wrong(TableWithIndex(Two(0, bytes, 1UL << 63, 5), block, second)).ShouldBe("a block is said to lie beyond any file.");
        Wrong(TableWithIndex(Two(0, bytes, 60, 1UL << 31), block, second)).ShouldBe("a block is said to lie beyond any file.");
        Wrong(TableWithIndex(Two(0, bytes, 60, (1UL << 31) - 1), block, second)).ShouldContain("does not lie before");
        Wrong(TableWithIndex(Two(0, bytes, long.MaxValue, 1), block, second)).ShouldContain("does not lie before");
    }

    [Fact]
    public void A_block_has_at_most_16_MiB()
    {
        const int Most = 16 * 1024 * 1024;
        static string Of(int bytes) => Wrong(TableWithIndex(Block(Item(0, "1", Handle(0, (ulong)bytes))), new byte[bytes + 5]));

        Of(Most).ShouldBe("the block at byte 0 does not fit its CRC: bytes were altered.");
        Of(Most + 1).ShouldStartWith("a block of 16777217 bytes at 0 does not lie before");
    }

    [Fact]
    public void The_last_block_may_end_exactly_where_the_footer_begins()
    {
        var file = Index(_a);
        var end = file.Length - 48;
        var index = At(file, [0, 3, 2, (byte)'0', (byte)'0', (byte)'0']);

        end.ShouldBe(index + 8 + 8 + 5);
        Whole("m.index", file);
        Wrong(Damage.Number(file, end + 3, file[end + 3] + 1, 1)).ShouldContain("does not lie before the table's end");
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(6, true)]
    [InlineData(7, false)]
    public void A_header_entry_is_recognised_behind_the_few_bytes_of_a_packed_block(int before, bool recognised)
    {
        byte[] head = [.. Enumerable.Repeat((byte)0xF0, before), .. Item(0, "", Header()), 0];

        new TensorflowIndexFormat().RecognisesContent(head).ShouldBe(recognised);
        new TensorflowIndexFormat().RecognisesName("m.index").ShouldBeFalse();
    }

    [Fact]
    public void What_is_no_header_entry_is_not_recognised()
    {
        static bool Is(params byte[] head) => new TensorflowIndexFormat().RecognisesContent(head);

        Is([.. Item(0, "", Header()), 0]).ShouldBeTrue();
        Is([0, 0, 31, .. Header(), .. new byte[26]]).ShouldBeTrue();
        Is([0, 0, 32, .. Header(), .. new byte[40]]).ShouldBeFalse();
        Is(Item(0, "", Header())[..^1]).ShouldBeFalse();
        Is([1, .. Item(0, "", Header())[1..], 0]).ShouldBeFalse();
        Is([0, 1, .. Item(0, "", Header())[2..], 0]).ShouldBeFalse();
        Is([0, 0, 6, 9, 1, 0x1A, 2, 8, 1, 0]).ShouldBeFalse();
        Is([0, 0, 6, 8, 1, 0x1A, 3, 8, 1, 0]).ShouldBeFalse();
        Is([]).ShouldBeFalse();
    }

}
