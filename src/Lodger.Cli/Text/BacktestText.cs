using Lodger.Cli.Terminal;
using Lodger.Domain.Policy.Deadlines;

namespace Lodger.Cli.Text;

/// <summary>What the policies paid, as a person reads it.</summary>
internal static class BacktestText
{
    private const int ZonesNamed = 4;

    public static void Write(Screen screen, BacktestReport report, string? plot)
    {
        var terms = report.Terms;
        var names = string.Join(", ", report.Zones.Take(ZonesNamed)) + (report.Zones.Count > ZonesNamed ? $" and {report.Zones.Count - ZonesNamed} more" : "");
        var facts = Listing.Facts();
        facts.AddRow("job", $"{Hours(terms.WorkHours)} of work, deadline after {Hours(terms.DeadlineHours)}, {Figures.Span(TimeSpan.FromHours(terms.RestartHours))} a start");
        facts.AddRow("prices", terms.OnDemandUsdPerHour is { } usd ? $"on-demand {Figures.UsdPerHour((decimal)usd)}, spot as recorded, else {terms.SpotPrice:0.###} of it" : $"spot at {terms.SpotPrice:0.###} of on-demand");
        facts.AddRow("traces", Shown.Text($"{names}; {Figures.Of(terms.Starts, "start")} each, {(terms.Seed is { } seed ? $"drawn by seed {seed}" : "evenly spaced")}"));
        screen.Table(facts);
        screen.Line();

        var table = Listing.Of("policy", "of on-demand %>", "over hindsight %>", "missed>", "preempted>", "starts>");
        table.AddRow("hindsight", Percent(report.HindsightOfOnDemand), "0.0", "", "", "");
        foreach (var p in report.Policies)
        {
            var missed = p.Missed == 0 ? "0" : $"[red]{p.Missed}[/]";
            table.AddRow(Shown.Text(p.Policy), Percent(p.OfOnDemand), Percent(p.OverHindsight), missed, Figures.Number(p.Preemptions.Mean, "0.0"), Figures.Number(p.Starts.Mean, "0.0"));
        }

        screen.Table(table);
        screen.Line();
        screen.Hang("  ", $"Means over {Figures.Of(report.Runs, "job")}; missed: jobs that ended after the deadline. {Bounds(report)}");
        screen.Hang("  ", "Hindsight knows the future: nobody can pay less.");
        if (plot is not null)
            screen.Line($"  Picture: {Shown.Text(plot)}");
    }

    private static string Bounds(BacktestReport report) => report switch
    {
        { Clusters: < 2 } => "There are no bounds: one trace that is not twice as long as the deadline is one sample.",
        { Zones.Count: 1 } => $"In brackets 95 % bounds from {report.Clusters} stretches of the trace, as jobs that overlap are no independent samples; they say nothing of other zones.",
        _ => $"In brackets 95 % bounds from {report.Clusters} zones, as jobs in one zone are no independent samples.",
    };

    private static string Hours(double hours) => Figures.Number(hours, "0.##") + " h";

    private static string Percent(Estimate e) =>
        Figures.Number(100 * e.Mean, "0.0") + (e is { Low: { } low, High: { } high } ? $" ({Figures.Number(100 * low, "0.0")} to {Figures.Number(100 * high, "0.0")})" : "");
}
