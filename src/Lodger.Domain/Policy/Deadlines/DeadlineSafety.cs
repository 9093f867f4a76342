namespace Lodger.Domain.Policy.Deadlines;

/// <summary>The guarantee above every policy of ours: a job that can still meet its deadline on on-demand meets it, whatever availability does. Proof: docs/policy.md.</summary>
public static class DeadlineSafety
{
    /// <summary>
    /// Idle only if on-demand can still begin with the next tick; spot only if it still can when this tick's progress was all that spot ever gave, or when the work ends in it.
    /// </summary>
    public static bool IsSafe(DeadlineTerms terms, in DeadlineView now, Mode mode)
    {
        ArgumentNullException.ThrowIfNull(terms);
        var after = now.TicksLeft - 1;
        if (mode == Mode.Idle)
            return terms.Need(now.WorkHours) <= after;
        if (mode == Mode.OnDemand)
            return true;
        var left = now.WorkHours - Math.Max(0, terms.TickHours - (now.Mode == Mode.Spot ? now.OverheadHours : terms.RestartHours));
        return left <= 0 || terms.Need(left) <= after;
    }
}
