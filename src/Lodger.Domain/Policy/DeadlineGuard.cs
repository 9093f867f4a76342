namespace Lodger.Domain.Policy;

/// <summary>
/// The promise above every price: a job that can still meet its deadline on on-demand meets it. A way is safe when on-demand still suffices after the worst that it can bring, restart costs
/// rounded up to whole ticks. Waiting: the machine comes back at the last moment, and is preempted again when all that is at risk is lost. Moving to a bid: it boots for nothing, and the same.
/// Every decision, and every look, is a tick late. The proof, and what it supposes of the market, is in docs/policy.md.
/// </summary>
internal sealed class DeadlineGuard
{
    private readonly PreemptionFacts f;
    private readonly Move? net;

    public DeadlineGuard(PreemptionFacts facts, IReadOnlyList<Move> moves)
    {
        f = facts;
        net = facts.Deadline is null ? null : moves.Where(Serves).MinBy(NeedHours);
        if (net is not null && facts.Deadline is { } deadline)
            SlackHours = (deadline - facts.Now).TotalHours - NeedHours(net);
    }

    /// <summary>Time that may pass before on-demand must be started; null when there is no deadline, or no on-demand to keep it with.</summary>
    public double? SlackHours { get; }

    /// <summary>There is a deadline that can be kept for certain.</summary>
    public bool Holds => SlackHours >= 0;

    public double TickHours => Math.Max(f.Tick.TotalHours, 1e-4);

    public bool IsSafe(Move move)
    {
        if (!Holds)
            return true;
        if (move.Bid is null)
            return Serves(move) && NeedHours(move) <= (f.Deadline!.Value - f.Now).TotalHours;
        return SlackHours >= Ceil(move.StartHours) + OnceMore(move.WorstWorkHours + move.HomeHours);
    }

    public bool MayWait => WaitRoomHours >= TickHours;

    /// <summary>The latest next look that is still safe, hours from now.</summary>
    public double WaitRoomHours => Holds ? SlackHours!.Value - OnceMore(Moving.Hours(f.WorkLeft) + Moving.Hours(f.Rework) + Moving.HomeHours(f)) : double.PositiveInfinity;

    /// <summary>How long may be waited so that this is still safe afterwards; for on-demand, less a reserve for what comes later.</summary>
    public double WaitCapHours(Move? fallback)
    {
        if (f.Deadline is not { } deadline)
            return double.PositiveInfinity;
        var left = (deadline - f.Now).TotalHours;
        if (!Holds)
            return fallback is null ? double.PositiveInfinity : Math.Max(0, left - fallback.FinishHours);
        var slack = SlackHours!.Value;
        return fallback switch
        {
            null => Math.Max(0, WaitRoomHours),
            { Bid: null } => Math.Clamp(slack - DeadlineReserve.Hours(fallback.StartHours, left), 0, Math.Max(0, WaitRoomHours)),
            _ => Math.Max(0, slack - Ceil(fallback.StartHours) - OnceMore(fallback.WorstWorkHours + fallback.HomeHours) - TickHours),
        };
    }

    /// <summary>
    /// What running on a bid, and being preempted there once more, takes from the slack at most: what is at risk, the job's own start, three ticks of lateness and rounding, and what a machine or
    /// a line slower than the net's uses up.
    /// </summary>
    private double OnceMore(double workAndHomeHours) =>
        Ceil(Moving.AtRiskHours(f) + Moving.JobStartHours) + Ceil(Math.Max(0, workAndHomeHours - net!.WorstWorkHours - net.HomeHours)) + (3 * TickHours);

    private double NeedHours(Move m) => Ceil(m.StartHours) + Ceil(m.WorstWorkHours + m.HomeHours) + TickHours;

    /// <summary>An on-demand offer to rely on: its contract lasts, its host has not just failed.</summary>
    private bool Serves(Move m) =>
        m.Bid is null
        && (m.Offer.ContractEnd is not { } end || end >= f.Deadline)
        && (!f.HostPenalty.TryGetValue(m.Offer.HostId, out var p) || p < HostMemory.ExcludedFrom);

    private double Ceil(double hours) => Math.Ceiling(Math.Round(hours / TickHours, 6)) * TickHours;
}
