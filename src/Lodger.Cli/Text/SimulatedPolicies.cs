using Lodger.Domain.Policy.Deadlines;

namespace Lodger.Cli.Text;

/// <summary>What <c>lodger simulate --json</c> prints. Ratios are fractions: 0.05 over hindsight is 5 %. Bounds hold 95 %.</summary>
/// <param name="Starts">Of each trace.</param>
/// <param name="Clusters">Independent samples behind the bounds.</param>
internal sealed record SimulatedPolicies(
    double WorkHours, double DeadlineHours, double RestartHours, double SpotPrice, double? OnDemandUsdPerHour, int Starts, int? Seed, IReadOnlyList<string> Traces, int Runs, int Clusters,
    SimulatedEstimate HindsightOfOnDemand, IReadOnlyList<SimulatedPolicy> Policies)
{
    public static SimulatedPolicies Of(BacktestReport report) => new(
        report.Terms.WorkHours,
        report.Terms.DeadlineHours,
        report.Terms.RestartHours,
        report.Terms.SpotPrice,
        report.Terms.OnDemandUsdPerHour,
        report.Terms.Starts,
        report.Terms.Seed,
        report.Zones,
        report.Runs,
        report.Clusters,
        SimulatedEstimate.Of(report.HindsightOfOnDemand),
        [.. report.Policies.Select(p => SimulatedPolicy.Of(p, report.Zones))]);
}

internal sealed record SimulatedPolicy(
    string Policy, SimulatedEstimate OverHindsight, double OverHindsightInAll, SimulatedEstimate OfOnDemand, int Missed, double LateHoursMost, SimulatedEstimate Preemptions,
    SimulatedEstimate Starts, IReadOnlyList<SimulatedZone> Zones)
{
    public static SimulatedPolicy Of(PolicyFigures p, IReadOnlyList<string> zones) => new(
        p.Policy,
        SimulatedEstimate.Of(p.OverHindsight),
        p.OverHindsightInAll,
        SimulatedEstimate.Of(p.OfOnDemand),
        p.Missed,
        p.LateHoursMost,
        SimulatedEstimate.Of(p.Preemptions),
        SimulatedEstimate.Of(p.Starts),
        [.. zones.Zip(p.Zones, (zone, over) => new SimulatedZone(zone, over))]);
}

internal sealed record SimulatedZone(string Trace, double OverHindsight);

/// <param name="Low">Absent when there is only one independent sample.</param>
internal sealed record SimulatedEstimate(double Mean, double? Low, double? High)
{
    public static SimulatedEstimate Of(Estimate e) => new(e.Mean, e.Low, e.High);
}
