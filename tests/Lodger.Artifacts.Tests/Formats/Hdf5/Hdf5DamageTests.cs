using Lodger.Artifacts.Verification;
using static Lodger.Artifacts.Tests.FileBytes;
using static Lodger.Artifacts.Tests.Hdf5Bytes;

namespace Lodger.Artifacts.Tests;

/// <summary>HDF5 files with a single thing wrong, at and beside every limit: what is wrong is named with the object it is in.</summary>
public sealed class Hdf5DamageTests
{
    private static string WrongFile(byte[] file)
    {
        var finding = Finding("m.h5", file);
        finding.Id.ShouldBe("hdf5-invalid");
        return finding.What;
    }

    /// <summary>What is wrong with a root group of these messages.</summary>
    private static string Wrong(params (int, byte[])[] messages)
    {
        var file = new Hdf5Bytes();
        return WrongFile(file.File(file.Put(Old(messages))));
    }

    private static byte[] Changed(byte[] bytes, int at, params byte[] with)
    {
        with.CopyTo(bytes, at);
        return bytes;
    }

    [Fact]
    public void The_superblock_is_of_a_known_version_and_tells_where_the_file_ends()
    {
        byte[] Of(int version) { var file = new Hdf5Bytes(version); return file.File(file.Put(Old(LinkInfo(Undefined)))); }
        string Version(byte[] file) => Finding("m.h5", file, Verdict.HashOnly).What;

        Version(Changed(Of(2), 8, 4)).ShouldBe("its superblock is version 4 with 8-byte offsets; versions 0 to 3 with 8 are read here.");
        Version(Changed(Of(0), 13, 4)).ShouldBe("its superblock is version 0 with 4-byte offsets; versions 0 to 3 with 8 are read here.");
        Version(Changed(Of(0), 14, 4)).ShouldContain("version 0 with 8-byte offsets");
        Finding("m.h5", Changed(Of(2), 9, 4), Verdict.HashOnly).Id.ShouldBe("hdf5-version");

        WrongFile(Changed(Of(0), 24, U64(1 << 20))).ShouldStartWith("its superblock says that it ends at byte 144, and it has 144");
        WrongFile(Changed(Of(0), 40, U64(145))).ShouldStartWith("its superblock says that it ends at byte 145, and it has 144: it was cut short, or never closed.");
        WrongFile(Changed(Of(0), 40, U64(-1))).ShouldBe("its superblock has an address beyond 2^63.");
        WrongFile(Changed(Of(2), 36, 5)).ShouldStartWith("its superblock at byte 0 does not fit its checksum");
        WrongFile(Changed(Of(2), 44, 5)).ShouldStartWith("its superblock at byte 0 does not fit its checksum");
        WrongFile([0, .. "HDF"u8, .. new byte[200]]).ShouldBe("it does not begin with HDF5's mark.");
    }

    [Fact]
    public void An_object_header_must_be_one()
    {
        var file = new Hdf5Bytes(2);
        var nothing = file.Put(new byte[16]);
        WrongFile(file.File(nothing)).ShouldBe($"\"/\": at address {nothing} there is no object header.");
        var other = file.Put(Changed(New(0, LinkInfo(Undefined)), 4, 3));
        WrongFile(file.File(other)).ShouldBe($"\"/\": an object header of version 3 at byte {other}.");
        var altered = file.Put(Changed(New(0, LinkInfo(Undefined)), 12, 7));
        WrongFile(file.File(altered)).ShouldBe($"\"/\": an object header at byte {altered} does not fit its checksum: bytes were altered.");
        WrongFile(file.File(1 << 20)).ShouldStartWith("\"/\": it points to address 1048576, and the file ends at ");
        WrongFile(file.File(file.Next)).ShouldContain("it needs 1 more bytes, and 0 are there");
        var huge = file.Put([.. "OHDR"u8, 2, 3, .. U64(-1), .. new byte[8]]);
        WrongFile(file.File(huge)).ShouldContain("more than such a structure has.");
        var most = file.Put([.. "OHDR"u8, 2, 2, .. U32(65536 - 4 - 10), .. new byte[8]]);
        WrongFile(file.File(most)).ShouldContain("it needs 65536 more bytes");
        var more = file.Put([.. "OHDR"u8, 2, 2, .. U32(65536 - 3 - 10), .. new byte[8]]);
        WrongFile(file.File(more)).ShouldContain("an object header claims 65533 bytes, more than such a structure has.");
    }

    [Fact]
    public void A_message_stays_in_its_header()
    {
        var file = new Hdf5Bytes(2);
        var old = file.Put(Changed(Old((0x20, new byte[8])), 18, 9));
        WrongFile(file.File(old)).ShouldBe($"\"/\": a message of 9 bytes at byte {old + 24} reaches past its header's end at {old + 32}.");
        byte[] content = [.. NewMessages(0, (0x20, new byte[8]))];
        var next = file.Put(Summed([.. "OHDR"u8, 2, 0, 12, .. Changed(content, 1, 9)]));
        WrongFile(file.File(next)).ShouldBe($"\"/\": a message of 9 bytes at byte {next + 11} reaches past its header's end at {next + 19}.");

        // a gap too small for a message is one
        var root = file.Put(Summed([.. "OHDR"u8, 2, 0, 22 + 3, .. NewMessages(0, LinkInfo(Undefined)), 0xFF, 0xFF, 0xFF]));
        FileBytes.Whole("m.h5", file.File(root));
    }

    [Fact]
    public void A_header_goes_on_inside_the_file_and_with_its_mark()
    {
        var file = new Hdf5Bytes(2);
        string Of(long address, long bytes) => WrongFile(file.File(file.Put(New(0, Continues(address, bytes)))));
        var none = file.Put(new byte[40]);
        Of(none, 40).ShouldBe($"\"/\": at byte {none} an object header should go on, and does not.");
        var good = file.Put(Summed([.. "OCHK"u8, .. NewMessages(0, LinkInfo(Undefined))]));
        FileBytes.Whole("m.h5", file.File(file.Put(New(0, Continues(good, 30)))));
        Of(good, 7).ShouldContain("an object header should go on, and does not");
        Of(good, 29).ShouldBe($"\"/\": an object header's continuation at byte {good} does not fit its checksum: bytes were altered.");
        Of(good, 1 << 20).ShouldBe($"\"/\": an object header goes on at byte {good} for 1048576 bytes, past the file's end.");
        Of(1 << 20, 8).ShouldContain("it points to address 1048576");
        var empty = file.Put(Summed([.. "OCHK"u8]));
        FileBytes.Whole("m.h5", file.File(file.Put(New(0, Continues(empty, 8), LinkInfo(Undefined)))));
    }

    [Fact]
    public void A_header_that_goes_on_in_itself_is_stopped()
    {
        var file = new Hdf5Bytes();
        var header = file.Next;
        file.Put(Old(Continues(header + 16, 24)));

        WrongFile(file.File(header)).ShouldBe("\"/\": an object header has more than 1000 parts or 100000 messages.");

        var next = new Hdf5Bytes(2);
        var part = next.Next;
        next.Put(Summed([.. "OCHK"u8, .. NewMessages(0, Continues(part, 28))]));
        WrongFile(next.File(next.Put(New(0, Continues(part, 28))))).ShouldBe("\"/\": an object header has more than 1000 parts or 100000 messages.");

        var full = new Hdf5Bytes();
        var again = full.Next;
        full.Put(Old([Continues(again + 16, 24 + (20 * 8)), .. Enumerable.Repeat((0x20, Array.Empty<byte>()), 20)]));
        WrongFile(full.File(again)).ShouldBe("\"/\": its structures lead to each other in circles, or many to one.");
    }

    [Fact]
    public void A_header_may_have_a_thousand_parts_more()
    {
        static byte[] Chain(int parts, bool isNew)
        {
            var file = new Hdf5Bytes(2);
            (int, byte[]) next = LinkInfo(Undefined);
            for (var i = 0; i < parts; i++)
            {
                var part = isNew ? Summed([.. "OCHK"u8, .. NewMessages(0, next)]) : OldMessages(next);
                next = Continues(file.Put(part), part.Length);
            }

            return file.File(file.Put(isNew ? New(0, next) : Old(next)));
        }

        foreach (var isNew in (bool[])[true, false])
        {
            FileBytes.Whole("m.h5", Chain(1000, isNew));
            WrongFile(Chain(1001, isNew)).ShouldContain("more than 1000 parts");
        }
    }

    [Fact]
    public void A_part_or_a_heap_that_reaches_a_byte_past_the_file_s_end_is_named()
    {
        // a header of one message of 16 bytes takes 40, a heap's 32
        var file = new Hdf5Bytes();
        var there = file.Put(new byte[64]);
        var end = file.Next + 40;
        WrongFile(file.File(file.Put(Old(Continues(there, end - there + 1))))).ShouldBe($"\"/\": an object header goes on at byte {there} for {end - there + 1} bytes, past the file's end.");

        foreach (var more in (int[])[0, 1])
        {
            var group = new Hdf5Bytes();
            var names = group.Next;
            var root = group.Next + 8 + 24 + 8 + 32;
            group.Put(new byte[8]);
            var tree = group.Put(Tree(0, 0));
            var heap = group.Put(Heap(root + 40 - names + more, names));
            var file2 = group.File(group.Put(Old(Table(tree, heap))));
            if (more == 0)
            {
                FileBytes.Whole("m.h5", file2);
            }
            else
            {
                WrongFile(file2).ShouldContain("past the file's end.");
            }
        }
    }

    [Fact]
    public void An_address_is_held_to_the_end_behind_a_user_block_too()
    {
        var file = new Hdf5Bytes(2, 512);
        file.Put(new byte[64]);

        WrongFile(file.File(file.Next + 1)).ShouldBe($"\"/\": it points to address {file.Next + 1}, and the file ends at {file.Next + 512}.");
        WrongFile(file.File(file.Next)).ShouldContain("it needs 1 more bytes, and 0 are there");
    }

    [Fact]
    public void A_message_without_content_at_a_header_s_end_counts()
    {
        (int, byte[])[] messages = [Space(2), Float32, Contiguous(Undefined, 8), (7, [])];
        foreach (var header in (byte[][])[Old(messages), New(0, messages)])
        {
            var file = new Hdf5Bytes(2);
            Finding("m.h5", file.File(file.Put(header)), Verdict.LoadsWithWarning).What.ShouldContain("its bytes are in other files");
        }
    }

    [Fact]
    public void A_group_s_names_and_nodes_are_where_it_says()
    {
        string Of(Func<Hdf5Bytes, (long Tree, long Heap)> make)
        {
            var file = new Hdf5Bytes();
            var (tree, heap) = make(file);
            return WrongFile(file.File(file.Put(Old(Table(tree, heap)))))["\"/\": ".Length..];
        }

        static long Names(Hdf5Bytes file, string text = "\0\0\0\0\0\0\0\0a\0\0\0\0\0\0\0") => file.Put(Heap(text.Length, file.Put(System.Text.Encoding.ASCII.GetBytes(text))));
        static long Node(Hdf5Bytes file, long name, long address = 0) => file.Put(Tree(0, 0, file.Put(Symbols((name, address)))));

        Of(file => (Node(file, 8), file.Put(new byte[32]))).ShouldContain("there is no HEAP where one should be.");
        Of(file => (file.Put(new byte[32]), Names(file))).ShouldContain("there is no TREE where one should be.");
        Of(file => (file.Put(Tree(0, 0, file.Put(new byte[48]))), Names(file))).ShouldContain("there is no SNOD where one should be.");
        Of(file => (file.Put(Tree(1, 0)), Names(file))).ShouldContain("is of another kind or level than it must be.");
        Of(file => (file.Put(Tree(0, 32)), Names(file))).ShouldContain("is of another kind or level than it must be.");
        Of(file => (file.Put(Tree(0, 1, file.Put(Tree(0, 1)))), Names(file))).ShouldContain("is of another kind or level than it must be.");
        Of(file => (file.Put(Tree(0, 31, file.Put(Tree(0, 30, 1 << 20)))), Names(file))).ShouldContain("points to address 1048576");
        Of(file => (Node(file, 16), Names(file))).ShouldBe("a name lies at 16 in a heap of 16 bytes.");
        Of(file => (Node(file, -1), Names(file))).ShouldContain("in a heap of 16 bytes.");
        Of(file => (Node(file, 8), Names(file, "0123456789abcdef"))).ShouldBe("a name has no end.");
        Of(file => (file.Put(Tree(0, 0)), file.Put(Heap(1 << 20, 8)))).ShouldBe("a heap of names claims 1048576 bytes at byte 8, past the file's end.");
        Of(file => (file.Put(Tree(0, 0)), file.Put(Heap(8, 1 << 20)))).ShouldContain("points to address 1048576");
    }

    [Fact]
    public void A_name_may_lie_at_a_heap_s_end_and_have_4095_bytes()
    {
        static byte[] Of(int nameBytes, int heapBytes)
        {
            var file = new Hdf5Bytes();
            var heap = file.Put(Heap(heapBytes, file.Put([.. Enumerable.Repeat((byte)'n', nameBytes), .. new byte[8]])));
            return file.File(file.Put(Old(Table(file.Put(Tree(0, 0, file.Put(Symbols((0, file.Put(Old(LinkInfo(Undefined)))))))), heap))));
        }

        FileBytes.Whole("m.h5", Of(0, 1));
        FileBytes.Whole("m.h5", Of(5, 6));
        FileBytes.Whole("m.h5", Of(4095, 4096));
        WrongFile(Of(5, 5)).ShouldContain("a name has no end.");
        WrongFile(Of(4096, 4100)).ShouldContain("a name has no end.");
    }

    [Fact]
    public void A_link_s_name_and_an_object_s_path_have_a_longest_length()
    {
        static byte[] Of(int first, int second)
        {
            var file = new Hdf5Bytes(2);
            var leaf = file.Put(New(0, LinkInfo(Undefined)));
            return file.File(file.Put(New(1, Link(new string('p', first), file.Put(New(1, Link(new string('q', second), leaf, 1))), 1))));
        }

        FileBytes.Whole("m.h5", Of(2000, 2095));
        var longest = new Hdf5Bytes();
        FileBytes.Whole("m.h5", longest.File(longest.Put(Old(Link(new string('n', 4096), longest.Put(Old(LinkInfo(Undefined))), 1)))));
        WrongFile(Of(2000, 2096)).ShouldContain("its path is longer than 4096 characters.");
        WrongFile(Of(4097, 1)).ShouldContain("a link's name claims 4097 bytes.");
    }

    [Fact]
    public void A_shape_must_be_possible()
    {
        string Of((int, byte[]) space, (int, byte[])? type = null) => Wrong(space, type ?? Float32, Compact());

        Of((1, [3, 0, 0, 1])).ShouldBe("\"/\": its shape is of version 3 with 0 dimensions.");
        Of((1, [1, 33, 0, 0, 0, 0, 0, 0, .. new byte[33 * 8]])).ShouldBe("\"/\": its shape is of version 1 with 33 dimensions.");
        Of(Space([.. Enumerable.Repeat(1L, 32)])).ShouldBe("\"/\": its shape and type make 4 bytes, and it has 0.");
        Of(Space(1L << 40, 1L << 40)).ShouldBe("\"/\": its shape cannot exist.");
        Of(Space(1L << 62)).ShouldBe("\"/\": its shape and type make more bytes than any file has.");
        Of(Space(-1), OfType(0, 1)).ShouldBe("\"/\": its shape and type make 9223372036854775807 bytes, and it has 0.");
    }

    [Fact]
    public void An_element_type_must_be_one()
    {
        string Of((int, byte[]) type) => Wrong(Space(1), type, Compact());

        Of((3, [0x10, 0, 0, 0, 4, 0, 0])).ShouldBe("\"/\": an element type is not one HDF5 has.");
        Of(OfType(12, 4)).ShouldBe("\"/\": an element type is not one HDF5 has.");
        Of(OfType(11, 4)).ShouldContain("make 4 bytes");
        Of(OfType(0, 0)).ShouldBe("\"/\": an element type has no size.");
    }

    [Fact]
    public void Values_are_as_many_bytes_as_shape_and_type_make_and_inside_the_file()
    {
        var file = new Hdf5Bytes();
        var values = file.Put(Pattern(8));
        string Of((int, byte[]) layout) => WrongFile(file.File(file.Put(Old(Space(2), Float32, layout))))["\"/\": ".Length..];

        Of(Compact(1, 2, 3)).ShouldBe("its shape and type make 8 bytes, and it has 3.");
        Of(Contiguous(values, 7)).ShouldBe("its shape and type make 8 bytes, and it has 7.");
        Of(Contiguous(values, -1)).ShouldContain("and it has 9223372036854775807.");
        Of(Contiguous(1 << 20, 8)).ShouldContain("it points to address 1048576, and the file ends at");
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(9, false)]
    public void Values_may_end_exactly_where_the_file_does(int bytes, bool whole)
    {
        var file = new Hdf5Bytes();
        var at = file.Next + 88; // behind the header, 82 bytes
        var dataset = file.Put(Old(Space(bytes), OfType(0, 1), Contiguous(at, bytes)));
        file.Put(Pattern(8)).ShouldBe(at);

        if (whole)
        {
            FileBytes.Whole("m.h5", file.File(dataset)).Parameters.ShouldBe(bytes);
        }
        else
        {
            WrongFile(file.File(dataset)).ShouldBe($"\"/\": 9 bytes at address {at} promised, 8 there before the file's end.");
        }
    }

    [Fact]
    public void Chunks_are_inside_the_file_and_their_tree_is_one()
    {
        var file = new Hdf5Bytes();
        var chunk = file.Put(Pattern(8));
        string Of(int dimensions, long tree) => WrongFile(file.File(file.Put(Old(Space(2), Float32, Chunked(dimensions, tree)))))["\"/\": ".Length..];

        Of(0, Undefined).ShouldBe("its chunks claim 0 dimensions.");
        Of(34, Undefined).ShouldBe("its chunks claim 34 dimensions.");
        FileBytes.Whole("m.h5", file.File(file.Put(Old(Space(2), Float32, Chunked(33, Undefined)))));
        FileBytes.Whole("m.h5", file.File(file.Put(Old(Space(2), Float32, Chunked(33, file.Put(Chunks(0, 33, (8, chunk))))))));
        Of(2, chunk).ShouldContain("there is no TREE where one should be.");
        Of(2, file.Put(Tree(0, 0))).ShouldContain("is of another kind or level than it must be.");
        Of(2, file.Put(Chunks(32, 2))).ShouldContain("is of another kind or level than it must be.");
        FileBytes.Whole("m.h5", file.File(file.Put(Old(Space(2), Float32, Chunked(2, file.Put(Chunks(31, 2)))))));
        Of(2, file.Put(Chunks(1, 2, (0, file.Put(Chunks(1, 2)))))).ShouldContain("is of another kind or level than it must be.");
        Of(2, file.Put(Chunks(0, 2, (8, chunk), (1 << 20, chunk)))).ShouldContain($"1048576 bytes at address {chunk} promised, ");
    }

    [Fact]
    public void Chunks_that_lie_in_each_other_are_named_by_their_dataset()
    {
        var file = new Hdf5Bytes();
        var chunk = file.Put(Pattern(16));
        var dataset = file.Put(Old(Space(4), Float32, Chunked(2, file.Put(Chunks(0, 2, (8, chunk), (8, chunk + 4))))));

        WrongFile(file.File(file.Group(("w", dataset)))).ShouldBe($"dataset \"w, a chunk\" begins at byte {chunk + 4}, inside \"w, a chunk\", which ends at {chunk + 8}.");
    }

    [Fact]
    public void Chunks_of_the_new_form_have_possible_sizes_and_places()
    {
        var file = new Hdf5Bytes(2);
        var chunk = file.Put(Pattern(8));
        string Of((int, byte[]) layout) => WrongFile(file.File(file.Put(New(0, NewSpace(1, 2), Float32, layout))))["\"/\": ".Length..];

        Of((8, [4, 2, 0, 0, 1, 1, .. U64(chunk)])).ShouldBe("its chunks claim 0 dimensions of 1-byte sizes.");
        Of((8, [4, 2, 0, 34, 1, .. new byte[34], 1, .. U64(chunk)])).ShouldBe("its chunks claim 34 dimensions of 1-byte sizes.");
        Of((8, [4, 2, 0, 1, 0, 1, .. U64(chunk)])).ShouldBe("its chunks claim 1 dimensions of 0-byte sizes.");
        Of((8, [4, 2, 0, 1, 9, .. new byte[9], 1, .. U64(chunk)])).ShouldBe("its chunks claim 1 dimensions of 9-byte sizes.");
        Of((8, [4, 2, 0, 2, 8, .. U64(1L << 40), .. U64(1L << 40), 1, .. U64(chunk)])).ShouldBe("its chunks are larger than any file.");
        Of(NewChunked(0, 2, [60000, 4], 1, [], chunk)).ShouldContain($"240000 bytes at address {chunk} promised, ");
        Of(NewChunked(2, 1, [2, 4], 1, [.. U64(50_000), .. U32(0)], chunk)).ShouldContain($"50000 bytes at address {chunk} promised, ");
        Of(NewChunked(2, 1, [2, 4], 1, [.. U64(-1), .. U32(0)], chunk)).ShouldContain("9223372036854775807 bytes at address");
        Of(NewChunked(0, 1, [2, 4], 3, new byte[1], 1 << 20)).ShouldContain("points to address 1048576");
        FileBytes.Whole("m.h5", file.File(file.Put(New(0, NewSpace(1, 2), Float32, NewChunked(0, 1, [.. Enumerable.Repeat(1, 32), 4], 1, [], chunk)))));
        FileBytes.Whole("m.h5", file.File(file.Put(New(0, NewSpace(1, 2), Float32, NewChunked(1, 1, [2, 4], 1, [], chunk)))));
    }

    [Fact]
    public void Many_entries_that_lead_to_one_place_are_stopped()
    {
        const string Circles = "its structures lead to each other in circles, or many to one.";
        static long[] Same(long address, int times) => [.. Enumerable.Repeat(address, times)];

        // names of 2040 bytes; symbols without a name; nodes without a symbol; chunks without a byte
        var file = new Hdf5Bytes();
        var heap = file.Put(Heap(2048, file.Put([.. Enumerable.Repeat((byte)'n', 2040), .. new byte[8]])));
        var named = file.Put(Tree(0, 0, Same(file.Put(Symbols((0, 8))), 100)));
        WrongFile(file.File(file.Put(Old(Table(named, heap))))).ShouldContain(Circles);

        var nameless = file.Put(Tree(0, 0, Same(file.Put(Symbols([.. Enumerable.Repeat((2040L, -1L), 1000)])), 100)));
        WrongFile(file.File(file.Put(Old(Table(nameless, heap))))).ShouldContain(Circles);

        var nodes = file.Put(Symbols());
        var chunks = file.Put(Chunks(0, 2, [.. Enumerable.Repeat((0L, 0L), 40)]));
        for (byte level = 0; level < 3; level++)
        {
            nodes = file.Put(Tree(0, level, Same(nodes, 40)));
            chunks = file.Put(Chunks((byte)(level + 1), 2, [.. Enumerable.Repeat((0L, chunks), 40)]));
        }

        WrongFile(file.File(file.Put(Old(Table(nodes, heap))))).ShouldContain(Circles);
        WrongFile(file.File(file.Put(Old(Space(1), Float32, Chunked(2, chunks))))).ShouldContain(Circles);
    }
}
