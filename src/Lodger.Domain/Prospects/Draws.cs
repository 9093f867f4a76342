namespace Lodger.Domain.Prospects;

/// <summary>Chance by seed, the same on every machine and runtime (splitmix64).</summary>
internal struct Draws
{
    private ulong state;

    /// <param name="life">Each life has draws of its own, the same under every strategy, so that strategies are compared in the same markets.</param>
    public Draws(int seed, int life) => state = Mixed(Mixed((ulong)(uint)seed) + (uint)life);

    /// <summary>Above 0, below 1.</summary>
    public double Uniform()
    {
        state += 0x9E3779B97F4A7C15;
        return ((Mixed(state) >> 11) + 0.5) * (1d / (1UL << 53));
    }

    /// <summary>Mean 1.</summary>
    public double Exponential() => -Math.Log(Uniform());

    /// <summary>Mean and variance <paramref name="shape"/>, at least 1. G. Marsaglia, W. W. Tsang, "A simple method for generating gamma variables", ACM TOMS 26(3), 2000.</summary>
    public double Gamma(double shape)
    {
        var d = shape - (1 / 3d);
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var x = Math.Sqrt(2 * Exponential()) * Math.Cos(2 * Math.PI * Uniform());
            var v = Math.Pow(1 + (c * x), 3);
            if (v > 0 && Math.Log(Uniform()) < (x * x / 2) + (d * (1 - v + Math.Log(v))))
                return d * v;
        }
    }

    private static ulong Mixed(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
