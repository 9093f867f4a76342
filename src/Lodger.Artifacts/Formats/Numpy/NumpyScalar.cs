using System.Buffers.Binary;

namespace Lodger.Artifacts.Formats.Numpy;

/// <summary>The value of an array with one element, for the common number types.</summary>
internal static class NumpyScalar
{
    internal static double? Of(string? type, ReadOnlySpan<byte> value) => type switch
    {
        "|u1" => value[0],
        "<i4" => BinaryPrimitives.ReadInt32LittleEndian(value),
        "<u4" => BinaryPrimitives.ReadUInt32LittleEndian(value),
        "<i8" => BinaryPrimitives.ReadInt64LittleEndian(value),
        "<u8" => BinaryPrimitives.ReadUInt64LittleEndian(value),
        "<f4" => BinaryPrimitives.ReadSingleLittleEndian(value),
        "<f8" => BinaryPrimitives.ReadDoubleLittleEndian(value),
        _ => null,
    };
}
