namespace Lodger.Domain.Policy;

/// <summary>One failure of a host: it vanished, could not start the image, never became reachable.</summary>
public sealed record HostFailure(string HostId, DateTimeOffset FailedAt);

/// <summary>
/// Hosts that failed, forgotten slowly. Each failure weighs 0.8 at once and half as much after every <see cref="HalfLife"/>; several combine as independent chances:
/// 1 - product of (1 - weight). So one failure costs a host about a day, three in an hour most of a week.
/// </summary>
public static class HostMemory
{
    public static readonly TimeSpan HalfLife = TimeSpan.FromHours(24);

    /// <summary>From this weight on a host is not rented while another fits.</summary>
    public const double ExcludedFrom = 0.5;

    private const double WeightAtOnce = 0.8;

    /// <summary>Weight by host, 0 to 1; hosts without a failure are absent. A failure in the future (clocks differ) counts as now.</summary>
    public static IReadOnlyDictionary<string, double> At(DateTimeOffset now, IEnumerable<HostFailure> failures) =>
        failures.GroupBy(f => f.HostId, StringComparer.Ordinal).ToDictionary(
            g => g.Key,
            g => 1 - g.Aggregate(1d, (left, f) => left * (1 - Weight(now - f.FailedAt))),
            StringComparer.Ordinal);

    private static double Weight(TimeSpan age) => WeightAtOnce * Math.Pow(0.5, Math.Max(0, age / HalfLife));
}
