using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Lodger.Artifacts.Tests.Pickle;

namespace Lodger.Artifacts.Tests.Torch;

/// <summary>Pickles whole values as Python's protocol 2 does: an array is a list, and these stand for what C# has no literal for.</summary>
internal static class Py
{
    internal sealed record Tuple(params object?[] Items);

    internal sealed record Dict(params (object? Key, object? Value)[] Entries);

    internal sealed record Set(params object?[] Items);

    internal sealed record Global(string FullName);

    internal sealed record Reference(object? Id);

    /// <summary>Opcodes as they are.</summary>
    internal sealed record Raw(string Opcodes);

    internal sealed record Call(string Function, object?[] Arguments, object? State = null)
    {
        internal object?[] Items { get; init; } = [];

        internal Dict Entries { get; init; } = new();
    }

    internal static byte[] Pickle(object? value) => Encoding.Latin1.GetBytes($"\u0080\u0002{Opcodes(value)}.");

    /// <summary>What a reader makes of the pickled value.</summary>
    internal static object? Read(object? value) => Interpreted.Run(Pickle(value)).Value;

    internal static string Opcodes(object? value) => value switch
    {
        null => "N",
        Raw raw => raw.Opcodes,
        bool flag => flag ? "\u0088" : "\u0089",
        int number => Pickles.Number(number),
        long number => Pickles.Number(number),
        double number => "G" + Encoding.Latin1.GetString(BitConverter.GetBytes(BinaryPrimitives.ReverseEndianness(BitConverter.DoubleToInt64Bits(number)))),
        string text => Pickles.Text(text),
        byte[] bytes => "B" + Pickles.Little(bytes.Length, 4) + Encoding.Latin1.GetString(bytes),
        Tuple tuple => $"({string.Concat(tuple.Items.Select(Opcodes))}t",
        Dict dict => $"}}({string.Concat(dict.Entries.Select(entry => Opcodes(entry.Key) + Opcodes(entry.Value)))}u",
        Set set => $"\u008f({string.Concat(set.Items.Select(Opcodes))}\u0090",
        Global global => $"c{global.FullName[..global.FullName.LastIndexOf('.')]}\n{global.FullName[(global.FullName.LastIndexOf('.') + 1)..]}\n",
        Reference reference => Opcodes(reference.Id) + "Q",
        Call call => Opcodes(new Global(call.Function)) + Opcodes(new Tuple(call.Arguments)) + "R" + (call.State is null ? string.Empty : Opcodes(call.State) + "b")
            + (call.Items.Length == 0 ? string.Empty : $"({string.Concat(call.Items.Select(Opcodes))}e")
            + (call.Entries.Entries.Length == 0 ? string.Empty : $"({string.Concat(call.Entries.Entries.Select(entry => Opcodes(entry.Key) + Opcodes(entry.Value)))}u"),
        object?[] items => $"]({string.Concat(items.Select(Opcodes))}e",
        _ => throw new ArgumentException(Convert.ToString(value, CultureInfo.InvariantCulture)),
    };

    internal static Tuple Sizes(params long[] sizes) => new([.. sizes.Select(size => (object)size)]);

    internal static Reference Storage(string key, long units, string type = "FloatStorage") => new(new Tuple("storage", new Global("torch." + type), key, "cpu", units));

    /// <summary>A tensor of this shape that lies in order from the start of its storage, which it fills.</summary>
    internal static Call Tensor(string key, params long[] shape) => View(key, shape, InOrder(shape), 0, shape.Aggregate(1L, (product, size) => product * size));

    internal static Call View(string key, long[] shape, long[] strides, long offset, long units, string type = "FloatStorage") =>
        new("torch._utils._rebuild_tensor_v2", [Storage(key, units, type), offset, Sizes(shape), Sizes(strides), false, new Dict()]);

    internal static long[] InOrder(long[] shape)
    {
        var strides = new long[shape.Length];
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = i == shape.Length - 1 ? 1 : strides[i + 1] * Math.Max(shape[i + 1], 1);
        }

        return strides;
    }

    /// <summary>An array as NumPy pickles it.</summary>
    internal static Call Array(string type, string order, object? data, params long[] shape) => new(
        "numpy.core.multiarray._reconstruct", [new Global("numpy.ndarray"), Sizes(0), "b"], new Tuple(1, Sizes(shape), Dtype(type, order), false, data));

    internal static Call Dtype(string type, string? order = "<") =>
        new("numpy.dtype", [type, false, true], order is null ? null : new Tuple(3, order, null, null, null, -1, -1, 0));
}
