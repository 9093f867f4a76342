namespace Lodger.Bench.Goodput;

/// <summary>Sum over sum of paired samples, with bounds that hold in 99 of 100 cases (the delta method over independent jobs).</summary>
internal readonly record struct Ratio(double Value, double Low, double High)
{
    private const double Quantile = 2.576;

    public static Ratio Of(double[] ours, double[] theirs)
    {
        var ratio = ours.Sum() / theirs.Sum();
        var count = ours.Length;
        var variance = ours.Zip(theirs, (a, b) => Math.Pow(a - (ratio * b), 2)).Sum() / (count - 1);
        var margin = Quantile * Math.Sqrt(variance / count) / (theirs.Sum() / count);
        return new(ratio, ratio - margin, ratio + margin);
    }
}
