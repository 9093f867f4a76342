using Lodger.Domain.Spec;

namespace Lodger.Domain.Plan;

/// <summary>What a job is expected to put on its disk, which can never grow. GB of 10^9 bytes.</summary>
/// <param name="ImageGb">Layers as they lie unpacked.</param>
/// <param name="Checkpoints">So many lie there at once: those that are kept, and one that is being written.</param>
/// <param name="CacheGb">Hugging Face's and pip's.</param>
public sealed record DiskNeed(double ImageGb, double CodeAndDataGb, int Checkpoints, double CheckpointGb, double ResultsGb, double CacheGb)
{
    private const double BytesPerGb = 1e9;

    /// <summary>Image layers unpack to about twice what is pulled.</summary>
    private const double Unpacked = 2;

    /// <summary>Allowed for caches that nobody sized.</summary>
    private const double AssumedCacheGb = 3;

    public double TotalGb => ImageGb + CodeAndDataGb + (Checkpoints * CheckpointGb) + ResultsGb + CacheGb;

    public static DiskNeed Of(JobSpec spec, PlanInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(inputs);
        return new(
            inputs.ImageBytes / BytesPerGb * Unpacked,
            (inputs.CodeBytes + (inputs.DataBytes ?? 0)) / BytesPerGb,
            spec.Checkpoints.Count == 0 ? 0 : spec.Mirror.Keep + 1,
            inputs.CheckpointBytes / BytesPerGb,
            inputs.ResultBytes / BytesPerGb,
            AssumedCacheGb);
    }

    /// <summary>The sum, part by part.</summary>
    public string Arithmetic =>
        $"image {ImageGb:0.#}, code and data {CodeAndDataGb:0.#}{(Checkpoints > 0 ? $", checkpoints {Checkpoints} x {CheckpointGb:0.#}" : "")}, results {ResultsGb:0.#}, caches {CacheGb:0.#}";
}
