using System.Text;
using Lodger.Artifacts.Formats.Binary;
using Lodger.Artifacts.Inspection;

namespace Lodger.Artifacts.Formats.Gguf;

/// <summary>
/// GGUF versions 2 and 3 (ggml's docs/gguf.md): metadata, every tensor's type, shape and offset, alignment, no overlap, the file's length. Values have no checksum.
/// </summary>
internal sealed class GgufFormat : IFormat
{
    private const int MaxTensors = 200_000;
    private const int MaxNameBytes = 65535;
    private const int GgmlNameBytes = 64; // GGML_MAX_NAME, with the zero that ends it
    private const long MaxNamesBytes = 64 * 1024 * 1024; // of all names together: they are kept
    private const int MaxDimensions = 4; // GGML_MAX_DIMS
    private const int LeastInfoBytes = 8 + 4 + 4 + 8;

    public string Name => "GGUF";

    public bool RecognisesContent(ReadOnlySpan<byte> head) => head.StartsWith("GGUF"u8);

    public bool RecognisesName(string fileName) => fileName.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        try
        {
            Verify(file, new FieldReader(file), report, cancellation);
        }
        catch (InvalidDataException e)
        {
            report.Damaged("gguf-invalid", PrintableText.Of(e.Message, 300));
        }
    }

    private static void Verify(HashedFile file, FieldReader fields, FormatReport report, CancellationToken cancellation)
    {
        if (!fields.Take(4).SequenceEqual("GGUF"u8))
        {
            throw new InvalidDataException("it does not begin with GGUF's mark.");
        }

        var version = fields.U32();
        if (version is not (2 or 3))
        {
            report.CannotJudge("gguf-version", (version & 0xFFFF) == 0 ? "it is big endian, which is not read here." : $"it is GGUF version {version}, and 2 and 3 are read here.");
            return;
        }

        var (tensors, pairs) = (fields.U64(), fields.U64());
        if (tensors > (ulong)fields.Remaining / LeastInfoBytes || pairs > (ulong)fields.Remaining / 12)
        {
            throw new InvalidDataException($"it claims {tensors} tensors and {pairs} metadata pairs, more than its {file.Length} bytes can describe: it was cut short, or the counts are wrong.");
        }

        if (tensors > MaxTensors)
        {
            report.CannotJudge("gguf-too-many", $"it claims {tensors} tensors, more than this check takes.");
            return;
        }

        var metadata = new GgufMetadata(fields);
        for (ulong i = 0; i < pairs; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            metadata.ReadPair();
        }

        VerifyTensors(file, fields, (int)tensors, metadata, report, cancellation);
    }

    private static void VerifyTensors(HashedFile file, FieldReader fields, int count, GgufMetadata metadata, FormatReport report, CancellationToken cancellation)
    {
        var entries = new List<TensorEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        long namesBytes = 0;
        string? longName = null;
        for (var i = 0; i < count; i++)
        {
            if (ReadTensor(fields, metadata.Alignment, report) is not { } entry)
            {
                return;
            }

            if (!names.Add(entry.Name))
            {
                throw new InvalidDataException($"the name \"{PrintableText.Of(entry.Name, 100)}\" occurs twice.");
            }

            entries.Add(entry);
            var nameBytes = Encoding.UTF8.GetByteCount(entry.Name);
            namesBytes += nameBytes;
            longName ??= nameBytes >= GgmlNameBytes ? entry.Name : null;
            if (namesBytes > MaxNamesBytes)
            {
                report.CannotJudge("gguf-names", $"its tensors' names take more than the {MaxNamesBytes >> 20} MiB kept here.");
                return;
            }
        }

        if (longName is not null)
        {
            report.Warn("gguf-long-name", $"the name \"{PrintableText.Of(longName, 100)}\" has {GgmlNameBytes} bytes or more, which llama.cpp refuses.", "Load it with the program that wrote it.");
        }

        var dataStart = count == 0 ? fields.Position : Align(fields.Position, metadata.Alignment);
        var end = VerifyLayout(file, entries, dataStart, metadata.Alignment);
        SayOfEnd(file.Length, end, count == 0 && file.Length == end ? end : Align(end, metadata.Alignment), report);
        foreach (var entry in entries)
        {
            TensorListing.Count(report, entry.Elements);
            TensorListing.List(report, file, entry with { Offset = dataStart + entry.Offset }, cancellation);
        }

        (report.Tensors, report.Parameters, report.Step) = (count, report.Parameters.GetValueOrDefault(), metadata.Step ?? report.Step);
        var architecture = metadata.Architecture is { } name ? $"{PrintableText.Of(name, 30)}: " : string.Empty;
        report.Checked = $"{architecture}metadata, {count} tensors, every type, shape, offset and size; values have no checksum";
    }

    /// <summary>Null when the tensor is of a type this version does not know, which is said in the report.</summary>
    private static TensorEntry? ReadTensor(FieldReader fields, long alignment, FormatReport report)
    {
        var nameBytes = fields.U64();
        if (nameBytes > MaxNameBytes)
        {
            throw new InvalidDataException($"a tensor's name claims {nameBytes} bytes.");
        }

        var name = fields.Text(nameBytes);
        var shown = PrintableText.Of(name, 100);
        var dimensions = fields.U32();
        if (dimensions > MaxDimensions)
        {
            throw new InvalidDataException($"tensor \"{shown}\" claims {dimensions} dimensions, and ggml has {MaxDimensions}.");
        }

        var shape = new long[dimensions];
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            shape[i] = (long)Math.Min(fields.U64(), long.MaxValue); // ggml tells the innermost size first
        }

        var (type, offset) = (fields.U32(), fields.U64());
        if (GgufType.Of(type) is not { } known)
        {
            report.CannotJudge("gguf-type", $"tensor \"{shown}\" has the type number {type}, which this version does not know.");
            return null;
        }

        if (Shape.Elements(shape) is not { } elements || (shape.Length > 0 ? shape[^1] : 1) % known.BlockElements != 0
            || Math.BigMul(elements / known.BlockElements, known.BlockBytes, out var bytes) != 0 || bytes < 0)
        {
            throw new InvalidDataException($"tensor \"{shown}\" has a shape that cannot exist, or is no multiple of {known.Name}'s {known.BlockElements} elements a block.");
        }

        return offset <= long.MaxValue && (long)offset % alignment == 0
            ? new TensorEntry(name, known.Name, shape, bytes) { Offset = (long)offset }
            : throw new InvalidDataException($"tensor \"{shown}\" lies at offset {offset}, which is no multiple of {alignment}.");
    }

    /// <summary>Where the last tensor ends. Each begins where the one before it ends, aligned.</summary>
    private static long VerifyLayout(HashedFile file, List<TensorEntry> entries, long dataStart, long alignment)
    {
        long filled = 0;
        foreach (var entry in entries.OrderBy(entry => entry.Offset).ThenBy(entry => entry.Bytes))
        {
            var shown = PrintableText.Of(entry.Name, 100);
            if (entry.Offset != Align(filled, alignment))
            {
                throw new InvalidDataException($"tensor \"{shown}\" lies at offset {entry.Offset} of the data, and the one before it ends at {filled}.");
            }

            var there = Math.Max(0, file.Length - dataStart - entry.Offset.Value);
            if (entry.Bytes > there)
            {
                throw new InvalidDataException($"tensor \"{shown}\": {entry.Bytes} bytes promised, {there} there: it was cut short.");
            }

            filled = entry.Offset.Value + entry.Bytes;
        }

        return dataStart + filled;
    }

    private static void SayOfEnd(long fileBytes, long end, long paddedEnd, FormatReport report)
    {
        if (fileBytes < paddedEnd)
        {
            report.Warn("gguf-padding", $"its last {paddedEnd - end} bytes of padding are cut to {Math.Max(0, fileBytes - end)}; every tensor is whole.", "Pull it again to be sure.");
        }
        else if (fileBytes > paddedEnd)
        {
            report.Warn("gguf-trailing", $"{fileBytes - paddedEnd} bytes follow its last tensor.", "Look what wrote them.");
        }
    }

    private static long Align(long offset, long alignment) => (offset + alignment - 1) / alignment * alignment;
}
