using System.Buffers;
using Lodger.Artifacts.Inspection;

namespace Lodger.Artifacts.Formats;

/// <summary>Counts arrays into a report, and lists them as far as it was asked to.</summary>
internal static class TensorListing
{
    /// <summary>Counts an array.</summary>
    internal static void Count(FormatReport report, long elements)
    {
        report.Tensors = report.Tensors.GetValueOrDefault() + 1;
        report.Parameters = Binary.Shape.Sum(report.Parameters.GetValueOrDefault(), elements);
    }

    /// <summary>Lists an array whose values lie in the file in row-major order, little endian, from the entry's offset on; measures them when that was asked for.</summary>
    internal static void List(FormatReport report, HashedFile file, TensorEntry entry, CancellationToken cancellation)
    {
        if (!report.ListsTensors)
        {
            return;
        }

        if (!report.MeasuresValues || entry.Offset is not { } offset || entry.Bytes > file.Length - offset)
        {
            report.List(entry);
            return;
        }

        using var values = new TensorValues(entry.Type);
        var buffer = ArrayPool<byte>.Shared.Rent(1024 * 1024);
        try
        {
            var end = offset + entry.Bytes;
            while (offset < end && file.Read(offset, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - offset))) is > 0 and var read)
            {
                cancellation.ThrowIfCancellationRequested();
                values.Add(buffer.AsSpan(0, read));
                offset += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        report.List(values.Measured(entry));
    }
}
