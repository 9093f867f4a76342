using System.Buffers;

namespace Lodger.Artifacts.Formats.Json;

/// <summary>A file that is one JSON document (RFC 8259), checked to its last byte.</summary>
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
        var scan = new JsonScan { Listener = facts };
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
        report.Checked = "the whole document";
        JsonText.Report(scan, where: string.Empty, report);
        JsonText.ReportOddities(scan, report);
        if (scan is { Failure: null, IsBareNumber: true })
        {
            JsonText.WarnOfBareNumber(report);
        }
    }
}
