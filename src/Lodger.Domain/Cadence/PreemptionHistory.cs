namespace Lodger.Domain.Cadence;

/// <summary>What is believed of preemptions before any was seen, from the market's or the offer's history.</summary>
/// <param name="Mean">Paid run time between two.</param>
/// <param name="Worth">It counts like so many preemptions that were seen; 0.1 to 100.</param>
public sealed record PreemptionPrior(TimeSpan Mean, double Worth)
{
    /// <summary>Six hours, worth two preemptions: soon outvoted by what is seen.</summary>
    public static PreemptionPrior Default { get; } = new(TimeSpan.FromHours(6), 2);
}

/// <summary>
/// What was seen so far, in paid run time: from a start of the rental's container to its stop. Waiting while stopped is no part of it. Only the newest
/// <see cref="Kept"/> runs of a kind count.
/// </summary>
public sealed record PreemptionHistory
{
    public const int Kept = 200;

    public static PreemptionHistory None { get; } = new();

    /// <summary>Lengths of the runs that a preemption ended, oldest first.</summary>
    public IReadOnlyList<TimeSpan> Preempted { get; init; } = [];

    /// <summary>Lengths of the runs that ended otherwise: moved by us, or drained.</summary>
    public IReadOnlyList<TimeSpan> EndedOtherwise { get; init; } = [];

    /// <summary>For when only the sums are known: as if the preemptions had come evenly, which says nothing of how the hazard changes with age.</summary>
    public static PreemptionHistory Of(TimeSpan paidRunTime, int preemptions)
    {
        var count = Math.Clamp(preemptions, 0, Kept);
        return count == 0 ? new() { EndedOtherwise = [paidRunTime] } : new() { Preempted = [.. Enumerable.Repeat(paidRunTime / Math.Max(1, preemptions), count)] };
    }
}
