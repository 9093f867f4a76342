using Lodger.Artifacts.Formats.Hdf5;
using Lodger.Artifacts.Verification;
using static Lodger.Artifacts.Tests.FileBytes;
using static Lodger.Artifacts.Tests.Hdf5Bytes;

namespace Lodger.Artifacts.Tests;

/// <summary>HDF5 files put together by the specification: what a whole one tells, in the old form and the new.</summary>
public sealed class Hdf5Tests
{
    private static FileReport Whole(byte[] file) => FileBytes.Whole("m.h5", file);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(0, 512)]
    [InlineData(2, 1024)]
    [InlineData(3, 2048)]
    public void Everything_that_links_lead_to_is_told_once(int version, int userBlock)
    {
        var file = new Hdf5Bytes(version, userBlock);
        var values = file.Put(Pattern(24));
        var contiguous = file.Put(Old(Space(2, 3), Float32, Contiguous(values, 24)));
        var compact = file.Next + 16 + 8 + 16 + 8 + 8 + 8 + 4 + userBlock;
        var inHeader = file.Put(Old(Space(2), OfType(0, 2, 8), Compact(1, 2, 3, 4)));
        var chunks = file.Put(Chunks(0, 2, (16, file.Put(Pattern(16))), (16, file.Put(Pattern(16)))));
        var chunked = file.Put(Old(Space(4), OfType(0, 8), Chunked(2, chunks)));
        var unwritten = file.Put(Old(Space(5), OfType(1, 8), Contiguous(Undefined, 0)));
        var words = file.Put(Old(Space(2), OfType(3, 5), Contiguous(file.Put(Pattern(10)), 10)));
        var bigEndian = file.Put(Old(Space(), OfType(1, 4, 1), Contiguous(file.Put(Pattern(4)), 4)));
        var typeAlone = file.Put(Old(Float32));
        var inner = file.Group(("c", chunked), ("again", contiguous), ("u", unwritten));
        var root = file.Group(("a", contiguous), ("link", -2), ("big", bigEndian), ("größe", inHeader), ("g", inner), ("t", typeAlone), ("words", words));
        var report = Whole(file.File(root));

        (report.Format, report.Tensors, report.Parameters).ShouldBe(("HDF5", 5, 18));
        report.Checked.ShouldStartWith("end of file, 2 groups, 6 datasets, ");
        Arrays(report).Order(StringComparer.Ordinal).ShouldBe(
            [$"a float32 [2,3] 24 @{values + userBlock}", "big float32 [] 4 @?", "g/c uint64 [4] 32 @?", "g/u float64 [5] 40 @?", $"größe int16 [2] 4 @{compact}"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(0x05)]
    [InlineData(0x11)]
    [InlineData(0x21)]
    [InlineData(0x36)]
    public void Headers_of_the_new_form_have_the_parts_that_their_flags_say(int flags)
    {
        var file = new Hdf5Bytes(2);
        var values = file.Put(Pattern(12));
        var one = file.Put(New(flags, NewSpace(1, 3), Float32, Contiguous(values, 12)));
        var two = file.Put(New(flags, NewSpace(0), OfType(0, 1), Compact(9)));
        var none = file.Put(New(flags, NewSpace(2), OfType(0, 1), Compact()));
        var root = file.Put(New(flags, LinkInfo(Undefined), LinkInfo(Undefined, 1), Link("one", one), Link("two", two, 1), Link("soft", 0, 8, 1)));
        var again = file.Put(New(flags, Link("a", one, 2), Link("none", none, 3), Link("b", root, 4 | 8 | 16), Link("hard", two, 8)));

        var report = Whole(file.File(again));
        report.Checked.ShouldStartWith("end of file, 2 groups, 3 datasets");
        report.TensorList.Select(tensor => $"{tensor.Name} {string.Join(',', tensor.Shape)}").Order(StringComparer.Ordinal).ShouldBe(["a 3", "hard ", "none "]);
        report.Parameters.ShouldBe(4);
    }

    [Fact]
    public void Headers_go_on_in_blocks_elsewhere()
    {
        var file = new Hdf5Bytes(2);
        var data = Pattern(8);
        var values = file.Put(data);
        byte[] newBlock = Summed([.. "OCHK"u8, .. NewMessages(0, Contiguous(values, 8))]);
        var newPart = file.Put(newBlock);
        var newOne = file.Put(New(0, NewSpace(1, 2), Continues(newPart, newBlock.Length), Float32));
        var oldBlock = OldMessages(Float32, Contiguous(values, 8));
        var oldPart = file.Put(oldBlock);
        var oldOne = file.Put(Old(Continues(oldPart, oldBlock.Length), Space(2)));

        // the values of both lie in the same place, so one after the other
        Whole(file.File(file.Put(New(0, Link("new", newOne))))).TensorList.ShouldHaveSingleItem().Shape.ShouldBe([2]);
        Whole(file.File(file.Put(New(0, Link("old", oldOne))))).TensorList.ShouldHaveSingleItem().Shape.ShouldBe([2]);
        Finding("m.h5", file.File(file.Put(New(0, Link("new", newOne), Link("old", oldOne))))).What.ShouldStartWith($"dataset \"new\" begins at byte {values}, inside \"old\"");
    }

    [Fact]
    public void A_link_back_to_the_root_leads_nowhere_new()
    {
        var file = new Hdf5Bytes();
        var root = file.Next;
        file.Put(Old(Link("self", root)));

        Whole(file.File(root)).Checked.ShouldStartWith("end of file, 1 groups, 0 datasets");
    }

    [Theory]
    [InlineData(0, 1, 8, "int8", true)]
    [InlineData(0, 2, 0, "uint16", true)]
    [InlineData(0, 4, 8, "int32", true)]
    [InlineData(0, 8, 8, "int64", true)]
    [InlineData(0, 3, 8, "integer", false)]
    [InlineData(0, 16, 8, "integer", false)]
    [InlineData(1, 2, 0, "float16", true)]
    [InlineData(1, 4, 0, "float32", true)]
    [InlineData(1, 8, 0, "float64", true)]
    [InlineData(1, 16, 0, "float", false)]
    [InlineData(4, 1, 0, "bits", false)]
    [InlineData(8, 1, 0, "enum", false)]
    [InlineData(11, 8, 0, "complex", false)]
    public void Plain_numbers_are_arrays_and_the_rest_is_not(int kind, int bytes, int bits, string name, bool isNumber)
    {
        var file = new Hdf5Bytes();
        var report = Whole(file.File(file.Group(("a", file.Put(Old(Space(2), OfType(kind, bytes, bits), Compact(Pattern(2 * bytes))))))));

        report.TensorList.Select(tensor => tensor.Type).ShouldBe(isNumber ? [name] : []);
        (report.Tensors, report.Parameters).ShouldBe(isNumber ? (1, 2) : (0, 0));
    }

    [Theory]
    [InlineData("TRUE\0", "FALSE\0", 1, true)]
    [InlineData("true\0", "FALSE\0", 1, false)]
    [InlineData("TRUE\0", "false\0", 1, false)]
    [InlineData("TRUE\0", "FALSE\0", 2, false)]
    public void An_enumeration_of_TRUE_and_FALSE_is_bool(string one, string other, int bytes, bool isBool)
    {
        byte[] members = [.. OfType(0, bytes).Content, .. System.Text.Encoding.ASCII.GetBytes(one + other), 1, 0];
        var file = new Hdf5Bytes();
        var report = Whole(file.File(file.Group(("a", file.Put(Old(Space(2), OfType(8, bytes, 2, members), Compact(Pattern(2 * bytes))))))));

        report.TensorList.Select(tensor => tensor.Type).ShouldBe(isBool ? ["bool"] : []);
    }

    [Fact]
    public void A_whole_number_of_one_byte_order_or_the_other_is_told_where_it_lies_only_little_endian()
    {
        var file = new Hdf5Bytes();
        var values = file.Put(Pattern(8));
        var little = file.Put(Old(Space(1), OfType(0, 4, 8), Contiguous(values, 4)));
        var big = file.Put(Old(Space(1), OfType(0, 4, 9), Contiguous(values + 4, 4)));

        Arrays(Whole(file.File(file.Group(("a", little), ("b", big))))).Order().ShouldBe([$"a int32 [1] 4 @{values}", "b int32 [1] 4 @?"]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(9)]
    public void Trees_and_chunk_trees_are_walked_to_their_leaves(int levels)
    {
        var file = new Hdf5Bytes();
        var tree = file.Put(Chunks(0, 2, (8, file.Put(Pattern(8))), (8, file.Put(Pattern(8)))));
        for (var level = 1; level < levels; level++)
        {
            tree = file.Put(Chunks((byte)level, 2, (0, tree)));
        }

        var dataset = file.Put(Old(Space(4), Float32, Chunked(2, tree)));
        var heap = file.Put(Heap(16, file.Put([0, 0, 0, 0, 0, 0, 0, 0, (byte)'a', 0, (byte)'b', 0, 0, 0, 0, 0])));
        var names = file.Put(Tree(0, 0, file.Put(Symbols((8, dataset))), file.Put(Symbols((10, file.Put(Old(Table(file.Put(Tree(0, 0)), heap))))))));
        for (var level = 1; level < levels; level++)
        {
            names = file.Put(Tree(0, (byte)level, names));
        }

        Whole(file.File(file.Put(Old(Table(names, heap))))).Checked.ShouldStartWith("end of file, 2 groups, 1 datasets");
    }

    [Fact]
    public void Chunks_of_the_new_form_are_looked_at_as_far_as_their_index_is()
    {
        var file = new Hdf5Bytes(2);
        var chunk = file.Put(Pattern(24));
        byte[] packed = [.. U64(20), .. U32(0)];
        long Of((int, byte[]) layout) => file.Put(New(0, NewSpace(1, 2, 3), Float32, layout));
        var single = Of(NewChunked(0, 1, [2, 3, 4], 1, [], chunk));
        var filtered = Of(NewChunked(2, 4, [2, 3, 4], 1, packed, file.Put(Pattern(20))));
        var unwritten = Of(NewChunked(0, 8, [2, 3, 4], 4, new byte[5], Undefined));

        Whole(file.File(file.Put(New(0, Link("a", single), Link("b", filtered), Link("c", unwritten))))).Parameters.ShouldBe(18);
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(3, 1)]
    [InlineData(4, 5)]
    [InlineData(5, 6)]
    public void A_newer_index_of_chunks_is_named_as_not_walked(byte index, int settings)
    {
        var file = new Hdf5Bytes(2);
        var there = file.Put(new byte[8]);
        var dataset = file.Put(New(0, NewSpace(1, 6), Float32, NewChunked(0, 2, [3, 4], index, [.. Enumerable.Repeat((byte)0xFF, settings)], there)));
        var finding = Finding("m.h5", file.File(file.Put(New(0, Link("a", dataset)))), Verdict.LoadsWithWarning);

        (finding.Id, finding.What).ShouldBe(("hdf5-not-walked", "1 parts could not be followed, the first \"/a\": its chunks are listed in a newer kind of index."));
    }

    [Fact]
    public void What_cannot_be_followed_is_counted_and_the_first_is_named()
    {
        var file = new Hdf5Bytes(2);
        long Of(params (int, byte[])[] messages) => file.Put(New(0, messages));
        string Says(params (string, long)[] links) => Finding("m.h5", file.File(file.Put(New(0, [.. links.Select(link => Link(link.Item1, link.Item2))]))), Verdict.LoadsWithWarning).What;
        var dense = Of(LinkInfo(64));
        var denseToo = Of(LinkInfo(64, 1), LinkInfo(Undefined));
        var external = Of(NewSpace(1, 2), Float32, (7, new byte[16]), Contiguous(Undefined, 8));
        var old = Of(NewSpace(1, 2), Float32, (8, [2, 1, .. new byte[20]]));
        var virtualOne = Of(NewSpace(1, 2), Float32, (8, [4, 3, .. new byte[20]]));
        var typeElsewhere = Of(NewSpace(1, 2), (3 | 0x200, new byte[10]), Contiguous(Undefined, 8));

        Says(("g", dense)).ShouldBe("1 parts could not be followed, the first \"/g\": its links are in the dense form of newer files.");
        Says(("g", denseToo)).ShouldContain("\"/g\": its links are in the dense form");
        Says(("e", external)).ShouldContain("\"/e\": its bytes are in other files.");
        Says(("o", old)).ShouldContain("\"/o\": its layout is of version 2.");
        Says(("v", virtualOne)).ShouldContain("\"/v\": its bytes are put together from other datasets.");
        Says(("t", typeElsewhere)).ShouldContain("\"/t\": its type is defined elsewhere.");
        Says(("v", virtualOne), ("e", external), ("g", dense)).ShouldStartWith("3 parts could not be followed, the first \"/g\"");
        Report("m.h5", file.File(file.Put(New(0, Link("t", typeElsewhere))))).TensorList.ShouldBeEmpty();
    }

    [Fact]
    public void Bytes_behind_its_end_are_a_note()
    {
        var file = new Hdf5Bytes();
        var report = Report("m.h5", [.. file.File(file.Group()), 1, 2, 3]);

        report.Verdict.ShouldBe(Verdict.Loads);
        var note = report.Findings.ShouldHaveSingleItem();
        (note.Id, note.Severity, note.What).ShouldBe(("hdf5-trailing", Severity.Note, "3 bytes follow what HDF5 calls its end."));
        (report.Tensors, report.Parameters).ShouldBe((0, 0));
    }

    [Theory]
    [InlineData("m.h5")]
    [InlineData("m.HDF5")]
    [InlineData("m.hdf")]
    [InlineData("model")]
    public void It_is_recognised_by_its_mark_under_any_name(string name)
    {
        var file = new Hdf5Bytes();
        FileBytes.Whole(name, file.File(file.Group())).Format.ShouldBe("HDF5");
        new Hdf5Format().RecognisesName(name).ShouldBe(name != "model");
    }

    [Fact]
    public void The_mark_may_be_at_the_start_or_behind_a_user_block()
    {
        static long? At(int place, int more = 1) => Hdf5Superblock.Find([.. new byte[place], 0x89, .. "HDF\r\n\x1A\n"u8, .. new byte[more]]);

        ((int[])[0, 512, 1024, 2048, 1, 256, 4096]).Select(place => At(place)).ShouldBe([0, 512, 1024, 2048, null, null, null]);
        At(0, 0).ShouldBeNull();
    }

    [Theory]
    [InlineData("", 0xDEADBEEFu)]
    [InlineData("Four score and seven years ago", 0x17770551u)]
    public void The_checksum_is_lookup3_as_published(string text, uint hash)
    {
        Lookup3.Of(System.Text.Encoding.ASCII.GetBytes(text)).ShouldBe(hash);
        Hash(System.Text.Encoding.ASCII.GetBytes(text)).ShouldBe(hash);
    }

    [Fact]
    public void The_checksum_is_right_for_every_length() => Enumerable.Range(0, 50).ShouldAllBe(length => Lookup3.Of(Pattern(length)) == Hash(Pattern(length)));
}
