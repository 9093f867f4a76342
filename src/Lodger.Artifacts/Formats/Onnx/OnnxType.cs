namespace Lodger.Artifacts.Formats.Onnx;

/// <summary>An element type of onnx.proto's TensorProto.DataType.</summary>
/// <param name="Name">In PyTorch's words where it has one.</param>
/// <param name="Bits">Bits of one element; 0 for text.</param>
internal sealed record OnnxType(string Name, int Bits)
{
    private static readonly OnnxType?[] _all =
    [
        null, new("float32", 32), new("uint8", 8), new("int8", 8), new("uint16", 16), new("int16", 16), new("int32", 32), new("int64", 64), new("string", 0), new("bool", 8),
        new("float16", 16), new("float64", 64), new("uint32", 32), new("uint64", 64), new("complex64", 64), new("complex128", 128), new("bfloat16", 16),
        new("float8_e4m3fn", 8), new("float8_e4m3fnuz", 8), new("float8_e5m2", 8), new("float8_e5m2fnuz", 8), new("uint4", 4), new("int4", 4), new("float4_e2m1", 4),
        new("float8_e8m0fnu", 8),
    ];

    internal static OnnxType? Of(long number) => number > 0 && number < _all.Length ? _all[number] : null;

    /// <summary>Bytes of so many elements; null when that is more than any file holds.</summary>
    internal long? BytesOf(long elements) => (((Int128)elements * Bits) + 7) / 8 is var bytes && bytes <= long.MaxValue ? (long)bytes : null;
}
