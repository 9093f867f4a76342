using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lodger.Artifacts.Inspection;

/// <summary>Whole numbers of two bytes and more.</summary>
internal sealed class IntegerGauge<T>() : ValueGauge(Marshal.SizeOf<T>())
    where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
{
    private long _values;
    private long _zeros;
    private T _min = T.MaxValue;
    private T _max = T.MinValue;
    private double _sum;

    internal override TensorStatistics Statistics => Of(_values, 0, 0, _zeros, double.CreateChecked(_min), double.CreateChecked(_max), _sum);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Take(ReadOnlySpan<byte> bytes)
    {
        var values = MemoryMarshal.Cast<byte, T>(bytes);
        var (min, max) = (new Vector<T>(_min), new Vector<T>(_max));
        var at = 0;
        for (; at + Vector<T>.Count <= values.Length; at += Vector<T>.Count)
        {
            var v = new Vector<T>(values[at..]);
            min = Vector.Min(min, v);
            max = Vector.Max(max, v);
        }

        for (var i = 0; i < Vector<T>.Count; i++)
        {
            _min = T.Min(_min, min[i]);
            _max = T.Max(_max, max[i]);
        }

        foreach (var value in values[at..])
        {
            _min = T.Min(_min, value);
            _max = T.Max(_max, value);
        }

        double sum = 0;
        long nonZeros = 0;
        foreach (var value in values)
        {
            sum += double.CreateTruncating(value);
            nonZeros += T.IsZero(value) ? 0 : 1;
        }

        _values += values.Length;
        _zeros += values.Length - nonZeros;
        _sum += sum;
    }
}
