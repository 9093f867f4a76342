using Lodger.Domain.Market;

namespace Lodger.Domain.Policy;

/// <summary>One way on, to choose among.</summary>
/// <param name="Move">Its place among the moves; -1: waiting.</param>
/// <param name="FinishHours">Expected end, from now.</param>
/// <param name="Score">Money, and the price of delay.</param>
/// <param name="Safe">For the deadline.</param>
/// <param name="Open">Waiting that is past its worth or its patience is shown, not taken, while there is anything else.</param>
internal readonly record struct Candidate(WayOn Way, int Move, double Usd, double FinishHours, double Score, bool Safe, bool Open = true);

/// <summary>
/// Every way on from here but waiting, priced and judged for the deadline. A thousand offers have four thousand moves, and one thread chooses again and again: the room for them is kept, since garbage of that size would cost more than
/// the choice. What is taken from here is therefore used before the same thread asks again.
/// </summary>
internal sealed class WaysOn
{
    [ThreadStatic]
    private static WaysOn? ofThread;

    private Move[] moves = new Move[64];
    private Candidate[] candidates = new Candidate[64];
    private int moveCount;
    private int count;

    public required DeadlineGuard Guard { get; set; }

    /// <summary>What is left of the budget starts nothing of what is for rent, and this much would be needed at least; null: it does, or nothing is for rent.</summary>
    public double? OutOfBudgetUsd { get; private set; }

    public static WaysOn Of(PreemptionFacts f, double laterPerHour)
    {
        var ways = ofThread ??= new WaysOn { Guard = null! };
        ways.Fill(f, laterPerHour);
        return ways;
    }

    public ref readonly Move MoveOf(in Candidate c) => ref moves[c.Move];

    /// <summary>The least by a figure of those that fit; of equals the cheaper, and the same every time.</summary>
    public Candidate? Least(Func<Candidate, bool> fits, Func<Candidate, double> by)
    {
        Candidate? found = null;
        var least = double.PositiveInfinity;
        foreach (ref readonly var c in candidates.AsSpan(0, count))
        {
            if (!fits(c) || by(c) is var value && value > least)
                continue;
            if (found is { } other && value == least && !Precedes(c, other))
                continue;
            (found, least) = (c, value);
        }

        return found;
    }

    public Candidate? Best(Func<Candidate, bool> fits) => Least(fits, static c => c.Score);

    public void Add(Candidate c)
    {
        if (count == candidates.Length)
            Array.Resize(ref candidates, 2 * count);
        candidates[count++] = c;
    }

    private void Fill(PreemptionFacts f, double laterPerHour)
    {
        // 1. Every move there is, without hosts that failed lately (unless only they are left), and without those on which the budget would end the job before it computes.
        Price(f);
        OutOfBudgetUsd = f.BudgetLeftUsd is { } budget ? KeepWithin((double)budget) : null;
        Guard = new DeadlineGuard(f, moves.AsSpan(0, moveCount));

        // 2. Of each offer the better of rescue and mirror: safe before cheap, an hour of delay having its price.
        count = 0;
        for (var i = 0; i < moveCount; i++)
        {
            ref readonly var m = ref moves[i];
            var c = new Candidate(m.Way, i, m.Usd, m.FinishHours, m.Usd + (laterPerHour * m.FinishHours), Guard.IsSafe(m));
            if (i == 0 || !IsSameWay(moves[i - 1], m))
                Add(c);
            else if (candidates[count - 1] is var rescued && ((c.Safe && !rescued.Safe) || (c.Safe == rescued.Safe && c.Score < rescued.Score)))
                candidates[count - 1] = c;
        }
    }

    private static bool IsSameWay(in Move rescue, in Move mirror) => rescue.Rescue && !mirror.Rescue && ReferenceEquals(rescue.Offer, mirror.Offer) && rescue.Way == mirror.Way;

    private void Price(PreemptionFacts f)
    {
        var most = (f.Offers.Count * MovePrices.WaysMost) + 1;
        if (moves.Length < most)
            moves = new Move[most + (most / 4)];
        var prices = new MovePrices(f);
        var onlyTrusted = f.HostPenalty.Count > 0 && f.Offers.Any(o => Penalty(f, o) < HostMemory.ExcludedFrom);
        moveCount = 0;
        foreach (var offer in f.Offers)
        {
            if (Penalty(f, offer) is var penalty && (!onlyTrusted || penalty < HostMemory.ExcludedFrom))
                moveCount = prices.Add(offer, penalty, moves, moveCount);
        }

        if (Moving.Raise(f) is { } raised)
            moves[moveCount++] = raised;
    }

    private static double Penalty(PreemptionFacts f, Offer o) => f.HostPenalty.Count > 0 && f.HostPenalty.TryGetValue(o.HostId, out var weight) ? weight : 0;

    private double? KeepWithin(double budget)
    {
        var kept = 0;
        var least = double.PositiveInfinity;
        for (var i = 0; i < moveCount; i++)
        {
            var needs = moves[i].StartUsd + moves[i].KeptUsd;
            least = Math.Min(least, needs);
            if (needs < budget)
                moves[kept++] = moves[i];
        }

        var isOut = kept == 0 && moveCount > 0;
        moveCount = kept;
        return isOut ? least : null;
    }

    /// <summary>Whether the first comes after the second, neither being the other.</summary>
    public bool IsAfter(in Candidate a, in Candidate b) => Precedes(b, a);

    private bool Precedes(in Candidate a, in Candidate b)
    {
        if (a.Score != b.Score)
            return a.Score < b.Score;
        if (a.Way != b.Way || a.Move < 0)
            return a.Way < b.Way;
        return string.CompareOrdinal(moves[a.Move].Offer.Id, moves[b.Move].Offer.Id) < 0;
    }
}
