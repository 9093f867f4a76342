namespace Lodger.Domain.Policy.Deadlines;

/// <summary>No bid, no risk: what everything else is compared with.</summary>
public sealed class OnDemandOnly : IDeadlinePolicy
{
    public string Name => "on-demand only";

    public Mode Choose(DeadlineTerms terms, in DeadlineView now) => Mode.OnDemand;
}

/// <summary>Spot whenever there is any, nothing otherwise, until on-demand has to be started.</summary>
public sealed class GreedySpot : IDeadlinePolicy
{
    public string Name => "greedy spot";

    public Mode Choose(DeadlineTerms terms, in DeadlineView now) =>
        UniformProgress.MustRun(terms, now) ? Mode.OnDemand : now.SpotUp ? Mode.Spot : Mode.Idle;
}

/// <summary>
/// Uniform Progress (Wu et al., "Can't Be Late", NSDI 2024): progress is held to the straight line from start to deadline. Behind it without spot: on-demand, until the line is passed by what two restarts take;
/// spot is kept until it is taken away. Safety net: on-demand for good when the time left is less than the work left and two restarts.
/// </summary>
public sealed class UniformProgress : IDeadlinePolicy
{
    public string Name => "Uniform Progress";

    public Mode Choose(DeadlineTerms terms, in DeadlineView now)
    {
        if (MustRun(terms, now))
            return Mode.OnDemand;
        if (now.SpotUp && now.Mode != Mode.OnDemand)
            return Mode.Spot;
        var done = terms.WorkHours - now.WorkHours;
        var line = terms.WorkHours / terms.Ticks;
        var passed = terms.Ticks - now.TicksLeft;
        if (now.Mode != Mode.OnDemand)
            return done < line * passed ? Mode.OnDemand : Mode.Idle;
        if (done < line * (passed + (2 * terms.RestartHours / terms.TickHours)))
            return Mode.OnDemand;
        return now.SpotUp ? Mode.Spot : Mode.Idle;
    }

    /// <summary>The published net is in continuous time; in whole ticks two of them are kept at least.</summary>
    internal static bool MustRun(DeadlineTerms terms, in DeadlineView now) =>
        now.TicksLeft * terms.TickHours < now.WorkHours + (2 * Math.Max(terms.RestartHours, terms.TickHours));
}
