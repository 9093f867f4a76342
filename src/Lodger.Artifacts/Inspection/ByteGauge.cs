using System.Runtime.CompilerServices;

namespace Lodger.Artifacts.Inspection;

/// <summary>Elements of one byte: how often each of the 256 occurs says everything.</summary>
internal sealed class ByteGauge : ValueGauge
{
    private readonly long[] _counts = new long[256];
    private readonly Func<byte, double> _valueOf;

    private ByteGauge(Func<byte, double> valueOf)
        : base(valueBytes: 1) => _valueOf = valueOf;

    internal override TensorStatistics Statistics
    {
        get
        {
            long values = 0, nans = 0, infinities = 0, zeros = 0;
            var (min, max, sum) = (double.PositiveInfinity, double.NegativeInfinity, 0.0);
            for (var i = 0; i < 256; i++)
            {
                var (count, value) = (_counts[i], _valueOf((byte)i));
                values += count;
                nans += double.IsNaN(value) ? count : 0;
                infinities += double.IsInfinity(value) ? count : 0;
                zeros += value == 0 ? count : 0;
                if (count > 0 && double.IsFinite(value))
                {
                    (min, max, sum) = (Math.Min(min, value), Math.Max(max, value), sum + (value * count));
                }
            }

            return Of(values, nans, infinities, zeros, min, max, sum);
        }
    }

    internal static new ByteGauge? Of(string type) => type switch
    {
        "bool" or "uint8" or "quint8" => new(value => value),
        "int8" or "qint8" => new(value => (sbyte)value),
        "float8_e4m3fn" => new(value => (value & 0x7F) == 0x7F ? double.NaN : Float8(value, exponentBits: 4, bias: 7)),
        "float8_e4m3fnuz" => new(value => value == 0x80 ? double.NaN : Float8(value, exponentBits: 4, bias: 8)),
        "float8_e5m2" => new(value => (value & 0x7F) switch
        {
            0x7C => value < 0x80 ? double.PositiveInfinity : double.NegativeInfinity,
            > 0x7C => double.NaN,
            _ => Float8(value, exponentBits: 5, bias: 15),
        }),
        "float8_e5m2fnuz" => new(value => value == 0x80 ? double.NaN : Float8(value, exponentBits: 5, bias: 16)),
        "float8_e8m0fnu" => new(value => value == 0xFF ? double.NaN : Math.ScaleB(1, value - 127)),
        _ => null,
    };

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Take(ReadOnlySpan<byte> values)
    {
        foreach (var value in values)
        {
            _counts[value]++;
        }
    }

    /// <summary>Sign, exponent, fraction, as in IEEE 754 with these widths; no special values.</summary>
    private static double Float8(byte bits, int exponentBits, int bias)
    {
        var fractionBits = 7 - exponentBits;
        var exponent = (bits & 0x7F) >> fractionBits;
        var fraction = (bits & ((1 << fractionBits) - 1)) / (double)(1 << fractionBits);
        var size = exponent == 0 ? Math.ScaleB(fraction, 1 - bias) : Math.ScaleB(1 + fraction, exponent - bias);
        return bits < 0x80 ? size : -size;
    }
}
