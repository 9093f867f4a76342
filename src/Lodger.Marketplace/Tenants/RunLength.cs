namespace Lodger.Marketplace.Tenants;

/// <summary>
/// How long a GPU stays free, or taken: a Lomax law with a shortest length and a longest, whose hazard falls with age nearly as 1/age, so that what has been
/// free for long stays free for longer.
/// </summary>
/// <remarks>
/// Fitted to two months of availability of one V100 in nine zones, sampled every 195 s (1884 free runs, 1886 taken runs; docs/marketplace.md has the figures and
/// how they were derived). Zones differ (16.7 % to 90.5 % of the time free), so machines do: one with ease k is free k times as long and taken for a time shorter
/// by the root of k, k from 1/<see cref="EaseMax"/> to <see cref="EaseMax"/> with the logarithm uniform.
/// </remarks>
/// <param name="Alpha">Tail exponent.</param>
/// <param name="Scale">At ease 1.</param>
/// <param name="Longest">Longest length.</param>
internal sealed record RunLength(double Alpha, TimeSpan Scale, TimeSpan Longest)
{
    public const double EaseMax = 4.2;

    /// <summary>Share of all time that is free, over all zones.</summary>
    public const double ShareFree = 0.644;

    /// <summary>Two and a half samples: no run in the traces is shorter than three.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(487.5);

    public static RunLength Free { get; } = new(0.64, TimeSpan.FromSeconds(780), TimeSpan.FromHours(120));

    public static RunLength Taken { get; } = new(0.72, TimeSpan.FromSeconds(800), TimeSpan.FromHours(29));

    /// <summary>One length.</summary>
    /// <param name="uniform">A random number from 0 to 1.</param>
    /// <param name="stretch">Multiplies the scale.</param>
    public TimeSpan Draw(double uniform, double stretch)
    {
        var scale = Scale * stretch;
        var beyondLongest = Math.Pow(1 + ((Longest - Shortest) / scale), -Alpha);
        var survival = beyondLongest + (uniform * (1 - beyondLongest));
        return Shortest + (scale * (Math.Pow(survival, -1 / Alpha) - 1));
    }
}
