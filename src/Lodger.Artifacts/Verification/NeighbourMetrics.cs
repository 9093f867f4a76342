using Lodger.Artifacts.Verification.Companions;

namespace Lodger.Artifacts.Verification;

/// <summary>Puts the main metric of a directory's metrics file beside its checkpoints.</summary>
internal static class NeighbourMetrics
{
    // when several files have metrics, the one that is named for the end of a run is asked first
    private static readonly string[] _first = ["metrics.json", "results.json", "all_results.json", "eval_results.json", "summary.json"];

    internal static List<FileReport> Spread(List<FileReport> reports)
    {
        var metrics = reports
            .Where(report => report is { Metric: not null, Verdict: Verdict.Loads or Verdict.LoadsWithWarning })
            .GroupBy(report => CompanionCheck.DirectoryOf(report.Path), StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.MinBy(Rank)!.Metric, StringComparer.Ordinal);
        return metrics.Count == 0 ? reports
            : [.. reports.Select(report => report is { Tensors: > 0, Metric: null } && metrics.TryGetValue(CompanionCheck.DirectoryOf(report.Path), out var metric) ? report with { Metric = metric } : report)];
    }

    private static int Rank(FileReport report) => Array.IndexOf(_first, Path.GetFileName(report.Path)) is >= 0 and var rank ? rank : _first.Length;
}
