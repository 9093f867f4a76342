using System.Buffers.Binary;

namespace Lodger.Artifacts.Formats.Png;

/// <summary>What IHDR says.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="BitsPerPixel">Bits of one pixel, all its samples together.</param>
/// <param name="Interlaced">Stored in Adam7's seven passes.</param>
internal sealed record PngHeader(uint Width, uint Height, int BitsPerPixel, bool Interlaced)
{
    private const int HeaderBytes = 13;

    // Adam7: where each pass begins and how far apart its pixels are, across and down
    private static readonly (int X, int Y, int AcrossStep, int DownStep)[] _passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>Bytes that the unpacked image data must have: each row with its filter byte. Null when that is more than any file holds.</summary>
    internal long? DataBytes
    {
        get
        {
            var total = Interlaced
                ? _passes.Aggregate(Int128.Zero, (sum, pass) => sum + Rows(Count(Width, pass.X, pass.AcrossStep), Count(Height, pass.Y, pass.DownStep)))
                : Rows(Width, Height);
            return total <= long.MaxValue ? (long)total : null;
        }
    }

    /// <exception cref="InvalidDataException">It is no header that PNG allows.</exception>
    internal static PngHeader Of(ReadOnlySpan<byte> data)
    {
        if (data.Length != HeaderBytes)
        {
            throw new InvalidDataException($"its header has {data.Length} bytes and not {HeaderBytes}.");
        }

        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data[4..]));
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue)
        {
            throw new InvalidDataException($"it claims {width} x {height} pixels.");
        }

        var samples = (data[9], data[8]) switch
        {
            (0, 1 or 2 or 4 or 8 or 16) or (3, 1 or 2 or 4 or 8) => 1,
            (2, 8 or 16) => 3,
            (4, 8 or 16) => 2,
            (6, 8 or 16) => 4,
            _ => throw new InvalidDataException($"colour type {data[9]} with {data[8]} bits is not one PNG has."),
        };
        return data[10] == 0 && data[11] == 0 && data[12] <= 1
            ? new PngHeader(width, height, samples * data[8], data[12] == 1)
            : throw new InvalidDataException("its compression, filter or interlace method is not one PNG has.");
    }

    private Int128 Rows(long width, long height) => width == 0 ? 0 : ((((Int128)width * BitsPerPixel) + 7) / 8 + 1) * height;

    private static long Count(long size, int from, int step) => size <= from ? 0 : (size - from + step - 1) / step;
}
