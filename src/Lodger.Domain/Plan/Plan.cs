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

    /// <summary>One checkpoint.</summary>
    public long CheckpointBytes { get; init; } = 500_000_000;

    /// <summary>Shell scripts of the code with CRLF line ends, that would be sent as they are; relative paths.</summary>
    public IReadOnlyList<string> CrlfScripts { get; init; } = [];

    /// <summary>Our own time, for a deadline; null: unknown, then none is looked at.</summary>
    public DateTimeOffset? Now { get; init; }

    /// <summary>The platform's time, for contracts that end; null: unknown, then no contract is too short.</summary>
    public DateTimeOffset? MarketNow { get; init; }
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

    /// <summary>Of <see cref="GpuUsd"/>: work that is expected to be done again after preemptions.</summary>
    public decimal ReworkUsd { get; init; }

    /// <summary>Of <see cref="TransferUsd"/>: code and data to the machine.</summary>
    public decimal InUsd { get; init; }

    /// <summary>Of <see cref="TransferUsd"/>: copies of checkpoints while the job runs.</summary>
    public decimal MirrorUsd { get; init; }

    /// <summary>Of <see cref="TransferUsd"/>: results and checkpoints brought home.</summary>
    public decimal OutUsd { get; init; }
}

/// <summary>An offer that was priced for nothing: the job cannot be done on it.</summary>
/// <param name="Why">In a sentence.</param>
public sealed record LeftOut(Offer Offer, string Why);

/// <summary>Offers ranked by what the whole job would cost on them.</summary>
/// <param name="Assumptions">In sentences: what was assumed because nobody said it.</param>
public sealed record JobPlan(IReadOnlyList<PricedOffer> Offers, IReadOnlyList<string> Assumptions)
{
    /// <summary>Of the offers that were not taken, so many stand in the journal beside the one that was.</summary>
    private const int AlternativesSaid = 5;

    public PricedOffer? Best => Offers.Count == 0 ? null : Offers[0];

    /// <summary>Those that fit by what they are and not by how long they are to be had.</summary>
    public IReadOnlyList<LeftOut> LeftOut { get; init; } = [];

    /// <summary>Nothing fits but machines on which a bid of the same account runs: renting there can take its GPU.</summary>
    public bool BeatsOwnBid { get; init; }

    /// <summary>Why the first is the first, with its price, where the deadline had to do with it; null: it costs least.</summary>
    public string? Choice { get; init; }

    /// <summary>What the other ways to begin would have cost, with <see cref="Choice"/>.</summary>
    public IReadOnlyList<string> Alternatives { get; init; } = [];

    /// <summary>Why a job begins on this offer of the plan, and what the others would have cost: for the journal.</summary>
    public (string Choice, IReadOnlyList<string> Alternatives) DecisionFor(PricedOffer taken)
    {
        ArgumentNullException.ThrowIfNull(taken);
        if (Choice is { } choice && ReferenceEquals(taken, Best))
            return (choice, Alternatives);
        var less = Offers.Count(p => p.TotalUsd < taken.TotalUsd);
        var place = Offers.Count == 1 ? "the only offer that fits" : less == 0 ? $"the least of {Offers.Count} offers" : $"{less} of {Offers.Count} offers cost less";
        return ($"${taken.TotalUsd:0.00} in all, {place}", [.. Offers.Where(p => !ReferenceEquals(p, taken)).Take(AlternativesSaid).Select(Said)]);
    }

    private static string Said(PricedOffer p) =>
        $"offer {p.Offer.Id}, {(p.BidUsdPerHour is { } bid ? $"bid ${bid:0.00##}" : "on-demand")}: ${p.TotalUsd:0.00} in all{(p.WhyNot.Length > 0 ? $", {p.WhyNot}" : "")}";

    /// <summary>What the job is expected to put on its disk; null: not reckoned.</summary>
    public DiskNeed? Disk { get; init; }

    /// <summary>Of the offers that lost, the one with the lowest price an hour, when that is lower than the first's; null: the first is also the cheapest an hour.</summary>
    public PricedOffer? CheapestHour => Best is { } best && Offers.MinBy(o => o.UsdPerHour) is { } cheap && cheap.UsdPerHour < best.UsdPerHour ? cheap : null;
}
