using Lodger.Artifacts.Verification;
using static Lodger.Artifacts.Tests.Damage;
using static Lodger.Artifacts.Tests.FileBytes;
using static Lodger.Artifacts.Tests.OnnxBytes;

namespace Lodger.Artifacts.Tests;

/// <summary>ONNX models put together by onnx.proto, whole ones and ones with a single thing wrong.</summary>
public sealed class OnnxTests
{
    private static FileReport Whole(params byte[][] graph) => FileBytes.Whole("m.onnx", Model(graph));

    private static string WrongFile(byte[] file)
    {
        var finding = Finding("m.onnx", file);
        finding.Id.ShouldBe("onnx-invalid");
        return finding.What;
    }

    private static string Wrong(params byte[][] graph) => WrongFile(Model(graph));

    private static byte[] Packed(int field, params ulong[] values) => ProtoField(field, Join(values.Select(Varint)));

    [Fact]
    public void A_model_tells_its_weights_wherever_in_it_they_are()
    {
        byte[][] inner = [Weight(Tensor("inner", 1, [2], Raw(8))), Node(ProtoField(5, Tensor("constant", 7, [1], Raw(8))))];
        var file = Model(
            Node(ProtoField(6, Join(inner))),
            Node(ProtoField(11, Weight(Tensor("branch", 6, [3], Raw(12))))),
            Node([.. ProtoField(10, Tensor("one", 1, [1], Raw(4))), .. ProtoField(10, Tensor("two", 1, [1], Raw(4)))]),
            Node([.. Number(5, 3), .. Number(6, 3), .. ProtoField(4, [1, 2, 3]), .. ProtoField(7, new byte[8])]),
            Weight(Tensor("raw", 10, [2, 3], Raw(12))),
            Weight(Tensor("external", 1, [4], External(("location", "w/data.bin"), ("offset", "64"), ("length", "16")))),
            ProtoField(15, [.. ProtoField(1, Tensor("sparse", 1, [2], Raw(8))), .. ProtoField(2, Tensor("indices", 7, [2], Raw(16))), .. Number(3, 10)]),
            ProtoField(11, Text(1, "input")));
        var report = FileBytes.Whole("m.onnx", file);

        (report.Format, report.Tensors, report.Parameters).ShouldBe(("ONNX", 5, 17));
        report.Checked.ShouldStartWith("graph of 5 nodes, 5 tensors");
        var raw = At(file, "raw"u8) + 5;
        Arrays(report).ShouldBe(
            [
                $"inner float32 [2] 8 @{At(file, "inner"u8) + 7}", $"branch int32 [3] 12 @{At(file, "branch"u8) + 8}", $"raw float16 [2,3] 12 @{raw}",
                "external float32 [4] 16 @64", $"sparse float32 [2] 8 @{At(file, "sparse"u8) + 8}",
            ]);
        report.TensorList.Select(tensor => tensor.Record).ShouldBe([null, null, null, "w/data.bin", null]);
        var companion = report.Companions.ShouldHaveSingleItem();
        (companion.Name, companion.Parts.ShouldHaveSingleItem()).ShouldBe(("w/data.bin", new("external", 64, 16, null)));
    }

    [Theory]
    [InlineData(1, "float32", 12)]
    [InlineData(2, "uint8", 3)]
    [InlineData(3, "int8", 3)]
    [InlineData(4, "uint16", 6)]
    [InlineData(5, "int16", 6)]
    [InlineData(6, "int32", 12)]
    [InlineData(7, "int64", 24)]
    [InlineData(8, "string", 0)]
    [InlineData(9, "bool", 3)]
    [InlineData(10, "float16", 6)]
    [InlineData(11, "float64", 24)]
    [InlineData(12, "uint32", 12)]
    [InlineData(13, "uint64", 24)]
    [InlineData(14, "complex64", 24)]
    [InlineData(15, "complex128", 48)]
    [InlineData(16, "bfloat16", 6)]
    [InlineData(17, "float8_e4m3fn", 3)]
    [InlineData(18, "float8_e4m3fnuz", 3)]
    [InlineData(19, "float8_e5m2", 3)]
    [InlineData(20, "float8_e5m2fnuz", 3)]
    [InlineData(21, "uint4", 2)]
    [InlineData(22, "int4", 2)]
    [InlineData(23, "float4_e2m1", 2)]
    [InlineData(24, "float8_e8m0fnu", 3)]
    public void Raw_values_are_as_many_bytes_as_the_type_makes(int type, string name, int bytes)
    {
        Whole(Weight(Tensor("a", type, [3], Raw(bytes)))).TensorList.ShouldHaveSingleItem().Type.ShouldBe(name);
        Wrong(Weight(Tensor("a", type, [3], Raw(bytes + 1)))).ShouldBe($"tensor \"a\": {bytes} bytes promised by its shape and type, {bytes + 1} there.");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(25)]
    [InlineData(-1)]
    public void A_type_of_tomorrow_is_hash_only(int type)
    {
        var finding = Finding("m.onnx", Model(Weight(Tensor("a", type, [3], Raw(5)))), Verdict.HashOnly);

        (finding.Id, finding.What).ShouldBe(("onnx-type", $"tensor \"a\" has the type number {type}, which this version does not know."));
    }

    [Fact]
    public void Typed_values_are_as_many_as_the_shape_makes()
    {
        Whole(Weight(Tensor("a", 1, [3], ProtoField(4, new byte[12]))));
        Whole(Weight(Tensor("a", 1, [3], ProtoField(4, new byte[4]), [(4 << 3) | 5, 0, 0, 0, 0], ProtoField(4, new byte[4]))));
        Whole(Weight(Tensor("a", 14, [3], ProtoField(4, new byte[24]))));
        Whole(Weight(Tensor("a", 15, [3], ProtoField(10, new byte[48]))));
        Whole(Weight(Tensor("a", 11, [3], ProtoField(10, new byte[24]))));
        Whole(Weight(Tensor("a", 6, [3], Packed(5, 1, 300, ulong.MaxValue))));
        Whole(Weight(Tensor("a", 9, [3], Number(5, 1), Number(5, 0), Number(5, 1))));
        Whole(Weight(Tensor("a", 7, [3], Packed(7, 1, 2, 3))));
        Whole(Weight(Tensor("a", 13, [3], Packed(11, 1, 2, 3))));
        Whole(Weight(Tensor("a", 8, [3], Text(6, "x"), Text(6, ""), Text(6, "z"))));
        Whole(Weight(Tensor("a", 22, [3], Packed(5, 1))));
        Whole(Weight(Tensor("a", 22, [3], Packed(5, 1, 2, 3))));
        Whole(Weight(Tensor("a", 1, [0])));
    }

    [Fact]
    public void Typed_values_that_are_too_few_or_too_many_are_damage()
    {
        Wrong(Weight(Tensor("a", 1, [3]))).ShouldBe("tensor \"a\": its shape makes 3 values, and 0 are there.");
        Wrong(Weight(Tensor("a", 1, [3], ProtoField(4, new byte[16])))).ShouldContain("and 4 are there");
        Wrong(Weight(Tensor("a", 14, [3], ProtoField(4, new byte[12])))).ShouldBe("tensor \"a\": its shape makes 6 values, and 3 are there.");
        Wrong(Weight(Tensor("a", 11, [3], ProtoField(10, new byte[16])))).ShouldContain("and 2 are there");
        Wrong(Weight(Tensor("a", 7, [3], Packed(7, 1, 2)))).ShouldContain("and 2 are there");
        Wrong(Weight(Tensor("a", 8, [3], Text(6, "x"), Text(6, "y")))).ShouldContain("and 2 are there");
        Wrong(Weight(Tensor("", 1, [3]))).ShouldStartWith("tensor \"(without a name)\"");
        Wrong(Weight(Tensor("a", 2, [1L << 62]))).ShouldContain("makes 4611686018427387904 values");
    }

    [Fact]
    public void A_shape_must_be_possible()
    {
        Whole(Weight(Tensor("a", 2, [.. Enumerable.Repeat(1L, 64)], Raw(1)))).TensorList[0].Shape.Count.ShouldBe(64);
        Whole(Weight([.. Packed(1, 2, 3), .. Tensor("a", 2, [], Raw(6))])).TensorList[0].Shape.ShouldBe([2, 3]);
        Whole(Weight(Tensor("scalar", 1, [], Raw(4)))).Parameters.ShouldBe(1);

        Wrong(Weight(Tensor("a", 2, [.. Enumerable.Repeat(1L, 65)], Raw(1)))).ShouldBe("tensor \"a\" has a shape that cannot exist.");
        Wrong(Weight([.. Packed(1, [.. Enumerable.Repeat(1UL, 65)]), .. Tensor("a", 2, [], Raw(1))])).ShouldContain("a shape that cannot exist");
        Wrong(Weight(Tensor("a", 2, [-1], Raw(1)))).ShouldContain("a shape that cannot exist");
        Wrong(Weight(Tensor("a", 99, [-1], Raw(1)))).ShouldContain("a shape that cannot exist");
        Wrong(Weight(Tensor("a", 7, [1L << 60], Raw(1)))).ShouldBe("tensor \"a\" is larger than any file.");
        Wrong(Weight(Tensor("a", 7, [(1L << 60) - 1], Raw(1)))).ShouldContain("9223372036854775800 bytes promised");
    }

    [Fact]
    public void Values_in_another_file_have_defaults_and_are_stretches_of_it()
    {
        Whole(Weight(Tensor("a", 1, [4], External(("location", "data"))))).Companions.ShouldHaveSingleItem().Parts.ShouldBe([new("a", 0, 16, null)]);
        Whole(Weight(Tensor("a", 1, [4], External(("location", "a/b.c/d..e"), ("checksum", "x"))))).Companions.ShouldHaveSingleItem().Name.ShouldBe("a/b.c/d..e");
        Whole(Weight(Tensor("a", 1, [4], [.. External(("location", "../data"))[..^2], .. Number(14, 0)], Raw(16)))).Companions.ShouldBeEmpty();
        Whole(Node(ProtoField(5, Tensor("a", 1, [4], External(("location", "data")))))).Companions.ShouldHaveSingleItem().Parts.Count.ShouldBe(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("a\\b")]
    [InlineData("c:b")]
    [InlineData("a\0b")]
    public void Values_in_a_file_that_is_not_under_the_model_s_directory_are_refused(string location) =>
        Wrong(Weight(Tensor("a", 1, [4], External(("location", location))))).ShouldContain("which is no file under the model's directory");

    [Theory]
    [InlineData("offset", "-1", "has the offset \"-1\", which is no count")]
    [InlineData("offset", "+1", "has the offset \"+1\", which is no count")]
    [InlineData("offset", " 1", "which is no count")]
    [InlineData("offset", "9223372036854775808", "which is no count")]
    [InlineData("length", "x", "has the length \"x\", which is no count")]
    [InlineData("length", "15", "16 bytes promised by its shape and type, and 15 named in \"data\"")]
    public void A_stretch_of_another_file_must_be_one_and_as_long_as_the_shape_makes(string key, string value, string says) =>
        Wrong(Weight(Tensor("a", 1, [4], External(("location", "data"), (key, value))))).ShouldContain(says);

    [Fact]
    public void Of_what_is_said_about_another_file_sixteen_entries_are_kept()
    {
        static (string, string)[] More(int entries) => [.. Enumerable.Range(0, entries).Select(i => ($"key{i}", "x")), ("location", "data")];

        Whole(Weight(Tensor("a", 1, [4], External(More(15))))).Companions.Count.ShouldBe(1);
        Wrong(Weight(Tensor("a", 1, [4], External(More(16))))).ShouldContain("in \"\"");
        Wrong(Weight(Tensor("a", 1, [4], ProtoField(13, Text(1, new string('k', 4097)))))).ShouldContain("a text of at most 4096 bytes");
    }

    [Fact]
    public void Graphs_nest_sixteen_deep_and_no_deeper()
    {
        static byte[] Nested(int depth) => depth == 0 ? [] : Node(ProtoField(6, Nested(depth - 1)));

        Whole(Nested(16)).Checked.ShouldStartWith("graph of 16 nodes, 0 tensors");
        Wrong(Nested(17)).ShouldBe("graphs are nested deeper than 16.");
    }

    [Fact]
    public void A_model_has_a_graph_and_its_operator_set()
    {
        WrongFile(ProtoField(8, [])).ShouldStartWith("it ends without a graph: it was cut short");
        WrongFile(ProtoField(7, [])).ShouldStartWith("it ends without its operator set");
        WrongFile([.. Number(7, 1), .. ProtoField(8, [])]).ShouldBe("field 7 should be a message, and is a number.");
        FileBytes.Whole("m.onnx", [.. ProtoField(7, []), .. ProtoField(8, []), .. ProtoField(8, Text(1, "ai.other"))]).Tensors.ShouldBe(0);
        FileBytes.Whole("m.ONNX", [.. ProtoField(8, []), .. ProtoField(7, []), .. Number(20, 1)]).Tensors.ShouldBe(0);
    }

    [Fact]
    public void Parts_of_a_graph_that_should_be_messages_must_be() =>
        ((string[])[Wrong(Number(1, 5)), Wrong(Number(5, 5)), Wrong(Number(15, 5)), Wrong(ProtoField(15, Number(1, 5))), Wrong(ProtoField(1, Number(5, 5)))])
            .ShouldAllBe(what => what.Contains("should be a message, and is a number"));
}
