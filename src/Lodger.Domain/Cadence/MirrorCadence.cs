using System.Globalization;

namespace Lodger.Domain.Cadence;

/// <summary>What the choice of checkpoints that are copied off the machine follows from.</summary>
public sealed record MirrorInputs
{
    /// <summary>From one checkpoint to the next: interval and write time.</summary>
    public required TimeSpan CheckpointEvery { get; init; }

    public required long CheckpointBytes { get; init; }

    /// <summary>The machine's price for what it sends.</summary>
    public required decimal UploadUsdPerGb { get; init; }

    /// <summary>How fast copies arrive, as measured or promised.</summary>
    public required double BytesPerSecond { get; init; }

    public required decimal GpuUsdPerHour { get; init; }

    /// <summary>Time between preemptions.</summary>
    public required TimeSpan MeanBetweenPreemptions { get; init; }

    /// <summary>Chance that after a preemption the disk is lost, or not reached before the job goes on elsewhere: it waits for its GPU, or its host is away.</summary>
    public double DiskOutOfReach { get; init; } = 0.1;

    /// <summary>Hosts that vanish with their disks without a preemption, an hour.</summary>
    public double HostLossesPerHour { get; init; } = 0.002;
}

/// <summary>What settled how often to mirror.</summary>
public enum MirrorReason
{
    /// <summary>Mirroring each one costs less than not mirroring it.</summary>
    EveryOneIsWorthIt,

    /// <summary>Mirroring each one costs a hundredth of the GPU's price or less: nobody should lose work over that.</summary>
    NextToNothing,

    /// <summary>Bandwidth price and expected rework balance here.</summary>
    Balance,

    /// <summary>A copy takes longer than that many checkpoints: the line carries no more.</summary>
    Line,

    /// <summary>It would pay to mirror less, but no more than <see cref="MirrorCadence.MostAtRisk"/> of work is left to one disk.</summary>
    MostAtRisk,
}

/// <summary>Mirror every n-th checkpoint, and why. Made to be journaled.</summary>
/// <param name="EveryNth">At least 1.</param>
/// <param name="TransferTime">Of one copy.</param>
/// <param name="MirrorUsdPerHour">Bandwidth at this pace.</param>
/// <param name="ReworkUsdPerHour">Expected price of work that is done again because only the lost disk had it.</param>
/// <param name="Why">One sentence.</param>
public sealed record MirrorAdvice(int EveryNth, TimeSpan TransferTime, decimal MirrorUsdPerHour, decimal ReworkUsdPerHour, MirrorReason Reason, string Why);

/// <summary>
/// Decides which checkpoints are worth their bandwidth. A mirror every m hours costs A/m an hour, A the price of one copy; a lost disk costs the work
/// since the newest mirror began, m/2 on average and the transfer time, at the rate that disks are lost and the GPU's price. That is Young's problem
/// again, m = sqrt(2A/B), rounded to whole checkpoints.
/// </summary>
public static class MirrorCadence
{
    /// <summary>Work that is left to one disk at most, whatever bandwidth costs, as far as the line carries it.</summary>
    public static readonly TimeSpan MostAtRisk = TimeSpan.FromHours(2);

    public const int MostSkipped = 10_000;

    /// <summary>Of the GPU's price: what copies may cost without being weighed.</summary>
    private const double Negligible = 0.01;

    private const double BytesPerGb = 1e9;

    public static MirrorAdvice Decide(MirrorInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        var period = Math.Clamp(inputs.CheckpointEvery.TotalHours, 1d / 3600, 1e4);
        var copyUsd = Math.Clamp(inputs.CheckpointBytes / BytesPerGb, 0, 1e9) * (double)Math.Clamp(inputs.UploadUsdPerGb, 0, 1_000_000);
        var transfer = Math.Clamp(Finite(inputs.CheckpointBytes / Math.Max(1, Finite(inputs.BytesPerSecond, 1)), 0) / 3600, 0, 1e4);
        var mean = Math.Clamp(inputs.MeanBetweenPreemptions.TotalHours, 1d / 3600, 1e6);
        var lossesPerHour = (Math.Clamp(Finite(inputs.DiskOutOfReach, 1), 0, 1) / mean) + Math.Clamp(Finite(inputs.HostLossesPerHour, 1), 0, 60);
        var rework = (double)Math.Clamp(inputs.GpuUsdPerHour, 0, 1_000_000) * lossesPerHour;
        double MirrorUsd(double n) => copyUsd / (n * period);
        double ReworkUsd(double n) => rework * ((n * period / 2) + transfer);

        var line = (int)Math.Clamp(Math.Ceiling(transfer / period), 1, MostSkipped);
        var most = (int)Math.Clamp(Math.Floor(MostAtRisk.TotalHours / period), 1, MostSkipped);
        var balanced = copyUsd <= 0 ? 1 : rework <= 0 ? MostSkipped : Math.Clamp(Math.Sqrt(2 * copyUsd / rework) / period, 1, MostSkipped);
        var below = (int)balanced;
        var wanted = MirrorUsd(below) + ReworkUsd(below) <= MirrorUsd(below + 1) + ReworkUsd(below + 1) ? below : below + 1;
        var isCheap = wanted > 1 && MirrorUsd(1) <= Negligible * (double)inputs.GpuUsdPerHour;
        wanted = isCheap ? 1 : wanted;
        var every = Math.Max(line, Math.Min(wanted, most));
        var reason = every > Math.Min(wanted, most) ? MirrorReason.Line
            : wanted > most ? MirrorReason.MostAtRisk
            : isCheap ? MirrorReason.NextToNothing
            : every == 1 ? MirrorReason.EveryOneIsWorthIt
            : MirrorReason.Balance;
        return new(every, TimeSpan.FromHours(transfer), (decimal)MirrorUsd(every), (decimal)ReworkUsd(every), reason, Why(every, reason, copyUsd, MirrorUsd(every), ReworkUsd(every)));
    }

    private static double Finite(double value, double otherwise) => double.IsFinite(value) ? value : otherwise;

    private static string Why(int every, MirrorReason reason, double copyUsd, double mirrorUsd, double reworkUsd)
    {
        var which = every == 1 ? "every checkpoint" : string.Create(CultureInfo.InvariantCulture, $"one checkpoint in {every}");
        var because = reason switch
        {
            MirrorReason.EveryOneIsWorthIt => "a copy costs less than the work it insures",
            MirrorReason.NextToNothing => "copies cost next to nothing here",
            MirrorReason.Balance => "bandwidth and expected rework balance there",
            MirrorReason.Line => "the line carries no more",
            _ => "no more than two hours of work are left to one disk",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{which}: {because} (a copy ${copyUsd:0.0000}; ${mirrorUsd:0.0000}/h for copies, ${reworkUsd:0.0000}/h expected rework)");
    }
}
