using System.Runtime.Intrinsics;

namespace Lodger.Artifacts.Formats.Zip;

/// <summary>CRC-32 as zip uses it (polynomial 0xEDB88320, reflected), eight bytes a step.</summary>
internal static class Crc32
{
    private static readonly uint[][] _tables = Tables();

    /// <summary>Goes on from the CRC of what came before; 0 to begin with.</summary>
    internal static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        if (FoldedCrc32.IsSupported && bytes.Length >= FoldedCrc32.MinBytes)
        {
            var blocks = bytes.Length & ~15;
            Span<byte> remainder = stackalloc byte[16];
            FoldedCrc32.Fold(crc, bytes[..blocks]).CopyTo(remainder);
            return ~ByTable(ByTable(0, remainder), bytes[blocks..]);
        }

        return ~ByTable(crc, bytes);
    }

    /// <summary>On the inverted state.</summary>
    private static uint ByTable(uint crc, ReadOnlySpan<byte> bytes)
    {
        var t = _tables;
        while (bytes.Length >= 8)
        {
            var low = crc ^ (uint)(bytes[0] | (bytes[1] << 8) | (bytes[2] << 16) | (bytes[3] << 24));
            crc = t[7][low & 0xFF] ^ t[6][(low >> 8) & 0xFF] ^ t[5][(low >> 16) & 0xFF] ^ t[4][low >> 24]
                ^ t[3][bytes[4]] ^ t[2][bytes[5]] ^ t[1][bytes[6]] ^ t[0][bytes[7]];
            bytes = bytes[8..];
        }

        foreach (var value in bytes)
        {
            crc = (crc >> 8) ^ t[0][(crc ^ value) & 0xFF];
        }

        return crc;
    }

    private static uint[][] Tables()
    {
        var tables = Enumerable.Range(0, 8).Select(_ => new uint[256]).ToArray();
        for (uint i = 0; i < 256; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }

            tables[0][i] = crc;
        }

        for (var slice = 1; slice < 8; slice++)
        {
            for (var i = 0; i < 256; i++)
            {
                var before = tables[slice - 1][i];
                tables[slice][i] = (before >> 8) ^ tables[0][before & 0xFF];
            }
        }

        return tables;
    }
}
