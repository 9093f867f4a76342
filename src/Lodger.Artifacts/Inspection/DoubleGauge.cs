using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lodger.Artifacts.Inspection;

/// <summary>float64, as many at once as the processor takes.</summary>
internal sealed class DoubleGauge() : ValueGauge(sizeof(double))
{
    private long _values;
    private long _nans;
    private long _infinities;
    private long _zeros;
    private double _min = double.PositiveInfinity;
    private double _max = double.NegativeInfinity;
    private double _sum;

    internal override TensorStatistics Statistics => Of(_values, _nans, _infinities, _zeros, _min, _max, _sum);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Take(ReadOnlySpan<byte> bytes)
    {
        var values = MemoryMarshal.Cast<byte, double>(bytes);
        var (nans, infinities, zeros) = (Vector<long>.Zero, Vector<long>.Zero, Vector<long>.Zero);
        var (min, max, sum) = (new Vector<double>(_min), new Vector<double>(_max), Vector<double>.Zero);
        var infinite = new Vector<double>(double.PositiveInfinity);
        var at = 0;
        for (; at + Vector<double>.Count <= values.Length; at += Vector<double>.Count)
        {
            var v = new Vector<double>(values[at..]);
            var finite = Vector.LessThan(Vector.Abs(v), infinite);
            nans += Vector<long>.One + Vector.Equals(v, v); // a comparison that holds is -1
            infinities -= Vector.Equals(Vector.Abs(v), infinite);
            zeros -= Vector.Equals(v, Vector<double>.Zero);
            min = Vector.ConditionalSelect(finite & Vector.LessThan(v, min), v, min);
            max = Vector.ConditionalSelect(finite & Vector.GreaterThan(v, max), v, max);
            sum += Vector.ConditionalSelect(finite, v, Vector<double>.Zero);
        }

        _values += values.Length;
        _nans += Vector.Sum(nans);
        _infinities += Vector.Sum(infinities);
        _zeros += Vector.Sum(zeros);
        _sum += Vector.Sum(sum);
        for (var i = 0; i < Vector<double>.Count; i++)
        {
            _min = Math.Min(_min, min[i]);
            _max = Math.Max(_max, max[i]);
        }

        foreach (var value in values[at..])
        {
            TakeOne(value);
        }
    }

    private void TakeOne(double value)
    {
        _nans += double.IsNaN(value) ? 1 : 0;
        _infinities += double.IsInfinity(value) ? 1 : 0;
        _zeros += value == 0 ? 1 : 0;
        if (double.IsFinite(value))
        {
            _min = Math.Min(_min, value);
            _max = Math.Max(_max, value);
            _sum += value;
        }
    }
}
