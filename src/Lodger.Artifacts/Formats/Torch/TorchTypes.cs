namespace Lodger.Artifacts.Formats.Torch;

/// <summary>How elements of a storage or tensor are laid out.</summary>
/// <param name="Name">As in <see cref="Inspection.ElementType"/>.</param>
/// <param name="Bytes">Size of one stored unit.</param>
/// <param name="PerUnit">Elements in one: more than one only in packed quantized types.</param>
internal sealed record TorchType(string Name, int Bytes, int PerUnit = 1);

/// <summary>PyTorch's element types by the names that its files use (torch/storage.py, torch/serialization.py).</summary>
internal static class TorchTypes
{
    /// <summary>Bytes without a type of their own; the tensor says what they are.</summary>
    internal static readonly TorchType Untyped = new("uint8", 1);

    private static readonly Dictionary<string, TorchType> _storages = new(StringComparer.Ordinal)
    {
        ["DoubleStorage"] = new("float64", 8),
        ["FloatStorage"] = new("float32", 4),
        ["HalfStorage"] = new("float16", 2),
        ["BFloat16Storage"] = new("bfloat16", 2),
        ["LongStorage"] = new("int64", 8),
        ["IntStorage"] = new("int32", 4),
        ["ShortStorage"] = new("int16", 2),
        ["CharStorage"] = new("int8", 1),
        ["ByteStorage"] = new("uint8", 1),
        ["BoolStorage"] = new("bool", 1),
        ["ComplexDoubleStorage"] = new("complex128", 16),
        ["ComplexFloatStorage"] = new("complex64", 8),
        ["QUInt8Storage"] = new("quint8", 1),
        ["QInt8Storage"] = new("qint8", 1),
        ["QInt32Storage"] = new("qint32", 4),
        ["QUInt4x2Storage"] = new("quint4x2", 1, 2),
        ["QUInt2x4Storage"] = new("quint2x4", 1, 4),
    };

    private static readonly Dictionary<string, TorchType> _dtypes = new(StringComparer.Ordinal)
    {
        ["float64"] = new("float64", 8),
        ["double"] = new("float64", 8),
        ["float32"] = new("float32", 4),
        ["float"] = new("float32", 4),
        ["float16"] = new("float16", 2),
        ["half"] = new("float16", 2),
        ["bfloat16"] = new("bfloat16", 2),
        ["float8_e4m3fn"] = new("float8_e4m3fn", 1),
        ["float8_e5m2"] = new("float8_e5m2", 1),
        ["float8_e4m3fnuz"] = new("float8_e4m3fnuz", 1),
        ["float8_e5m2fnuz"] = new("float8_e5m2fnuz", 1),
        ["float8_e8m0fnu"] = new("float8_e8m0fnu", 1),
        ["float4_e2m1fn_x2"] = new("float4_e2m1fn_x2", 1), // two numbers a byte; shapes count the bytes
        ["int64"] = new("int64", 8),
        ["long"] = new("int64", 8),
        ["int32"] = new("int32", 4),
        ["int"] = new("int32", 4),
        ["int16"] = new("int16", 2),
        ["short"] = new("int16", 2),
        ["int8"] = new("int8", 1),
        ["uint8"] = new("uint8", 1),
        ["uint16"] = new("uint16", 2),
        ["uint32"] = new("uint32", 4),
        ["uint64"] = new("uint64", 8),
        ["bool"] = new("bool", 1),
        ["complex32"] = new("complex32", 4),
        ["chalf"] = new("complex32", 4),
        ["complex64"] = new("complex64", 8),
        ["cfloat"] = new("complex64", 8),
        ["complex128"] = new("complex128", 16),
        ["cdouble"] = new("complex128", 16),
        ["quint8"] = new("quint8", 1),
        ["qint8"] = new("qint8", 1),
        ["qint32"] = new("qint32", 4),
        ["quint4x2"] = new("quint4x2", 1, 2),
        ["quint2x4"] = new("quint2x4", 1, 4),
        ["bits8"] = new("bits8", 1),
        ["bits16"] = new("bits16", 2),
        ["bits1x8"] = new("bits1x8", 1),
        ["bits2x4"] = new("bits2x4", 1),
        ["bits4x2"] = new("bits4x2", 1),
    };

    /// <summary>Whether a global is one of the storage classes.</summary>
    internal static bool IsStorage(string fullName) => OfStorage(fullName) is not null;

    /// <summary>The elements of a storage class by its full name; null when it is none.</summary>
    internal static TorchType? OfStorage(string fullName) => fullName switch
    {
        "torch.UntypedStorage" or "torch.storage.UntypedStorage" or "torch.storage._UntypedStorage" => Untyped,
        _ when fullName.StartsWith("torch.cuda.", StringComparison.Ordinal) => _storages.GetValueOrDefault(fullName["torch.cuda.".Length..]),
        _ when fullName.StartsWith("torch.", StringComparison.Ordinal) => _storages.GetValueOrDefault(fullName["torch.".Length..]),
        _ => null,
    };

    /// <summary>The type of a global such as <c>torch.float32</c>; null when it is none.</summary>
    internal static TorchType? OfDtype(string fullName) =>
        fullName.StartsWith("torch.", StringComparison.Ordinal) ? _dtypes.GetValueOrDefault(fullName["torch.".Length..]) : null;
}
