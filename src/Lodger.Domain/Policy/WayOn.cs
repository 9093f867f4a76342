using Lodger.Domain.Market;

namespace Lodger.Domain.Policy;

/// <summary>How a paused job can go on.</summary>
public enum WayOn
{
    /// <summary>Until the machine that holds the stopped rental runs it again.</summary>
    Wait,

    /// <summary>The paused rental's own bid is raised to what its machine asks now.</summary>
    RaiseBid,

    /// <summary>A new interruptible rental, from the newest good checkpoint.</summary>
    MoveToSpot,

    /// <summary>A new rental that no bid can end, from the newest good checkpoint.</summary>
    MoveToOnDemand,
}

/// <summary>One way on, with its price.</summary>
/// <param name="Offer">Where to; null for waiting. For a raised bid, the offer that its machine is listed with.</param>
/// <param name="BidUsdPerHour">What to bid there; null for waiting and for on-demand.</param>
/// <param name="ExpectedUsd">Everything that is paid from now until the job's end on this way, expected.</param>
/// <param name="ExpectedFinish">Expected moment of the job's end, in the clock of the facts (platform time).</param>
/// <param name="Why">In a person's words: the price and what makes it.</param>
public sealed record WayPrice(WayOn Way, Offer? Offer, decimal? BidUsdPerHour, decimal ExpectedUsd, DateTimeOffset ExpectedFinish, string Why)
{
    /// <summary>For one line with the others: <c>wait $0.34 expected</c>, <c>move $0.12</c>, <c>on-demand $0.61</c>.</summary>
    public string Label => Way switch
    {
        WayOn.Wait => $"wait ${ExpectedUsd:0.00} expected",
        WayOn.RaiseBid => $"raise ${ExpectedUsd:0.00}",
        WayOn.MoveToSpot => $"move ${ExpectedUsd:0.00}",
        _ => $"on-demand ${ExpectedUsd:0.00}",
    };
}

/// <summary>What was decided, and beside what.</summary>
/// <param name="Note">What a deadline or a budget had to do with it, from "; " on; mostly empty.</param>
/// <param name="Alternatives">The ways not taken, cheapest first: at most one wait, one raised bid, two moves, two on-demand.</param>
/// <param name="LookAgainIn">When the choice may change although nothing new is seen, because time passes.</param>
public sealed record PolicyChoice(WayPrice Chosen, string Note, IReadOnlyList<WayPrice> Alternatives, TimeSpan LookAgainIn)
{
    /// <summary>There are offers, and what is left of the budget starts none of them.</summary>
    public bool IsOutOfBudget { get; init; }

    /// <summary>One line for journal and screen: <c>wait $0.34 expected | move $0.12 | on-demand $0.61 -> move to 18790455 (bid $0.22)</c>.</summary>
    public string Line
    {
        get
        {
            var ways = Alternatives.Prepend(Chosen).GroupBy(w => w.Way).OrderBy(g => g.Key).Select(g => g.First());
            var to = Chosen.Way switch
            {
                WayOn.Wait => "wait",
                WayOn.RaiseBid => $"raise the bid to ${Chosen.BidUsdPerHour:0.00##}",
                WayOn.MoveToSpot => $"move to {Chosen.Offer?.Id} (bid ${Chosen.BidUsdPerHour:0.00##})",
                _ => $"on-demand on {Chosen.Offer?.Id} (${Chosen.Offer?.GpuUsdPerHour:0.00##}/h)",
            };
            return $"{string.Join(" | ", ways.Select(w => w.Label))} -> {to}{Note}";
        }
    }
}
