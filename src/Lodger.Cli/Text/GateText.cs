using Lodger.Cli.Terminal;
using Lodger.Domain.Gate;
using Lodger.Server.Api;

namespace Lodger.Cli.Text;

/// <summary>What must be true before the irreversible act, and what the act does.</summary>
internal static class GateText
{
    private const int WarningsMax = 5;

    public static void Write(Screen screen, JobView job, GateView gate)
    {
        screen.Line($"  What must be true before {Shown.Text(gate.RentalId)} is destroyed");
        foreach (var condition in gate.Judgement.Conditions)
            screen.Hang($"    {Mark(condition.State)}   ", condition.Text);
        if (job.Receipt is not null && gate.RentalId == job.RentalId)
            Warn(screen, job);
        if (gate.Deletes.Count > 0)
            screen.Hang("  Destroys for good: ", $"{string.Join(", ", gate.Deletes)}.");
        screen.Hang("  Keeps: ", gate.Keeps is { } bundle
            ? $"{bundle.Directory} ({Figures.Bytes(bundle.Bytes)}), receipt {EventText.Short(bundle.ReceiptId)}"
            : job.Adopts is null ? "nothing from this rental." : $"what was saved of it so far, in {job.ResultsDirectory}: no receipt covers all that was named.");
        screen.Line($"  Market {Shown.Text(job.Market)}, cost so far {(gate.CostSoFarUsd is { } usd ? Figures.Usd(usd) : "unknown")}{(job.ExpectedUsd is { } planned ? $" (plan said {Figures.Usd(planned)})" : "")}.");
    }

    /// <summary>What came home whole and still is not to be used unwarned.</summary>
    private static void Warn(Screen screen, JobView job)
    {
        foreach (var warning in job.Findings.Take(WarningsMax))
            screen.Hang("    [yellow]!![/]   ", $"{warning.Path}: {warning.Message}");
        if (job.Findings.Count > WarningsMax)
            screen.Hang("         ", $"and {job.Findings.Count - WarningsMax} more: lodger show {job.Name}");
    }

    public static string Mark(ConditionState state) => state switch
    {
        ConditionState.Met => "[green]ok[/]",
        ConditionState.Lacking => "[yellow]--[/]",
        ConditionState.Failed => "[red]!![/]",
        _ => "??",
    };
}
