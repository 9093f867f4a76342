namespace Lodger.Domain.Cadence;

/// <summary>
/// How long to work between two checkpoints when preemptions come at a constant rate. All times in seconds; the interval is working time, without the
/// write itself. J. W. Young, "A first order approximation to the optimum checkpoint interval", CACM 17(9), 1974; J. T. Daly, "A higher order estimate
/// of the optimum checkpoint interval for restart dumps", Future Generation Computer Systems 22(3), 2006.
/// </summary>
public static class CheckpointInterval
{
    /// <summary>Below this share of the mean, Daly's estimate is the optimum to nine digits, and the exact condition would be computed worse than that.</summary>
    private const double SmallShare = 1e-6;

    /// <summary>Young 1974: sqrt(2 C mu). Good while the write time is small against the mean.</summary>
    public static double Young(double writeSeconds, double meanSeconds) => Math.Sqrt(2 * writeSeconds * meanSeconds);

    /// <summary>Daly 2006, equation 37: Young's with two more terms, less the write time; the mean itself where the write takes twice as long as that.</summary>
    public static double Daly(double writeSeconds, double meanSeconds)
    {
        var half = writeSeconds / (2 * meanSeconds);
        return half < 1 ? (Young(writeSeconds, meanSeconds) * (1 + (Math.Sqrt(half) / 3) + (half / 9))) - writeSeconds : meanSeconds;
    }

    /// <summary>
    /// The interval with the greatest <see cref="Goodput"/>: Daly's estimate, brought by Newton's steps to where his exact condition
    /// 1 - w/mu = exp(-(w + C)/mu) holds. They differ by less than one percent while C is below half of mu; the steps make it smooth where his two cases meet.
    /// </summary>
    public static double Best(double writeSeconds, double meanSeconds)
    {
        var write = writeSeconds / meanSeconds;
        var share = Daly(write, 1);
        for (var step = 0; write > SmallShare && step < 6; step++)
        {
            var survives = Math.Exp(-(share + write));
            share -= (1 - survives - share) / (survives - 1);
        }

        return share * meanSeconds;
    }

    /// <summary>
    /// Share of the paid time that becomes saved work, Daly 2006: w exp(-R/mu) / (mu (exp((w + C)/mu) - 1)). Every start pays R first; preemptions also
    /// come during restarts and writes. R lowers it for every w alike, and so has no say in the best one.
    /// </summary>
    public static double Goodput(double intervalSeconds, double writeSeconds, double restartSeconds, double meanSeconds)
    {
        var lost = Math.Exp((intervalSeconds + writeSeconds) / meanSeconds) - 1;
        return double.IsFinite(lost) && lost > 0 ? intervalSeconds / meanSeconds * Math.Exp(-restartSeconds / meanSeconds) / lost : 0;
    }
}
