using System.Text;
using Lodger.Artifacts.Verification;

namespace Lodger.Artifacts.Formats.Metrics;

/// <summary>Takes the top-level numbers of a metrics file as they come by and names the main one, if there is one.</summary>
internal sealed class MetricGathering(string fileName)
{
    private const int MaxNames = 256;

    // a configuration has numbers too; a file of metrics is called so
    private static readonly string[] _metricFiles = ["metric", "result", "history", "eval", "score", "summary", "log", "train", "test", "val"];

    private readonly Dictionary<string, double> _last = new(StringComparer.Ordinal);
    private string? _main;
    private bool? _greaterIsBetter;

    private bool IsMetricsFile { get; } = Array.Exists(_metricFiles, part => fileName.Contains(part, StringComparison.OrdinalIgnoreCase));

    /// <param name="name">The key, UTF-8.</param>
    /// <param name="value">Its number.</param>
    internal void Take(ReadOnlySpan<byte> name, double value)
    {
        Span<char> text = stackalloc char[name.Length];
        text = text[..Encoding.UTF8.GetChars(name, text)];
        var last = _last.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!double.IsFinite(value))
        {
            // 1e999 is no value to put on record, and what came before it is not the last one any more.
            last.Remove(text);
        }
        else if (IsMetricsFile && (_last.Count < MaxNames || last.ContainsKey(text)))
        {
            last[text] = value;
        }
    }

    /// <summary>Takes what the file itself says is its main metric (<c>metric_for_best_model</c>, as transformers writes it, or <c>main_metric</c>).</summary>
    internal void TakeText(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual("metric_for_best_model"u8) || name.SequenceEqual("main_metric"u8))
        {
            _main = Encoding.UTF8.GetString(value);
        }
    }

    /// <summary>Takes <c>greater_is_better</c>.</summary>
    internal void TakeTruth(ReadOnlySpan<byte> name, bool value)
    {
        if (name.SequenceEqual("greater_is_better"u8))
        {
            _greaterIsBetter = value;
        }
    }

    /// <summary>The main metric: the one the file names; else the one that ranks first among names with a known direction; else the only one there is.</summary>
    internal Metric? Main(double? epoch)
    {
        if (_main is { } named && _last.TryGetValue(named, out var value))
        {
            var stated = _greaterIsBetter is { } greater ? greater ? MetricDirection.HigherAsStated : MetricDirection.LowerAsStated : MetricNames.Of(named).Direction;
            return new Metric(named, value, stated, fileName, epoch);
        }

        var candidates = _last.Where(pair => !MetricNames.IsNoMetric(pair.Key)).Select(pair => (pair.Key, pair.Value, Known: MetricNames.Of(pair.Key))).OrderBy(pair => pair.Known.Rank).ToList();
        var known = candidates.Where(pair => pair.Known.Direction != MetricDirection.Unknown).ToList();
        var chosen = known.Count > 0 ? known[0]
            : candidates.Count == 1 || (candidates.Count > 1 && candidates.Count(pair => MetricNames.IsHeldOut(pair.Key)) == 1) ? candidates[0]
            : default;
        return chosen.Key is null ? null : new Metric(chosen.Key, chosen.Value, chosen.Known.Direction, fileName, epoch);
    }
}
