namespace Lodger.Domain.Policy.Deadlines;

/// <summary>
/// What somebody who knew the whole trace would pay, for measurement only. Dynamic programming over (tick, mode) with a price on progress: the best schedule for a price l of an hour of work is three
/// states wide, and the largest value over all l is a bound that no policy can pass (Lagrange); it is the optimum itself up to the part of one run of ticks.
/// </summary>
public static class Hindsight
{
    private const int Rounds = 40;

    /// <returns>Cost in hours of on-demand, never above the optimum.</returns>
    public static double Cost(DeadlineTerms terms, ReadOnlySpan<bool> available)
    {
        ArgumentNullException.ThrowIfNull(terms);
        // The bound is concave in l; its slope is the work still missing. An hour of work is never worth more than on-demand with a restart in every tick.
        double low = 0, high = 1 + (2 * terms.RestartHours / terms.TickHours), best = 0;
        for (var i = 0; i < Rounds; i++)
        {
            var price = (low + high) / 2;
            var (value, done) = Schedule(terms, available, price);
            best = Math.Max(best, value + (price * terms.WorkHours));
            if (done < terms.WorkHours)
                low = price;
            else
                high = price;
        }

        return best;
    }

    /// <summary>The schedule that makes cost - price x progress least: its value and its progress.</summary>
    private static (double Value, double Done) Schedule(DeadlineTerms t, ReadOnlySpan<bool> available, double price)
    {
        var g = t.TickHours;
        (double V, double W) idle = (0, 0), spot = (double.PositiveInfinity, 0), onDemand = (double.PositiveInfinity, 0);
        for (var i = 0; i < t.Ticks; i++)
        {
            var from = Better(idle, Better(spot, onDemand));
            // A start takes d from the progress; running takes the tick's price and gives g.
            (double V, double W) started = (from.V + (price * t.RestartHours), from.W - t.RestartHours);
            var runs = Better(onDemand, started);
            (double V, double W) nextOnDemand = (runs.V + g - (price * g), runs.W + g);
            (double V, double W) nextSpot = (double.PositiveInfinity, 0);
            if (available[i])
            {
                var on = Better(spot, started);
                nextSpot = (on.V + (t.SpotPrice * g) - (price * g), on.W + g);
            }

            (idle, spot, onDemand) = (from, nextSpot, nextOnDemand);
        }

        return Better(idle, Better(spot, onDemand));
    }

    private static (double V, double W) Better((double V, double W) a, (double V, double W) b) => a.V <= b.V ? a : b;
}
