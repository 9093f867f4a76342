using Lodger.Domain.Market;

namespace Lodger.Domain.Policy;

/// <summary>What may be bid.</summary>
public abstract record BidRule
{
    private BidRule()
    {
    }

    /// <summary>Exactly this, and nowhere where it would not run now.</summary>
    public sealed record Fixed(decimal UsdPerHour) : BidRule;

    /// <summary>From the market, at most this.</summary>
    public sealed record Cap(decimal UsdPerHour) : BidRule;

    /// <summary>From the market: what makes the work cheapest, rework included.</summary>
    public sealed record Market : BidRule;
}

/// <summary>
/// Bids by expected cost, not by the minimum. Model: rivals who bid a share x or more above today's minimum come at a rate that falls as 1/x, so that a bid at
/// x = <see cref="ReferenceMargin"/> is preempted once in M hours and one at x once in M x / 0.25. An hour of work then costs (1 + x)(1 + 0.25 R / (M x)) minima, R hours
/// being lost each time; least at x = sqrt(0.25 R / M). The shape is assumed; M is measured while the job runs.
/// </summary>
public static class Bidding
{
    public const double ReferenceMargin = 0.25;

    /// <summary>Below this a bid is taken by the next rival's smallest step.</summary>
    public const double LeastMargin = 0.02;

    /// <summary>Bids are rounded up to a thousandth of a dollar per hour.</summary>
    private const double StepsPerUsd = 1000;

    /// <param name="workLeft">At most this is done under the bid; a loss cannot be larger.</param>
    /// <param name="restartCost">Paid time that one preemption loses: restart, transfers, rework.</param>
    /// <param name="betweenPreemptions">Mean time between preemptions; null: the prior.</param>
    /// <returns>USD per hour; null when nothing can be bid here under this rule.</returns>
    public static decimal? BidFor(Offer offer, BidRule rule, TimeSpan workLeft, TimeSpan restartCost, TimeSpan? betweenPreemptions = null)
    {
        ArgumentNullException.ThrowIfNull(offer);
        if (offer.MinBidUsdPerHour is not { } least || least < 0)
            return null;
        var bid = BidUsd((double)least, (double)offer.GpuUsdPerHour, rule, workLeft.TotalHours, restartCost.TotalHours, (betweenPreemptions ?? Preemptions.Prior.Mean).TotalHours);
        return double.IsNaN(bid) ? null : (decimal)bid;
    }

    /// <summary>The same in hours and in binary, for where thousands of offers are weighed: the fifteen digits of a double hold every price.</summary>
    /// <returns>NaN when nothing can be bid.</returns>
    internal static double BidUsd(double least, double onDemandUsd, BidRule rule, double workHours, double restartHours, double betweenHours) => rule switch
    {
        BidRule.Fixed f => (double)f.UsdPerHour >= least ? (double)f.UsdPerHour : double.NaN,
        BidRule.Cap c => (double)c.UsdPerHour >= least ? Math.Min(FromMarket(least, onDemandUsd, workHours, restartHours, betweenHours), (double)c.UsdPerHour) : double.NaN,
        BidRule.Market => FromMarket(least, onDemandUsd, workHours, restartHours, betweenHours),
        _ => throw new ArgumentOutOfRangeException(nameof(rule)),
    };

    /// <summary>How many times as long as at the reference margin a bid lasts.</summary>
    internal static double Lasts(decimal bid, decimal? least) => Lasts((double)bid, (double)(least ?? 0));

    internal static double Lasts(double bid, double least) => least <= 0 ? 1 : Math.Clamp(((bid / least) - 1) / ReferenceMargin, LeastMargin / ReferenceMargin, 4);

    private static double FromMarket(double least, double onDemandUsd, double workHours, double restartHours, double betweenHours)
    {
        // On-demand comes before every bid: paying as much for less is never right.
        if (least >= onDemandUsd)
            return double.NaN;
        var mean = Math.Max(betweenHours, 1 / 60d);
        var lost = Math.Clamp(restartHours, 0, Math.Max(workHours, 0));
        var margin = Math.Clamp(Math.Sqrt(ReferenceMargin * lost / mean), LeastMargin, 4);
        // What is a whole step but for rounding is one.
        var bid = Math.Ceiling((least * (1 + margin) * StepsPerUsd) - 1e-6) / StepsPerUsd;
        return Math.Min(bid, onDemandUsd);
    }
}

/// <summary>
/// How often this job is preempted: a rate of which nobody knew anything, Gamma(1.25, 2.9 h), and what was seen since. The prior has the mean and spread of nine real spot zones'
/// preemptions per running hour (0.44 and 0.39; docs/policy.md).
/// </summary>
public readonly record struct Preemptions(double Count, double Hours)
{
    public static readonly Preemptions Prior = new(1.25, 2.9);

    /// <summary>Mean time between preemptions of a running rental that bids at the reference margin.</summary>
    public TimeSpan Mean => TimeSpan.FromHours(Hours / Count);

    public static Preemptions Of(int seen, TimeSpan running) => new(Prior.Count + Math.Max(0, seen), Prior.Hours + Math.Clamp(running.TotalHours, 0, 1e6));
}
