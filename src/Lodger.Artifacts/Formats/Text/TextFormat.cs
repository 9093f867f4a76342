using System.Buffers;

namespace Lodger.Artifacts.Formats.Text;

/// <summary>Plain text: logs, notes, scripts. Text has no end mark, so that a cut between two lines cannot be seen; what can be seen is said.</summary>
internal sealed class TextFormat : IFormat
{
    private static readonly string[] _endings = [".txt", ".log", ".md", ".out", ".err"];

    public string Name => "text";

    public bool MayBeEmpty => true;

    public bool RecognisesContent(ReadOnlySpan<byte> head) => false;

    public bool RecognisesName(string fileName) => Array.Exists(_endings, ending => fileName.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(256 * 1024);
        try
        {
            if (TextCheck.IsUtf16(buffer.AsSpan(0, file.Read(0, buffer.AsSpan(0, 2)))))
            {
                report.CannotJudge("text-utf16", "it begins with UTF-16's mark, and only UTF-8 is read here.");
                return;
            }

            var text = new TextCheck();
            for (long offset = 0, read; (read = file.Read(offset, buffer)) > 0; offset += read)
            {
                text.Feed(buffer.AsSpan(0, (int)read));
            }

            text.Say(report);
            if (!text.EndsInNewline)
            {
                report.Note("text-open-end", "its last line has no line end.", "If its writer ends each line with one, the file was cut.");
            }

            report.Checked = $"{text.Lines + (text.EndsInNewline ? 0 : 1)} lines of text, UTF-8 and NUL bytes; a cut between lines leaves no trace";
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
