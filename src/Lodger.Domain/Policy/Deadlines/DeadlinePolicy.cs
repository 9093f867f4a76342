namespace Lodger.Domain.Policy.Deadlines;

/// <summary>
/// Spends slack on waiting while it keeps a reserve for what comes later, and trusts a spot window by its age: a closed form, without tables. Above everything stands <see cref="DeadlineSafety"/>. Derivation and figures: docs/policy.md.
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

    public string Name => "closed-form rule";

    public Mode Choose(DeadlineTerms terms, in DeadlineView now)
    {
        var wish = Wish(terms, now);
        return DeadlineSafety.IsSafe(terms, now, wish) ? wish : Mode.OnDemand;
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
