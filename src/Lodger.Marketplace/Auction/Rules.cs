namespace Lodger.Marketplace.Auction;

/// <summary>
/// Who runs: on demand before any bid, then the highest bid for a GPU. A rental on demand that runs is never displaced; a bid is, the moment a better
/// claim overlaps it.
/// </summary>
internal static class Rules
{
    /// <summary>By how much a bid must pass another: the platform's smallest bid, USD per GPU and hour.</summary>
    public const decimal StepUsd = 0.001m;

    /// <summary>The claims that hold their GPUs now. Claims on the same GPUs exclude each other; the better one wins, whatever that costs the others.</summary>
    public static IReadOnlySet<long> Decide(IEnumerable<Claim> claims)
    {
        var winners = new HashSet<long>();
        var taken = new HashSet<int>();
        foreach (var claim in claims.Order(Comparer<Claim>.Create(Compare)))
        {
            if (claim.GpuIds.Any(taken.Contains)) continue;
            taken.UnionWith(claim.GpuIds);
            winners.Add(claim.Id);
        }

        return winners;
    }

    /// <summary>What a newcomer must bid for a GPU of <paramref name="gpuIds"/>: the host's floor, or just above the best bid that holds one of them.</summary>
    public static decimal LowestWinningBid(decimal floorUsdPerGpuHour, IReadOnlyList<int> gpuIds, IEnumerable<Claim> claims)
    {
        var lowest = floorUsdPerGpuHour;
        foreach (var claim in claims)
            if (claim is { Holds: true, BidUsdPerGpuHour: { } bid } && bid + StepUsd > lowest && claim.GpuIds.Any(gpuIds.Contains))
                lowest = bid + StepUsd;
        return lowest;
    }

    /// <summary>Better first.</summary>
    private static int Compare(Claim a, Claim b)
    {
        var byKind = (a.BidUsdPerGpuHour is not null).CompareTo(b.BidUsdPerGpuHour is not null);
        if (byKind != 0) return byKind;
        if (a.BidUsdPerGpuHour is null && a.Holds != b.Holds) return a.Holds ? -1 : 1;
        var byBid = (b.BidUsdPerGpuHour ?? 0).CompareTo(a.BidUsdPerGpuHour ?? 0);
        if (byBid != 0) return byBid;
        if (a.Holds != b.Holds) return a.Holds ? -1 : 1;
        var bySince = a.Since.CompareTo(b.Since);
        return bySince != 0 ? bySince : a.Id.CompareTo(b.Id);
    }
}
