namespace Lodger.Domain.Policy.Deadlines;

/// <summary>
/// What somebody who knew the whole trace would pay, for measurement only: dynamic programming backwards over (tick, mode, work left). A start adds d to the work left, a tick that runs takes g from
/// it. Work is counted in parts of a tick; where d or W is no whole number of parts it is rounded down, so that the figure is never above the optimum.
/// </summary>
public static class Hindsight
{
    private const int PartsMost = 60;
    private const double Never = double.PositiveInfinity;

    /// <returns>Cost in hours of on-demand; infinite when no schedule meets the deadline.</returns>
    /// <param name="spotPrices">Of an hour on spot by tick, on-demand being 1; empty: the terms' price throughout.</param>
    public static double Cost(DeadlineTerms terms, ReadOnlySpan<bool> available, ReadOnlySpan<double> spotPrices = default)
    {
        ArgumentNullException.ThrowIfNull(terms);
        var g = PartsOf(terms);
        var d = (int)Math.Floor((terms.RestartHours / terms.TickHours * g) + 1e-6);
        var work = (int)Math.Floor((terms.WorkHours / terms.TickHours * g) + 1e-6);
        var size = work + d + 1;
        var next = new Costs(size);
        var now = new Costs(size);
        next.Clear(0, size);
        for (var t = terms.Ticks - 1; t >= 0; t--)
        {
            var spotPrice = spotPrices.IsEmpty ? terms.SpotPrice : spotPrices[t];
            // Only what can be reached from the start, and can still end in time, is looked at; the rest costs infinity. Work left never needs to pass W + d.
            var low = Math.Max(1, work - (t * g));
            var high = (int)Math.Min(size - 1, (long)(terms.Ticks - t) * g);
            for (var r = low; r <= high; r++)
            {
                var idle = next.Idle[r];
                var onDemand = Run(1, r, next.OnDemand, g);
                var started = r + d < size ? Run(1, r + d, next.OnDemand, g) : Never;
                var (spot, startedSpot) = available[t]
                    ? (Run(spotPrice, r, next.Spot, g), r + d < size ? Run(spotPrice, r + d, next.Spot, g) : Never)
                    : (Never, Never);
                now.Idle[r] = Math.Min(idle, Math.Min(started, startedSpot));
                now.OnDemand[r] = Math.Min(idle, Math.Min(onDemand, startedSpot));
                now.Spot[r] = Math.Min(idle, Math.Min(started, spot));
            }

            now.Clear(high + 1, size);
            (now, next) = (next, now);
        }

        return work <= 0 ? 0 : next.Idle[work] * terms.TickHours / g;
    }

    /// <summary>One tick that runs: its price, and what is left after it; or only as much of it as the work needs.</summary>
    private static double Run(double price, int left, double[] after, int g) => left <= g ? price * left : (price * g) + after[left - g];

    /// <summary>The fewest parts of a tick in which restart and work are whole, or the most that are tried.</summary>
    private static int PartsOf(DeadlineTerms t)
    {
        for (var parts = 1; parts < PartsMost; parts++)
        {
            if (IsWhole(t.RestartHours / t.TickHours * parts) && IsWhole(t.WorkHours / t.TickHours * parts))
                return parts;
        }

        return PartsMost;
    }

    private static bool IsWhole(double x) => Math.Abs(x - Math.Round(x)) < 1e-6;

    /// <summary>Cheapest way to the end by work left, one array a mode.</summary>
    private sealed class Costs(int size)
    {
        public double[] Idle { get; } = new double[size];

        public double[] Spot { get; } = new double[size];

        public double[] OnDemand { get; } = new double[size];

        public void Clear(int from, int to)
        {
            if (from >= to)
                return;
            Array.Fill(Idle, Never, from, to - from);
            Array.Fill(Spot, Never, from, to - from);
            Array.Fill(OnDemand, Never, from, to - from);
        }
    }
}
