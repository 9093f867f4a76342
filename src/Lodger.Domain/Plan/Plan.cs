using Lodger.Domain.Market;

namespace Lodger.Domain.Plan;

/// <summary>What the prices are multiplied with. Estimates are stated, never hidden.</summary>
public sealed record PlanInputs
{
    /// <summary>Bytes of code that are sent.</summary>
    public long CodeBytes { get; init; }

    /// <summary>Bytes that the machine fetches itself; null when the sources do not say.</summary>
    public long? DataBytes { get; init; }

    /// <summary>Bytes brought home: results and checkpoints.</summary>
    public long ResultBytes { get; init; } = 1_000_000_000;

    /// <summary>Compressed size of the image: what a host pulls that does not have it.</summary>
    public long ImageBytes { get; init; } = 5_000_000_000;
}

/// <summary>One offer with what this job would cost on it.</summary>
/// <param name="Boot">Expected time from rent to running; bills only the disk.</param>
/// <param name="WhyNot">Why it is not the first; empty for the first.</param>
/// <param name="BidUsdPerHour">What is bid; null: on-demand.</param>
public sealed record PricedOffer(
    Offer Offer, decimal GpuUsd, decimal DiskUsd, decimal TransferUsd, TimeSpan Boot, TimeSpan Work, string WhyNot, decimal? BidUsdPerHour = null)
{
    /// <summary>For the GPU while it runs.</summary>
    public decimal UsdPerHour => BidUsdPerHour ?? Offer.GpuUsdPerHour;

    public decimal TotalUsd => GpuUsd + DiskUsd + TransferUsd;
}

/// <summary>Offers ranked by what the whole job would cost on them.</summary>
/// <param name="Assumptions">In sentences: what was assumed because nobody said it.</param>
public sealed record JobPlan(IReadOnlyList<PricedOffer> Offers, IReadOnlyList<string> Assumptions)
{
    public PricedOffer? Best => Offers.Count == 0 ? null : Offers[0];
}
