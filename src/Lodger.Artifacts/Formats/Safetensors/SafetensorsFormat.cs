using System.Buffers;
using System.Buffers.Binary;
using Lodger.Artifacts.Inspection;

namespace Lodger.Artifacts.Formats.Safetensors;

/// <summary>
/// Safetensors: 8 bytes of header length (little endian), a JSON header, then the tensors' bytes without a gap. Checked as the reference reader does
/// (github.com/huggingface/safetensors): every offset, shape and type, contiguous from 0 to the file's last byte.
/// </summary>
internal sealed class SafetensorsFormat : IFormat
{
    // the reference reader's MAX_HEADER_SIZE
    internal const int MaxHeaderBytes = 100_000_000;
    private const int LengthBytes = 8;

    public string Name => "safetensors";

    public bool RecognisesContent(ReadOnlySpan<byte> head) =>
        head.Length > LengthBytes && head[LengthBytes] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(head) is >= 2 and <= MaxHeaderBytes;

    public bool RecognisesName(string fileName) => fileName.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        Span<byte> lengthBytes = stackalloc byte[LengthBytes];
        if (file.Read(0, lengthBytes) < LengthBytes)
        {
            report.Damaged("safetensors-cut", $"it has {file.Length} bytes, not even the 8 that say how long its header is.");
            return;
        }

        var headerBytes = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (headerBytes > MaxHeaderBytes)
        {
            report.Damaged("safetensors-header", $"it claims a header of {headerBytes} bytes; more than {MaxHeaderBytes} is never valid.");
            return;
        }

        if ((long)headerBytes > file.Length - LengthBytes)
        {
            report.Damaged("safetensors-cut", $"its header should have {headerBytes} bytes, and only {file.Length - LengthBytes} follow: it was cut short.");
            return;
        }

        var header = ArrayPool<byte>.Shared.Rent((int)headerBytes);
        try
        {
            var text = header.AsSpan(0, (int)headerBytes);
            if (file.Read(LengthBytes, text) < text.Length)
            {
                report.Damaged("safetensors-cut", "the file shrank while its header was read.");
                return;
            }

            VerifyHeader(text, file, report, cancellation);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(header);
        }
    }

    private static void VerifyHeader(ReadOnlySpan<byte> text, HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        if (SafetensorsHeader.Read(text, report) is not { } tensors)
        {
            return;
        }

        var dataStart = LengthBytes + (long)text.Length;
        SafetensorsLayout.Verify(tensors, file.Length - dataStart, report);
        if (report.IsDamaged)
        {
            return;
        }

        report.Tensors = tensors.Count;
        report.Parameters = (long)tensors.Aggregate(Int128.Zero, (sum, tensor) => Int128.Min(sum + tensor.Elements, long.MaxValue));
        report.Checked = $"header, {tensors.Count} tensors, every type, shape and offset, exact size";
        Span<byte> value = stackalloc byte[8];
        foreach (var tensor in tensors.Where(tensor => tensor.Elements == 1 && TrainingProgress.IsProgress(tensor.Name)))
        {
            var bytes = value[..file.Read(dataStart + tensor.Begin, value[..(int)Math.Min(8, tensor.End - tensor.Begin)])];
            if (SafetensorsType.ScalarOf(tensor.Type, bytes) is { } number)
            {
                TrainingProgress.Take(tensor.Name, number, report);
            }
        }

        foreach (var tensor in report.ListsTensors ? tensors : [])
        {
            var entry = new TensorEntry(tensor.Name, SafetensorsType.NameOf(tensor.Type), tensor.Shape, tensor.End - tensor.Begin) { Offset = dataStart + tensor.Begin };
            TensorListing.List(report, file, entry, cancellation);
        }
    }
}
