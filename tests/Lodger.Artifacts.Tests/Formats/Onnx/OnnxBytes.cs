using System.Text;
using static Lodger.Artifacts.Tests.Damage;
using static Lodger.Artifacts.Tests.FileBytes;

namespace Lodger.Artifacts.Tests;

/// <summary>Writes ONNX models by onnx.proto.</summary>
internal static class OnnxBytes
{
    internal static byte[] Number(int field, long value) => [.. Varint((ulong)field << 3), .. Varint((ulong)value)];

    internal static byte[] Text(int field, string value) => ProtoField(field, Encoding.UTF8.GetBytes(value));

    /// <summary>A TensorProto without its values.</summary>
    internal static byte[] Tensor(string name, int type, long[] sizes, params byte[][] values) =>
        [.. Join(sizes.Select(size => Number(1, size))), .. Number(2, type), .. Text(8, name), .. Join(values)];

    internal static byte[] Raw(int bytes) => ProtoField(9, Pattern(bytes));

    internal static byte[] External(params (string Key, string Value)[] entries) =>
        [.. Join(entries.Select(entry => ProtoField(13, [.. Text(1, entry.Key), .. Text(2, entry.Value)]))), .. Number(14, 1)];

    internal static byte[] Weight(byte[] tensor) => ProtoField(5, tensor);

    /// <summary>A node with one attribute.</summary>
    internal static byte[] Node(params byte[] attribute) => ProtoField(1, [.. Text(4, "Op"), .. ProtoField(5, [.. Text(1, "attribute"), .. attribute])]);

    internal static byte[] Model(params byte[][] graph) => [.. Number(1, 8), .. ProtoField(7, [.. Text(2, "graph"), .. Join(graph)]), .. ProtoField(8, Number(2, 17))];
}
