using Lodger.Domain.Market;
using Lodger.Domain.Reconcile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>An image that does not arrive.</summary>
internal sealed class LoadsForEver : IRule
{
    /// <summary>A pull that is expected to take longer than this many boot windows is worth a word before paying.</summary>
    private const double Slow = 2;

    public string Id => "VAST13";

    public string Sees => "The rental is in Loading for longer than the profile's boot window; or the offer's line would need twice that for the image.";

    public string? Does => "Waits the window out, and longer while the platform shows progress; then gives the rental up and takes a host with a faster line.";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight, Moment.Watch, Moment.PostMortem];

    public Sighting? Look(Facts facts) => facts.Moment switch
    {
        Moment.Preflight => facts.Priced is { } p && p.Boot > facts.Profile.BootWindow * Slow && p.Offer.DownloadMbps > 0
            ? new(Severity.Warning, $"offer {p.Offer.Id} has {p.Offer.DownloadMbps:0} Mbit/s: about {Words.Span(p.Boot)} to boot", "lodger offers 'inet_down>=500'")
            : null,
        Moment.Watch => facts.Rental is { Status: RentalStatus.Loading or RentalStatus.Provisioning } rental && facts.Attempt is { RentedAt: { } rented } && facts.Now - rented > facts.Profile.BootWindow
            ? new(
                Severity.Warning,
                $"{rental.Id} is {rental.Status.ToString().ToLowerInvariant()} for {Words.Span(facts.Now - rented)}, above {Words.Span(facts.Profile.BootWindow)} ({rental.Evidence}){Last(facts.DaemonLog)}",
                $"lodger logs --boot {facts.Spec.Name}")
            {
                Automatic = "It is given up when the platform shows no progress, and another host is taken.",
            }
            : null,
        _ => facts.Attempt?.GivenUp is { Id: NextRent.BootNeverCame } given
            ? new(Severity.Error, given.Message, "lodger offers 'inet_down>=500'   or a slimmer image")
            : null,
    };

    private static string Last(string? log) =>
        log?.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() is { } line ? $"; the host says: {(line.Length > 160 ? line[..160] : line)}" : "";
}
