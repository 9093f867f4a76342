using System.Text;
using Lodger.Artifacts.Formats.Safetensors;
using Lodger.Artifacts.Verification;
using static Lodger.Artifacts.Tests.FileBytes;

namespace Lodger.Artifacts.Tests;

/// <summary>What a safetensors header may say, and at which limit it is refused.</summary>
public sealed class SafetensorsHeaderTests
{
    private static string Tensor(string name, string type, string shape, string offsets) => $$"""{"{{name}}":{"dtype":"{{type}}","shape":{{shape}},"data_offsets":{{offsets}} } }""";

    private static (string Id, string What) Wrong(byte[] file)
    {
        var finding = Finding("m.safetensors", file);
        return (finding.Id, finding.What);
    }

    private static string WrongHeader(string header, int dataBytes = 2)
    {
        var (id, what) = Wrong(SafetensorsBytes.Of(header, dataBytes));
        id.ShouldBe("safetensors-header");
        return what;
    }

    [Fact]
    public void Arrays_are_told_in_the_order_they_lie_in_with_the_place_they_lie_at()
    {
        var header = """{"b":{"data_offsets":[8,14],"shape":[3],"dtype":"F16","later":[{"x":1}],"more":7},"none":{"dtype":"U8","shape":[0,5],"data_offsets":[8,8]},"a":{"dtype":"I32","shape":[1,2],"data_offsets":[0,8]}}""";
        var report = Whole("m.safetensors", SafetensorsBytes.Of(header, 14));
        var start = 8 + header.Length;

        Arrays(report).ShouldBe([$"a int32 [1,2] 8 @{start}", $"none uint8 [0,5] 0 @{start + 8}", $"b float16 [3] 6 @{start + 8}"]);
        (report.Tensors, report.Parameters).ShouldBe((3, 5));
        report.Checked.ShouldBe("header, 3 tensors, every type, shape and offset, exact size");
        Verifying.Content("m.safetensors", SafetensorsBytes.Of(header, 14)).TensorList.ShouldBeEmpty();
    }

    [Fact]
    public void A_file_without_arrays_is_whole()
    {
        Whole("m.safetensors", SafetensorsBytes.Of("{}", 0)).Tensors.ShouldBe(0);
        Whole("model", SafetensorsBytes.Of("{}", 0)).Format.ShouldBe("safetensors");
        Whole("m.SAFETENSORS", SafetensorsBytes.Of("""{"__metadata__":{}}""", 0)).Parameters.ShouldBe(0);
    }

    [Theory]
    [InlineData("BOOL", "bool", 8)]
    [InlineData("U8", "uint8", 8)]
    [InlineData("I8", "int8", 8)]
    [InlineData("U16", "uint16", 16)]
    [InlineData("I16", "int16", 16)]
    [InlineData("U32", "uint32", 32)]
    [InlineData("I32", "int32", 32)]
    [InlineData("U64", "uint64", 64)]
    [InlineData("I64", "int64", 64)]
    [InlineData("F16", "float16", 16)]
    [InlineData("BF16", "bfloat16", 16)]
    [InlineData("F32", "float32", 32)]
    [InlineData("F64", "float64", 64)]
    [InlineData("C64", "complex64", 64)]
    [InlineData("C128", "complex128", 128)]
    [InlineData("F8_E5M2", "float8_e5m2", 8)]
    [InlineData("F8_E4M3", "float8_e4m3fn", 8)]
    [InlineData("F8_E8M0", "float8_e8m0fnu", 8)]
    [InlineData("F8_E4M3FNUZ", "float8_e4m3fnuz", 8)]
    [InlineData("F8_E5M2FNUZ", "float8_e5m2fnuz", 8)]
    [InlineData("F6_E2M3", "f6_e2m3", 6)]
    [InlineData("F6_E3M2", "f6_e3m2", 6)]
    [InlineData("F4", "f4", 4)]
    public void A_type_has_its_name_and_width(string type, string name, int bits)
    {
        var whole = Whole("m.safetensors", SafetensorsBytes.Of(Tensor("a", type, "[8]", $"[0,{bits}]"), bits));

        whole.TensorList.ShouldHaveSingleItem().Type.ShouldBe(name);
        Wrong(SafetensorsBytes.Of(Tensor("a", type, "[7]", $"[0,{bits}]"), bits)).What.ShouldBe($"tensor \"a\" has {bits} bytes where its shape and type {type} make {7 * bits} bits.");
    }

    [Theory]
    [InlineData("U8", "07", 7L)]
    [InlineData("I32", "07000000", 7L)]
    [InlineData("U32", "FFFFFFFF", 4294967295L)]
    [InlineData("I32", "FFFFFFFF", null)]
    [InlineData("I64", "0700000001000000", 4294967303L)]
    [InlineData("U64", "0700000001000000", 4294967303L)]
    [InlineData("I64", "FFFFFFFFFFFFFFFF", null)]
    [InlineData("F32", "0000E040", 7L)]
    [InlineData("F64", "0000000000001C40", 7L)]
    [InlineData("F64", "0000000000001E40", null)]
    [InlineData("I16", "0700", null)]
    [InlineData("C128", "00000000000000000000000000000000", null)]
    public void A_step_kept_as_a_single_value_is_read_in_the_common_types(string type, string hex, long? step)
    {
        var value = Convert.FromHexString(hex);
        var header = $$"""{"w":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"step":{"dtype":"{{type}}","shape":[1],"data_offsets":[3,{{3 + value.Length}}]},"lr":{"dtype":"U8","shape":[],"data_offsets":[{{3 + value.Length}},{{4 + value.Length}}] } }""";
        byte[] file = [.. SafetensorsBytes.Of(header, 3), .. value, 1];

        Whole("m.safetensors", file).Step.ShouldBe(step);
    }

    [Fact]
    public void Several_values_under_the_name_of_a_step_are_none() =>
        Whole("m.safetensors", SafetensorsBytes.Of(Tensor("step", "U8", "[2]", "[0,2]"), 2)).Step.ShouldBeNull();

    [Fact]
    public void The_header_s_length_is_held_to_the_limit_and_to_the_file()
    {
        static byte[] Claiming(long header, int more) => [.. U64(header), .. Enumerable.Repeat((byte)'{', more)];

        Wrong(new byte[7]).ShouldBe(("safetensors-cut", "it has 7 bytes, not even the 8 that say how long its header is."));
        Wrong(Claiming(100_000_001, 9)).ShouldBe(("safetensors-header", "it claims a header of 100000001 bytes; more than 100000000 is never valid."));
        Wrong(Claiming(100_000_000, 9)).ShouldBe(("safetensors-cut", "its header should have 100000000 bytes, and only 9 follow: it was cut short."));
        Wrong(Claiming(10, 9)).ShouldBe(("safetensors-cut", "its header should have 10 bytes, and only 9 follow: it was cut short."));
        Wrong(Claiming(9, 9)).Id.ShouldBe("safetensors-header");
        Wrong(Claiming(0, 0)).Id.ShouldBe("safetensors-header");
        By(new SafetensorsFormat(), "m.safetensors", SafetensorsBytes.Small, shrinksTo: 20).Findings.ShouldHaveSingleItem().What.ShouldBe("the file shrank while its header was read.");
    }

    [Theory]
    [InlineData(2L, '{', 1, true)]
    [InlineData(100_000_000L, '{', 1, true)]
    [InlineData(1L, '{', 1, false)]
    [InlineData(100_000_001L, '{', 1, false)]
    [InlineData(-1L, '{', 1, false)]
    [InlineData(2L, '[', 1, false)]
    [InlineData(2L, '{', 0, false)]
    public void It_is_recognised_by_a_length_and_a_brace(long header, char brace, int more, bool recognised) =>
        new SafetensorsFormat().RecognisesContent([.. U64(header), .. Enumerable.Repeat((byte)brace, more)]).ShouldBe(recognised);

    [Fact]
    public void A_shape_has_whole_sizes_and_64_at_most()
    {
        Whole("m.safetensors", SafetensorsBytes.Of(Tensor("a", "U8", $"[{string.Join(',', Enumerable.Repeat(1, 63))},2]", "[0,2]"), 2)).TensorList[0].Shape.Count.ShouldBe(64);

        WrongHeader(Tensor("a", "U8", $"[{string.Join(',', Enumerable.Repeat(1, 64))},2]", "[0,2]")).ShouldContain("a shape has more than 64 sizes.");
        WrongHeader(Tensor("a", "U8", "[2.5]", "[0,2]")).ShouldContain("a size that is not a whole number");
        WrongHeader(Tensor("a", "U8", "[-1]", "[0,2]")).ShouldContain("a size that is not a whole number");
        WrongHeader(Tensor("a", "U8", "[9223372036854775808]", "[0,2]")).ShouldContain("a size that is not a whole number");
        WrongHeader(Tensor("a", "U8", "[2,\"x\"]", "[0,2]")).ShouldContain("a shape is not a list of numbers.");
        WrongHeader(Tensor("a", "U8", "2", "[0,2]")).ShouldContain("StartArray was expected");
    }

    [Fact]
    public void Offsets_are_two_counts()
    {
        WrongHeader(Tensor("a", "U8", "[2]", "[0]")).ShouldContain("Number was expected");
        WrongHeader(Tensor("a", "U8", "[2]", "[0,2,3]")).ShouldContain("EndArray was expected");
        WrongHeader(Tensor("a", "U8", "[2]", "[-1,2]")).ShouldContain("an offset is not a whole number");
        WrongHeader(Tensor("a", "U8", "[2]", "[0,2.5]")).ShouldContain("an offset is not a whole number");
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"U8","dtype":"U8","shape":[2],"data_offsets":[0,2]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"shape":[2],"data_offsets":[0,2]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2],"data_offsets":[0,2]}}""")]
    public void A_field_that_is_given_twice_is_damage(string header) => WrongHeader(header).ShouldBe("tensor \"a\" has a field that is given twice.");

    [Theory]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}/**/}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}{}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}""")]
    [InlineData("""{"a":{"dtype":8,"shape":[2],"data_offsets":[0,2]}}""")]
    [InlineData("""{"a":7}""")]
    [InlineData("""[]""")]
    [InlineData("""{"__metadata__":7}""")]
    public void What_is_not_the_JSON_it_should_be_is_damage(string header) => WrongHeader(header).ShouldStartWith("its header is not the JSON it should be: ");

    [Theory]
    [InlineData("""{"a":{"shape":[2],"data_offsets":[0,2]}}""")]
    [InlineData("""{"a":{"dtype":"U8","data_offsets":[0,2]}}""")]
    [InlineData("""{"a":{"dtype":"U8","shape":[2]}}""")]
    public void A_tensor_without_type_shape_or_offsets_is_damage(string header) => WrongHeader(header).ShouldBe("tensor \"a\" lacks its type, its offsets, or a shape that can exist.");

    [Fact]
    public void A_name_twice_is_damage() =>
        Wrong(SafetensorsBytes.Of("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 2))
            .ShouldBe(("safetensors-duplicate", "the name \"a\" occurs twice in its header."));

    [Theory]
    [InlineData("[0,2]", "[1,2]", 2, "tensor \"b\" begins at 1, inside the one before it, which ends at 2.")]
    [InlineData("[0,2]", "[3,4]", 4, "tensor \"b\" begins at 3 and leaves a hole after 2.")]
    [InlineData("[0,2]", "[2,1]", 2, "tensor \"b\" ends before it begins.")]
    [InlineData("[0,2]", "[2,4]", 3, "tensor \"b\" ends at byte 4 of the data, and only 3 are there: the file was cut short.")]
    [InlineData("[0,2]", "[2,5]", 5, "tensor \"b\" has 3 bytes where its shape and type U8 make 16 bits.")]
    [InlineData("[1,3]", "[3,5]", 5, "tensor \"a\" begins at 1 and leaves a hole after 0.")]
    public void The_layout_s_fault_is_named(string a, string b, int dataBytes, string what) =>
        Wrong(SafetensorsBytes.Of($$"""{"b":{"dtype":"U8","shape":[2],"data_offsets":{{b}}},"a":{"dtype":"U8","shape":[2],"data_offsets":{{a}} } }""", dataBytes)).ShouldBe(("safetensors-layout", what));

    [Fact]
    public void An_empty_tensor_may_lie_where_another_begins_whichever_is_named_first()
    {
        var file = SafetensorsBytes.Of("""{"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"none":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}""", 2);

        Whole("m.safetensors", file).TensorList.Select(tensor => tensor.Name).ShouldBe(["none", "b"]);
    }

    [Fact]
    public void Of_a_damaged_layout_no_tensor_is_counted()
    {
        var report = Report("m.safetensors", SafetensorsBytes.Of(Tensor("step", "U8", "[1]", "[0,1]"), 2));

        (report.Verdict, report.Tensors, report.Parameters, report.Step).ShouldBe((Verdict.Damaged, null, null, null));
        report.TensorList.ShouldBeEmpty();
    }

    [Fact]
    public void Bytes_behind_the_last_tensor_are_damage() =>
        Wrong(SafetensorsBytes.Of(Tensor("a", "U8", "[2]", "[0,2]"), 3)).ShouldBe(("safetensors-size", "its tensors end at byte 2 of the data, and the data has 3."));

    [Fact]
    public void A_name_that_is_not_UTF_8_is_damage()
    {
        var file = SafetensorsBytes.Of(Tensor("a", "U8", "[2]", "[0,2]"), 2);
        file[Damage.At(file, Encoding.ASCII.GetBytes("a\""))] = 0xFF;

        Wrong(file).Id.ShouldBe("safetensors-header");
    }

    [Fact]
    public void The_layout_of_a_type_of_tomorrow_is_still_looked_at()
    {
        Finding("m.safetensors", SafetensorsBytes.Of(Tensor("a", "X9", "[2]", "[0,3]"), 3), Verdict.HashOnly).Id.ShouldBe("safetensors-type");
        Report("m.safetensors", SafetensorsBytes.Of(Tensor("a", "X9", "[2]", "[0,3]"), 2)).Verdict.ShouldBe(Verdict.Damaged);
    }
}
