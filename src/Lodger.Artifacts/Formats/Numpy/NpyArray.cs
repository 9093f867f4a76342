using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Lodger.Artifacts.Formats.Pickle;
using Lodger.Artifacts.Inspection;

namespace Lodger.Artifacts.Formats.Numpy;

/// <summary>What one stored array is.</summary>
/// <param name="Elements">Numbers in it.</param>
/// <param name="Scalar">Its value when it is a single plain number.</param>
/// <param name="Bytes">What it takes, header included.</param>
/// <param name="IsPickle">Its elements are Python objects: a pickle, which alone says where it ends.</param>
internal sealed record NpyArray(long Elements, double? Scalar, long Bytes, bool IsPickle = false)
{
    private const int PreambleBytes = 8; // magic (6), version (2)
    private const int NumpysHeaderBytes = 10_000; // numpy.load's default max_header_size
    private const int MaxHeaderBytes = 1024 * 1024;

    internal static bool HasMagic(ReadOnlySpan<byte> head) => head.Length > 5 && head[0] == 0x93 && head[1..6].SequenceEqual("NUMPY"u8);

    /// <summary>Reads one array from its first byte to its last. Damage is said in the report, and null is returned.</summary>
    /// <param name="stream">Positioned at the array; read forward only, past the end of an array of objects.</param>
    /// <param name="name">The array's name, for the listing.</param>
    /// <param name="where">Empty, or the member's name and a colon.</param>
    /// <param name="remaining">Bytes the stream still has.</param>
    internal static NpyArray? Read(Stream stream, long remaining, string name, string where, FormatReport report, CancellationToken cancellation)
    {
        try
        {
            var (header, headerBytes) = ReadHeader(stream);
            if (headerBytes > NumpysHeaderBytes)
            {
                report.Warn("npy-long-header", $"{where}its header has {headerBytes} bytes, and NumPy asks before it reads that many.", "Load it with max_header_size set larger.");
            }

            return ReadData(header, headerBytes, stream, remaining - headerBytes, name, where, report, cancellation);
        }
        catch (EndOfStreamException)
        {
            report.Damaged("npy-cut", $"{where}it ends inside the array's header or data: it was cut short.");
        }
        catch (FormatException e)
        {
            report.Damaged("npy-header", $"{where}the array's header is not valid: {e.Message}.");
        }

        return null;
    }

    private static (NpyHeader Header, long Bytes) ReadHeader(Stream stream)
    {
        Span<byte> start = stackalloc byte[PreambleBytes + 4];
        stream.ReadExactly(start[..PreambleBytes]);
        if (!HasMagic(start[..PreambleBytes]))
        {
            throw new FormatException("it does not begin with NumPy's mark");
        }

        var (major, minor) = (start[6], start[7]);
        if (major is < 1 or > 3 || minor != 0)
        {
            throw new FormatException($"version {major}.{minor} is none of 1.0, 2.0, 3.0");
        }

        var length = start.Slice(PreambleBytes, major == 1 ? 2 : 4);
        stream.ReadExactly(length);
        var headerBytes = major == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(length) : BinaryPrimitives.ReadUInt32LittleEndian(length);
        if (headerBytes > MaxHeaderBytes)
        {
            throw new FormatException($"it claims {headerBytes} bytes, more than {MaxHeaderBytes}");
        }

        var text = new byte[headerBytes];
        stream.ReadExactly(text);
        var literal = major == 3 ? Encoding.UTF8.GetString(text) : Encoding.Latin1.GetString(text);
        return (NpyHeader.Parse(literal), PreambleBytes + length.Length + headerBytes);
    }

    private static NpyArray? ReadData(
        NpyHeader header, long headerBytes, Stream stream, long remaining, string name, string where, FormatReport report, CancellationToken cancellation)
    {
        if (header.Type.HasObjects)
        {
            return ReadObjects(header, headerBytes, stream, where, report, cancellation);
        }

        var due = header.Type.Bytes * header.Elements;
        if (due > remaining)
        {
            report.Damaged("npy-cut", $"{where}its shape and type make {due} bytes, and only {remaining} are there: it was cut short.");
            return null;
        }

        var entry = new TensorEntry(name, header.Type.Name, header.Shape, (long)due) { Strides = header.IsFortran ? NumpyShape.FortranStrides(header.Shape) : null };
        using var values = report.MeasuresValues && header.IsRowMajor && !header.Type.IsBigEndian ? new TensorValues(entry.Type) : null;
        Span<byte> first = stackalloc byte[8];
        first = first[..(int)Int128.Min(8, due)];
        stream.ReadExactly(first);
        values?.Add(first);
        ReadRest(stream, (long)due - first.Length, values, cancellation);
        report.List(values?.Measured(entry) ?? entry);
        return new NpyArray(header.Elements, header.Elements == 1 ? NumpyScalar.Of(header.Type.Simple, first) : null, headerBytes + (long)due);
    }

    private static NpyArray? ReadObjects(NpyHeader header, long headerBytes, Stream stream, string where, FormatReport report, CancellationToken cancellation)
    {
        try
        {
            var reader = new PickleReader(stream, cancellation);
            var outcome = PickleMachine.Run(reader);
            var named = outcome.Foreign.Count == 0 ? string.Empty : ": " + string.Join(", ", outcome.Foreign.Take(5).Select(name => PrintableText.Of(name, 120)));
            report.RunsCode(
                "npy-runs-code", $"{where}it holds Python objects (a pickle), which run code when loaded{named}.", "Load it with allow_pickle=True only if you trust what wrote it.");
            return new NpyArray(header.Elements, Scalar: null, headerBytes + reader.Position, IsPickle: true);
        }
        catch (PickleException e)
        {
            report.Damaged("npy-pickle", where + e.Message);
            return null;
        }
    }

    private static void ReadRest(Stream stream, long bytes, TensorValues? values, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(1024 * 1024);
        try
        {
            while (bytes > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                var part = (int)Math.Min(bytes, 1024 * 1024);
                stream.ReadExactly(buffer, 0, part);
                values?.Add(buffer.AsSpan(0, part));
                bytes -= part;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
