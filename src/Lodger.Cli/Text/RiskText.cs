using Lodger.Domain.Reconcile;

namespace Lodger.Cli.Text;

/// <summary>What would have to be done again if the machine stopped at this moment, in words.</summary>
internal static class RiskText
{
    /// <param name="step">Where the job is; null: unknown.</param>
    public static string Of(WorkAtRisk risk, long? step)
    {
        var preempted = risk.IfPreempted is { } saved ? Figures.Span(saved) : "unknown (the job does not say when it writes a checkpoint)";
        var lost = risk.IfDiskLost is { } copied ? Figures.Span(copied) : "unknown";
        var copy = risk.MirroredStep is not { } held ? "" : step is { } now && now >= held ? $"; the newest copy has step {held}, {now - held} behind" : $"; the newest copy has step {held}";
        return $"{preempted} if preempted, {lost} if its disk is lost{copy}";
    }
}
