namespace Lodger.Artifacts.Inspection;

/// <summary>Gathers statistics of little-endian values as they come by. Splits at elements; what a kind of element needs is below.</summary>
internal abstract class ValueGauge(int valueBytes)
{
    // an element of at most 8 bytes that was cut by the end of the bytes before
    private readonly byte[] _carried = new byte[8];
    private int _carriedBytes;

    /// <summary>What the values so far are like.</summary>
    internal abstract TensorStatistics Statistics { get; }

    /// <summary>The gauge for elements of a type by its name in <see cref="ElementType"/>; null when its elements are not known.</summary>
    internal static ValueGauge? Of(string type) => type switch
    {
        "float32" or "complex64" => new FloatGauge(FloatGauge.Encoding.Single),
        "bfloat16" => new FloatGauge(FloatGauge.Encoding.Brain),
        "float16" or "complex32" => new FloatGauge(FloatGauge.Encoding.Half),
        "float64" or "complex128" => new DoubleGauge(),
        "int16" => new IntegerGauge<short>(),
        "uint16" => new IntegerGauge<ushort>(),
        "int32" or "qint32" => new IntegerGauge<int>(),
        "uint32" => new IntegerGauge<uint>(),
        "int64" => new IntegerGauge<long>(),
        "uint64" => new IntegerGauge<ulong>(),
        _ => ByteGauge.Of(type),
    };

    internal void Add(ReadOnlySpan<byte> bytes)
    {
        if (_carriedBytes > 0)
        {
            var missing = Math.Min(valueBytes - _carriedBytes, bytes.Length);
            bytes[..missing].CopyTo(_carried.AsSpan(_carriedBytes));
            _carriedBytes += missing;
            bytes = bytes[missing..];
            if (_carriedBytes < valueBytes)
            {
                return;
            }

            Take(_carried.AsSpan(0, valueBytes));
            _carriedBytes = 0;
        }

        var whole = bytes.Length - (bytes.Length % valueBytes);
        Take(bytes[..whole]);
        bytes[whole..].CopyTo(_carried);
        _carriedBytes = bytes.Length - whole;
    }

    /// <param name="values">Whole elements.</param>
    protected abstract void Take(ReadOnlySpan<byte> values);

    /// <summary>The statistics, where a mean that no number holds is left out.</summary>
    protected static TensorStatistics Of(long values, long nans, long infinities, long zeros, double min, double max, double sum)
    {
        var finite = values - nans - infinities;
        var mean = sum / finite;
        return finite > 0
            ? new TensorStatistics(values, nans, infinities, zeros, min, max, double.IsFinite(mean) ? mean : null)
            : new TensorStatistics(values, nans, infinities, zeros, null, null, null);
    }
}
