using Lodger.Artifacts;
using Lodger.Artifacts.Verification;

namespace Lodger.Cli.Text;

/// <summary>The outcome of <c>lodger verify --json</c>. Paths are escaped as in a manifest when they hold what no terminal should see.</summary>
internal sealed record VerifiedDirectory(string Directory, bool IsSound, bool HasManifest, IReadOnlyList<VerifiedFile> Files, IReadOnlyList<VerifiedFinding> Findings)
{
    public static VerifiedDirectory Of(VerificationReport report) => new(
        report.Directory,
        report.IsSound,
        report.Manifest is not null,
        [.. report.Files.Select(f => new VerifiedFile(f.DisplayPath, f.Bytes, f.Sha256, f.Format, f.Verdict, f.IsUnsafe, f.Checked, f.Tensors, f.Parameters, f.Step, f.Epoch, f.NotChecked, InspectedTraining.Of(f.Training), VerifiedMetric.Of(f.Metric)))],
        [.. report.AllFindings.Select(f => new VerifiedFinding(f.Id, f.Severity.ToString(), f.Path, f.What, f.Fix))]);
}

internal sealed record VerifiedFile(
    string Path, long Bytes, string? Sha256, string Format, Verdict Verdict, bool Unsafe, string Checked, long? Tensors, long? Parameters, long? Step, double? Epoch,
    IReadOnlyList<string> NotChecked, InspectedTraining? Training, VerifiedMetric? Metric);

/// <param name="Direction">HigherByConvention, LowerByConvention, HigherAsStated, LowerAsStated or Unknown.</param>
/// <param name="From">The file that has it.</param>
internal sealed record VerifiedMetric(string Name, double Value, string Direction, string From, double? Epoch)
{
    public static VerifiedMetric? Of(Metric? metric) =>
        metric is null ? null : new(PrintableText.Of(metric.Name, 100), metric.Value, metric.Direction.ToString(), PrintableText.Of(metric.From, 255), metric.Epoch);
}

internal sealed record VerifiedFinding(string Id, string Severity, string Path, string Message, string Fix);
