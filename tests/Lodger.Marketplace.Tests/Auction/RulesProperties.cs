using FsCheck;
using FsCheck.Fluent;
using Lodger.Marketplace.Auction;

namespace Lodger.Marketplace.Tests.Auction;

public class RulesProperties
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Bundles of a machine with four GPUs, few prices so that ties are common, and at most one holder of a GPU.</summary>
    private static readonly Gen<Claim[]> Claims =
        from wishes in (from bundle in Gen.Elements<int[]>([0], [1], [2], [3], [0, 1], [2, 3], [0, 1, 2, 3])
                        from bid in Gen.Elements<decimal?>(null, 0.1m, 0.2m, 0.3m)
                        from minute in Gen.Choose(0, 5)
                        from wasThere in Gen.Elements(true, false)
                        select (bundle, bid, minute, wasThere)).ArrayOf()
        select Make(wishes);

    [Fact]
    public void No_GPU_has_two_holders() =>
        Check(claims =>
        {
            var winners = Rules.Decide(claims);
            return claims.Where(c => winners.Contains(c.Id)).SelectMany(c => c.GpuIds).GroupBy(g => g).All(g => g.Count() == 1);
        });

    [Fact]
    public void Who_rents_on_demand_and_runs_goes_on_running() =>
        Check(claims => claims.Where(c => c is { Holds: true, BidUsdPerGpuHour: null }).All(c => Rules.Decide(claims).Contains(c.Id)));

    [Fact]
    public void Whoever_does_not_run_is_kept_out_by_somebody_better() =>
        Check(claims =>
        {
            var winners = Rules.Decide(claims);
            return claims.Where(c => !winners.Contains(c.Id)).All(loser => claims.Any(c => winners.Contains(c.Id) && c.GpuIds.Any(loser.GpuIds.Contains) && IsAtLeastAsGood(c, loser)));
        });

    [Fact]
    public void A_second_look_changes_nothing() =>
        Check(claims =>
        {
            var winners = Rules.Decide(claims);
            return Rules.Decide(claims.Select(c => c with { Holds = winners.Contains(c.Id) })).SetEquals(winners);
        });

    [Fact]
    public void The_lowest_winning_bid_wins_and_a_step_less_does_not() =>
        Check(claims =>
        {
            var winners = Rules.Decide(claims);
            var now = claims.Select(c => c with { Holds = winners.Contains(c.Id) }).ToArray();
            if (now.Any(c => c is { Holds: true, BidUsdPerGpuHour: null } && c.GpuIds.Contains(0))) return true; // Not for any money.
            var lowest = Rules.LowestWinningBid(0.05m, [0], now);
            return Wins(lowest) && (lowest == 0.05m || !Wins(lowest - Rules.StepUsd));

            bool Wins(decimal bid) => Rules.Decide([.. now, new Claim(99, [0], bid, Holds: false, Start.AddHours(1))]).Contains(99);
        });

    [Fact]
    public void A_waiting_bid_that_pays_most_starts_when_the_one_on_demand_leaves()
    {
        var onDemand = new Claim(1, [7], null, Holds: true, Start);
        var (low, high) = (new Claim(2, [7], 0.2m, Holds: false, Start), new Claim(3, [7], 0.3m, Holds: false, Start));
        Rules.Decide([low, high, onDemand]).ShouldBe([1L]);
        Rules.Decide([low, high]).ShouldBe([3L]);
    }

    private static bool IsAtLeastAsGood(Claim a, Claim b) =>
        a.BidUsdPerGpuHour is null || (b.BidUsdPerGpuHour is { } bid && a.BidUsdPerGpuHour >= bid);

    private static Claim[] Make((int[] Bundle, decimal? Bid, int Minute, bool WasThere)[] wishes)
    {
        var held = new HashSet<int>();
        return [.. wishes.Select((w, i) =>
        {
            var holds = w.WasThere && !w.Bundle.Any(held.Contains);
            if (holds) held.UnionWith(w.Bundle);
            return new Claim(i + 1, w.Bundle, w.Bid, holds, Start.AddMinutes(w.Minute));
        })];
    }

    private static void Check(Func<Claim[], bool> holds) => Prop.ForAll(Claims.ToArbitrary(), holds).QuickCheckThrowOnFailure();
}
