namespace Lodger.Domain.Policy;

/// <summary>
/// The promise above every price: a job that can still meet its deadline on on-demand meets it. A way is safe when on-demand still suffices after the worst that it can bring, restart costs
/// rounded up to whole ticks. Waiting: the machine comes back at the last moment, and is preempted again when all that is at risk is lost. Moving to a bid: it boots for nothing, and the same.
/// Every decision, and every look, is a tick late. The proof, and what it supposes of the market, is in docs/policy.md.
/// </summary>
internal sealed class DeadlineGuard
{
    private readonly PreemptionFacts f;
    private readonly double leftHours;

    /// <summary>What being preempted once more takes at least: what is lost, and two starts of the command, there and then on on-demand.</summary>
    private readonly double againHours;

    /// <summary>Work and bringing home on the quickest on-demand offer to rely on.</summary>
    private readonly double netHours;

    public DeadlineGuard(PreemptionFacts facts, ReadOnlySpan<Move> moves)
    {
        f = facts;
        if (facts.Deadline is not { } deadline)
            return;
        leftHours = (deadline - facts.Now).TotalHours;
        againHours = Ceil(Moving.AtRiskHours(f) + (2 * Moving.JobStartHours)) + (3 * TickHours);
        var least = double.PositiveInfinity;
        foreach (ref readonly var move in moves)
        {
            if (!Serves(move) || NeedHours(move) is var need && need >= least)
                continue;
            least = need;
            netHours = move.WorstWorkHours + move.HomeHours;
        }

        if (double.IsFinite(least))
            SlackHours = leftHours - least;
    }

    /// <summary>Time that may pass before on-demand must be started; null when there is no deadline, or no on-demand to keep it with.</summary>
    public double? SlackHours { get; }

    /// <summary>There is a deadline that can be kept for certain.</summary>
    public bool Holds => SlackHours >= 0;

    public double TickHours => Math.Max(f.Tick.TotalHours, 1e-4);

    public bool IsSafe(in Move move)
    {
        if (!Holds)
            return true;
        if (move.IsOnDemand)
            return Serves(move) && NeedHours(move) <= leftHours;
        return SlackHours >= Ceil(move.StartHours) + OnceMore(move.WorstWorkHours + move.HomeHours);
    }

    public bool MayWait => WaitRoomHours >= TickHours;

    /// <summary>The latest next look that is still safe, hours from now.</summary>
    public double WaitRoomHours => Holds ? SlackHours!.Value - OnceMore(Moving.Hours(f.WorkLeft) + Moving.Hours(f.Rework) + Moving.HomeHours(f)) : double.PositiveInfinity;

    /// <summary>How long may be waited so that this is still safe afterwards; for on-demand, less a reserve for what comes later.</summary>
    public double WaitCapHours(Move? fallback)
    {
        // A deadline that holds has a safe move.
        if (f.Deadline is null || fallback is not { } move)
            return double.PositiveInfinity;
        if (!Holds)
            return Math.Max(0, leftHours - move.FinishHours);
        var slack = SlackHours!.Value;
        return move.IsOnDemand
            ? Math.Clamp(slack - DeadlineReserve.Hours(move.StartHours, leftHours), 0, Math.Max(0, WaitRoomHours))
            : Math.Max(0, slack - Ceil(move.StartHours) - OnceMore(move.WorstWorkHours + move.HomeHours) - TickHours);
    }

    /// <summary>
    /// What running on a bid, and being preempted there once more, takes from the slack at most: what is at risk, the job's own start there and afterwards on on-demand, three ticks of lateness and rounding, and what a machine or
    /// a line slower than the net's uses up.
    /// </summary>
    private double OnceMore(double workAndHomeHours) =>
        againHours + Ceil(Math.Max(0, workAndHomeHours - netHours));

    private double NeedHours(in Move m) => Ceil(m.StartHours) + Ceil(m.WorstWorkHours + m.HomeHours) + TickHours;

    /// <summary>An on-demand offer to rely on: its contract lasts, its host has not just failed.</summary>
    private bool Serves(in Move m) =>
        m.IsOnDemand
        && m.Fails < HostMemory.ExcludedFrom
        && (m.Offer.ContractEnd is not { } end || end >= f.Deadline);

    private double Ceil(double hours) => Math.Ceiling(Math.Round(hours / TickHours, 6)) * TickHours;
}
