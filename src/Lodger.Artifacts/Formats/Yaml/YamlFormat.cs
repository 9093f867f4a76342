using Lodger.Artifacts.Formats.Text;

namespace Lodger.Artifacts.Formats.Yaml;

/// <summary>
/// YAML 1.2, as far as a scanner of two pages judges it: characters, tabs, quotes, brackets, anchors and what aliases unfold to. It is not a full parse, and says so;
/// a cut between two lines of block style leaves no trace.
/// </summary>
internal sealed class YamlFormat : IFormat
{
    // configurations and metrics are kilobytes; the scan keeps the text in memory
    private const int MaxBytes = 16 * 1024 * 1024;

    public string Name => "YAML";

    public bool MayBeEmpty => true;

    public bool RecognisesContent(ReadOnlySpan<byte> head) => false;

    public bool RecognisesName(string fileName) =>
        fileName.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) || fileName.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);

    public void Verify(HashedFile file, FormatReport report, CancellationToken cancellation)
    {
        if (file.Length > MaxBytes)
        {
            report.CannotJudge("yaml-too-large", $"it has {file.Length} bytes, and YAML is only read up to {MaxBytes}.");
            return;
        }

        var bytes = new byte[file.Length];
        var text = bytes.AsSpan(0, file.Read(0, bytes));
        if (TextCheck.IsUtf16(text))
        {
            report.CannotJudge("yaml-utf16", "it begins with UTF-16's mark, and only UTF-8 is read here.");
            return;
        }

        var check = new TextCheck();
        check.Feed(text);
        check.Say(report);
        if (YamlCodeTags.FirstLine(text) is { } line)
        {
            report.RunsCode("yaml-runs-code", $"line {line} has a tag that makes Python objects, which run code when loaded.", "Load it with yaml.safe_load only.");
        }

        var scan = new YamlScan(bytes[..text.Length]);
        try
        {
            scan.Run(cancellation);
            Say(scan, check.EndsInNewline, report);
            report.Checked = $"{scan.Nodes} values: characters, quotes, brackets, anchors; not a full parse";
        }
        catch (InvalidDataException e) when (scan.Anchors.HasTooMany)
        {
            report.CannotJudge("yaml-too-many", e.Message);
        }
        catch (InvalidDataException e) when (scan.TooDeep)
        {
            report.CannotJudge("yaml-too-deep", e.Message);
        }
        catch (InvalidDataException e)
        {
            report.Damaged("yaml-invalid", e.Message);
        }
    }

    private static void Say(YamlScan scan, bool endsInNewline, FormatReport report)
    {
        if (scan.Anchors.UnfoldsTooFar)
        {
            report.Warn("yaml-alias-bomb", $"its aliases unfold {scan.Nodes} values to more than {YamlAnchors.MaxUnfolded}.", "Do not load it with a reader that copies aliased values.");
        }

        if (!endsInNewline)
        {
            report.Note("yaml-open-end", "its last line has no line end.", "If its writer ends each line with one, the file was cut.");
        }
    }
}
