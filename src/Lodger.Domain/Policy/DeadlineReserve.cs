namespace Lodger.Domain.Policy;

/// <summary>Slack that is kept for later pauses instead of being spent on this one.</summary>
internal static class DeadlineReserve
{
    /// <summary>
    /// sqrt(d) (2 + L/4) in hours: the longer the job still runs, the more pauses come; the dearer a restart, the less often one can be afforded. Our own rule, tuned on spot traces at one
    /// price ratio (docs/policy.md).
    /// </summary>
    /// <param name="restartHours">d: what a restart costs.</param>
    /// <param name="hoursLeft">L: to the deadline.</param>
    public static double Hours(double restartHours, double hoursLeft) => Math.Sqrt(Math.Max(0, restartHours)) * (2 + (0.25 * Math.Max(0, hoursLeft)));
}
