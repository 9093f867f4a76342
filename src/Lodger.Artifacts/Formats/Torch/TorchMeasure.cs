using System.Buffers;
using Lodger.Artifacts.Inspection;

namespace Lodger.Artifacts.Formats.Torch;

/// <summary>
/// Measures every tensor's values: those that lie in order while their record comes by, the others (transposed, strided, expanded) afterwards from a copy of
/// their stretch of the record, where that is small enough.
/// </summary>
internal sealed class TorchMeasure(TorchSource source, TorchViews views, FormatReport report)
{
    private const int BufferBytes = 256 * 1024;

    // a record that more tensors view than this has the rest of them measured afterwards
    private const int ViewsAtOnce = 16;

    private readonly Dictionary<NamedTensor, TensorEntry> _measured = new(ReferenceEqualityComparer.Instance);
    private readonly List<NamedTensor> _scattered = [];
    private string? _givenUp;

    /// <summary>Stops measuring, and says why in the report.</summary>
    internal void GiveUp(string why)
    {
        _givenUp = why;
        report.DidNotCheck($"the values: {why}");
    }

    /// <summary>Takes a record's content to its end.</summary>
    internal void Take(string key, Stream content)
    {
        if (_givenUp is not null)
        {
            return;
        }

        var running = new List<(NamedTensor Named, TensorValues Values, long Begin, long End)>();
        foreach (var named in views.Of(key))
        {
            var tensor = named.Tensor;
            if (tensor.IsRowMajor && tensor.Type.PerUnit == 1 && tensor.IsPlain && running.Count < ViewsAtOnce)
            {
                var begin = tensor.Offset * tensor.Type.Bytes;
                running.Add((named, new TensorValues(tensor.Type.Name), begin, begin + (tensor.Elements!.Value * tensor.Type.Bytes)));
            }
            else
            {
                _scattered.Add(named);
            }
        }

        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            long position = 0;
            for (var read = content.Read(buffer); read > 0; position += read, read = content.Read(buffer))
            {
                foreach (var (_, values, begin, end) in running)
                {
                    var from = Math.Max(begin, position);
                    var to = Math.Min(end, position + read);
                    if (from < to)
                    {
                        values.Add(buffer.AsSpan((int)(from - position), (int)(to - from)));
                    }
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            foreach (var (named, values, _, _) in running)
            {
                _measured[named] = values.Measured(Blank);
                values.Dispose();
            }
        }
    }

    /// <summary>Measures what did not come by in order, and says what the values are like.</summary>
    internal void Finish()
    {
        var scattered = new ScatteredValues();
        var left = 0;
        foreach (var named in _scattered)
        {
            if (source.StoredAt(named.Tensor.Storage.Key) is { } stored && scattered.Measured(named.Tensor, stored, Blank) is { } measured)
            {
                _measured[named] = measured;
            }
            else
            {
                left++;
            }
        }

        if (left > 0)
        {
            report.DidNotCheck($"the values of {left} tensors that are scattered in their records");
        }

        ValueFindings.Tell(_measured.Select(pair => (pair.Key.Name, pair.Value.Statistics)), report);
    }

    /// <summary>The entry with what was measured of this tensor.</summary>
    internal TensorEntry Measured(NamedTensor named, TensorEntry entry) =>
        _measured.TryGetValue(named, out var measured) ? entry with { Statistics = measured.Statistics, ValuesSha256 = measured.ValuesSha256 } : entry;

    private static TensorEntry Blank { get; } = new(string.Empty, string.Empty, [], 0);
}
