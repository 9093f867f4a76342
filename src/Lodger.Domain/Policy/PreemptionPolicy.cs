using Lodger.Domain.Market;

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
        ArgumentNullException.ThrowIfNull(facts);

        // 1. Every move there is, without hosts that failed lately (unless only they are left), and without those on which the budget would end the job before it computes.
        var known = Remembering(facts).SelectMany(o => Moving.All(facts, o)).ToList();
        if (Moving.Raise(facts) is { } raised)
            known.Add(raised);
        var priced = known.Where(m => facts.BudgetLeftUsd is not { } left || m.StartUsd + m.KeptUsd < (double)left).ToList();
        var guard = new DeadlineGuard(facts, priced);
        var later = (double)(facts.UsdPerHourLater ?? facts.OldUsdPerHour / 2);

        // 2. Of each offer the better of rescue and mirror: safe before cheap, an hour of delay having its price.
        var moves = priced
            .Select(m => new Candidate(m.Way, m, m.Usd, m.FinishHours, m.Usd + (later * m.FinishHours), guard.IsSafe(m)))
            .GroupBy(c => (c.Move!.Offer.Id, c.Way))
            .Select(g => g.OrderByDescending(c => c.Safe).ThenBy(c => c.Score).First())
            .OrderBy(c => c.Score).ThenBy(c => c.Way).ThenBy(c => c.Move!.Offer.Id, StringComparer.Ordinal)
            .ToList();

        // 3. Waiting, with the best thing to do when it is given up.
        var wait = BestWait(facts, guard, moves, later);

        // 4. Safe for the deadline, then inside the budget, then cheapest.
        List<Candidate> all = [wait, .. moves];
        var (chosen, note) = Pick(facts, guard, [.. all.Where(c => c.Open)]);
        var kept = all.Where(c => c != chosen).GroupBy(c => c.Way).SelectMany(g => g.Take(ShownOfAKind)).Select(c => c.InWords(facts));
        if (priced.Count == 0 && known.Count > 0)
            note += $"; ${facts.BudgetLeftUsd:0.00} of the budget are left, and ${known.Min(m => m.StartUsd + m.KeptUsd):0.00} would go for starting elsewhere and be kept back to bring everything home";
        return new(
            chosen.InWords(facts),
            note,
            [.. kept.OrderBy(w => w.ExpectedUsd).ThenBy(w => w.Way)],
            LookAgainIn(guard, chosen))
        {
            IsOutOfBudget = priced.Count == 0 && known.Count > 0,
        };
    }

    /// <param name="Move">Null for waiting.</param>
    /// <param name="FinishHours">Expected end, from now.</param>
    /// <param name="Score">Money, and the price of delay.</param>
    private sealed record Candidate(WayOn Way, Move? Move, double Usd, double FinishHours, double Score, bool Safe)
    {
        public Wait? Wait { get; init; }

        /// <summary>What ends the waiting.</summary>
        public string WaitEnd { get; init; } = "";

        /// <summary>What the budget has to cover: the expected price, and what it keeps back to bring everything home.</summary>
        public double NeedsUsd(PreemptionFacts f) => Usd + (Move?.KeptUsd ?? Moving.OldKeptUsd(f));

        /// <summary>Only for what is shown: of a thousand offers hardly any is.</summary>
        public WayPrice InWords(PreemptionFacts f) => Move is { } move ? PolicyWords.Of(f, move) : PolicyWords.Of(f, Wait!, WaitEnd);

        /// <summary>Waiting that is past its worth or its patience is shown, not taken, while there is anything else.</summary>
        public bool Open { get; init; } = true;

        public double GiveUpHours { get; init; }
    }

    private static List<Offer> Remembering(PreemptionFacts f)
    {
        var trusted = f.Offers.Where(o => !f.HostPenalty.TryGetValue(o.HostId, out var p) || p < HostMemory.ExcludedFrom).ToList();
        return trusted.Count > 0 ? trusted : [.. f.Offers];
    }

    private static Candidate BestWait(PreemptionFacts f, DeadlineGuard guard, List<Candidate> moves, double later)
    {
        var patience = f.Patience is { } p ? Math.Max(0, (f.PreemptedAt + p - f.Now).TotalHours) : double.PositiveInfinity;

        Candidate Of(Candidate? fallback)
        {
            var w = Waiting.Price(f, fallback?.Move, Math.Min(patience, guard.WaitCapHours(fallback?.Move)), later);
            var end = fallback is null ? "; nothing else fits"
                : w.GiveUpHours > 0 ? $", given up in {PolicyWords.Span(w.GiveUpHours)}"
                : patience <= 0 ? " within the hour, but patience is over"
                : " within the hour";
            return new(WayOn.Wait, null, w.Usd, w.FinishHours, w.Usd + (later * w.FinishHours), guard.MayWait)
            {
                Wait = w,
                WaitEnd = end,
                Open = w.GiveUpHours > 0 || fallback is null,
                GiveUpHours = w.GiveUpHours,
            };
        }

        // The cheapest safe move is what waiting ends in; or on-demand, for which one can wait longer when the deadline is near.
        Candidate?[] ends = [moves.Find(m => m.Safe), moves.Find(m => m.Safe && m.Way == WayOn.MoveToOnDemand)];
        return ends.OfType<Candidate>().Distinct().Select(Of).OrderByDescending(c => c.Open).ThenBy(c => c.Score).FirstOrDefault() ?? Of(null);
    }

    private static (Candidate Chosen, string Note) Pick(PreemptionFacts f, DeadlineGuard guard, List<Candidate> open)
    {
        var note = "";
        var cheapest = open.MinBy(c => c.Score)!;
        if (guard.Holds)
        {
            open = [.. open.Where(c => c.Safe)];
            note = cheapest.Safe ? "" : $"; ${cheapest.Usd:0.00} could miss the deadline";
        }
        else if (f.Deadline is { } deadline)
        {
            // Nobody can promise it: whatever is expected in time, or else the soonest.
            List<Candidate> inTime = [.. open.Where(c => c.FinishHours <= (deadline - f.Now).TotalHours)];
            note = inTime.Count > 0 ? "; expected in time, not certain" : "; the deadline is out of reach, this ends soonest";
            open = inTime.Count > 0 ? inTime : [open.MinBy(c => c.FinishHours)!];
        }

        var best = open.MinBy(c => c.Score)!;
        if (f.BudgetLeftUsd is not { } budget || best.NeedsUsd(f) <= (double)budget)
            return (best, note);
        var within = open.Where(c => c.NeedsUsd(f) <= (double)budget).MinBy(c => c.Score);
        var way = within ?? open.MinBy(c => c.NeedsUsd(f))!;
        var left = $"${budget:0.00} left, ${way.NeedsUsd(f) - way.Usd:0.00} of it kept back to bring everything home";
        return (way, within is not null ? $"{note}; sooner would pass the budget: {left}" : $"{note}; expected to pass the budget, and nothing else costs less: {left}");
    }

    private static TimeSpan LookAgainIn(DeadlineGuard guard, Candidate chosen)
    {
        if (chosen.Move is not null)
            return TimeSpan.FromHours(guard.TickHours);
        var hours = chosen.GiveUpHours > 0 ? Math.Min(chosen.GiveUpHours, LongestLookHours) : LongestLookHours;
        return TimeSpan.FromHours(Math.Max(Math.Min(hours, guard.WaitRoomHours), guard.TickHours));
    }
}
