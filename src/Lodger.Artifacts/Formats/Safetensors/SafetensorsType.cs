using System.Buffers.Binary;

namespace Lodger.Artifacts.Formats.Safetensors;

/// <summary>The element types of safetensors and their widths.</summary>
internal static class SafetensorsType
{
    /// <summary>Bits of one element; null for a type this version does not know.</summary>
    internal static int? BitsOf(string type) => type switch
    {
        "F4" => 4,
        "F6_E2M3" or "F6_E3M2" => 6,
        "BOOL" or "U8" or "I8" or "F8_E5M2" or "F8_E4M3" or "F8_E8M0" or "F8_E4M3FNUZ" or "F8_E5M2FNUZ" => 8,
        "U16" or "I16" or "F16" or "BF16" => 16,
        "U32" or "I32" or "F32" => 32,
        "U64" or "I64" or "F64" or "C64" => 64,
        "C128" => 128,
        _ => null,
    };

    /// <summary>The type in PyTorch's words; its own in lower case where PyTorch has none.</summary>
    internal static string NameOf(string type) => type switch
    {
        "BOOL" => "bool",
        "U8" => "uint8",
        "I8" => "int8",
        "U16" => "uint16",
        "I16" => "int16",
        "U32" => "uint32",
        "I32" => "int32",
        "U64" => "uint64",
        "I64" => "int64",
        "F16" => "float16",
        "BF16" => "bfloat16",
        "F32" => "float32",
        "F64" => "float64",
        "C64" => "complex64",
        "C128" => "complex128",
        "F8_E5M2" => "float8_e5m2",
        "F8_E4M3" => "float8_e4m3fn",
        "F8_E8M0" => "float8_e8m0fnu",
        "F8_E4M3FNUZ" => "float8_e4m3fnuz",
        "F8_E5M2FNUZ" => "float8_e5m2fnuz",
        _ => type.ToLowerInvariant(),
    };

    /// <summary>The value of a single element as a number, for the common types; null otherwise.</summary>
    internal static double? ScalarOf(string type, ReadOnlySpan<byte> value) => (type, value.Length) switch
    {
        ("U8", >= 1) => value[0],
        ("I32", >= 4) => BinaryPrimitives.ReadInt32LittleEndian(value),
        ("U32", >= 4) => BinaryPrimitives.ReadUInt32LittleEndian(value),
        ("I64", >= 8) => BinaryPrimitives.ReadInt64LittleEndian(value),
        ("U64", >= 8) => BinaryPrimitives.ReadUInt64LittleEndian(value),
        ("F32", >= 4) => BinaryPrimitives.ReadSingleLittleEndian(value),
        ("F64", >= 8) => BinaryPrimitives.ReadDoubleLittleEndian(value),
        _ => null,
    };
}
