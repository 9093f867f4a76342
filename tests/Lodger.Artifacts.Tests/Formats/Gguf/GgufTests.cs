using Lodger.Artifacts.Verification;
using static Lodger.Artifacts.Tests.FileBytes;
using static Lodger.Artifacts.Tests.GgufBytes;

namespace Lodger.Artifacts.Tests;

/// <summary>GGUF files put together by the format's own description, whole ones and ones with a single thing wrong.</summary>
public sealed class GgufTests
{
    private static readonly byte[][] _twoTensors = [Tensor("a", 0, 0, 2, 3), Tensor("b", 24, 32, 7)];

    private static string Wrong(byte[] file)
    {
        var finding = Finding("m.gguf", file);
        finding.Id.ShouldBe("gguf-invalid");
        return finding.What;
    }

    [Fact]
    public void A_file_with_every_kind_of_metadata_loads_and_tells_its_arrays_and_step()
    {
        byte[][] pairs =
        [
            .. new (int Type, int Bytes)[] { (0, 1), (1, 1), (2, 2), (3, 2), (4, 4), (5, 4), (6, 4), (7, 1), (10, 8), (11, 8), (12, 8) }
                .SelectMany(kind => (byte[][])[Pair($"one.{kind.Type}", kind.Type, Pattern(kind.Bytes)), Pair($"three.{kind.Type}", GgufBytes.Array, ArrayOf(kind.Type, 3, Pattern(3 * kind.Bytes)))]),
            Pair("words", GgufBytes.Array, ArrayOf(Text, 2, [.. Word("größe"), .. Word("")])),
            Pair("nested", GgufBytes.Array, ArrayOf(GgufBytes.Array, 2, [.. ArrayOf(2, 1, 5, 0), .. ArrayOf(Text, 1, Word("x"))])),
            Pair("general.name", Text, Word("tiny")),
            Pair("general.architecture", Text, Word("llama")),
            Pair("general.alignment", Uint32, U32(64)),
            Pair("training.iteration_count", 5, U32(1840)),
        ];
        var file = GgufBytes.File(pairs, [Tensor("a", 0, 0, 2, 3), Tensor("b", 30, 64, 4), Tensor("scalar", 27, 128)], 192, 64);
        var report = Whole("m.gguf", file);

        (report.Format, report.Tensors, report.Parameters, report.Step).ShouldBe(("GGUF", 3, 11, 1840));
        report.Checked.ShouldStartWith("llama: metadata, 3 tensors");
        Arrays(report).ShouldBe([$"a float32 [2,3] 24 @{file.Length - 192}", $"b bfloat16 [4] 8 @{file.Length - 128}", $"scalar int64 [] 8 @{file.Length - 64}"]);
    }

    [Fact]
    public void Without_an_architecture_alignment_or_step_the_rest_is_told()
    {
        var report = Whole("m.gguf", GgufBytes.File([], _twoTensors, 64));

        report.Checked.ShouldStartWith("metadata, 2 tensors");
        (report.Step, report.Parameters).ShouldBe((null, 13));
    }

    [Fact]
    public void Metadata_alone_is_a_whole_file()
    {
        var report = Whole("vocab.gguf", GgufBytes.File([Pair("a", 7, 1)], [], 0));

        (report.Tensors, report.Parameters).ShouldBe((0, 0));
    }

    [Theory]
    [InlineData("training.iteration_count", 4, 7L)]
    [InlineData("optimizer.iteration_count", 5, 7L)]
    [InlineData("optimizer.iteration_count", 4, 7L)]
    [InlineData("training.iteration_count", 6, null)]
    [InlineData("training.iterations", 4, null)]
    public void The_step_is_read_under_the_names_that_training_writes(string key, int type, long? step) =>
        Whole("m.gguf", GgufBytes.File([Pair(key, type, U32(7))], [], 0)).Step.ShouldBe(step);

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(1 << 20, 1 << 20, true)]
    [InlineData(0, 32, false)]
    [InlineData(24, 24, false)]
    [InlineData(1 << 21, 32, false)]
    public void An_alignment_is_a_power_of_two_up_to_a_MiB(int alignment, int padding, bool loads)
    {
        var file = GgufBytes.File([Pair("general.alignment", Uint32, U32(alignment))], [Tensor("a", 24, 0, padding)], padding, padding);

        if (loads)
        {
            Whole("m.gguf", file).Tensors.ShouldBe(1);
        }
        else
        {
            Wrong(file).ShouldBe($"metadata \"general.alignment\": {alignment} is no alignment.");
        }
    }

    [Fact]
    public void Names_and_architectures_have_a_longest_length()
    {
        Whole("m.gguf", GgufBytes.File([Pair(new string('k', 65535), 7, 1)], [Tensor(new string('t', 63), 24, 0, 32)], 32)).Tensors.ShouldBe(1);
        foreach (var length in (int[])[64, 65535])
        {
            var refused = Finding("m.gguf", GgufBytes.File([], [Tensor("a", 24, 0, 32), Tensor(new string('t', length), 24, 32, 32), Tensor(new string('u', 64), 24, 64, 32)], 96), Verdict.LoadsWithWarning);
            refused.Id.ShouldBe("gguf-long-name");
            refused.What.ShouldStartWith("the name \"ttt");
            refused.What.ShouldEndWith("\" has 64 bytes or more, which llama.cpp refuses.");
        }

        Whole("m.gguf", GgufBytes.File([Pair("general.architecture", Text, Word(new string('a', 100)))], [], 0)).Checked.ShouldContain("aaaa");

        Wrong(GgufBytes.File([Pair(new string('k', 65536), 7, 1)], [], 0)).ShouldBe("a metadata key claims 65536 bytes, and 1 to 65535 are allowed.");
        Wrong(GgufBytes.File([Pair("", 7, 1)], [], 0)).ShouldStartWith("a metadata key claims 0 bytes");
        Wrong(GgufBytes.File([], [Tensor(new string('t', 65536), 24, 0, 32)], 32)).ShouldBe("a tensor's name claims 65536 bytes.");
        Wrong(GgufBytes.File([Pair("general.architecture", Text, Word(new string('a', 101)))], [], 0)).ShouldContain("an architecture's name of 101 bytes");
    }

    [Theory]
    [InlineData(0, Verdict.LoadsWithWarning, "gguf-long-name")]
    [InlineData(1, Verdict.HashOnly, "gguf-names")]
    public void Sixty_four_MiB_of_names_are_kept_and_no_more(int beyond, object verdict, string id)
    {
        // 1024 of 65535 bytes, then what is left of it
        var tensors = Enumerable.Range(0, 1025).Select(i => Tensor(i < 1024 ? $"{i}".PadLeft(65535, 't') : new string('u', 1024 + beyond), 24, 0, 0));

        Finding("m.gguf", GgufBytes.File([], [.. tensors], 0), (Verdict)verdict).Id.ShouldBe(id);
    }

    [Theory]
    [InlineData(1, "GGUF version 1")]
    [InlineData(4, "GGUF version 4")]
    [InlineData(3 << 24, "big endian")]
    public void Another_version_is_hash_only(int version, string says)
    {
        var finding = Finding("m.gguf", GgufBytes.File([], _twoTensors, 64, version: version), Verdict.HashOnly);

        finding.Id.ShouldBe("gguf-version");
        finding.What.ShouldContain(says);
        Finding("m.gguf", [.. "GGUF"u8, .. U32(version), .. Enumerable.Repeat((byte)0xFF, 50)], Verdict.HashOnly).Id.ShouldBe("gguf-version");
    }

    [Fact]
    public void A_file_of_that_name_must_have_the_mark() => Wrong([.. "GGUX"u8, .. new byte[40]]).ShouldBe("it does not begin with GGUF's mark.");

    [Fact]
    public void Counts_are_held_to_what_the_file_can_describe()
    {
        // a tensor's description takes 24 bytes at least, a pair 12
        static byte[] Counts(long tensors, long pairs, int more) => [.. "GGUF"u8, .. U32(3), .. U64(tensors), .. U64(pairs), .. new byte[more]];

        Wrong(Counts(2, 0, 47)).ShouldStartWith("it claims 2 tensors and 0 metadata pairs, more than its 71 bytes can describe");
        Wrong(Counts(0, 2, 23)).ShouldStartWith("it claims 0 tensors and 2 metadata pairs, more than its 47");
        Wrong(Counts(2, 0, 48)).ShouldBe("the name \"\" occurs twice.");
        Wrong(Counts(0, 2, 24)).ShouldStartWith("a metadata key claims 0 bytes");
        Finding("m.gguf", Counts(200_001, 0, 200_001 * 24), Verdict.HashOnly).What.ShouldBe("it claims 200001 tensors, more than this check takes.");
        Wrong(Counts(200_000, 0, 200_000 * 24)).ShouldBe("the name \"\" occurs twice.");
    }

    [Fact]
    public void Arrays_are_held_to_what_is_left_of_the_file_and_to_a_depth()
    {
        static byte[] Nested(int arrays) => GgufBytes.File([Pair("deep", GgufBytes.Array, [.. Join(Enumerable.Repeat(ArrayOf(GgufBytes.Array, 1), arrays - 1)), .. ArrayOf(0, 1, 9)])], [], 0);

        Whole("m.gguf", Nested(8)).Tensors.ShouldBe(0);
        Whole("m.gguf", Head(Pair("a", GgufBytes.Array, ArrayOf(0, 15, new byte[15])))).Tensors.ShouldBe(0);
        Wrong(Nested(9)).ShouldContain("\"deep\": 9 is no type of value, or arrays are nested deeper than 8.");
        Wrong(GgufBytes.File([Pair("a", 13, 0)], [], 0)).ShouldContain("\"a\": 13 is no type of value");
        Wrong(Head(Pair("a", GgufBytes.Array, ArrayOf(4, 2, 0, 0, 0, 0, 0, 0, 0)))).ShouldContain("\"a\": it claims 2 items, and 7 bytes are left");
        Wrong(Head(Pair("a", GgufBytes.Array, ArrayOf(Text, 2, new byte[15])))).ShouldContain("it claims 2 items, and 15 bytes are left");
        Wrong(Head(Pair("a", Text, [.. U64(2), 1]))).ShouldContain("it claims 2 items, and 1 bytes are left");
        Wrong(Head(Pair("a", 10, 1, 2, 3, 4, 5, 6, 7))).ShouldContain("\"a\": at byte");
    }

    [Fact]
    public void A_tensor_must_be_possible()
    {
        Whole("m.gguf", GgufBytes.File([], [Tensor("a", 24, 0, 1, 1, 2, 16)], 32)).Parameters.ShouldBe(32);
        Whole("m.gguf", GgufBytes.File([], [Tensor("a", 24, 0, 3, 0)], 0)).Parameters.ShouldBe(0);

        Wrong(GgufBytes.File([], [Tensor("a", 24, 0, 1, 1, 1, 1, 32)], 32)).ShouldBe("tensor \"a\" claims 5 dimensions, and ggml has 4.");
        Wrong(GgufBytes.File([], [Tensor("a", 24, 0, 32), Tensor("a", 24, 32, 32)], 64)).ShouldBe("the name \"a\" occurs twice.");
        Wrong(GgufBytes.File([], [Tensor("q", 2, 0, 2, 16)], 32)).ShouldContain("no multiple of q4_0's 32 elements a block");
        Wrong(GgufBytes.File([], [Tensor("q", 2, 0)], 32)).ShouldContain("no multiple of q4_0's 32 elements a block", customMessage: "a number by itself is no block");
        Wrong(GgufBytes.File([], [Tensor("a", 28, 0, 1L << 60)], 32)).ShouldContain("a shape that cannot exist");
        Wrong(GgufBytes.File([], [Tensor("a", 28, 0, 1L << 61)], 32)).ShouldContain("a shape that cannot exist");
        Wrong(GgufBytes.File([], [Tensor("a", 24, 0, -1)], 32)).ShouldContain("9223372036854775807 bytes promised, 32 there");
        Finding("m.gguf", GgufBytes.File([], [Tensor("new", 99, 0, 32)], 32), Verdict.HashOnly).Id.ShouldBe("gguf-type");
    }

    [Fact]
    public void A_tensor_lies_where_the_one_before_it_ends_aligned()
    {
        Whole("m.gguf", GgufBytes.File([], [Tensor("b", 24, 32, 32), Tensor("a", 24, 0, 1)], 64)).Tensors.ShouldBe(2);
        Whole("m.gguf", GgufBytes.File([], [Tensor("b", 24, 0, 32), Tensor("a", 24, 0, 0)], 32)).Tensors.ShouldBe(2);

        Wrong(GgufBytes.File([], [Tensor("a", 24, 8, 32)], 64)).ShouldBe("tensor \"a\" lies at offset 8, which is no multiple of 32.");
        Wrong(GgufBytes.File([], [Tensor("a", 24, long.MinValue, 32)], 64)).ShouldContain("9223372036854775808, which is no multiple");
        Wrong(GgufBytes.File([], [Tensor("a", 24, 32, 32)], 64)).ShouldBe("tensor \"a\" lies at offset 32 of the data, and the one before it ends at 0.");
        Wrong(GgufBytes.File([], [Tensor("a", 24, 0, 33), Tensor("b", 24, 32, 32)], 64)).ShouldBe("tensor \"b\" lies at offset 32 of the data, and the one before it ends at 33.");
        Wrong(GgufBytes.File([], [Tensor("a", 24, 0, 32), Tensor("b", 24, 32, 32)], 63)).ShouldBe("tensor \"b\": 32 bytes promised, 31 there: it was cut short.");
        Wrong(GgufBytes.File([], [Tensor("a", 24, 0, 32), Tensor("b", 24, 32, 32)], 10)).ShouldContain("tensor \"a\": 32 bytes promised, 10 there");
        Wrong(GgufBytes.File([], [Tensor("a", 24, 0, 32)], 0)[..^3]).ShouldContain("tensor \"a\": 32 bytes promised, 0 there");
    }

    [Fact]
    public void Padding_that_is_cut_and_bytes_that_follow_are_warnings()
    {
        Whole("m.gguf", GgufBytes.File([], _twoTensors, 64));
        for (var length = 1; length <= 32; length++)
        {
            var alone = GgufBytes.Head(Pair("general.architecture", 8, Word(new string('a', length))));
            Whole("m.gguf", alone);
        }

        var cut = Finding("m.gguf", GgufBytes.File([], _twoTensors, 63), Verdict.LoadsWithWarning);
        (cut.Id, cut.What).ShouldBe(("gguf-padding", "its last 25 bytes of padding are cut to 24; every tensor is whole."));
        Finding("m.gguf", GgufBytes.File([], _twoTensors, 39), Verdict.LoadsWithWarning).What.ShouldContain("are cut to 0");
        var more = Finding("m.gguf", GgufBytes.File([], _twoTensors, 65), Verdict.LoadsWithWarning);
        (more.Id, more.What).ShouldBe(("gguf-trailing", "1 bytes follow its last tensor."));
    }

    [Theory]
    [InlineData(0, "float32", 1, 4)]
    [InlineData(1, "float16", 1, 2)]
    [InlineData(3, "q4_1", 32, 20)]
    [InlineData(6, "q5_0", 32, 22)]
    [InlineData(7, "q5_1", 32, 24)]
    [InlineData(9, "q8_1", 32, 36)]
    [InlineData(10, "q2_k", 256, 84)]
    [InlineData(11, "q3_k", 256, 110)]
    [InlineData(13, "q5_k", 256, 176)]
    [InlineData(15, "q8_k", 256, 292)]
    [InlineData(20, "iq4_nl", 32, 18)]
    [InlineData(23, "iq4_xs", 256, 136)]
    [InlineData(25, "int16", 1, 2)]
    [InlineData(28, "float64", 1, 8)]
    [InlineData(39, "mxfp4", 32, 17)]
    public void A_type_has_its_name_and_size(int number, string name, int elements, int bytes)
    {
        var padded = (3 * bytes + 31) / 32 * 32;
        var report = Whole("m.gguf", GgufBytes.File([], [Tensor("a", number, 0, 3, elements)], padded));

        report.TensorList.ShouldHaveSingleItem().Type.ShouldBe(name);
        (report.Parameters, report.TensorList[0].Bytes).ShouldBe((3 * elements, 3 * bytes));
    }

    [Theory]
    [InlineData("m.GGUF")]
    [InlineData("m.bin")]
    public void It_is_recognised_by_its_name_or_its_mark(string name) => Whole(name, GgufBytes.File([], _twoTensors, 64)).Format.ShouldBe("GGUF");
}
