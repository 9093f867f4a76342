namespace Lodger.Artifacts.Formats.Tensorflow;

/// <summary>Unpacks one Snappy block (google/snappy, format_description.txt): literals, and copies of what was unpacked before.</summary>
internal static class Snappy
{
    // a copy of 64 bytes takes three: no block unpacks to more
    private const int MaxRatio = 22;

    /// <exception cref="InvalidDataException">It is not whole.</exception>
    internal static byte[] Unpack(ReadOnlySpan<byte> packed)
    {
        var bytes = TableBlock.Varint(ref packed);
        if (bytes > (ulong)packed.Length * MaxRatio)
        {
            throw new InvalidDataException($"a packed block claims to unpack to {bytes} bytes, more than its {packed.Length} can make.");
        }

        var unpacked = new byte[bytes];
        var filled = 0;
        while (packed.Length > 0)
        {
            var tag = packed[0];
            packed = packed[1..];
            if ((tag & 3) == 0)
            {
                Literal(ref packed, tag >> 2, unpacked.AsSpan(filled), ref filled);
            }
            else
            {
                Copy(ref packed, tag, unpacked, ref filled);
            }
        }

        return filled == unpacked.Length ? unpacked : throw new InvalidDataException($"a packed block unpacks to {filled} bytes, and {bytes} were promised.");
    }

    private static void Literal(ref ReadOnlySpan<byte> packed, int length, Span<byte> to, ref int filled)
    {
        // 60 to 63: the length less one is in the next 1 to 4 bytes
        var bytes = length < 60 ? length + 1L : Number(ref packed, length - 59) + 1L;
        if (bytes > packed.Length || bytes > to.Length)
        {
            throw Wrong();
        }

        packed[..(int)bytes].CopyTo(to);
        packed = packed[(int)bytes..];
        filled += (int)bytes;
    }

    private static void Copy(ref ReadOnlySpan<byte> packed, byte tag, byte[] unpacked, ref int filled)
    {
        var (bytes, back) = (tag & 3) switch
        {
            1 => (4 + ((tag >> 2) & 7), ((long)(tag >> 5) << 8) | Number(ref packed, 1)),
            2 => (1 + (tag >> 2), Number(ref packed, 2)),
            _ => (1 + (tag >> 2), Number(ref packed, 4)),
        };
        if (back == 0 || back > filled || bytes > unpacked.Length - filled)
        {
            throw Wrong();
        }

        for (var i = 0; i < bytes; i++)
        {
            unpacked[filled + i] = unpacked[filled + i - (int)back]; // byte by byte: a copy may overlap what it makes
        }

        filled += bytes;
    }

    private static long Number(ref ReadOnlySpan<byte> packed, int bytes)
    {
        if (packed.Length < bytes)
        {
            throw Wrong();
        }

        long value = 0;
        for (var i = 0; i < bytes; i++)
        {
            value |= (long)packed[i] << (8 * i);
        }

        packed = packed[bytes..];
        return value;
    }

    private static InvalidDataException Wrong() => new("a packed block of the table does not unpack.");
}
