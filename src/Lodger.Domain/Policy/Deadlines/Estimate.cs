namespace Lodger.Domain.Policy.Deadlines;

/// <summary>A mean with the bounds between which it lies in 19 of 20 such samples.</summary>
/// <param name="Low">Null, as <paramref name="High"/>, when there are not two independent clusters.</param>
public readonly record struct Estimate(double Mean, double? Low, double? High)
{
    /// <summary>97.5 % of Student's distribution by degrees of freedom, from one on.</summary>
    private static readonly double[] Student =
        [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086];

    /// <summary>
    /// The mean of all samples, its bounds from the spread of the clusters' means: jobs that start in the same zone, or in overlapping stretches of one, live through the same market and are no
    /// independent samples.
    /// </summary>
    /// <param name="cluster">Of each sample, from 0; every cluster below <paramref name="clusters"/> has a sample.</param>
    public static Estimate Of(ReadOnlySpan<double> samples, ReadOnlySpan<int> cluster, int clusters)
    {
        var sums = new double[clusters];
        var counts = new int[clusters];
        double all = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            sums[cluster[i]] += samples[i];
            counts[cluster[i]]++;
            all += samples[i];
        }

        var mean = all / samples.Length;
        if (clusters < 2)
            return new(mean, null, null);
        double variance = 0;
        for (var c = 0; c < clusters; c++)
        {
            // Weighted, because clusters of one zone may differ by a start in size.
            var weight = (double)counts[c] / samples.Length;
            variance += Math.Pow(weight * ((sums[c] / counts[c]) - mean), 2);
        }

        variance *= (double)clusters / (clusters - 1);
        var margin = Quantile(clusters - 1) * Math.Sqrt(variance);
        return new(mean, mean - margin, mean + margin);
    }

    /// <summary>Beyond the table, 1.96 + 2.5 / degrees of freedom: within 0.002.</summary>
    private static double Quantile(int degrees) => degrees <= Student.Length ? Student[degrees - 1] : 1.96 + (2.5 / degrees);
}
