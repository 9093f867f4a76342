using System.Text;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Tests;

/// <summary>A report in lines, as a person meets it: the verdict, then each finding with its weight, its name and what it says.</summary>
internal static class ReportLines
{
    internal static string[] Lines(this FileReport report) =>
        [report.Verdict.ToString(), .. report.Findings.Select(finding => $"{finding.Severity} {finding.Id}: {finding.What}")];

    /// <summary>The lines of the report on a file of this name with this text.</summary>
    internal static string[] Of(string name, string text) => Verifying.Content(name, Encoding.UTF8.GetBytes(text)).Lines();

    /// <summary>The one finding of that report, as <c>Verdict Severity id: what</c>; just the verdict when there is none.</summary>
    internal static string Only(string name, ReadOnlySpan<byte> content)
    {
        var lines = Verifying.Content(name, content).Lines();
        lines.Length.ShouldBeLessThanOrEqualTo(2, string.Join('\n', lines));
        return string.Join(' ', lines);
    }

    internal static string Only(string name, string text) => Only(name, Encoding.UTF8.GetBytes(text));
}
