using Lodger.Domain.Market;

namespace Lodger.Domain.Policy;

/// <summary>Everything the choice after a preemption depends on. Moments are platform time; "work" is time on the old GPU at full speed.</summary>
public sealed record PreemptionFacts
{
    public required DateTimeOffset Now { get; init; }

    public required DateTimeOffset PreemptedAt { get; init; }

    /// <summary>Work from the newest state that any way can continue from, to the end; what a way loses in addition is <see cref="Rework"/> or <see cref="ReworkOnReturn"/>.</summary>
    public required TimeSpan WorkLeft { get; init; }

    /// <summary>Work that is done again when the job moves with the newest mirror. Not counted while the stopped disk can be reached: then it is rescued first.</summary>
    public TimeSpan Rework { get; init; }

    /// <summary>Work that is done again when the same machine resumes.</summary>
    public TimeSpan ReworkOnReturn { get; init; }

    /// <summary>The most work that one more preemption can lose (cadence plus mirror lag); null: the larger of the two above.</summary>
    public TimeSpan? WorkAtRisk { get; init; }

    /// <summary>Bid of the paused rental.</summary>
    public required decimal OldUsdPerHour { get; init; }

    /// <summary>Its disk, which bills while it waits.</summary>
    public required decimal OldDiskUsdPerHour { get; init; }

    public decimal OldUploadUsdPerGb { get; init; }

    public double OldUploadMbps { get; init; }

    /// <summary>Performance score of the old machine; 0 when unknown: then every fitting offer counts as equally fast.</summary>
    public double OldDlPerf { get; init; }

    public bool OldDiskReachable { get; init; }

    /// <summary>The host is not connected: nothing bills, nothing can be fetched, and it returns when its owner sees to it.</summary>
    public bool HostOffline { get; init; }

    /// <summary>There is no rental that could be waited for: none was made yet, or it is gone. Then waiting is no way on, and is not shown as one.</summary>
    public bool NothingReturns { get; init; }

    /// <summary>Offers that fit the job now.</summary>
    public required IReadOnlyList<Offer> Offers { get; init; }

    public string? OldMachineId { get; init; }

    /// <summary>Lowest bid that would run on the old machine now; null when the market does not say.</summary>
    public decimal? OldMachineMinBid { get; init; }

    /// <summary>
    /// The machine on which the volume lies that holds the job's state; null: it works on none. A new rental there goes on from what the old one left, whether or not that one's own GPUs come
    /// back. The volume itself bills on every way, so its price decides nothing.
    /// </summary>
    public string? VolumeMachineId { get; init; }

    public int PreemptionsSoFar { get; init; }

    /// <summary>Time that this job's interruptible rentals have run, all attempts.</summary>
    public TimeSpan PaidRunTimeSoFar { get; init; }

    /// <summary>Earlier pauses of this job that ended by themselves; and how long all earlier ones lasted together, those that were given up included.</summary>
    public int ReturnsSoFar { get; init; }

    public TimeSpan PausedSoFar { get; init; }

    /// <summary>The user's limit: never wait longer than this in a row. Null: the policy's own judgement alone.</summary>
    public TimeSpan? Patience { get; init; }

    public DateTimeOffset? Deadline { get; init; }

    public decimal? BudgetLeftUsd { get; init; }

    public bool MaySpot { get; init; }

    public bool MayOnDemand { get; init; }

    /// <summary>What is bid; null: from the market, under <see cref="BidCapUsdPerHour"/> when there is one.</summary>
    public BidRule? Bid { get; init; }

    public decimal? BidCapUsdPerHour { get; init; }

    /// <summary>The paused rental's own bid may be raised up to this; null: it may not, or its machine was not lost to a higher bid.</summary>
    public decimal? RaiseCapUsdPerHour { get; init; }

    /// <summary>What is sent to a new machine and brought home at the end.</summary>
    public long CheckpointBytes { get; init; }

    public long CodeAndDataBytes { get; init; }

    /// <summary>Results brought home at the end beside the checkpoint.</summary>
    public long ResultBytes { get; init; }

    /// <summary>Image that another machine pulls first, at its bandwidth; 0 when <see cref="BootExpected"/> already holds it.</summary>
    public long ImageBytes { get; init; }

    public int DiskGb { get; init; }

    /// <summary>From renting to running. The GPU does not bill yet, the disk does.</summary>
    public TimeSpan BootExpected { get; init; }

    /// <summary>From a machine that runs to the job's command there, as this job's own machines took; the GPU bills. Zero: none has got so far.</summary>
    public TimeSpan SendTook { get; init; }

    /// <summary>By host: weight of its remembered failures, 0 to 1 (<see cref="HostMemory"/>).</summary>
    public IReadOnlyDictionary<string, double> HostPenalty { get; init; } = new Dictionary<string, double>();

    /// <summary>What an hour of delay is worth, beside the money that is paid; null: half of the old bid.</summary>
    public decimal? UsdPerHourLater { get; init; }

    /// <summary>How late a decision can take effect. Restart costs are rounded up to whole ticks.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMinutes(1);
}
