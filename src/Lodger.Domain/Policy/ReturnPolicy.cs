namespace Lodger.Domain.Policy;

/// <summary>Going back from on-demand to a bid.</summary>
/// <param name="Move">Where to.</param>
/// <param name="Line">For journal and screen: <c>stay on-demand $6.12 | move $2.31 -> move to 18790455 (bid $0.22)</c>.</param>
/// <param name="Alternatives">Staying, and the next best bid, with what makes their prices.</param>
public sealed record ReturnChoice(WayPrice Move, string Line, IReadOnlyList<string> Alternatives);

/// <summary>
/// Whether a job that computes on on-demand goes on under a bid: only when that is expected to save a good part of what is left to pay, and leaves enough slack that the deadline is met on on-demand whatever the bid does (docs/policy.md).
/// </summary>
public static class ReturnPolicy
{
    /// <summary>A move is work and risk: it is to save at least so much of what staying costs.</summary>
    private const double LeastSaved = 0.1;

    /// <summary>A market that has just taken a machine takes the next more easily: the chance of another loss within an hour is about 1/age, as <see cref="Deadlines.DeadlinePolicy"/> has it.</summary>
    private const double WindowWeight = 0.85 / 6;

    private const double YoungestHours = 1 / 6d;

    /// <param name="facts">As after a preemption, the machine that runs being the old one, with its on-demand price; work left as from its newest checkpoint, <see cref="PreemptionFacts.ReworkOnReturn"/> being what was done since.</param>
    /// <param name="calm">Since the market last took a machine from this job.</param>
    /// <returns>Null: it stays.</returns>
    public static ReturnChoice? Choose(PreemptionFacts facts, TimeSpan calm)
    {
        ArgumentNullException.ThrowIfNull(facts);
        var ways = WaysOn.Of(facts, laterPerHour: 0);
        if (facts.Deadline is not null && !ways.Guard.Holds)
            return null;
        // Staying loses nothing of what a move would do again.
        var stayHours = Math.Max(0, Moving.Hours(facts.WorkLeft) - Moving.Hours(facts.ReworkOnReturn)) + Moving.HomeHours(facts);
        var stayUsd = ((double)(facts.OldUsdPerHour + facts.OldDiskUsdPerHour) * stayHours) + (Moving.Gb(facts.CheckpointBytes + facts.ResultBytes) * (double)facts.OldUploadUsdPerGb);
        // An hour of delay has the same price as after a preemption: half of the bid.
        double Score(Candidate c) => c.Usd + (ways.MoveOf(c).BidUsd / 2 * Math.Max(0, c.FinishHours - stayHours));
        bool Fits(Candidate c) => c is { Way: WayOn.MoveToSpot, Safe: true } && IsCalm(facts, ways, c, calm) && Score(c) < stayUsd * (1 - LeastSaved);
        if (ways.Least(Fits, Score) is not { } best)
            return null;
        var move = PolicyWords.Of(facts, ways.MoveOf(best));
        List<string> others = [$"stay on-demand ${stayUsd:0.00}: {PolicyWords.Span(stayHours)} left at ${facts.OldUsdPerHour:0.00##}/h"];
        if (ways.Least(c => Fits(c) && c.Move != best.Move, Score) is { } next && PolicyWords.Of(facts, ways.MoveOf(next)) is var second)
            others.Add($"{second.Label}: {second.Why}");
        return new(move, $"stay on-demand ${stayUsd:0.00} | {move.Label} -> move to {move.Offer?.Id} (bid ${move.BidUsdPerHour:0.00##})", others);
    }

    /// <summary>s > d + g + 0.142 d L / a: what restarts would cost until the deadline, if windows stayed as young as this one, is inside the slack.</summary>
    private static bool IsCalm(PreemptionFacts f, WaysOn ways, Candidate c, TimeSpan calm)
    {
        if (f.Deadline is not { } deadline || ways.Guard.SlackHours is not { } slack)
            return true;
        var restart = ways.MoveOf(c).StartHours + Moving.JobStartHours;
        return slack > restart + ways.Guard.TickHours + (WindowWeight * restart * (deadline - f.Now).TotalHours / Math.Max(calm.TotalHours, YoungestHours));
    }
}
