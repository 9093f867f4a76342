using System.Globalization;

namespace Lodger.Domain.Cadence;

/// <summary>What the cadence follows from.</summary>
public sealed record CadenceInputs
{
    public required PreemptionHazard Hazard { get; init; }

    /// <summary>How long the present run has lasted, paid.</summary>
    public TimeSpan Age { get; init; }

    /// <summary>How long the last checkpoint took to write; null while nobody measured one.</summary>
    public TimeSpan? WriteTime { get; init; }

    /// <summary>Paid time from a container's start to the first step of work.</summary>
    public TimeSpan Restart { get; init; }

    /// <summary>Time of one step of the job; null when not known, and then the job rounds by itself.</summary>
    public TimeSpan? StepTime { get; init; }
}

/// <summary>How often to write a checkpoint, and why.</summary>
/// <param name="Every">Working time from one write's end to the next one's start; whole steps when a step's time is known.</param>
/// <param name="Mean">Time between preemptions that it reckons with, at this age.</param>
/// <param name="Goodput">Share of paid time that becomes saved work at that mean; 0 to 1.</param>
/// <param name="Why">One sentence, for the journal.</param>
public sealed record CadenceAdvice(TimeSpan Every, TimeSpan Mean, double Goodput, string Why)
{
    /// <summary>The optimum is flat: eight percent beside it costs a third of a hundredth of the overhead, less than telling the machine all the time.</summary>
    private const double Flat = 1.08;

    /// <summary>Is it far enough from what the job was told last to be worth a round trip?</summary>
    /// <param name="told">Null: nothing was told.</param>
    public bool IsNews(TimeSpan? told) => told is not { Ticks: > 0 } last || Every > last * Flat || Every * Flat < last;
}

/// <summary>Decides how often a job should write its checkpoint.</summary>
public static class CheckpointCadence
{
    /// <summary>More often is a burden on disks and eyes, and saves less than ten seconds of work.</summary>
    public static readonly TimeSpan Floor = TimeSpan.FromSeconds(10);

    /// <summary>However rare preemptions look: hosts also vanish, and nobody should lose more than an afternoon.</summary>
    public static readonly TimeSpan Ceiling = TimeSpan.FromHours(4);

    /// <summary>Reckoned with until a write was measured.</summary>
    public static readonly TimeSpan AssumedWriteTime = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Young/Daly at the rate that holds here: the mean is taken over the very interval that follows, since the hazard may fall meanwhile. Each round
    /// of the search moves the interval by less than the mean moved (the interval grows with its root), so it settles.
    /// </summary>
    public static CadenceAdvice Decide(CadenceInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        var write = PreemptionHazard.Seconds(inputs.WriteTime ?? AssumedWriteTime);
        var (best, mean) = Settle(inputs.Hazard.At(inputs.Age), write);
        var bounded = Math.Clamp(best, Floor.TotalSeconds, Ceiling.TotalSeconds);
        var every = WholeSteps(bounded, inputs.StepTime);
        var goodput = CheckpointInterval.Goodput(every, write, Math.Max(0, inputs.Restart.TotalSeconds), mean);
        return new(TimeSpan.FromSeconds(every), TimeSpan.FromSeconds(mean), Math.Clamp(goodput, 0, 1), Why(best, write, mean, inputs));
    }

    private static (double Interval, double Mean) Settle(PreemptionHazard.HazardAtAge hazard, double write)
    {
        var mean = hazard.MeanSeconds(write);
        var interval = CheckpointInterval.Best(write, mean);
        for (var round = 0; round < 20; round++)
        {
            mean = hazard.MeanSeconds(interval + write);
            var next = CheckpointInterval.Best(write, mean);
            if (Math.Abs(next - interval) <= interval * 1e-3)
                break;
            interval = next;
        }

        return (CheckpointInterval.Best(write, mean), mean);
    }

    /// <summary>Down, because early costs less than late; at least one.</summary>
    private static double WholeSteps(double seconds, TimeSpan? stepTime)
    {
        if (stepTime is not { Ticks: > 0 } step)
            return seconds;
        var one = PreemptionHazard.Seconds(step);
        // A hair of tolerance, or ten steps of a tenth would be nine.
        return Math.Max(1, Math.Floor((seconds / one) + 1e-9)) * one;
    }

    private static string Why(double best, double write, double mean, CadenceInputs inputs)
    {
        var measured = inputs.WriteTime is null ? "assumed" : "measured";
        var bound = best < Floor.TotalSeconds ? ", not below the floor" : best > Ceiling.TotalSeconds ? ", not above the ceiling" : "";
        return string.Create(CultureInfo.InvariantCulture, $"a write of {write:0.#} s ({measured}) and {mean / 60:0.#} min between preemptions at this age: {best:0} s is best{bound}");
    }
}
