using Lodger.Artifacts.Formats;
using Lodger.Artifacts.Inspection;

namespace Lodger.Artifacts.Verification;

/// <summary>What is known of one file after verification.</summary>
public sealed record FileReport
{
    /// <summary>Path relative to the directory, forward slashes, as the file system has it. Hostile: print <see cref="DisplayPath"/>.</summary>
    public required string Path { get; init; }

    /// <summary>The path, safe to print.</summary>
    public required string DisplayPath { get; init; }

    /// <summary>The size found in bytes; for a missing file the size the manifest promises.</summary>
    public required long Bytes { get; init; }

    /// <summary>SHA-256 of the bytes found, lower-case hex; null when they could not be read.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The format's name, such as <c>safetensors</c>; <see cref="Unknown"/> when none is known.</summary>
    public string Format { get; init; } = Unknown;

    /// <summary>What was looked at, for people: <c>header, 214 tensors, every offset</c>.</summary>
    public string Checked { get; init; } = "size and SHA-256";

    public required Verdict Verdict { get; init; }

    /// <summary>Arrays in the file; null when the format has none.</summary>
    public long? Tensors { get; init; }

    /// <summary>Numbers in all arrays together; null when the format has none.</summary>
    public long? Parameters { get; init; }

    /// <summary>The training step the file says it was written at, if it says so.</summary>
    public long? Step { get; init; }

    /// <summary>The epoch the file says it was written at, if it says so.</summary>
    public double? Epoch { get; init; }

    /// <summary>The main metric: of a metrics file its own, of a checkpoint that of the metrics file beside it; null when there is none.</summary>
    public Metric? Metric { get; init; }

    /// <summary>Which parts of a training run it holds; null when it is no checkpoint of one.</summary>
    public TrainingState? Training { get; init; }

    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>Whoever loads it the usual way runs code that it names: a finding <c>...-runs-code</c> says which. Lodger read it without.</summary>
    public bool IsUnsafe { get; init; }

    /// <summary>The files without which this one cannot be loaded, for the look at the whole directory.</summary>
    internal IReadOnlyCollection<Companion> Companions { get; init; } = [];

    /// <inheritdoc cref="FormatReport.CompanionsTotalBytes"/>
    internal long? CompanionsTotalBytes { get; init; }

    /// <summary>What a person might take for checked and was not, a few words each.</summary>
    public IReadOnlyList<string> NotChecked { get; init; } = [];

    /// <summary>Every array, when <see cref="VerifyOptions.Depth"/> asks for them.</summary>
    public IReadOnlyList<TensorEntry> TensorList { get; init; } = [];

    /// <summary>The format name of files that are known by hash alone.</summary>
    public const string Unknown = "hash only";
}
