using Lodger.Artifacts.Formats.Parquet;
using Lodger.Artifacts.Verification;
using static Lodger.Artifacts.Tests.FileBytes;
using static Lodger.Artifacts.Tests.ParquetBytes;

namespace Lodger.Artifacts.Tests;

/// <summary>Parquet files put together by the format's description, whole ones and ones with a single thing wrong.</summary>
public sealed class ParquetTests
{
    private static readonly byte[] _page = Page(Pattern(20), Crc(Pattern(20)));
    private static readonly byte[] _plain = Page(Pattern(7));

    private static string Wrong(byte[] file)
    {
        var finding = Finding("t.parquet", file);
        finding.Id.ShouldBe("parquet-invalid");
        return finding.What;
    }

    private static string WrongFooter(byte[] footer) => Wrong(ParquetBytes.File([], footer));

    private static byte[] OneColumn(params byte[][] pages) => ParquetBytes.File(Join(pages), Footer(1, 3, Group(3, Chunk(["a"], 4, Join(pages).Length))));

    [Fact]
    public void A_table_of_several_row_groups_tells_what_was_checked()
    {
        byte[] content = [.. _page, .. _plain, .. _plain, .. _page, .. Page([])];
        var (page, plain) = (_page.Length, _plain.Length);
        var file = ParquetBytes.File(
            content,
            Footer(
                2, 8,
                Group(5, Chunk(["a", "list", "item"], 4 + page, page + plain, 4), Chunk(["größe"], 4 + page + plain, plain)),
                Group(3, Chunk(["a", "list", "item"], 4 + page + (2 * plain), page, 0), Chunk(["größe"], 4 + (2 * page) + (2 * plain), content.Length - (2 * page) - (2 * plain)))));
        var report = Whole("t.parquet", file);

        report.Format.ShouldBe("Parquet");
        report.Checked.ShouldBe("8 rows of 2 columns, 2 row groups, 5 pages end to end, 2 page CRCs; values not unpacked");
        (report.Tensors, report.Parameters).ShouldBe((null, null));
        Whole("table", file).Format.ShouldBe("Parquet");
        Whole("t.PARQUET", file);
    }

    [Fact]
    public void Tables_without_rows_columns_or_CRCs_are_whole()
    {
        Whole("t.parquet", ParquetBytes.File([], Footer(0, 0))).Checked.ShouldStartWith("0 rows of 0 columns, 0 row groups, 0 pages end to end, no page CRCs");
        Whole("t.parquet", OneColumn(_plain)).Checked.ShouldContain("1 pages end to end, no page CRCs");
        Whole("t.parquet", OneColumn()).Checked.ShouldContain("0 pages end to end");
        Whole("t.parquet", ParquetBytes.File([], Footer(20, 3, Group(3, [.. Enumerable.Repeat(Chunk(["a"], 4, 0), 20)])))).Checked.ShouldStartWith("3 rows of 20 columns");
    }

    [Fact]
    public void The_mark_is_at_both_ends_and_the_footer_between_them()
    {
        var file = OneColumn(_page);

        Wrong([.. "PAR1"u8, .. new byte[7]]).ShouldBe("it has 11 bytes, fewer than the smallest Parquet file.");
        Wrong([.. "PAR1"u8, .. U32(0), .. "PAR1"u8]).ShouldBe("its metadata ends at byte 0 in the middle of a value.");
        Wrong([.. "PAR1"u8, .. U32(1), .. "PAR1"u8]).ShouldBe("its footer claims 1 bytes, and 0 are there: bytes were lost.");
        By(new ParquetFormat(), "t.parquet", file, shrinksTo: 2).Findings.ShouldHaveSingleItem().What.ShouldBe($"it has {file.Length} bytes, fewer than the smallest Parquet file.");
        Wrong([.. "PARX"u8, .. file[4..]]).ShouldStartWith("it does not begin and end with Parquet's mark");
        Wrong([.. file[..^4], .. "PARX"u8]).ShouldStartWith("it does not begin and end with Parquet's mark");
        foreach (var encrypted in (byte[][])[[.. "PARE"u8, .. file[4..]], [.. file[..^4], .. "PARE"u8]])
        {
            var finding = Finding("t.parquet", encrypted, Verdict.HashOnly);
            (finding.Id, finding.What).ShouldBe(("parquet-encrypted", "its footer is encrypted."));
        }
    }

    [Fact]
    public void A_footer_of_more_than_64_MiB_is_not_read()
    {
        using var directory = new TemporaryDirectory();
        string Of(int footerBytes)
        {
            using (var file = System.IO.File.Create(directory["t.parquet"]))
            {
                file.Write("PAR1"u8);
                file.SetLength(footerBytes + 4L);
                file.Position = footerBytes + 4L;
                file.Write([.. U32(footerBytes), .. "PAR1"u8]);
            }

            return Verifying.File(directory["t.parquet"]).Findings.ShouldHaveSingleItem().Id;
        }

        Of((64 * 1024 * 1024) + 1).ShouldBe("parquet-large-footer");
        Of(64 * 1024 * 1024).ShouldBe("parquet-invalid");
    }

    [Fact]
    public void The_footer_names_a_schema_and_rows_and_ends_where_it_ends()
    {
        const string Nothing = "its footer names no schema or no number of rows.";
        (int, int, byte[]) schema = (2, List, Schema(0));

        WrongFooter(StructOf(schema)).ShouldBe(Nothing);
        WrongFooter(StructOf(Number(3, 0))).ShouldBe(Nothing);
        WrongFooter(StructOf(schema, Number(3, -1))).ShouldBe(Nothing);
        WrongFooter([.. Footer(0, 0), 0]).ShouldBe("1 bytes follow its footer's end.");
        WrongFooter(StructOf((2, List, ListOf(I32, ZigZag(1))))).ShouldBe("its footer has a list of the wrong kind.");
        WrongFooter(StructOf((2, List, ListHead(Struct, 1000)))).ShouldContain("a list claims 1000 items");
        Whole("t.parquet", ParquetBytes.File([], StructOf((2, List, ListOf(I32)), Number(3, 0)))).Checked.ShouldStartWith("0 rows of 0 columns");
    }

    [Fact]
    public void Columns_are_the_elements_of_the_schema_without_children()
    {
        var schema = ListOf(Struct, StructOf((5, I32, ZigZag(2))), StructOf((5, I32, ZigZag(1))), StructOf((4, Binary, Word("leaf"))), StructOf((5, I32, ZigZag(0))));

        Whole("t.parquet", ParquetBytes.File([], StructOf((2, List, schema), Number(3, 0)))).Checked.ShouldStartWith("0 rows of 2 columns");
    }

    [Fact]
    public void Row_groups_have_the_schema_s_columns_and_the_footer_s_rows()
    {
        Wrong(ParquetBytes.File(_page, Footer(2, 3, Group(3, Chunk(["a"], 4, _page.Length))))).ShouldBe("row group 0 has 1 columns, and the schema has 2.");
        Wrong(ParquetBytes.File(_page, Footer(1, 4, Group(3, Chunk(["a"], 4, _page.Length))))).ShouldBe("its row groups have 3 rows together, and its footer says 4.");
        WrongFooter(Footer(0, 3, StructOf((1, List, ListOf(Struct))))).ShouldBe("row group 0 names no number of rows.");
        WrongFooter(Footer(0, 3, Group(0), Group(-1))).ShouldBe("row group 1 names no number of rows.");
        Whole("t.parquet", ParquetBytes.File([], Footer(0, long.MaxValue, Group(long.MaxValue), Group(1))));
    }

    [Fact]
    public void A_column_in_another_file_or_encrypted_is_hash_only()
    {
        byte[] elsewhere = StructOf((1, Binary, Word("other")), (3, Struct, StructOf((3, List, ListOf(Binary, Word("a"))), Number(7, 0), Number(9, 4))));
        byte[] here = StructOf((1, Binary, Word("")), (3, Struct, StructOf((3, List, ListOf(Binary, Word("a"))), Number(7, 0), Number(9, 4))));

        var finding = Finding("t.parquet", ParquetBytes.File([], Footer(1, 3, Group(3, elsewhere))), Verdict.HashOnly);
        (finding.Id, finding.What).ShouldBe(("parquet-elsewhere", "column \"a\" of row group 0 is in another file, or encrypted."));
        Finding("t.parquet", ParquetBytes.File([], Footer(2, 3, Group(3, elsewhere, elsewhere), Group(3, elsewhere, elsewhere))), Verdict.HashOnly).What.ShouldStartWith("column \"a\" of row group 0");
        Finding("t.parquet", ParquetBytes.File([], Footer(1, 3, Group(3, StructOf((8, Struct, StructOf()))))), Verdict.HashOnly).What.ShouldStartWith("column \"(encrypted)\" of row group 0");
        Whole("t.parquet", ParquetBytes.File([], Footer(1, 3, Group(3, here))));
    }

    [Fact]
    public void Columns_lie_in_the_file_apart_from_each_other()
    {
        var bytes = _page.Length;
        string Two(long begin, long length) => Wrong(ParquetBytes.File([.. _page, .. _page], Footer(2, 3, Group(3, Chunk(["a"], 4, bytes), Chunk(["b"], begin, length)))));

        Two(4 + bytes - 1, 1).ShouldBe($"\"row group 0, column b\" begins at byte {3 + bytes}, inside \"row group 0, column a\", which ends at {4 + bytes}.");
        Two(4 + bytes, 1 << 20).ShouldStartWith($"\"row group 0, column b\" ends at byte {4 + bytes + (1 << 20)}");
        Two(-1, 1).ShouldContain("the offset is wrong");
        var file = ParquetBytes.File(_page, Footer(1, 3, Group(3, Chunk(["a"], 4, 1000))));
        Wrong(ParquetBytes.File(_page, Footer(1, 3, Group(3, Chunk(["a"], 4, file.Length - 11))))).ShouldBe($"\"row group 0, column a\" ends at byte {file.Length - 7}, and the file has {file.Length - 8}: it was cut short, or the offset is wrong.");
    }

    [Fact]
    public void Pages_fill_their_column_and_fit_their_CRC()
    {
        Wrong(OneColumn(_page, Page(Pattern(9), 1))).ShouldBe("row group 0, column \"a\": page 1 does not fit its CRC: bytes were altered.");
        Wrong(ParquetBytes.File(_page, Footer(1, 3, Group(3, Chunk(["a"], 4, _page.Length - 1))))).ShouldBe("row group 0, column \"a\": page 0 claims 20 bytes, and 19 are left in its column.");
        Wrong(OneColumn(_page, StructOf((3, I32, ZigZag(-1))))).ShouldBe("row group 0, column \"a\": page 1 claims -1 bytes, and 0 are left in its column.");
        Wrong(OneColumn(_page, StructOf((1, I32, ZigZag(0))))).ShouldContain("page 1 claims -1 bytes");
        Wrong(OneColumn(_page, [0x15])).ShouldContain("column \"a\": its metadata ends at byte 1 in the middle of a value.");
        Wrong(OneColumn(_page, [0x1F, .. new byte[300]])).ShouldContain("there is no field");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    [InlineData(250)]
    [InlineData(4_000)]
    [InlineData(5_000)]
    [InlineData(70_000)]
    [InlineData(1_000_000)]
    public void A_page_s_header_may_be_as_long_as_its_statistics(int bytes)
    {
        var page = Page(Pattern(300), Crc(Pattern(300)), bytes);

        Whole("t.parquet", OneColumn(page, page, _page)).Checked.ShouldContain("3 pages end to end, 3 page CRCs");
    }

    [Fact]
    public void A_page_s_header_of_several_MiB_is_refused() => Wrong(OneColumn(Page([], null, 2_000_000))).ShouldContain("in the middle of a value");

    [Fact]
    public void A_large_page_is_held_to_its_CRC_to_its_last_byte()
    {
        var content = Pattern(200_000);
        var page = Page(content, Crc(content));

        Whole("t.parquet", OneColumn(page, _page));
        Wrong(Damage.Flip(OneColumn(page, _page), 4 + page.Length - 1)).ShouldContain("page 0 does not fit its CRC");
        Wrong(Damage.Flip(OneColumn(page, _page), 4 + page.Length - content.Length)).ShouldContain("page 0 does not fit its CRC");
    }

    [Fact]
    public void A_column_s_name_has_a_thousand_parts_at_most()
    {
        static byte[] Of(int parts) => ParquetBytes.File([], Footer(1, 3, Group(3, Chunk([.. Enumerable.Repeat("p", parts)], 4, 0))));

        Whole("t.parquet", Of(1000));
        Wrong(Of(1001)).ShouldBe("a column's name claims 1001 parts.");
    }

    [Fact]
    public void The_names_of_all_columns_take_16_MiB_at_most()
    {
        static byte[] Of(int more)
        {
            var name = new string('n', (4 << 20) - 1);
            return ParquetBytes.File([], Footer(4, 3, Group(3, [.. Enumerable.Repeat(Chunk([name], 4, 0), 3), Chunk([name + new string('n', more)], 4, 0)])));
        }

        Report("t.parquet", Of(0)).Verdict.ShouldBe(Verdict.Loads);
        Wrong(Of(1)).ShouldBe("the names of its columns take more than 16 MiB.");
    }

    [Fact]
    public void Row_groups_and_columns_are_limited()
    {
        static byte[] Many(byte[] item, int count) => [.. ListHead(Struct, count), .. Join(Enumerable.Repeat(item, count))];
        static byte[] Groups(int count) => ParquetBytes.File([], StructOf((2, List, Schema(0)), Number(3, count), (4, List, Many(Group(1), count))));
        static byte[] Chunks(int count) => ParquetBytes.File([], StructOf(
            (2, List, Many(StructOf(), 200_000)), Number(3, 1), (4, List, ListOf(Struct, StructOf((1, List, Many(StructOf((3, Struct, StructOf(Number(7, 0), Number(9, 4)))), count)), Number(3, 1))))));

        Whole("t.parquet", Groups(200_000)).Checked.ShouldContain("200000 row groups");
        Wrong(Groups(200_001)).ShouldBe("it has more than 200000 row groups.");
        Whole("t.parquet", Chunks(200_000)).Checked.ShouldContain("200000 columns");
        Wrong(Chunks(200_001)).ShouldBe("it has more than 200000 column chunks.");
    }
}
