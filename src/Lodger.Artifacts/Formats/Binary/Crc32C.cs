using System.Buffers.Binary;
using System.Numerics;

namespace Lodger.Artifacts.Formats.Binary;

/// <summary>CRC-32C (Castagnoli), by the processor's own instruction where it has one.</summary>
internal static class Crc32C
{
    // leveldb's mask: a CRC that is stored beside data that holds CRCs is turned and shifted by this
    private const uint MaskDelta = 0xA282EAD8;

    /// <summary>Goes on from the CRC of what came before; 0 to begin with.</summary>
    internal static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        }

        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    internal static uint Unmask(uint masked) => BitOperations.RotateLeft(masked - MaskDelta, 15);
}
