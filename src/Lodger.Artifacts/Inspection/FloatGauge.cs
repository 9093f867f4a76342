using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lodger.Artifacts.Inspection;

/// <summary>Numbers that a float32 holds exactly: float32, bfloat16 and float16, as many at once as the processor takes.</summary>
internal sealed class FloatGauge(FloatGauge.Encoding encoding) : ValueGauge(encoding == FloatGauge.Encoding.Single ? 4 : 2)
{
    // converted on the stack, 4 KiB at a time
    private const int BlockValues = 1024;

    private long _values;
    private long _nans;
    private long _infinities;
    private long _zeros;
    private float _min = float.PositiveInfinity;
    private float _max = float.NegativeInfinity;
    private double _sum;

    internal enum Encoding
    {
        Single,
        Brain,
        Half,
    }

    internal override TensorStatistics Statistics => Of(_values, _nans, _infinities, _zeros, _min, _max, _sum);

    protected override void Take(ReadOnlySpan<byte> values)
    {
        if (encoding == Encoding.Single)
        {
            TakeFloats(MemoryMarshal.Cast<byte, float>(values));
            return;
        }

        Span<float> converted = stackalloc float[BlockValues];
        for (var narrow = MemoryMarshal.Cast<byte, ushort>(values); narrow.Length > 0; narrow = narrow[Math.Min(BlockValues, narrow.Length)..])
        {
            var block = narrow[..Math.Min(BlockValues, narrow.Length)];
            Widen(block, converted);
            TakeFloats(converted[..block.Length]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Widen(ReadOnlySpan<ushort> narrow, Span<float> wide)
    {
        var at = 0;
        for (; at + Vector<ushort>.Count <= narrow.Length; at += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(narrow[at..]), out var low, out var high);
            ToSingle(low).CopyTo(wide[at..]);
            ToSingle(high).CopyTo(wide[(at + Vector<uint>.Count)..]);
        }

        for (; at < narrow.Length; at++)
        {
            wide[at] = encoding == Encoding.Brain ? BitConverter.UInt32BitsToSingle((uint)narrow[at] << 16) : (float)BitConverter.UInt16BitsToHalf(narrow[at]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector<float> ToSingle(Vector<uint> bits)
    {
        if (encoding == Encoding.Brain)
        {
            return Vector.AsVectorSingle(bits << 16);
        }

        // A half's exponent and fraction, 13 bits up, are a float's whose exponent is 112 too low: multiplying mends that, for denormals too.
        var sign = (bits & new Vector<uint>(0x8000)) << 16;
        var size = Vector.AsVectorSingle((bits & new Vector<uint>(0x7FFF)) << 13) * new Vector<float>(BitConverter.UInt32BitsToSingle((127 + 112) << 23));
        var special = Vector.AsVectorUInt32(Vector.GreaterThanOrEqual(size, new Vector<float>(65536))) & new Vector<uint>(0x7F80_0000);
        return Vector.AsVectorSingle(Vector.AsVectorUInt32(size) | special | sign);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TakeFloats(ReadOnlySpan<float> values)
    {
        var (nans, infinities, zeros) = (Vector<int>.Zero, Vector<int>.Zero, Vector<int>.Zero);
        var (min, max) = (new Vector<float>(_min), new Vector<float>(_max));
        var (sumLow, sumHigh) = (Vector<double>.Zero, Vector<double>.Zero);
        var at = 0;
        for (; at + Vector<float>.Count <= values.Length; at += Vector<float>.Count)
        {
            var v = new Vector<float>(values[at..]);
            var finite = Vector.LessThan(Vector.Abs(v), new Vector<float>(float.PositiveInfinity));
            nans += Vector<int>.One + Vector.Equals(v, v); // a comparison that holds is -1
            infinities -= Vector.Equals(Vector.Abs(v), new Vector<float>(float.PositiveInfinity));
            zeros -= Vector.Equals(v, Vector<float>.Zero);
            min = Vector.ConditionalSelect(finite & Vector.LessThan(v, min), v, min);
            max = Vector.ConditionalSelect(finite & Vector.GreaterThan(v, max), v, max);
            Vector.Widen(Vector.ConditionalSelect(finite, v, Vector<float>.Zero), out var low, out var high);
            sumLow += low;
            sumHigh += high;
        }

        _values += values.Length;
        _nans += Vector.Sum(nans);
        _infinities += Vector.Sum(infinities);
        _zeros += Vector.Sum(zeros);
        _sum += Vector.Sum(sumLow + sumHigh);
        for (var i = 0; i < Vector<float>.Count; i++)
        {
            _min = Math.Min(_min, min[i]);
            _max = Math.Max(_max, max[i]);
        }

        foreach (var value in values[at..])
        {
            TakeOne(value);
        }
    }

    private void TakeOne(float value)
    {
        _nans += float.IsNaN(value) ? 1 : 0;
        _infinities += float.IsInfinity(value) ? 1 : 0;
        _zeros += value == 0 ? 1 : 0;
        if (float.IsFinite(value))
        {
            _min = Math.Min(_min, value);
            _max = Math.Max(_max, value);
            _sum += value;
        }
    }
}
