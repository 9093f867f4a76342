using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lodger.Artifacts.Formats.Zip;

/// <summary>
/// CRC-32 by carry-less multiplication, 64 bytes a step: the method of Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ" (Intel,
/// 2009). What is left is a remainder of 16 bytes, which goes through the tables like any data.
/// </summary>
internal static class FoldedCrc32
{
    /// <summary>Fewer bytes than this are not worth it.</summary>
    internal const int MinBytes = 128;

    // x^n mod P, reflected, one bit up, for the distances that a fold skips: 64 bytes (four registers) and 16 bytes (one)
    private static readonly Vector128<ulong> _by64Bytes = Vector128.Create(Power((64 * 8) + 32), Power((64 * 8) - 32));
    private static readonly Vector128<ulong> _by16Bytes = Vector128.Create(Power((16 * 8) + 32), Power((16 * 8) - 32));

    internal static bool IsSupported => Pclmulqdq.IsSupported;

    /// <summary>Takes whole blocks of 16 bytes, at least 64 bytes; gives the 16 bytes that stand for them all with a CRC state of zero.</summary>
    /// <param name="state">The inverted CRC of what came before.</param>
    /// <param name="blocks">A length that 16 divides.</param>
    // at once as fast as it gets: a short process would hardly see the second compilation
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static Vector128<byte> Fold(uint state, ReadOnlySpan<byte> blocks)
    {
        var (by64, by16) = (_by64Bytes, _by16Bytes);
        var x0 = Vector128.Create(blocks).AsUInt64() ^ Vector128.CreateScalar((ulong)state);
        var x1 = Vector128.Create(blocks[16..]).AsUInt64();
        var x2 = Vector128.Create(blocks[32..]).AsUInt64();
        var x3 = Vector128.Create(blocks[48..]).AsUInt64();
        blocks = blocks[64..];
        for (; blocks.Length >= 64; blocks = blocks[64..])
        {
            x0 = Folded(x0, by64) ^ Vector128.Create(blocks).AsUInt64();
            x1 = Folded(x1, by64) ^ Vector128.Create(blocks[16..]).AsUInt64();
            x2 = Folded(x2, by64) ^ Vector128.Create(blocks[32..]).AsUInt64();
            x3 = Folded(x3, by64) ^ Vector128.Create(blocks[48..]).AsUInt64();
        }

        var x = Folded(x0, by16) ^ x1;
        x = Folded(x, by16) ^ x2;
        x = Folded(x, by16) ^ x3;
        for (; blocks.Length >= 16; blocks = blocks[16..])
        {
            x = Folded(x, by16) ^ Vector128.Create(blocks).AsUInt64();
        }

        return x.AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<ulong> Folded(Vector128<ulong> x, Vector128<ulong> by) =>
        Pclmulqdq.CarrylessMultiply(x, by, 0x00) ^ Pclmulqdq.CarrylessMultiply(x, by, 0x11);

    /// <summary>x^n mod P with the bits reversed, and moved up by one as products of reversed numbers need.</summary>
    private static ulong Power(int n)
    {
        uint remainder = 1; // x^0, the lowest bit the constant term
        for (var i = 0; i < n; i++)
        {
            remainder = (remainder << 1) ^ ((remainder >> 31) * 0x04C1_1DB7);
        }

        ulong reversed = 0;
        for (var bit = 0; bit < 32; bit++)
        {
            reversed |= (ulong)((remainder >> bit) & 1) << (31 - bit);
        }

        return reversed << 1;
    }
}
