using Lodger.Domain.Cadence;
using Lodger.Domain.Market;
using Lodger.Domain.Plan;
using Lodger.Domain.Policy;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Prospects;

/// <summary>One job, and the offers on which it may live.</summary>
internal sealed class ProspectTerms
{
    /// <summary>So many of the cheapest with a bid, and as many on-demand: a life seldom sees more.</summary>
    private const int OffersMost = 4;

    /// <summary>Copies are about so far behind, at least: as the plan assumes.</summary>
    private const double MirrorEveryHours = 0.5;

    public ProspectTerms(JobSpec spec, JobPlan plan, PlanInputs inputs, SpotRecord record, double? deadlineHours)
    {
        (Spec, Inputs, Record, DeadlineHours) = (spec, inputs, record, deadlineHours);
        WorkHours = Math.Clamp((spec.Work ?? TimeSpan.FromHours(1)).TotalHours, 1 / 3600d, 100_000);
        // Machines count as equally fast, as in the plan: work is what the job's file says, wherever it runs.
        var fitting = plan.Offers.Select(p => p.Offer with { DlPerf = 0 }).ToList();
        Bids = [.. fitting.Select(o => (Offer: o, Bid: Bidding.BidFor(o, spec.BidRule, spec.Work ?? TimeSpan.FromHours(1), Planner.RestartCost)))
            .Where(x => x.Bid is not null).OrderBy(x => Planner.Price(spec, x.Offer, inputs, TimeSpan.FromHours(WorkHours), x.Bid).TotalUsd).Take(OffersMost).Select(x => new Place(this, x.Offer, x.Bid))];
        OnDemand = [.. fitting.Select(o => (Offer: o, Planner.Price(spec, o, inputs, TimeSpan.FromHours(WorkHours), null).TotalUsd))
            .OrderBy(x => x.TotalUsd).ThenBy(x => x.Offer.Id, StringComparer.Ordinal).Select(x => x.Offer).Take(OffersMost).Select(o => new Place(this, o, null))];
        Offers = [.. Bids.Concat(OnDemand).Select(p => p.Offer).DistinctBy(o => o.Id)];
        if (spec.Checkpoints.Count > 0 && Bids.Count > 0)
        {
            var mean = Preemptions.Prior.Mean * Bidding.Lasts(Bids[0].Bid!.Value, Bids[0].Offer.MinBidUsdPerHour);
            EveryHours = CheckpointCadence.Decide(new() { Hazard = PreemptionHazard.Of(PreemptionHistory.None, new(mean, Preemptions.Prior.Count)) }).Every.TotalHours;
        }
    }

    public JobSpec Spec { get; }

    public PlanInputs Inputs { get; }

    public SpotRecord Record { get; }

    public double? DeadlineHours { get; }

    public double WorkHours { get; }

    /// <summary>The cheapest first; of machines that take bids.</summary>
    public IReadOnlyList<Place> Bids { get; }

    public IReadOnlyList<Place> OnDemand { get; }

    public IReadOnlyList<Offer> Offers { get; }

    /// <summary>Work between two checkpoints on a bid; null: it writes none, and begins again after every preemption.</summary>
    public double? EveryHours { get; }

    /// <summary>A copy off the machine is about so much work behind the newest checkpoint there.</summary>
    public double CopyLagHours => EveryHours is { } every ? Math.Max(every, MirrorEveryHours) : 0;

    public double MirrorBytesPerHour => Spec.Checkpoints.Count == 0 ? 0 : Inputs.CheckpointBytes / MirrorEveryHours;

    public Place PlaceOf(Offer offer, decimal? bid) => new(this, offer, bid);
}

/// <summary>An offer as this job pays for it.</summary>
/// <param name="bid">Null: on-demand.</param>
internal sealed class Place(ProspectTerms terms, Offer offer, decimal? bid)
{
    private const double HoursPerMonth = 720;

    public Offer Offer => offer;

    public decimal? Bid => bid;

    public double UsdPerHour { get; } = (double)(bid ?? offer.GpuUsdPerHour);

    public double DiskUsdPerHour { get; } = (double)offer.StorageUsdPerGbMonth * terms.Spec.DiskGb / HoursPerMonth;

    public double MirrorUsdPerHour { get; } = terms.MirrorBytesPerHour / 1e9 * (double)offer.UploadUsdPerGb;

    /// <summary>From renting to running; bills the disk alone.</summary>
    public double BootHours { get; } = Moving.TransferHours(terms.Inputs.ImageBytes, offer.DownloadMbps) + Planner.ContainerStart.TotalHours;

    public double HomeHours { get; } = Moving.TransferHours(terms.Inputs.ResultBytes, offer.UploadMbps);

    public double HomeUsd { get; } = Moving.Gb(terms.Inputs.ResultBytes) * (double)offer.UploadUsdPerGb;

    /// <summary>How many times as long as at the reference margin the bid lasts.</summary>
    public double Lasts { get; } = bid is { } b ? Bidding.Lasts(b, offer.MinBidUsdPerHour) : 1;

    public double SendHours(bool withCheckpoint) => Moving.TransferHours(Sent(withCheckpoint), offer.DownloadMbps);

    public double SendUsd(bool withCheckpoint) => Moving.Gb(Sent(withCheckpoint)) * (double)offer.DownloadUsdPerGb;

    private long Sent(bool withCheckpoint) => terms.Inputs.CodeBytes + (terms.Inputs.DataBytes ?? 0) + (withCheckpoint ? terms.Inputs.CheckpointBytes : 0);
}
