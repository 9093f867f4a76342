using Lodger.Domain.Market;
using Lodger.Domain.Reconcile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A stranger's host that may go, or went.</summary>
internal sealed class HostVanishes : IRule
{
    /// <summary>As in the profile's filters.</summary>
    private const double ReliabilityMin = 0.98;

    public string Id => "VAST7";

    public string Sees => "The offer is not verified, or its reliability is below 0.98; or the platform shows the rental as offline, or no longer knows it.";

    public string? Does => "Searches with the profile's filters unless they are dropped with --any-offer, copies checkpoints off the machine, and goes on elsewhere when the host stays away.";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight, Moment.Watch, Moment.PostMortem];

    public Sighting? Look(Facts facts) => facts.Moment switch
    {
        Moment.Preflight => Before(facts),
        Moment.Watch => facts.Rental is { Status: RentalStatus.Offline } rental
            ? new(
                Severity.Error,
                $"{rental.Id} is offline{(facts.Attempt?.LastStatusAt is { } since ? $" for {Words.Span(facts.Now - since)}" : "")} ({rental.Evidence}){(facts.Job is { IsAdopted: true } ? "" : $"; {Kept(facts)}")}",
                facts.Job is { IsAdopted: true } job ? AdoptStage.WaysOut(job, rental.Id) : Words.Down(facts))
            {
                Automatic = facts.Spec.Rent == Spec.RentMode.OnDemand ? "Nothing is billed meanwhile; it goes on when the host is back." : "It goes on elsewhere from the newest checkpoint when waiting costs more.",
            }
            : null,
        _ when facts.Job is { IsAdopted: true } => null,
        _ => facts.Attempt is { Vanished: true, Receipt: null } or { LastStatus: RentalStatus.Offline, Receipt: null, IsOver: false }
            ? new(Severity.Error, $"{facts.Attempt.RentalId} went away ({facts.Attempt.LastEvidence}); {Kept(facts)}", facts.Spec.Checkpoints.Count > 0 ? "lodger run job.yaml" : "lodger run job.yaml   with  checkpoints: ['ckpt/**']  in it, of which copies leave the machine while it runs")
            : null,
    };

    private static Sighting? Before(Facts facts)
    {
        if (facts.Offer is not { } offer || (offer.Verified && !(offer.Reliability < ReliabilityMin)))
            return null;
        var weak = string.Join(" and ", ((string?[])[offer.Verified ? null : "is not verified", offer.Reliability < ReliabilityMin ? $"is reliable to {offer.Reliability:0.000}" : null]).OfType<string>());
        return new(Severity.Warning, $"the host of offer {offer.Id} {weak}", "lodger plan job.yaml   (without --any-offer)");
    }

    private static string Kept(Facts facts) =>
        facts.Job is { Mirrors.Count: > 0 } job ? $"{Words.Count(job.Mirrors.Count, "checkpoint file")} off the machine{(job.MirroredStep is { } step ? $", up to step {step}" : "")}" : "no checkpoint is off the machine";
}
