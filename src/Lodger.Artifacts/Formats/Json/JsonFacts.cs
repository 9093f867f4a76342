using Lodger.Artifacts.Formats.Metrics;

namespace Lodger.Artifacts.Formats.Json;

/// <summary>Takes step, epoch and metrics out of a document or of a log's lines; what comes later wins.</summary>
internal sealed class JsonFacts(HashedFile file, FormatReport report) : IJsonListener
{
    private readonly MetricGathering _metrics = new(Path.GetFileName(file.Path));

    public void Number(ReadOnlySpan<byte> key, double value)
    {
        if (TrainingProgress.NameOf(key) is { } progress)
        {
            TrainingProgress.Take(progress, value, report);
        }
        else
        {
            _metrics.Take(key, value);
        }
    }

    public void Text(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _metrics.TakeText(key, value);

    public void Truth(ReadOnlySpan<byte> key, bool value) => _metrics.TakeTruth(key, value);

    /// <summary>Puts the main metric into the report, once all was read.</summary>
    internal void Finish() => report.Metric = _metrics.Main(report.Epoch);
}
