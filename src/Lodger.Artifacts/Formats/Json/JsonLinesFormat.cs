using System.Buffers;

namespace Lodger.Artifacts.Formats.Json;

/// <summary>A file with one JSON document a line (jsonlines.org), as metrics logs are written.</summary>
internal sealed class JsonLinesFormat : IFormat
{
    public string Name => "JSON Lines";

    public bool RecognisesContent(ReadOnlySpan<byte> head) => false;

    public bool RecognisesName(string fileName) =>
        fileName.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) || fileName.EndsWith(".ndjson", StringComparison.OrdinalIgnoreCase);

    public bool MayBeEmpty => true;

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        var lines = new Lines(new JsonFacts(file, report), report);
        var buffer = ArrayPool<byte>.Shared.Rent(JsonFormat.BufferBytes);
        try
        {
            for (long offset = JsonText.SkipByteOrderMark(file, report), read; (read = file.Read(offset, buffer.AsSpan(0, JsonFormat.BufferBytes))) > 0; offset += read)
            {
                if (!lines.Feed(buffer.AsSpan(0, (int)read)))
                {
                    break;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        lines.Finish();
    }

    /// <summary>Splits the bytes at newlines and has each line scanned.</summary>
    private sealed class Lines(JsonFacts facts, FormatReport report)
    {
        private readonly JsonScan _scan = new() { Listener = facts };
        private long _lineNumber = 1;
        private long _documents;

        /// <summary>False once a line was not JSON.</summary>
        internal bool Feed(ReadOnlySpan<byte> bytes)
        {
            while (bytes.Length > 0 && _scan.Failure is null)
            {
                var newline = bytes.IndexOf((byte)'\n');
                _scan.Feed(newline < 0 ? bytes : bytes[..newline]);
                if (newline < 0)
                {
                    return _scan.Failure is null;
                }

                bytes = bytes[(newline + 1)..];
                if (EndLine())
                {
                    _lineNumber++;
                }
            }

            return _scan.Failure is null;
        }

        internal void Finish()
        {
            var endsInNewline = _scan.Failure is null && _scan.IsBlank;
            if (!endsInNewline && _scan.Failure is null)
            {
                _scan.Finish();
                _documents++;
            }

            facts.Finish();
            JsonText.Report(_scan, $"line {_lineNumber}: ", report);
            JsonText.ReportOddities(_scan, report);
            if (_documents == 0 && _scan.Failure is null)
            {
                report.Warn("jsonl-empty", "it has no line.", "Look whether the job wrote it.");
            }
            else if (!endsInNewline && _scan.Failure is null)
            {
                WarnOfOpenEnd();
            }

            report.Checked = $"every line, {_documents} documents";
        }

        private void WarnOfOpenEnd()
        {
            if (_scan.IsBareNumber)
            {
                JsonText.WarnOfBareNumber(report);
            }
            else
            {
                report.Warn("jsonl-open-end", "the last line is whole, but no newline follows it.", "If its writer ends each line with one, the file was cut.");
            }
        }

        /// <summary>True when the line was blank or one whole document.</summary>
        private bool EndLine()
        {
            if (!_scan.IsBlank)
            {
                _scan.Finish();
                _documents++;
            }

            if (_scan.Failure is not null)
            {
                return false;
            }

            _scan.Reset();
            return true;
        }
    }
}
