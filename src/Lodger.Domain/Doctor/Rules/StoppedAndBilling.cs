using Lodger.Domain.Market;
using Lodger.Domain.Reconcile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A rental that is stopped and bills its disk.</summary>
internal sealed class StoppedAndBilling : IRule
{
    public string Id => "VAST1";

    public string Sees => "A rental of the job is stopped, and the platform shows a price for its disk.";

    public string? Does => "Shows it in ps, clocks and show, with its price; when the job moved or ended it asks for the yes that the destroy needs.";

    public IReadOnlyList<Moment> Moments => [Moment.Watch, Moment.PostMortem];

    public Sighting? Look(Facts facts)
    {
        Rental[] stopped =
        [
            .. (facts.Rental is { } current ? facts.Others.Prepend(current) : facts.Others)
                .Where(r => r.Status is RentalStatus.Stopped or RentalStatus.Preempted or RentalStatus.Exited && r.DiskUsdPerHour > 0 && !IsBeingDestroyed(facts, r.Id)),
        ];
        if (stopped.Length == 0)
            return null;
        var usd = stopped.Sum(r => r.DiskUsdPerHour);
        return new(
            Severity.Warning,
            $"{string.Join(", ", stopped.Select(r => $"{r.Id} is {r.Status.ToString().ToLowerInvariant()} ({r.DiskGb:0} GB)"))}: {Words.UsdPerHour(usd)} for disks, {Words.Usd(usd * 720)} a month, until destroyed",
            facts.Job switch
            {
                { IsAdopted: true } adopted => AdoptStage.WaysOut(adopted, stopped[0].Id),
                // The work goes on elsewhere: what ends the job is not the way out of a rental that it has left.
                { } job when stopped.All(r => r.Id != job.Focus?.RentalId) => Words.Gate(job),
                _ => Words.Down(facts),
            });
    }

    /// <summary>The platform shows it as stopped until it is gone.</summary>
    private static bool IsBeingDestroyed(Facts facts, string rentalId) => facts.Job?.Attempts.Any(a => a.RentalId == rentalId && a.DestroyIntendedAt is not null) == true;
}
