using Lodger.Artifacts.Formats.Pickle;
using Lodger.Artifacts.Formats.Torch;

namespace Lodger.Artifacts.Tests.Torch;

/// <summary>A tensor as a view of its storage, and the calls that describe one.</summary>
public sealed class TorchTensorTests
{
    private static readonly TorchType _float = new("float32", 4);

    private static TorchTensor Of(long[] shape, long[] strides, long offset = 0, long units = 12, TorchType? type = null) =>
        new(new TorchStorage("0", type ?? _float, units), type ?? _float, offset, shape, strides, IsPlain: true);

    [Theory]
    [InlineData(new long[0], 1L)]
    [InlineData(new long[] { 3, 4 }, 12L)]
    [InlineData(new long[] { 3, 0, 4 }, 0L)]
    [InlineData(new long[] { 1L << 40, 1L << 40, 0 }, 0L)]
    [InlineData(new[] { long.MaxValue }, long.MaxValue)]
    [InlineData(new[] { 1L << 32, 1L << 31 }, null)]
    [InlineData(new[] { 1L << 40, 1L << 40 }, null)]
    [InlineData(new long[] { 3, -1 }, null)]
    public void Its_elements_are_the_product_of_its_sizes_as_far_as_that_fits(long[] shape, long? elements) => Of(shape, new long[shape.Length]).Elements.ShouldBe(elements);

    [Theory]
    [InlineData(new long[0], new long[0], true)]
    [InlineData(new long[] { 3, 4 }, new long[] { 4, 1 }, true)]
    [InlineData(new long[] { 3, 4 }, new long[] { 1, 3 }, false)]
    [InlineData(new long[] { 3, 4 }, new long[] { 5, 1 }, false)]
    [InlineData(new long[] { 3, 4 }, new long[] { 4, 2 }, false)]
    [InlineData(new long[] { 3, 1, 4 }, new long[] { 4, 99, 1 }, true)]
    [InlineData(new long[] { 0, 4 }, new long[] { 4, 1 }, true)]
    [InlineData(new long[] { 2, 0, 4 }, new long[] { 4, 4, 1 }, true)]
    [InlineData(new long[] { 5 }, new long[] { 0 }, false)]
    public void It_is_in_order_where_each_stride_is_what_lies_below(long[] shape, long[] strides, bool isInOrder) => Of(shape, strides).IsRowMajor.ShouldBe(isInOrder);

    [Theory]
    [InlineData(new long[] { 3, 4 }, new long[] { 4, 1 }, 0, 12L)]
    [InlineData(new long[] { 3, 4 }, new long[] { 1, 3 }, 2, 14L)]
    [InlineData(new long[] { 3 }, new long[] { 5 }, 0, 11L)]
    [InlineData(new long[] { 3, 0 }, new long[] { 5, 1 }, 7, 7L)]
    [InlineData(new long[0], new long[0], 7, 8L)]
    [InlineData(new long[] { 1 }, new long[] { 1 }, long.MaxValue - 1, long.MaxValue)]
    [InlineData(new long[] { 1 }, new long[] { 1 }, long.MaxValue, null)]
    [InlineData(new long[] { 3 }, new[] { 1L << 62 }, 0, null)]
    public void Its_end_is_one_past_the_last_element_it_touches(long[] shape, long[] strides, long offset, long? end) => Of(shape, strides, offset).End.ShouldBe(end);

    [Fact]
    public void It_is_whole_where_it_ends_within_its_storage()
    {
        Of([3, 4], [4, 1]).Wrong().ShouldBeNull();
        Of([3, 4], [4, 1], 1).Wrong().ShouldBe("reaches to element 13 of record 0, which has 12: offset 1, shape [3, 4], strides [4, 1].");
        Of([2], [0], 11).Wrong().ShouldBeNull();
        Of([3], [1L << 62]).Wrong().ShouldBe("reaches to element beyond 2^63 of record 0, which has 12: offset 0, shape [3], strides [4611686018427387904].");
        Of([8, 3], [3, 1], units: 12, type: new TorchType("quint4x2", 1, 2)).Wrong().ShouldBeNull();
        Of([25], [1], units: 12, type: new TorchType("quint4x2", 1, 2)).Wrong().ShouldBe("reaches to element 25 of record 0, which has 24: offset 0, shape [25], strides [1].");
        var bytes = new TorchStorage("0", TorchTypes.Untyped, 49);
        new TorchTensor(bytes, _float, 0, [12], [1], true).Wrong().ShouldBeNull();
        new TorchTensor(bytes, _float, 0, [13], [1], true).Wrong().ShouldBe("reaches to element 13 of record 0, which has 12: offset 0, shape [13], strides [1].");
    }

    [Theory]
    [InlineData(new long[] { 3 }, new long[] { 1 }, -1)]
    [InlineData(new long[] { -3 }, new long[] { 1 }, 0)]
    [InlineData(new long[] { -3, 0 }, new long[] { 1, 1 }, 0)]
    [InlineData(new long[] { 3 }, new long[] { -1 }, 0)]
    [InlineData(new long[] { 3 }, new long[] { 1, 1 }, 0)]
    [InlineData(new[] { 1L << 40, 1L << 40 }, new long[] { 0, 0 }, 0)]
    public void A_shape_strides_or_offset_that_no_tensor_has_is_told(long[] shape, long[] strides, long offset) =>
        Of(shape, strides, offset).Wrong().ShouldBe($"has a shape [{string.Join(", ", shape)}], strides or an offset ({offset}) that no tensor has.");

    [Fact]
    public void A_storage_of_any_claimed_size_has_its_bytes() => new TorchStorage("0", _float, long.MaxValue).Bytes.ShouldBe((Int128)long.MaxValue * 4);

    [Theory]
    [InlineData("torch.FloatStorage", "float32", 4, 1)]
    [InlineData("torch.cuda.HalfStorage", "float16", 2, 1)]
    [InlineData("torch.UntypedStorage", "uint8", 1, 1)]
    [InlineData("torch.storage.UntypedStorage", "uint8", 1, 1)]
    [InlineData("torch.storage._UntypedStorage", "uint8", 1, 1)]
    [InlineData("torch.QUInt4x2Storage", "quint4x2", 1, 2)]
    [InlineData("torch.storage.FloatStorage", null, 0, 0)]
    [InlineData("tensor.FloatStorage", null, 0, 0)]
    [InlineData("torch.cuda.Float", null, 0, 0)]
    public void A_storage_class_says_its_elements(string name, string? type, int bytes, int perUnit)
    {
        TorchTypes.OfStorage(name).ShouldBe(type is null ? null : new TorchType(type, bytes, perUnit));
        TorchTypes.IsStorage(name).ShouldBe(type is not null);
    }

    [Theory]
    [InlineData("torch.bfloat16", "bfloat16", 2)]
    [InlineData("torch.cdouble", "complex128", 16)]
    [InlineData("torch.float4_e2m1fn_x2", "float4_e2m1fn_x2", 1)]
    [InlineData("torch.bits8", "bits8", 1)]
    [InlineData("torch.bits16", "bits16", 2)]
    [InlineData("torch.bits1x8", "bits1x8", 1)]
    [InlineData("torch.bits2x4", "bits2x4", 1)]
    [InlineData("torch.bits4x2", "bits4x2", 1)]
    [InlineData("horch.bfloat16", null, 0)]
    [InlineData("torch.float12", null, 0)]
    public void A_dtype_says_its_elements(string name, string? type, int bytes) => TorchTypes.OfDtype(name).ShouldBe(type is null ? null : new TorchType(type, bytes));

    private static string? Described(object? value) => TorchRebuild.TensorOf(Py.Read(value)) is { } tensor
        ? $"{tensor.Type.Name} of {tensor.Storage.Key} ({tensor.Storage.Units} {tensor.Storage.Type.Name}) at {tensor.Offset} [{string.Join(", ", tensor.Shape)}] by [{string.Join(", ", tensor.Strides)}]{(tensor.IsPlain ? "" : " not plain")}"
        : null;

    private static Py.Call Call(string function, params object?[] arguments) => new(function, arguments);

    [Fact]
    public void Every_call_that_PyTorch_writes_for_a_tensor_is_read()
    {
        object?[] view = [Py.Storage("7", 12), 2, Py.Sizes(2, 3), Py.Sizes(3, 1)];
        const string Plain = "float32 of 7 (12 float32) at 2 [2, 3] by [3, 1]";

        Described(Call("torch._utils._rebuild_tensor", view)).ShouldBe(Plain);
        Described(Call("torch._utils._rebuild_tensor_v2", [.. view, false, new Py.Dict()])).ShouldBe(Plain);
        Described(Call("torch._utils._rebuild_tensor_v2", [.. view, false, new Py.Dict(), null])).ShouldBe(Plain);
        Described(Call("torch._utils._rebuild_tensor_v2", [.. view, false, new Py.Dict(), new Py.Dict(("conj", false), ("neg", false))])).ShouldBe(Plain);
        Described(Call("torch._utils._rebuild_tensor_v2", [.. view, false, new Py.Dict(), new Py.Dict(("conj", false), ("neg", true))])).ShouldBe(Plain + " not plain");
        Described(Call("torch._utils._rebuild_tensor_v2", [.. view, false, new Py.Dict(), new Py.Dict([.. Enumerable.Range(0, 16).Select(i => ((object?)i, (object?)false))])])).ShouldBe(Plain);
        Described(Call("torch._utils._rebuild_tensor_v2", [.. view, false, new Py.Dict(), new Py.Dict([.. Enumerable.Range(0, 17).Select(i => ((object?)i, (object?)false))])])).ShouldBe(Plain + " not plain");
        Described(Call("torch._utils._rebuild_qtensor", [.. view, new Py.Tuple(), false, new Py.Dict(("neg", true))])).ShouldBe(Plain);
        Described(Call("torch._utils._rebuild_tensor_v3", [.. view, false, new Py.Dict(), new Py.Global("torch.int16")])).ShouldBe("int16 of 7 (12 float32) at 2 [2, 3] by [3, 1]");
        Described(Call("torch._utils._rebuild_tensor_v3", [.. view, false, new Py.Dict(), new Py.Global("torch.int16"), new Py.Dict(("neg", true))])).ShouldBe("int16 of 7 (12 float32) at 2 [2, 3] by [3, 1] not plain");
        Described(Call("torch._utils._rebuild_parameter", Call("torch._utils._rebuild_tensor", view), true, new Py.Dict())).ShouldBe(Plain);
        Described(Call("torch._utils._rebuild_parameter_with_state", Call("torch._utils._rebuild_tensor", view))).ShouldBe(Plain);
        Described(Call("torch._utils._rebuild_device_tensor_from_cpu_tensor", Call("torch._utils._rebuild_tensor", view))).ShouldBe(Plain);
        Described(Call("torch._tensor._rebuild_from_type_v2", new Py.Global("torch._utils._rebuild_tensor"), new Py.Global("torch.nn.Buffer"), new Py.Tuple(view), null)).ShouldBe(Plain);
        Described(Call("torch._tensor._rebuild_from_type", new Py.Global("torch._utils._rebuild_tensor"), new Py.Global("torch.nn.Buffer"), new Py.Tuple(view))).ShouldBe(Plain);
    }

    [Fact]
    public void Sizes_may_be_a_tuple_a_list_or_a_torch_Size_of_up_to_128()
    {
        string? Of(object? shape, object? strides) => Described(Call("torch._utils._rebuild_tensor", Py.Storage("7", 12), 0, shape, strides));
        const string Plain = "float32 of 7 (12 float32) at 0 [2, 3] by [3, 1]";

        Of(new object[] { 2, 3 }, new object[] { 3, 1 }).ShouldBe(Plain);
        Of(Call("torch.Size", Py.Sizes(2, 3)), Py.Sizes(3, 1)).ShouldBe(Plain);
        Of(Py.Sizes([.. Enumerable.Repeat(1L, 128)]), Py.Sizes([.. Enumerable.Repeat(1L, 128)])).ShouldNotBeNull();
        Of(Enumerable.Repeat((object?)1L, 128).ToArray(), Enumerable.Repeat((object?)1L, 128).ToArray()).ShouldNotBeNull();
        foreach (var (shape, strides) in new (object?, object?)[]
        {
            (Py.Sizes([.. Enumerable.Repeat(1L, 129)]), Py.Sizes([.. Enumerable.Repeat(1L, 129)])),
            (Enumerable.Repeat((object?)1L, 129).ToArray(), Enumerable.Repeat((object?)1L, 129).ToArray()),
            (Py.Sizes(2, 3), Py.Sizes(1)), (new Py.Tuple(2, "3"), Py.Sizes(3, 1)), (Py.Sizes(2, 3), new Py.Tuple(3, 1.0)), (null, Py.Sizes(1)), (Py.Sizes(1), 1),
        })
        {
            Should.Throw<PickleException>(() => Of(shape, strides)).Message.ShouldBe("a tensor in record 7 has no type, offset, shape or strides that can be read.");
        }

        Should.Throw<PickleException>(() => Described(Call("torch._utils._rebuild_tensor", Py.Storage("7", 12), 0.5, Py.Sizes(1), Py.Sizes(1)))).Id.ShouldBe("torch-tensor");
        Should.Throw<PickleException>(() => Described(Call("torch._utils._rebuild_tensor_v3", Py.Storage("7", 12), 0, Py.Sizes(1), Py.Sizes(1), false, null, new Py.Global("horch.int16")))).Id.ShouldBe("torch-tensor");
        Should.Throw<PickleException>(() => Described(Call("torch._utils._rebuild_tensor_v3", Py.Storage("7", 12), 0, Py.Sizes(1), Py.Sizes(1), false, null, "torch.int16"))).Id.ShouldBe("torch-tensor");
    }

    [Fact]
    public void A_storage_has_a_class_a_key_and_a_size_or_is_none()
    {
        TorchStorage Of(params object?[] id) => TorchRebuild.StorageOf(Py.Read(new Py.Reference(new Py.Tuple(id))));
        var global = new Py.Global("torch.IntStorage");

        Of("storage", global, "k", "cpu", 0).ShouldBe(new TorchStorage("k", new TorchType("int32", 4), 0));
        Of("storage", global, 94, "cuda:0", 5, null).ShouldBe(new TorchStorage("94", new TorchType("int32", 4), 5));
        foreach (var id in new object?[][] { ["module", global, "k", "cpu", 1], ["storage", "torch.IntStorage", "k", "cpu", 1], ["storage", new Py.Global("torch.Storage"), "k", "cpu", 1], ["storage", global, "", "cpu", 1], ["storage", global, null, "cpu", 1], ["storage", global, "k", "cpu", -1], ["storage", global, "k", "cpu", "1"], ["storage", global, "k", "cpu"] })
        {
            var exception = Should.Throw<PickleException>(() => Of(id));
            (exception.Id, exception.Message).ShouldBe(("torch-storage", "a tensor's storage is not described as PyTorch describes one."));
        }

        Should.Throw<PickleException>(() => TorchRebuild.StorageOf(Py.Read(new Py.Reference("storage"))));
        Should.Throw<PickleException>(() => TorchRebuild.StorageOf(Py.Read("storage")));
    }

    [Fact]
    public void What_only_looks_like_a_tensor_is_none()
    {
        object?[] view = [Py.Storage("7", 12), 2, Py.Sizes(2, 3), Py.Sizes(3, 1)];

        Described(Call("torch._utils._rebuild_tensor", view[..3])).ShouldBeNull();
        Described(Call("torch._utils._rebuild_tensor_v3", [.. view, false, new Py.Dict()])).ShouldBeNull();
        Described(Call("torch._utils._rebuild_parameter")).ShouldBeNull();
        Described(Call("torch._tensor._rebuild_from_type_v2", new Py.Global("torch._utils._rebuild_tensor"), null)).ShouldBeNull();
        Described(Call("torch._utils._rebuild_meta_tensor_no_storage", view)).ShouldBeNull();
        Described(new Py.Tuple(view)).ShouldBeNull();
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(9, false)]
    public void A_parameter_of_a_parameter_is_followed_eight_times(int times, bool isOne)
    {
        var value = Py.Tensor("0", 12);
        for (var i = 0; i < times; i++)
        {
            value = Call("torch._utils._rebuild_parameter", value);
        }

        (Described(value) is not null).ShouldBe(isOne);
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(9, false)]
    public void A_type_of_a_type_is_followed_eight_times(int times, bool isOne)
    {
        var (function, arguments) = ("torch._utils._rebuild_tensor", new Py.Tuple(Py.Storage("7", 12), 2, Py.Sizes(2, 3), Py.Sizes(3, 1)));
        for (var i = 0; i < times; i++)
        {
            (function, arguments) = ("torch._tensor._rebuild_from_type_v2", new Py.Tuple(new Py.Global(function), new Py.Global("torch.Tensor"), arguments, null));
        }

        (Described(new Py.Call(function, arguments.Items)) is not null).ShouldBe(isOne);
    }
}
