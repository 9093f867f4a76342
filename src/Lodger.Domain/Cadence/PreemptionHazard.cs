namespace Lodger.Domain.Cadence;

/// <summary>
/// An estimate of how likely a preemption is, by the age of the run. Four shapes are weighed against each other by what was seen: a constant rate
/// (exponential run lengths) and three Weibull laws whose rate falls with age, as real spot markets show. In each, what is expected up to age a is
/// rate * a^shape, and the rate has a gamma prior, so that for the constant shape and a right prior the estimate is the plain
/// (worth * prior mean + paid time) / (worth + preemptions). As priors are often wrong by far, each shape has five of them, from a
/// 64th to four times the prior mean, which what was seen also weighs. The weights lean to a constant rate: it costs little where it is wrong and
/// preemptions are rare, and where they are frequent they soon teach better (bench/README.md).
/// </summary>
public sealed class PreemptionHazard
{
    /// <summary>Shape, the gamma function of 1 + 1/shape (the mean run length at rate 1), and how likely it is before anything was seen.</summary>
    private static readonly (double Shape, double Mean, double Weight)[] Shapes =
        [(1, 1, 0.88), (2d / 3, 1.3293403881791370, 0.07), (0.5, 2, 0.04), (1d / 3, 6, 0.01)];

    private static readonly (double Scale, double Weight)[] Scales = [(1d / 64, 0.001), (1d / 16, 0.01), (0.25, 0.09), (1, 0.7), (4, 0.199)];

    /// <summary>Shorter is nothing, longer is no run: 1 ms to about three years.</summary>
    private const double MinSeconds = 1e-3;
    private const double MaxSeconds = 1e8;

    private readonly Law[] laws;
    private readonly double seen;

    private PreemptionHazard(Law[] laws, double seen) => (this.laws, this.seen) = (laws, seen);

    public static PreemptionHazard Of(PreemptionHistory history, PreemptionPrior prior)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(prior);
        double[] ended = [.. history.Preempted.TakeLast(PreemptionHistory.Kept).Select(Seconds)];
        double[] going = [.. history.EndedOtherwise.TakeLast(PreemptionHistory.Kept).Select(Seconds)];
        var worth = double.IsNaN(prior.Worth) ? 1 : Math.Clamp(prior.Worth, 0.1, 100);
        var mean = Seconds(prior.Mean);
        var logarithms = ended.Sum(Math.Log);

        List<Law> candidates = [];
        foreach (var (shape, meanAtOne, likely) in Shapes)
        {
            var lived = ended.Concat(going).Sum(length => Math.Pow(length, shape));
            foreach (var (scale, trusted) in Scales)
            {
                var before = worth * Math.Pow(mean * scale / meanAtOne, shape);
                // Logarithm of the probability of what was seen, the rate integrated out; the term in the exposure waits for the age, and what all have in common is left out.
                var evidence = Math.Log(likely * trusted) + (ended.Length * Math.Log(shape)) + ((shape - 1) * logarithms) + (worth * Math.Log(before));
                candidates.Add(new(shape, before + lived, evidence));
            }
        }

        return new([.. candidates], ended.Length + worth);
    }

    /// <summary>A constant rate that is known.</summary>
    public static PreemptionHazard Constant(TimeSpan mean) => new([new(1, Seconds(mean) * 1e9, 0)], 1e9);

    /// <summary>The mean time between preemptions as it looks to a run of an age, over the window that follows. Grows with age unless the rate is constant and known.</summary>
    public TimeSpan Mean(TimeSpan age, TimeSpan window) => TimeSpan.FromSeconds(At(age).MeanSeconds(Seconds(window)));

    /// <summary>What is known once the present run has reached an age: having lived so long is evidence too.</summary>
    internal HazardAtAge At(TimeSpan age)
    {
        var seconds = Seconds(age);
        var aged = laws.Select(law => (law.Shape, Power: Math.Pow(seconds, law.Shape), law)).Select(x => (x.Shape, x.Power, Exposure: x.law.Exposure + x.Power, x.law.Evidence))
            .Select(x => (x.Shape, x.Power, x.Exposure, Evidence: x.Evidence - (seen * Math.Log(x.Exposure)))).ToArray();
        var most = aged.Max(law => law.Evidence);
        var sum = aged.Sum(law => Math.Exp(law.Evidence - most));
        return new(seconds, [.. aged.GroupBy(law => (law.Shape, law.Power), (key, of) => (key.Shape, key.Power, of.Sum(law => Math.Exp(law.Evidence - most) / sum * seen / law.Exposure)))]);
    }

    internal static double Seconds(TimeSpan time) => Math.Clamp(time.TotalSeconds, MinSeconds, MaxSeconds);

    /// <param name="Exposure">What the rate is divided by: paid time to the power of the shape, the prior's included.</param>
    /// <param name="Evidence">Logarithm of its weight but for the term in the exposure.</param>
    private sealed record Law(double Shape, double Exposure, double Evidence);

    /// <summary>One age's view: for each shape its share of the rate.</summary>
    internal sealed class HazardAtAge(double age, (double Shape, double AgePower, double Rate)[] shapes)
    {
        /// <summary>Window over the preemptions expected in it.</summary>
        public double MeanSeconds(double window)
        {
            var expected = 0d;
            foreach (var (shape, agePower, rate) in shapes)
                expected += rate * (shape == 1 ? window : Math.Pow(age + window, shape) - agePower);
            return Math.Clamp(window / Math.Max(expected, 1e-12), MinSeconds, MaxSeconds);
        }
    }
}
