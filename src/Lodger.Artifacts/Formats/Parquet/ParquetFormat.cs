using System.Buffers.Binary;
using Lodger.Artifacts.Formats.Binary;

namespace Lodger.Artifacts.Formats.Parquet;

/// <summary>
/// Parquet (apache/parquet-format): the mark at both ends, the footer, rows and columns of every row group, every column's pages end to end inside the file, page CRCs
/// where there are some. Values are not unpacked.
/// </summary>
internal sealed class ParquetFormat : IFormat
{
    private const int MarkBytes = 4;
    private const int TailBytes = 8; // the footer's length, the mark
    private const int MaxFooterBytes = 64 * 1024 * 1024;

    public string Name => "Parquet";

    public bool RecognisesContent(ReadOnlySpan<byte> head) => head.StartsWith("PAR1"u8) || head.StartsWith("PARE"u8);

    public bool RecognisesName(string fileName) => fileName.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        try
        {
            if (ReadFooter(file, report, out var footerStart) is { } footer)
            {
                Verify(file, footer, footerStart, report, cancellation);
            }
        }
        catch (ParquetLimitException e)
        {
            report.CannotJudge("parquet-large-footer", e.Message);
        }
        catch (InvalidDataException e)
        {
            report.Damaged("parquet-invalid", PrintableText.Of(e.Message, 300));
        }
    }

    private static ParquetFooter? ReadFooter(HashedFile file, FormatReport report, out long start)
    {
        start = 0;
        var (head, tail) = (new byte[MarkBytes], new byte[TailBytes]);
        if (file.Length < MarkBytes + TailBytes || file.Read(0, head) < MarkBytes || file.Read(file.Length - TailBytes, tail) < TailBytes)
        {
            throw new InvalidDataException($"it has {file.Length} bytes, fewer than the smallest Parquet file.");
        }

        if (head.AsSpan().SequenceEqual("PARE"u8) || tail.AsSpan().EndsWith("PARE"u8))
        {
            report.CannotJudge("parquet-encrypted", "its footer is encrypted.");
            return null;
        }

        if (!head.AsSpan().SequenceEqual("PAR1"u8) || !tail.AsSpan().EndsWith("PAR1"u8))
        {
            throw new InvalidDataException("it does not begin and end with Parquet's mark: it was cut short, or never closed.");
        }

        var bytes = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (bytes > file.Length - MarkBytes - TailBytes)
        {
            throw new InvalidDataException($"its footer claims {bytes} bytes, and {file.Length - MarkBytes - TailBytes} are there: bytes were lost.");
        }

        if (bytes > MaxFooterBytes)
        {
            report.CannotJudge("parquet-large-footer", $"its footer has {bytes} bytes, more than this check takes.");
            return null;
        }

        var text = new byte[bytes];
        start = file.Length - TailBytes - bytes;
        return file.Read(start, text) == text.Length ? ParquetFooter.Read(text) : throw new InvalidDataException("the file shrank while it was read.");
    }

    private static void Verify(HashedFile file, ParquetFooter footer, long footerStart, FormatReport report, CancellationToken cancellation)
    {
        var extents = new List<Extent>();
        var (rows, pages, withCrc) = (0L, 0L, 0L);
        for (var i = 0; i < footer.RowGroups.Count; i++)
        {
            var group = footer.RowGroups[i];
            rows = Shape.Sum(rows, group.Rows);
            if (group.Chunks.Count != footer.Columns)
            {
                throw new InvalidDataException($"row group {i} has {group.Chunks.Count} columns, and the schema has {footer.Columns}.");
            }

            foreach (var chunk in group.Chunks)
            {
                if (chunk.InOtherFile || chunk.Bytes < 0)
                {
                    report.CannotJudge("parquet-elsewhere", $"column \"{PrintableText.Of(chunk.Name, 100)}\" of row group {i} is in another file, or encrypted.");
                    return;
                }

                extents.Add(new Extent($"row group {i}, column {chunk.Name}", chunk.Begin, chunk.Bytes));
            }
        }

        if (Extent.Wrong(extents, footerStart) is { } wrong)
        {
            throw new InvalidDataException(wrong);
        }

        if (rows != footer.Rows)
        {
            throw new InvalidDataException($"its row groups have {rows} rows together, and its footer says {footer.Rows}.");
        }

        foreach (var (group, chunk) in footer.RowGroups.SelectMany((group, i) => group.Chunks.Select(chunk => (i, chunk))))
        {
            var (more, crcs) = CheckPages(file, chunk, group, cancellation);
            (pages, withCrc) = (pages + more, withCrc + crcs);
        }

        report.Checked = $"{footer.Rows} rows of {footer.Columns} columns, {footer.RowGroups.Count} row groups, {pages} pages end to end, {(withCrc == 0 ? "no" : withCrc)} page CRCs; values not unpacked";
    }

    private static (long Pages, long WithCrc) CheckPages(HashedFile file, ParquetChunk chunk, int group, CancellationToken cancellation)
    {
        try
        {
            return ParquetPages.Check(file, chunk, cancellation);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"row group {group}, column \"{PrintableText.Of(chunk.Name, 100)}\": {e.Message}", e);
        }
    }
}
