using System.Buffers.Binary;
using System.Globalization;
using Lodger.Artifacts.Inspection;

namespace Lodger.Artifacts.Tests;

/// <summary>What is said of an array's values, number by number: however many there are, wherever the odd one stands, and however its bytes come by.</summary>
public sealed class ValueStatisticsTests
{
    // enough for a few of the widest vectors and a rest
    private const int Values = 75;

    private static TensorEntry Measured(string type, byte[] bytes, int piece = int.MaxValue)
    {
        using var values = new TensorValues(type);
        for (var at = 0; at < bytes.Length; at += piece)
        {
            values.Add(bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)));
            if (piece == int.MaxValue)
            {
                break;
            }
        }

        return values.Measured(new TensorEntry("w", type, [1], bytes.Length));
    }

    private static TensorStatistics Of(string type, params byte[][] elements) => Measured(type, [.. elements.SelectMany(element => element)]).Statistics.ShouldNotBeNull();

    /// <summary>The bytes of an element, given as its number in hex.</summary>
    private static byte[] Little(string hex) => [.. Convert.FromHexString(hex).Reverse()];

    // OCP 8-bit floating point 1.0, its fnuz kin, microscaling's e8m0; IEEE 754 and bfloat16
    [Theory]
    [InlineData("float8_e4m3fn", "7E", 448)]
    [InlineData("float8_e4m3fn", "FE", -448)]
    [InlineData("float8_e4m3fn", "08", 0.015625)]
    [InlineData("float8_e4m3fn", "07", 0.013671875)]
    [InlineData("float8_e4m3fn", "01", 0.001953125)]
    [InlineData("float8_e4m3fn", "81", -0.001953125)]
    [InlineData("float8_e4m3fn", "38", 1)]
    [InlineData("float8_e4m3fn", "3C", 1.5)]
    [InlineData("float8_e4m3fn", "00", 0)]
    [InlineData("float8_e4m3fn", "80", 0)]
    [InlineData("float8_e4m3fn", "7F", double.NaN)]
    [InlineData("float8_e4m3fn", "FF", double.NaN)]
    [InlineData("float8_e4m3fnuz", "7F", 240)]
    [InlineData("float8_e4m3fnuz", "FF", -240)]
    [InlineData("float8_e4m3fnuz", "01", 0.0009765625)]
    [InlineData("float8_e4m3fnuz", "40", 1)]
    [InlineData("float8_e4m3fnuz", "80", double.NaN)]
    [InlineData("float8_e5m2", "7B", 57344)]
    [InlineData("float8_e5m2", "FB", -57344)]
    [InlineData("float8_e5m2", "01", 0.0000152587890625)]
    [InlineData("float8_e5m2", "04", 0.00006103515625)]
    [InlineData("float8_e5m2", "3D", 1.25)]
    [InlineData("float8_e5m2", "7C", double.PositiveInfinity)]
    [InlineData("float8_e5m2", "FC", double.NegativeInfinity)]
    [InlineData("float8_e5m2", "7D", double.NaN)]
    [InlineData("float8_e5m2", "FF", double.NaN)]
    [InlineData("float8_e5m2fnuz", "7F", 57344)]
    [InlineData("float8_e5m2fnuz", "01", 0.00000762939453125)]
    [InlineData("float8_e5m2fnuz", "40", 1)]
    [InlineData("float8_e5m2fnuz", "80", double.NaN)]
    [InlineData("float8_e8m0fnu", "7F", 1)]
    [InlineData("float8_e8m0fnu", "80", 2)]
    [InlineData("float8_e8m0fnu", "7C", 0.125)]
    [InlineData("float8_e8m0fnu", "FF", double.NaN)]
    [InlineData("bool", "01", 1)]
    [InlineData("uint8", "FF", 255)]
    [InlineData("quint8", "80", 128)]
    [InlineData("int8", "80", -128)]
    [InlineData("qint8", "FF", -1)]
    [InlineData("float16", "0000", 0)]
    [InlineData("float16", "8000", 0)]
    [InlineData("float16", "0001", 5.9604644775390625E-08)]
    [InlineData("float16", "83FF", -6.097555160522461E-05)]
    [InlineData("float16", "0400", 6.103515625E-05)]
    [InlineData("float16", "3C00", 1)]
    [InlineData("float16", "BE00", -1.5)]
    [InlineData("float16", "7BFF", 65504)]
    [InlineData("float16", "FBFF", -65504)]
    [InlineData("float16", "7C00", double.PositiveInfinity)]
    [InlineData("float16", "FC00", double.NegativeInfinity)]
    [InlineData("float16", "7C01", double.NaN)]
    [InlineData("float16", "FFFF", double.NaN)]
    [InlineData("bfloat16", "3F80", 1)]
    [InlineData("bfloat16", "C040", -3)]
    [InlineData("bfloat16", "8000", 0)]
    [InlineData("bfloat16", "7F80", double.PositiveInfinity)]
    [InlineData("bfloat16", "FF80", double.NegativeInfinity)]
    [InlineData("bfloat16", "7FC0", double.NaN)]
    [InlineData("bfloat16", "FF81", double.NaN)]
    [InlineData("float32", "3FC00000", 1.5)]
    [InlineData("float32", "80000000", 0)]
    [InlineData("float32", "00000001", 1.401298464324817E-45)]
    [InlineData("float32", "FF7FFFFF", -3.4028234663852886E+38)]
    [InlineData("float32", "7F800000", double.PositiveInfinity)]
    [InlineData("float32", "FF800000", double.NegativeInfinity)]
    [InlineData("float32", "7FC00000", double.NaN)]
    [InlineData("float64", "BFF8000000000000", -1.5)]
    [InlineData("float64", "0000000000000001", 4.94065645841247E-324)]
    [InlineData("float64", "7FF0000000000000", double.PositiveInfinity)]
    [InlineData("float64", "FFF0000000000000", double.NegativeInfinity)]
    [InlineData("float64", "FFF8000000000000", double.NaN)]
    [InlineData("int16", "8000", -32768)]
    [InlineData("int16", "7FFF", 32767)]
    [InlineData("uint16", "8000", 32768)]
    [InlineData("int32", "80000000", -2147483648)]
    [InlineData("qint32", "FFFFFFFF", -1)]
    [InlineData("uint32", "FFFFFFFF", 4294967295)]
    [InlineData("int64", "FFFFFFFFFFFFFFFE", -2)]
    [InlineData("int64", "0000000000000000", 0)]
    [InlineData("uint64", "8000000000000000", 9223372036854775808)]
    public void An_element_is_the_number_that_its_type_makes_of_its_bytes(string type, string hex, double value)
    {
        foreach (var count in (int[])[1, Values])
        {
            var said = Of(type, [.. Enumerable.Repeat(Little(hex), count)]);

            var (isNan, isInfinite) = (double.IsNaN(value), double.IsInfinity(value));
            (said.Values, said.NaNs, said.Infinities, said.Zeros).ShouldBe((count, isNan ? count : 0, isInfinite ? count : 0, value == 0 ? count : 0), $"{count}");
            double? finite = isNan || isInfinite ? null : value;
            (said.Min, said.Max).ShouldBe((finite, finite), $"{count}");
            (said.Mean is { } mean ? Math.Abs(mean - finite.GetValueOrDefault()) <= Math.Abs(finite.GetValueOrDefault()) * 1e-12 : finite is null).ShouldBeTrue($"{count}: {said.Mean}");
            (said.IsAllZero, said.HasNonFinite).ShouldBe((value == 0, isNan || isInfinite));
        }
    }

    // an ordinary number, and odd ones that may stand anywhere
    [Theory]
    [InlineData("float32", "3F800000", "C0A00000", "40E00000", "7FC00000", "FF800000", "80000000")]
    [InlineData("bfloat16", "3F80", "C0A0", "40E0", "7FC0", "FF80", "8000")]
    [InlineData("float16", "3C00", "C500", "4700", "7E00", "FC00", "8000")]
    [InlineData("float64", "3FF0000000000000", "C014000000000000", "401C000000000000", "7FF8000000000000", "FFF0000000000000", "8000000000000000")]
    [InlineData("float8_e5m2", "3C", "C5", "47", "7F", "FC", "80")]
    [InlineData("int8", "01", "FB", "07", null, null, "00")]
    [InlineData("int16", "0001", "FFFB", "0007", null, null, "0000")]
    [InlineData("int32", "00000001", "FFFFFFFB", "00000007", null, null, "00000000")]
    [InlineData("int64", "0000000000000001", "FFFFFFFFFFFFFFFB", "0000000000000007", null, null, "0000000000000000")]
    public void An_odd_one_is_seen_wherever_it_stands(string type, string one, string minusFive, string seven, string? nan, string? infinite, string zero)
    {
        byte[][] With(string hex, int at)
        {
            var elements = Enumerable.Repeat(Little(one), Values).ToArray();
            elements[at] = Little(hex);
            return elements;
        }

        for (var at = 0; at < Values; at++)
        {
            var place = at.ToString(CultureInfo.InvariantCulture);
            Of(type, With(minusFive, at)).ShouldBe(new TensorStatistics(Values, 0, 0, 0, -5, 1, (Values - 6) / (double)Values), place);
            Of(type, With(seven, at)).ShouldBe(new TensorStatistics(Values, 0, 0, 0, 1, 7, (Values + 6) / (double)Values), place);
            Of(type, With(zero, at)).ShouldBe(new TensorStatistics(Values, 0, 0, 1, 0, 1, (Values - 1) / (double)Values), place);
            if (nan is not null)
            {
                Of(type, With(nan, at)).ShouldBe(new TensorStatistics(Values, 1, 0, 0, 1, 1, 1), place);
                Of(type, With(infinite!, at)).ShouldBe(new TensorStatistics(Values, 0, 1, 0, 1, 1, 1), place);
            }
        }
    }

    [Theory]
    [InlineData("uint8", 1)]
    [InlineData("float16", 2)]
    [InlineData("bfloat16", 2)]
    [InlineData("uint16", 2)]
    [InlineData("float32", 4)]
    [InlineData("complex64", 4)]
    [InlineData("uint32", 4)]
    [InlineData("float64", 8)]
    [InlineData("complex128", 8)]
    [InlineData("uint64", 8)]
    public void Values_are_told_alike_however_their_bytes_come_by(string type, int bytesEach)
    {
        var bytes = new byte[bytesEach * 3000];
        new Random(7).NextBytes(bytes);
        var whole = Measured(type, bytes);
        foreach (var piece in (int[])[1, 3, 7, 8, 13, 4095, 4097])
        {
            var pieces = Measured(type, bytes, piece);
            pieces.ValuesSha256.ShouldBe(whole.ValuesSha256);
            var (some, all) = (pieces.Statistics.ShouldNotBeNull(), whole.Statistics.ShouldNotBeNull());
            (some with { Mean = null }).ShouldBe(all with { Mean = null }, $"{piece} bytes at once");
            ((some.Mean is null) == (all.Mean is null)).ShouldBeTrue();
            some.Values.ShouldBe(3000);
        }
    }

    [Fact]
    public void Values_taken_in_several_goes_add_up()
    {
        using var values = new TensorValues("float32");
        for (var i = 1; i <= 40; i++)
        {
            var bytes = new byte[4 * 9];
            for (var j = 0; j < 9; j++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * j), i);
            }

            values.Add(bytes);
        }

        values.Measured(new TensorEntry("w", "float32", [360], 1440)).Statistics.ShouldBe(new TensorStatistics(360, 0, 0, 0, 1, 40, 20.5));
    }

    [Fact]
    public void Without_a_finite_value_there_is_no_smallest_largest_or_mean_and_a_mean_past_every_number_is_left_out()
    {
        Of("float32").ShouldBe(new TensorStatistics(0, 0, 0, 0, null, null, null));
        Of("float32").IsAllZero.ShouldBeFalse();
        Of("float32", Little("7FC00000"), Little("FF800000")).ShouldBe(new TensorStatistics(2, 1, 1, 0, null, null, null));
        Of("float64", Little("7FEFFFFFFFFFFFFF"), Little("7FEFFFFFFFFFFFFF")).ShouldBe(new TensorStatistics(2, 0, 0, 0, double.MaxValue, double.MaxValue, null));
        Of("int16", Little("0000"), Little("0001")).IsAllZero.ShouldBeFalse();
    }

    [Fact]
    public void Elements_that_are_not_known_have_a_checksum_and_no_statistics()
    {
        var measured = Measured("q4_k", "some"u8.ToArray());

        measured.Statistics.ShouldBeNull();
        measured.ValuesSha256.ShouldBe(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("some"u8)));
    }
}
