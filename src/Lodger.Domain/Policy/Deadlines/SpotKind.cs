namespace Lodger.Domain.Policy.Deadlines;

/// <summary>One kind of market that a job may find itself in: how soon spot goes, and comes back, by age.</summary>
public sealed class SpotKind
{
    internal SpotKind(AgeHazard goes, AgeHazard comes) => (Goes, Comes) = (goes, comes);

    internal AgeHazard Goes { get; }

    internal AgeHazard Comes { get; }
}

/// <summary>
/// The zones that what is supposed of a market was learned from, each a kind of its own: hazards by age that have one shape, since one trace has too few spells to tell it, and differ by a factor each way. Largest likelihood
/// by turns: the shape given the factors, the factors given the shape.
/// </summary>
public static class SpotKinds
{
    private const double FinestMost = 24;
    private const double Growth = 1.3;
    private const double LongestHours = 36;
    private const int Rounds = 30;

    /// <summary>Beside what was seen, an age has as much as one end of a spell at a hazard of 0.6 / age; a trace as much as one at a factor of 1.</summary>
    private const double Believed = 0.6;

    /// <summary>What is told apart where nothing is known of a market, hours: the recorder behind it looked every ten minutes or so, and markets need not.</summary>
    private const double UsualFinestHours = 1 / 3d;

    internal static double[] UsualAges => Ages(UsualFinestHours);

    /// <summary>The shape that the nine zones of docs/policy.md share, ends of spells per hour by age, learned by <c>bench/run policy --kinds yes</c>; and their factors on average.</summary>
    internal static SpotKind UsualShape { get; } = new(new AgeHazard(UsualAges, UsualGoes), new AgeHazard(UsualAges, UsualComes));

    internal static (double Goes, double Comes) UsualFactor { get; } = (UsualFactors.Average(f => f.Goes), UsualFactors.Average(f => f.Comes));

    private static double[] UsualGoes => [1.0351, 0.744, 0.7107, 0.3801, 0.4056, 0.2777, 0.1842, 0.192, 0.1925, 0.143, 0.1019, 0.1136, 0.0832, 0.1027, 0.0864, 0.044, 0.0287, 0.0273];

    private static double[] UsualComes => [1.1238, 0.8237, 0.6076, 0.4213, 0.3682, 0.3161, 0.2343, 0.2599, 0.3079, 0.2048, 0.1534, 0.1829, 0.1544, 0.099, 0.101, 0.0378, 0.0104, 0.0296];

    private static (double Goes, double Comes)[] UsualFactors =>
        [(2.034, 0.942), (1.48, 1.203), (1.386, 1.131), (1.234, 1.317), (0.831, 1.186), (0.868, 1.083), (0.828, 1.708), (0.697, 1.444), (0.811, 1.724)];

    /// <summary>The figures of <see cref="UsualShape"/> and of every zone, as they would be learned from these traces.</summary>
    public static (double[] Goes, double[] Comes, (double Goes, double Comes)[] Factors) Figures(IReadOnlyList<SpotTrace> traces)
    {
        ArgumentNullException.ThrowIfNull(traces);
        var ages = UsualAges;
        var (goes, goesFactors) = Fit(ages, [.. traces.Select(t => Count(t, ages, up: true))]);
        var (comes, comesFactors) = Fit(ages, [.. traces.Select(t => Count(t, ages, up: false))]);
        return (goes, comes, [.. goesFactors.Zip(comesFactors)]);
    }

    /// <summary>Ages that are told apart: every <paramref name="finest"/> hours at first, then each a part of the age apart.</summary>
    internal static double[] Ages(double finest)
    {
        var ages = new List<double> { 0 };
        var step = finest;
        while (ages[^1] < LongestHours)
        {
            // Equal steps to begin with, while they are the finest; then each a part of the age.
            step = ages[^1] >= finest * FinestMost || ages[^1] > 1.2 ? Math.Max(step, (Growth - 1) * ages[^1]) : finest;
            ages.Add(ages[^1] + step);
        }

        return [.. ages];
    }

    /// <summary>Ends of spells, and hours under observation, by age. The first spell of a trace is older than it is known to be, and left out.</summary>
    private static (double[] Ends, double[] Hours) Count(SpotTrace trace, double[] ages, bool up)
    {
        var ends = new double[ages.Length];
        var hours = new double[ages.Length];
        var from = Array.FindIndex(trace.Available, a => a != trace.Available[0]);
        var bin = 0;
        for (int i = from < 0 ? trace.Available.Length : from, age = 1; i < trace.Available.Length - 1; i++)
        {
            // Half a tick before its end, so that rounding moves nothing to the next bin.
            while (bin + 1 < ages.Length && ages[bin + 1] < (age - 0.5) * trace.TickHours)
                bin++;
            var flips = trace.Available[i + 1] != trace.Available[i];
            if (trace.Available[i] == up)
            {
                hours[bin] += trace.TickHours;
                ends[bin] += flips ? 1 : 0;
            }

            age = flips ? 1 : age + 1;
            bin = flips ? 0 : bin;
        }

        return (ends, hours);
    }

    /// <summary>From one age to the next, after so many ends in so many hours.</summary>
    internal static double Hazard(double[] ages, int bin, double ends, double hours)
    {
        var middle = bin + 1 < ages.Length ? (ages[bin] + ages[bin + 1]) / 2 : ages[bin];
        return (1 + ends) / ((middle / Believed) + hours);
    }

    private static (double[] Shape, double[] Factors) Fit(double[] ages, (double[] Ends, double[] Hours)[] seen)
    {
        var factors = Enumerable.Repeat(1d, seen.Length).ToArray();
        var shape = new double[ages.Length];
        for (var round = 0; round < Rounds; round++)
        {
            for (var b = 0; b < ages.Length; b++)
            {
                shape[b] = Hazard(ages, b, seen.Sum(s => s.Ends[b]), seen.Select((s, z) => factors[z] * s.Hours[b]).Sum());
            }

            for (var z = 0; z < seen.Length; z++)
                factors[z] = (1 + seen[z].Ends.Sum()) / (1 + seen[z].Hours.Select((h, b) => shape[b] * h).Sum());
        }

        return (shape, factors);
    }
}
