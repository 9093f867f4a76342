namespace Lodger.Domain.Policy.Deadlines;

/// <summary>How one job went.</summary>
/// <param name="Cost">In hours of on-demand.</param>
/// <param name="LateHours">Past the deadline; the rest is then done on on-demand. 0: in time.</param>
/// <param name="Preemptions">Spot taken away while it ran.</param>
/// <param name="Decisions">Choices made.</param>
public readonly record struct ReplayResult(double Cost, double LateHours, int Preemptions, int Starts, int Decisions);

/// <summary>Whether spot is up in a tick; it may depend on what the job does, so that a market can mean ill.</summary>
internal interface IAvailability
{
    bool At(int tick, Mode mode, double workHours, double overheadHours);
}

/// <summary>Lives a job through a trace of availability, tick by tick.</summary>
public static class Replay
{
    /// <summary>Hours: thousands of ticks add up to less.</summary>
    private const double Rounding = 1e-9;

    /// <param name="available">One entry a tick; at least as many as the terms have ticks.</param>
    /// <param name="spotPrices">Of an hour on spot by tick, on-demand being 1; empty: the terms' price throughout.</param>
    public static ReplayResult Run(IDeadlinePolicy policy, DeadlineTerms terms, ReadOnlySpan<bool> available, ReadOnlySpan<double> spotPrices = default)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(terms);
        if (available.Length < terms.Ticks)
            throw new ArgumentException($"the trace has {available.Length} ticks, the deadline is after {terms.Ticks}", nameof(available));
        if (!spotPrices.IsEmpty && spotPrices.Length < terms.Ticks)
            throw new ArgumentException($"the trace has {spotPrices.Length} prices, the deadline is after {terms.Ticks} ticks", nameof(spotPrices));
        return Run(policy, terms, new Trace(available), spotPrices);
    }

    private readonly ref struct Trace(ReadOnlySpan<bool> available) : IAvailability
    {
        private readonly ReadOnlySpan<bool> available = available;

        public bool At(int tick, Mode mode, double workHours, double overheadHours) => available[tick];
    }

    internal static ReplayResult Run<T>(IDeadlinePolicy policy, DeadlineTerms terms, T available, ReadOnlySpan<double> spotPrices = default)
        where T : IAvailability, allows ref struct
    {
        double work = terms.WorkHours, overhead = 0, cost = 0;
        int age = 0, preemptions = 0, starts = 0;
        policy = policy.ForJob(terms);
        var (mode, wasUp) = (Mode.Idle, false);
        for (var tick = 0; tick < terms.Ticks; tick++)
        {
            var up = available.At(tick, mode, work, overhead);
            age = tick > 0 && up == wasUp ? age + 1 : 1;
            wasUp = up;
            if (mode == Mode.Spot && !up)
            {
                preemptions++;
                mode = Mode.Idle;
            }

            var next = policy.Choose(terms, new DeadlineView(terms.Ticks - tick, work, overhead, mode, up, age * terms.TickHours));
            if (next == Mode.Spot && !up)
                next = Mode.Idle;
            if (next != mode && next != Mode.Idle)
            {
                overhead = terms.RestartHours;
                starts++;
            }

            mode = next;
            if (mode == Mode.Idle)
                continue;
            var price = mode != Mode.Spot ? 1 : spotPrices.IsEmpty ? terms.SpotPrice : spotPrices[tick];
            var paidFirst = Math.Min(overhead, terms.TickHours);
            var progress = terms.TickHours - paidFirst;
            overhead -= paidFirst;
            if (progress >= work - Rounding)
                return new(cost + (price * (paidFirst + work)), 0, preemptions, starts, tick + 1);
            work -= progress;
            cost += price * terms.TickHours;
        }

        var late = work + (mode == Mode.OnDemand ? overhead : terms.RestartHours);
        return new(cost + late, late, preemptions, starts, terms.Ticks);
    }
}
