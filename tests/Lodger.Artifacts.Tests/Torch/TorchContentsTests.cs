using System.Text;
using Lodger.Artifacts.Formats.Pickle;
using Lodger.Artifacts.Formats.Torch;
using Lodger.Artifacts.Tests.Pickle;

namespace Lodger.Artifacts.Tests.Torch;

/// <summary>The tensors and arrays of a pickle, by the names a program would reach them by.</summary>
public sealed class TorchContentsTests
{
    private static readonly Py.Call _tensor = Py.Tensor("0", 12);
    private static readonly Py.Call _array = Py.Array("i2", "<", new byte[12], 2, 3);

    private static TorchContents Of(object? value) => TorchContents.Of(Py.Read(value));

    private static string[] NamesIn(object? value) => [.. Of(value).Tensors.Select(tensor => tensor.Name)];

    [Fact]
    public void Levels_are_joined_and_those_of_a_module_left_out()
    {
        var module = new Py.Call("my.Module", [], new Py.Dict(
            ("_parameters", new Py.Dict(("weight", _tensor))), ("_buffers", new Py.Dict(("mean", _tensor))), ("_modules", new Py.Dict(("0", new Py.Call("my.Layer", [], new Py.Dict(("_parameters", new Py.Dict(("bias", _tensor))))))))));

        NamesIn(module).ShouldBe(["weight", "mean", "0.bias"]);
        NamesIn(new Py.Dict(("model", new Py.Dict(("a.b", _tensor))), ("list", new object[] { 1, _tensor }), ("tuple", new Py.Tuple(_tensor, null, _tensor)), ("set", new Py.Set(_tensor))))
            .ShouldBe(["model.a.b", "list.1", "tuple.0", "tuple.2", "set.0"]);
        NamesIn(_tensor).ShouldBe([""]);
    }

    [Fact]
    public void Any_key_has_a_text()
    {
        NamesIn(new Py.Dict((5, _tensor), (true, _tensor), (false, _tensor), (null, _tensor), (new Py.Tuple(1, "a", new Py.Tuple(2)), _tensor), (new Py.Tuple(1, 2, 3, 4, 5), _tensor), (1.5, _tensor)))
            .ShouldBe(["5", "True", "False", "None", "(1, a, ...)", "(1, 2, 3, 4)", "?"]);
    }

    [Fact]
    public void Arguments_items_entries_and_state_of_a_call_are_followed()
    {
        NamesIn(new Py.Call("my.Thing", [1, _tensor], new Py.Dict(("s", _tensor))) { Items = [_tensor], Entries = new(("k", _tensor)) }).ShouldBe(["1", "0", "k", "s"]);
        NamesIn(new Py.Call("my.Thing", [], new Py.Tuple(new Py.Dict(("a", _tensor)), new Py.Dict(("slot", _tensor))))).ShouldBe(["a", "slot"]);
        NamesIn(new Py.Call("my.Thing", [], new Py.Tuple(_tensor, _tensor, _tensor))).ShouldBe(["0", "1", "2"]);
        NamesIn(new Py.Call("my.Thing", [], new Py.Tuple(_tensor))).ShouldBe(["0"]);
    }

    [Fact]
    public void Sparse_and_quantized_tensors_have_parts()
    {
        NamesIn(new Py.Dict(("e", new Py.Call("torch._utils._rebuild_sparse_tensor", [new Py.Global("torch.sparse_coo"), new Py.Tuple(_tensor, _tensor, Py.Sizes(2, 3), false)])))).ShouldBe(["e.indices", "e.values"]);
        NamesIn(new Py.Dict(("e", new Py.Call("torch._utils._rebuild_sparse_csr_tensor", [new Py.Global("torch.sparse_csr"), new Py.Tuple(_tensor, _tensor, _tensor, Py.Sizes(2, 3))])))).ShouldBe(["e.crow_indices", "e.col_indices", "e.values"]);
        NamesIn(new Py.Dict(("e", new Py.Call("torch._utils._rebuild_sparse_tensor", [new Py.Global("torch.sparse_coo"), new Py.Tuple(_tensor, _tensor, _tensor)])))).ShouldBe(["e.indices", "e.values"]);
        var quantized = new Py.Call("torch._utils._rebuild_qtensor", [
            Py.Storage("0", 12, "QInt8Storage"), 0, Py.Sizes(12), Py.Sizes(1), new Py.Tuple(new Py.Global("torch.per_channel_affine"), Py.Tensor("1", 3), Py.Tensor("2", 3), 0), false, new Py.Dict()]);
        NamesIn(new Py.Dict(("q", quantized))).ShouldBe(["q", "q.scales", "q.zero_points"]);
    }

    [Fact]
    public void The_part_is_the_first_level_of_several()
    {
        Of(new Py.Dict(("model", new Py.Dict(("a", _tensor))), ("b", _tensor))).Tensors.Select(tensor => tensor.Part).ShouldBe(["model", ""]);
    }

    [Fact]
    public void Arrays_of_NumPy_are_found_beside_tensors()
    {
        var contents = Of(new Py.Dict(("stats", new Py.Dict(("mean", _array))), ("w", _tensor)));

        contents.Arrays.Select(array => (array.Name, array.Array.Type, array.Array.Bytes)).ShouldBe([("stats.mean", "<i2", 12L)]);
        contents.Tensors.Count.ShouldBe(1);
        (contents.GivenUp, contents.Cycle).ShouldBe((null, null));
    }

    [Fact]
    public void A_tensor_that_cannot_be_read_is_named()
    {
        var wrong = new Py.Call("torch._utils._rebuild_tensor", [Py.Storage("7", 12), 0, Py.Sizes(1), Py.Sizes(1, 1)]);
        var exception = Should.Throw<PickleException>(() => Of(new Py.Dict(("model", new Py.Dict(("w", wrong))))));

        (exception.Id, exception.Message).ShouldBe(("torch-tensor", "tensor \"model.w\": a tensor in record 7 has no type, offset, shape or strides that can be read."));
        exception = Should.Throw<PickleException>(() => Of(new Py.Dict(("mean", Py.Array("i2", "<", new byte[11], 2, 3)))));
        (exception.Id, exception.Message).ShouldBe(("pickle-array", "tensor \"mean\": a NumPy array of shape [2, 3] and type <i2 has 11 bytes where 12 are needed."));
    }

    [Fact]
    public void A_value_that_holds_itself_is_told_and_the_rest_is_followed()
    {
        var contents = TorchContents.Of(Interpreted.Run(Encoding.Latin1.GetBytes($"\u0080\u0002}}({Pickles.Text("loop")}]q\u0001h\u0001a{Pickles.Text("two")}]q\u0002h\u0002a{Pickles.Text("w")}{Py.Opcodes(_tensor)}u.")).Value);

        (contents.Cycle, contents.GivenUp).ShouldBe(("loop.0", null));
        contents.Tensors.ShouldHaveSingleItem().Name.ShouldBe("w");
        Of(new object[] { new Py.Tuple(1), new Py.Tuple(1) }).Cycle.ShouldBeNull();
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(201, false)]
    public void Two_hundred_levels_are_followed(int levels, bool followed)
    {
        object? value = 1;
        for (var i = 0; i < levels; i++)
        {
            value = new object?[] { value };
        }

        var contents = Of(value);
        contents.GivenUp.ShouldBe(followed ? null : $"its values are nested deeper than 200 levels at {PrintableText.Of(string.Join('.', Enumerable.Repeat("0", 200)), 100)}");
    }

    [Fact]
    public void Two_hundred_thousand_tensors_are_followed_and_no_more()
    {
        var pickle = $"\u0080\u0002{Py.Opcodes(_tensor)}q\u00010]({string.Concat(Enumerable.Repeat("h\u0001", 200_003))}e.";
        var contents = TorchContents.Of(Interpreted.Run(Encoding.Latin1.GetBytes(pickle)).Value);

        (contents.GivenUp, contents.Tensors.Count).ShouldBe(("its values lead to more than 2000000 others or 200000 tensors", 200_001));
    }

    [Theory]
    [InlineData(33_100, true)]
    [InlineData(33_400, false)]
    public void Names_and_shapes_may_take_sixty_four_mebibytes(int tensors, bool followed)
    {
        var pickle = $"\u0080\u0002{Py.Opcodes(_tensor)}q\u00010}}{Pickles.Text(new string('k', 1000))}]({string.Concat(Enumerable.Repeat("h\u0001", tensors))}es.";

        TorchContents.Of(Interpreted.Run(Encoding.Latin1.GetBytes(pickle)).Value).GivenUp.ShouldBe(followed ? null : "the names and shapes of its tensors take more than 64 MiB");
    }

    [Fact]
    public void Values_that_lead_to_millions_of_others_are_given_up()
    {
        var pickle = $"\u0080\u0002]({new string('N', 400_000)}eq\u00010](h\u0001h\u0001h\u0001h\u0001h\u0001e.";

        TorchContents.Of(Interpreted.Run(Encoding.Latin1.GetBytes(pickle)).Value).GivenUp.ShouldBe("its values lead to more than 2000000 others or 200000 tensors");
    }

    [Fact]
    public void A_name_is_cut_at_a_thousand_characters()
    {
        NamesIn(new Py.Dict((new string('a', 1000), _tensor)))[0].ShouldBe(new string('a', 1000));
        NamesIn(new Py.Dict((new string('a', 1001), _tensor)))[0].ShouldBe(new string('a', 1000) + "...");
        NamesIn(new Py.Dict((new string('a', 1000), new Py.Dict(("b", _tensor)))))[0].ShouldBe(new string('a', 1000) + "...");
    }

    private static NumpyInPickle? ArrayOf(object? value) => NumpyInPickle.Of(Py.Read(value));

    [Theory]
    [InlineData("i2", "<", "<i2")]
    [InlineData("i2", ">", ">i2")]
    [InlineData("i2", null, "|i2")]
    [InlineData("<i2", ">", "<i2")]
    [InlineData(">i2", "<", ">i2")]
    [InlineData("=i2", "<", "=i2")]
    public void The_order_of_an_arrays_bytes_is_its_types_or_its_states(string type, string? order, string name)
    {
        var array = ArrayOf(new Py.Call("numpy._core.multiarray._reconstruct", [], new Py.Tuple(1, Py.Sizes(2, 3), Py.Dtype(type, order), false, new byte[12]))).ShouldNotBeNull();

        (array.Type, array.Bytes).ShouldBe((name, 12));
        array.Shape.ShouldBe([2, 3]);
    }

    [Fact]
    public void Every_way_in_which_NumPy_pickles_an_array_is_read()
    {
        foreach (var function in (string[])["numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer"])
        {
            ArrayOf(new Py.Call(function, [new byte[6], Py.Dtype("u1", "|"), Py.Sizes(6), "C"])).ShouldNotBeNull().Type.ShouldBe("|u1");
            ArrayOf(new Py.Call(function, [new Py.Call("builtins.bytearray", [new byte[6]]), Py.Dtype("u1", "|"), Py.Sizes(2, 3), "C"])).ShouldNotBeNull().Bytes.ShouldBe(6);
            ArrayOf(new Py.Call(function, [new byte[6], Py.Dtype("u1", "|"), 6, "C"])).ShouldNotBeNull().Shape.ShouldBe([6]);
        }

        ArrayOf(Py.Array("b1", "|", new byte[2], 2)).ShouldNotBeNull().Type.ShouldBe("|b1");
        ArrayOf(Py.Array("b1", "<", new byte[2], 2)).ShouldNotBeNull().Type.ShouldBe("|b1");
        ArrayOf(Py.Array("u1", "|", "abc", 3)).ShouldNotBeNull().Bytes.ShouldBe(3);
        ArrayOf(Py.Array("u1", "|", Array.Empty<byte>(), 0)).ShouldNotBeNull().Bytes.ShouldBe(0);
        var objects = ArrayOf(Py.Array("O8", "|", new object[] { 1, 2 }, 2)).ShouldNotBeNull();
        (objects.Type, objects.Bytes, objects.Offset).ShouldBe(("object", 0L, null));
        var nothing = ArrayOf(Py.Array("V0", "|", new byte[5], 2)).ShouldNotBeNull();
        (nothing.Type, nothing.Bytes, nothing.Offset).ShouldBe(("object", 0L, null));
    }

    [Fact]
    public void What_is_no_array_or_a_structured_one_is_passed_over()
    {
        ArrayOf(Py.Array("i3", "<", new byte[6], 2)).ShouldBeNull();
        ArrayOf(Py.Array("b2", "<", new byte[2], 2)).ShouldBeNull();
        ArrayOf(Py.Array("u1", "|", 5, 2)).ShouldBeNull();
        ArrayOf(Py.Array("u1", "|", new byte[2], -2)).ShouldBeNull();
        ArrayOf(Py.Array("i", "<", new byte[2], 2)).ShouldBeNull();
        ArrayOf(new Py.Call("numpy.core.multiarray._reconstruct", [], new Py.Tuple(1, Py.Sizes(2), "u1", false, new byte[2]))).ShouldBeNull();
        ArrayOf(new Py.Call("numpy.ndarray", [], new Py.Tuple(1, Py.Sizes(2), Py.Dtype("u1"), false, new byte[2]))).ShouldBeNull();
        ArrayOf(5).ShouldBeNull();
    }

    [Fact]
    public void A_single_number_of_NumPys_has_its_value()
    {
        double? Of(object? type, object? bytes, string function = "numpy.core.multiarray.scalar") => NumpyInPickle.ScalarOf(Py.Read(new Py.Call(function, [type, bytes])));

        Of(Py.Dtype("f8"), new byte[] { 0, 0, 0, 0, 0, 0, 0xF8, 0x3F }).ShouldBe(1.5);
        Of(Py.Dtype("u1", "|"), new byte[] { 7 }, "numpy._core.multiarray.scalar").ShouldBe(7);
        Of(Py.Dtype("u1", "|"), Array.Empty<byte>()).ShouldBeNull();
        Of(Py.Dtype("f8", ">"), new byte[8]).ShouldBeNull();
        Of("f8", new byte[8]).ShouldBeNull();
        Of(Py.Dtype("u1", "|"), "a").ShouldBeNull();
        Of(Py.Dtype("u1", "|"), new byte[] { 7 }, "numpy.uint8").ShouldBeNull();
    }
}
