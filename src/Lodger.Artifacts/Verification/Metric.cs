namespace Lodger.Artifacts.Verification;

/// <summary>Which way a metric is better, and how that is known.</summary>
public enum MetricDirection
{
    /// <summary>Nothing says so, and the name is none whose direction everybody agrees on.</summary>
    Unknown,

    /// <summary>Higher is better: what its name means by convention (accuracy, F1, BLEU).</summary>
    HigherByConvention,

    /// <summary>Lower is better: what its name means by convention (loss, perplexity, WER).</summary>
    LowerByConvention,

    /// <summary>Higher is better: the file itself says so.</summary>
    HigherAsStated,

    /// <summary>Lower is better: the file itself says so.</summary>
    LowerAsStated,
}

/// <summary>The main metric that a metrics file has.</summary>
/// <param name="Name">As the file has it. Hostile: pass it through <see cref="PrintableText"/> before printing.</param>
/// <param name="Value">Its last value in the file.</param>
/// <param name="Direction">Which way it is better.</param>
/// <param name="From">The file's name; beside a checkpoint it is another file of the same directory.</param>
/// <param name="Epoch">The last epoch in that file, if it has one.</param>
public sealed record Metric(string Name, double Value, MetricDirection Direction, string From, double? Epoch);
