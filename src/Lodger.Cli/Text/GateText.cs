using Lodger.Cli.Terminal;
using Lodger.Domain.Gate;
using Lodger.Server.Api;

namespace Lodger.Cli.Text;

/// <summary>What must be true before the irreversible act, and what the act does.</summary>
internal static class GateText
{
    public static void Write(Screen screen, JobView job, GateView gate)
    {
        screen.Line($"  What must be true before {Shown.Text(gate.RentalId)} is destroyed");
        foreach (var condition in gate.Judgement.Conditions)
            screen.Line($"    {Mark(condition.State)}   {Shown.Text(condition.Text)}");
        if (gate.Deletes.Count > 0)
            screen.Line($"  Destroys for good: {Shown.Text(string.Join(", ", gate.Deletes))}.");
        screen.Line(job.Receipt is { } receipt
            ? $"  Keeps: {Shown.Text(job.ResultsDirectory)} ({Figures.Bytes(receipt.Bytes)}), receipt {Shown.Text(EventText.Short(receipt.ReceiptId))}"
            : "  Keeps: nothing from this rental.");
        screen.Line($"  Market {Shown.Text(job.Market)}, cost so far {(gate.CostSoFarUsd is { } usd ? Figures.Usd(usd) : "unknown")} (plan said {Figures.Usd(job.ExpectedUsd)}).");
    }

    private static string Mark(ConditionState state) => state switch
    {
        ConditionState.Met => "[green]ok[/]",
        ConditionState.Lacking => "[yellow]--[/]",
        ConditionState.Failed => "[red]!![/]",
        _ => "??",
    };
}
