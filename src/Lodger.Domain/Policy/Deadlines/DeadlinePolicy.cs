namespace Lodger.Domain.Policy.Deadlines;

/// <summary>
/// Spends slack on waiting while it keeps a reserve for what comes later, and trusts a spot window by its age. Above everything stands the guarantee: a job that can still meet its
/// deadline on on-demand meets it, whatever availability does. Derivation and figures: docs/policy.md.
/// </summary>
public sealed class DeadlinePolicy : IDeadlinePolicy
{
    /// <summary>A window's chance to close within an hour is about 1/age; going back to spot pays when the restart it may cost, spread over the time left, is well inside the slack.</summary>
    private const double WindowWeight = 0.85 / 6;

    /// <summary>1/age says too much of windows that are younger than this.</summary>
    private const double YoungestHours = 1 / 6d;

    /// <summary>With nothing left to run, a pause is worth sqrt(d x 4 h) of slack ...</summary>
    private const double PauseHours = 4;

    /// <summary>... and each hour to the deadline keeps sqrt(d / 16 h) more back.</summary>
    private const double ReserveHours = 16;

    public string Name => "Lodger's rule";

    public Mode Choose(DeadlineTerms terms, in DeadlineView now)
    {
        var wish = Wish(terms, now);
        return IsSafe(terms, now, wish) ? wish : Mode.OnDemand;
    }

    /// <summary>
    /// Idle only if on-demand can still begin with the next tick; spot only if it still can when this tick's progress was all that spot ever gave, with one tick to spare, or when the work ends in it.
    /// </summary>
    public static bool IsSafe(DeadlineTerms terms, in DeadlineView now, Mode mode)
    {
        var after = now.TicksLeft - 1;
        if (mode == Mode.Idle)
            return terms.Need(now.WorkHours) <= after;
        if (mode == Mode.OnDemand)
            return true;
        var left = now.WorkHours - Math.Max(0, terms.TickHours - (now.Mode == Mode.Spot ? now.OverheadHours : terms.RestartHours));
        return left <= 0 || terms.Need(left) <= after - 1;
    }

    private static Mode Wish(DeadlineTerms terms, in DeadlineView now)
    {
        var left = now.TicksLeft * terms.TickHours;
        var slack = left - now.WorkHours;
        var d = terms.RestartHours;
        // A first start that would leave no slack for a second one is on-demand's.
        if (now.SpotUp && now.Mode == Mode.Idle && slack < 2 * Math.Max(d, terms.TickHours))
            return Mode.OnDemand;
        if (now.SpotUp)
            return now.Mode != Mode.OnDemand || slack > d + terms.TickHours + (WindowWeight * d * left / Math.Max(now.AgeHours, YoungestHours)) ? Mode.Spot : Mode.OnDemand;
        if (now.Mode == Mode.OnDemand)
            return Mode.OnDemand;
        return slack > Math.Sqrt(d * PauseHours) + (left * Math.Sqrt(d / ReserveHours)) ? Mode.Idle : Mode.OnDemand;
    }
}
