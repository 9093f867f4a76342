using System.Buffers;

namespace Lodger.Artifacts.Formats.Json;

/// <summary>A file that is JSON (RFC 8259), checked to its last byte: one document, or several where a program appends to it or writes JSON Lines under this name.</summary>
internal sealed class JsonFormat : IFormat
{
    internal const int BufferBytes = 256 * 1024;

    public string Name => "JSON";

    // Any text may begin with a brace: JSON has no mark of its own.
    public bool RecognisesContent(ReadOnlySpan<byte> head) => false;

    public bool RecognisesName(string fileName) =>
        fileName.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || fileName.EndsWith(".ipynb", StringComparison.OrdinalIgnoreCase);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        var facts = new JsonFacts(file, report);
        var scan = new JsonScan { Listener = facts, TakesSeveral = true };
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            var start = JsonText.SkipByteOrderMark(file, report);
            for (long offset = start, read; scan.Failure is null && (read = file.Read(offset, buffer.AsSpan(0, BufferBytes))) > 0; offset += read)
            {
                scan.Feed(buffer.AsSpan(0, (int)read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        scan.Finish();
        facts.Finish();
        report.Checked = scan.Documents == 1 ? "the whole document" : $"{scan.Documents} documents one after another";
        JsonText.Report(scan, where: string.Empty, report);
        JsonText.ReportOddities(scan, report);
        if (scan is { Failure: null, Documents: > 1 })
        {
            report.Note("json-several", $"it holds {scan.Documents} documents one after another, and most readers of JSON take one alone.", "Read it as JSON Lines.");
        }

        if (scan is { Failure: null, IsBareNumber: true })
        {
            JsonText.WarnOfBareNumber(report);
        }
    }
}
