using Lodger.Domain.Cadence;

namespace Lodger.Bench.Goodput;

/// <summary>
/// One cell: a law of run lengths, its mean, a write time. Many jobs of the same paid length live through the same preemptions under the best fixed
/// interval, and under the cadence that Lodger would tell them, learning as it goes. Work counts when a
/// checkpoint that holds it is whole, and at the job's end.
/// </summary>
internal sealed class Trial
{
    /// <summary>Lodger looks at a running machine this often; seconds.</summary>
    private const double Sweep = 60;

    private readonly double write;
    private readonly double restart;
    private readonly double mean;
    private readonly List<double[]> jobs = [];

    /// <param name="paid">Paid time of each job.</param>
    public Trial(RunLengths law, TimeSpan mean, TimeSpan write, TimeSpan restart, TimeSpan paid, int jobs, int seed)
    {
        this.mean = mean.TotalSeconds;
        this.write = write.TotalSeconds;
        this.restart = restart.TotalSeconds;
        var random = new Random(seed);
        for (var job = 0; job < jobs; job++)
        {
            var left = paid.TotalSeconds;
            List<double> runs = [];
            while (left > 0)
            {
                // The last run ends with the job, where the paid time is used up.
                var run = Math.Min(left, law.DrawAtMeanOne(random) * this.mean);
                runs.Add(run);
                left -= run;
            }

            this.jobs.Add([.. runs]);
        }

        Paid = paid.TotalSeconds;
    }

    public double Paid { get; }

    /// <summary>Saved work of each job, in seconds.</summary>
    public double[] Fixed(double interval) => [.. jobs.Select(runs => runs.Select((run, index) => Fixed(interval, Math.Max(0, run - restart), index == runs.Length - 1)).Sum())];

    /// <summary>The fixed interval that these jobs would have done best with, known only afterwards: a grid, then a finer one around its best, three times.</summary>
    public double BestFixed()
    {
        var (low, high) = (1d, 20 * mean);
        var best = low;
        for (var round = 0; round < 3; round++)
        {
            var ratio = Math.Pow(high / low, 1d / 80);
            var (from, most) = (low, double.NegativeInfinity);
            for (var i = 0; i <= 80; i++)
            {
                var interval = from * Math.Pow(ratio, i);
                var saved = Fixed(interval).Sum();
                if (saved > most)
                    (most, best) = (saved, interval);
            }

            (low, high) = (Math.Max(1, best / ratio / ratio), best * ratio * ratio);
        }

        return best;
    }

    /// <summary>Saved work of each job under the cadence, which begins with a prior and sees its own preemptions.</summary>
    public double[] Cadence(PreemptionPrior prior) => [.. jobs.Select(runs => Cadence(runs, prior))];

    private double Fixed(double interval, double run, bool isLast)
    {
        var whole = Math.Floor(run / (interval + write));
        return (whole * interval) + (isLast ? Math.Min(interval, run - (whole * (interval + write))) : 0);
    }

    private double Cadence(double[] runs, PreemptionPrior prior)
    {
        List<TimeSpan> preempted = [];
        double saved = 0;
        TimeSpan? measured = null;
        for (var i = 0; i < runs.Length; i++)
        {
            var hazard = PreemptionHazard.Of(new() { Preempted = preempted }, prior);
            saved += OneRun(runs[i], i == runs.Length - 1, age => CheckpointCadence.Decide(new()
            {
                Hazard = hazard,
                Age = TimeSpan.FromSeconds(age),
                WriteTime = measured,
                Restart = TimeSpan.FromSeconds(restart),
            }), () => measured = TimeSpan.FromSeconds(write));
            preempted.Add(TimeSpan.FromSeconds(runs[i]));
        }

        return saved;
    }

    /// <summary>The machine is told at its start, and at a sweep when there is news; the job heeds what it was told last, also in the middle of an interval.</summary>
    private double OneRun(double run, bool isLast, Func<double, CadenceAdvice> decide, Action wrote)
    {
        double saved = 0, last = restart, sweep = restart;
        TimeSpan told = decide(0).Every;
        for (var now = restart; now < run;)
        {
            var due = last + told.TotalSeconds;
            if (due <= sweep + Sweep)
            {
                now = Math.Max(now, due) + write;
                if (now > run)
                    return saved + (isLast ? Math.Min(now - write, run) - last : 0);
                saved += now - write - last;
                last = now;
                wrote();
            }

            while (sweep + Sweep <= now || (due > sweep + Sweep && now < run))
            {
                sweep += Sweep;
                now = Math.Max(now, sweep);
                var advice = decide(sweep);
                if (advice.IsNews(told))
                    told = advice.Every;
                due = last + told.TotalSeconds;
            }
        }

        return saved + (isLast ? Math.Max(0, run - last) : 0);
    }
}
