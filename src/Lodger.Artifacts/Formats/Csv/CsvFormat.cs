using System.Buffers;
using Lodger.Artifacts.Formats.Text;

namespace Lodger.Artifacts.Formats.Csv;

/// <summary>
/// CSV and TSV (RFC 4180, with a comma, semicolon or tab): UTF-8, the same number of columns in every record, every quote closed. It has no end mark: a cut
/// between two lines cannot be seen, one inside a line can. Nothing says whether its writer quoted at all, and in TSV mostly none does.
/// </summary>
internal sealed class CsvFormat : IFormat
{
    private const string Cut = "Its writer was interrupted, or the file was cut: compare it with the manifest's hash.";

    public string Name => "CSV";

    public bool MayBeEmpty => true;

    public bool RecognisesContent(ReadOnlySpan<byte> head) => false;

    public bool RecognisesName(string fileName) =>
        fileName.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) || fileName.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(256 * 1024);
        try
        {
            var head = buffer.AsSpan(0, file.Read(0, buffer.AsSpan(0, KnownFormats.HeadBytes)));
            if (TextCheck.IsUtf16(head))
            {
                report.CannotJudge("csv-utf16", "it begins with UTF-16's mark, and only UTF-8 is read here.");
                return;
            }

            var text = new TextCheck();
            var isTsv = file.Path.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase);
            var scan = new CsvScan(DelimiterOf(head, quotes: !isTsv), quotes: !isTsv);
            var quoted = isTsv ? new CsvScan(DelimiterOf(head, quotes: true)) : null;
            for (long offset = 0, read; (read = file.Read(offset, buffer)) > 0; offset += read)
            {
                text.Feed(buffer.AsSpan(0, (int)read));
                scan.Feed(buffer.AsSpan(0, (int)read));
                quoted?.Feed(buffer.AsSpan(0, (int)read));
            }

            scan.Finish();
            quoted?.Finish();
            if (quoted is { IsEven: true } && !scan.IsEven)
            {
                scan = quoted; // pandas and csv.writer quote a value with a tab or line end in it
            }

            text.Say(report);
            Say(scan, text.EndsInNewline, report);
            var rows = Math.Max(0, scan.Records - (scan.OpenQuoteLine is null ? 1 : 2));
            report.Checked = $"{rows} rows of {scan.Columns} columns under a header{(scan.OpenQuoteLine is null ? ", quotes" : " up to the open quote")}, UTF-8; a cut between lines leaves no trace";
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Say(CsvScan scan, bool endsInNewline, FormatReport report)
    {
        if (scan.OpenQuoteLine is { } open)
        {
            report.Warn("csv-open-quote", $"a quote that opens in line {open} is never closed: it was cut, or its writer does not quote.", Cut);
            return;
        }

        if (!endsInNewline && scan.Last.Columns < scan.Columns)
        {
            report.Warn("csv-cut-line", $"its last line, {scan.Last.Line}, has {scan.Last.Columns} of {scan.Columns} columns and no line end: it was cut.", Cut);
        }
        else if (scan.Uneven > 0)
        {
            var (line, columns) = scan.FirstUneven;
            report.Warn("csv-columns", $"{scan.Uneven} of its {scan.Records} records have not the {scan.Columns} columns of the first; line {line} has {columns}.", "Many readers refuse it: look there.");
        }
        else if (!endsInNewline)
        {
            report.Warn("csv-open-end", "the last line has all its columns, but no line end follows it.", "If its writer ends each line with one, its last value was cut.");
        }

        if (scan.StrayQuoteLine is { } stray)
        {
            report.Warn("csv-quote", $"in line {stray} text follows a closing quote.", "Readers disagree about it: look there.");
        }
    }

    /// <summary>The one of comma, tab and semicolon that the first line has most of, outside quotes.</summary>
    private static byte DelimiterOf(ReadOnlySpan<byte> head, bool quotes)
    {
        Span<int> counts = stackalloc int[3];
        counts.Clear();
        var quoted = false;
        foreach (var value in head)
        {
            quoted ^= quotes && value == '"';
            if (value == '\n' && !quoted)
            {
                break;
            }

            if (!quoted && ",\t;"u8.IndexOf(value) is >= 0 and var which)
            {
                counts[which]++;
            }
        }

        return counts[1] > counts[0] && counts[1] >= counts[2] ? (byte)'\t' : counts[2] > counts[0] ? (byte)';' : (byte)',';
    }
}
