namespace Lodger.Bench.Goodput;

/// <summary>A law of how long a rental runs until it is preempted, with a given mean.</summary>
internal sealed record RunLengths(string Name, Func<Random, double> DrawAtMeanOne)
{
    /// <summary>The hazard never changes.</summary>
    public static RunLengths Exponential { get; } = new("exponential", random => -Math.Log(1 - random.NextDouble()));

    /// <summary>Weibull, shape 1/2: the hazard falls with the root of the age. Its mean is 2 at scale 1.</summary>
    public static RunLengths Weibull { get; } = new("Weibull 0.5", random => Math.Pow(-Math.Log(1 - random.NextDouble()), 2) / 2);

    /// <summary>Lomax (Pareto from 0), tail exponent 1.5: the hazard falls nearly as 1/age. A law that the estimate has no shape for; its mean is scale / 0.5.</summary>
    public static RunLengths Lomax { get; } = new("Lomax 1.5", random => (Math.Pow(1 - random.NextDouble(), -1 / 1.5) - 1) / 2);

    public static IReadOnlyList<RunLengths> All { get; } = [Exponential, Weibull, Lomax];
}
