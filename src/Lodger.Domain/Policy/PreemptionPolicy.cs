namespace Lodger.Domain.Policy;

/// <summary>
/// What to do with a job whose interruptible rental was preempted: wait for its machine, win it back with a higher bid, move to another bid, or pay on-demand. The model, what is proved of it and what only measured:
/// docs/policy.md. Every moment is the caller's; the same facts always give the same choice.
/// </summary>
public static class PreemptionPolicy
{
    private const int ShownOfAKind = 2;

    /// <summary>Prices move even when time does not decide.</summary>
    private const double LongestLookHours = 1;

    public static PolicyChoice Choose(PreemptionFacts facts)
    {
        var (ways, wait, chosen, note) = Weigh(facts);
        if (ways.OutOfBudgetUsd is { } needed)
            note += $"; ${facts.BudgetLeftUsd:0.00} of the budget are left, and ${needed:0.00} would go for starting elsewhere and be kept back to bring everything home";
        List<WayPrice> others = [];
        foreach (var way in Enum.GetValues<WayOn>().Where(w => w != WayOn.Wait || !facts.NothingReturns))
        {
            // Only for what is shown are there words: of a thousand offers hardly any is.
            Candidate? last = null;
            for (var shown = 0; shown < ShownOfAKind && (last = Next(ways, way, chosen, last)) is { } next; shown++)
                others.Add(InWords(facts, ways, next, wait));
        }

        return new(InWords(facts, ways, chosen, wait), note, [.. others.OrderBy(w => w.ExpectedUsd).ThenBy(w => w.Way)], LookAgainIn(ways.Guard, chosen, wait))
        {
            IsOutOfBudget = ways.OutOfBudgetUsd is not null,
        };
    }

    /// <summary>The same choice without its words, for those who live through thousands.</summary>
    /// <returns>The move, or null to wait; when to look again; and whether what is left of the budget starts nothing.</returns>
    internal static (Move? Move, TimeSpan LookAgainIn, bool IsOutOfBudget) Judge(PreemptionFacts facts)
    {
        var (ways, wait, chosen, _) = Weigh(facts);
        return (chosen.Move < 0 ? null : ways.MoveOf(chosen), LookAgainIn(ways.Guard, chosen, wait), ways.OutOfBudgetUsd is not null);
    }

    /// <param name="End">What ends it, in words.</param>
    private readonly record struct Waited(Wait Wait, string End);

    private static (WaysOn Ways, Waited Wait, Candidate Chosen, string Note) Weigh(PreemptionFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);

        // 1. Every move there is; 2. whether it is safe for the deadline.
        var later = (double)(facts.UsdPerHourLater ?? facts.OldUsdPerHour / 2);
        var ways = WaysOn.Of(facts, later);

        // 3. Waiting, with the best thing to do when it is given up.
        var (wait, candidate) = BestWait(facts, ways, later);
        ways.Add(candidate);

        // 4. Safe for the deadline, then inside the budget, then cheapest.
        var (chosen, note) = Pick(facts, ways);
        return (ways, wait, chosen, note);
    }

    /// <summary>The next of a kind that was not chosen, by score.</summary>
    private static Candidate? Next(WaysOn ways, WayOn way, Candidate chosen, Candidate? last) =>
        ways.Best(c => c.Way == way && c.Move != chosen.Move && (last is not { } l || (c.Move != l.Move && ways.IsAfter(c, l))));

    private static WayPrice InWords(PreemptionFacts f, WaysOn ways, Candidate c, Waited wait) =>
        c.Move < 0 ? PolicyWords.Of(f, wait.Wait, wait.End) : PolicyWords.Of(f, ways.MoveOf(c));

    private static (Waited Wait, Candidate Candidate) BestWait(PreemptionFacts f, WaysOn ways, double later)
    {
        var patience = f.Patience is { } p ? Math.Max(0, (f.PreemptedAt + p - f.Now).TotalHours) : double.PositiveInfinity;

        (Waited Wait, Candidate Candidate) Of(Candidate? fallback)
        {
            Move? move = fallback is { } c ? ways.MoveOf(c) : null;
            var w = Waiting.Price(f, move, Math.Min(patience, ways.Guard.WaitCapHours(move)), later);
            var end = fallback is null ? "; nothing else fits"
                : w.GiveUpHours > 0 ? $", given up in {PolicyWords.Span(w.GiveUpHours)}"
                : patience <= 0 ? " within the hour, but patience is over"
                : " within the hour";
            return (new(w, end), new(WayOn.Wait, -1, w.Usd, w.FinishHours, w.Usd + (later * w.FinishHours), ways.Guard.MayWait, w.GiveUpHours > 0 || fallback is null));
        }

        // The cheapest safe move is what waiting ends in; or on-demand, for which one can wait longer when the deadline is near.
        var cheapest = ways.Best(static c => c.Safe);
        if (cheapest is null)
            return Of(null);
        var first = Of(cheapest);
        if (cheapest is { Way: WayOn.MoveToOnDemand } || ways.Best(static c => c.Safe && c.Way == WayOn.MoveToOnDemand) is not { } onDemand)
            return first;
        var second = Of(onDemand);
        return second.Candidate.Open == first.Candidate.Open ? (second.Candidate.Score < first.Candidate.Score ? second : first) : first.Candidate.Open ? first : second;
    }

    private static (Candidate Chosen, string Note) Pick(PreemptionFacts f, WaysOn ways)
    {
        Func<Candidate, bool> open = static c => c.Open;
        var best = ways.Best(open)!.Value;
        var note = "";
        if (ways.Guard.Holds)
        {
            note = best.Safe ? "" : $"; ${best.Usd:0.00} could miss the deadline";
            open = static c => c is { Open: true, Safe: true };
            best = ways.Best(open)!.Value;
        }
        else if (f.Deadline is { } deadline)
        {
            // Nobody can promise it: whatever is expected in time, or else the soonest.
            var left = (deadline - f.Now).TotalHours;
            open = c => c.Open && c.FinishHours <= left;
            if (ways.Best(open) is { } inTime)
            {
                (best, note) = (inTime, "; expected in time, not certain");
            }
            else
            {
                best = ways.Least(static c => c.Open, static c => c.FinishHours)!.Value;
                (open, note) = (c => c.Move == best.Move, "; the deadline is out of reach, this ends soonest");
            }
        }

        if (f.BudgetLeftUsd is not { } budget || Needs(best) <= (double)budget)
            return (best, note);
        var within = ways.Best(c => open(c) && Needs(c) <= (double)budget);
        var way = within ?? ways.Least(open, Needs)!.Value;
        var kept = $"${budget:0.00} left, ${Needs(way) - way.Usd:0.00} of it kept back to bring everything home";
        return (way, within is not null ? $"{note}; sooner would pass the budget: {kept}" : $"{note}; expected to pass the budget, and nothing else costs less: {kept}");

        // What the budget has to cover: the expected price, and what it keeps back to bring everything home.
        double Needs(Candidate c) => c.Usd + (c.Move < 0 ? Moving.OldKeptUsd(f) : ways.MoveOf(c).KeptUsd);
    }

    private static TimeSpan LookAgainIn(DeadlineGuard guard, Candidate chosen, Waited wait)
    {
        if (chosen.Move >= 0)
            return TimeSpan.FromHours(guard.TickHours);
        var hours = wait.Wait.GiveUpHours > 0 ? Math.Min(wait.Wait.GiveUpHours, LongestLookHours) : LongestLookHours;
        return TimeSpan.FromHours(Math.Max(Math.Min(hours, guard.WaitRoomHours), guard.TickHours));
    }
}
