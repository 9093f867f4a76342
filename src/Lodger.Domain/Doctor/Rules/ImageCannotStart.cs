using Lodger.Domain.Market;
using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>An image that this host cannot start.</summary>
internal sealed class ImageCannotStart : IRule
{
    public string Id => "image-cannot-start";

    public Gotcha Own => Examination.Gotcha(
        Id, "The container cannot be made", "The platform shows an error of the container's runtime instead of running.",
        "The image's name or tag does not exist, its registry wants a login, it is built for another processor, or this host's runtime fails.",
        "Try the name with docker pull here; for a private image write  registry: ; else take another host.");

    public string Sees => "The platform's status and message say that the container could not be made or exited before it ever ran.";

    public string? Does => "Gives the rental up and tries other hosts, twice.";

    public IReadOnlyList<Moment> Moments => [Moment.Watch, Moment.PostMortem];

    public Sighting? Look(Facts facts)
    {
        var fix = $"docker pull {facts.Spec.Image}   here; then  lodger logs --boot {facts.Spec.Name}";
        if (facts.Moment == Moment.Watch)
        {
            return facts.Rental is { Status: RentalStatus.CannotStart } or { Status: RentalStatus.Exited } && facts.Attempt is { RunningSeenAt: null }
                ? new(Severity.Error, $"{facts.Rental.Id}: {facts.Rental.Evidence}", fix)
                : null;
        }

        return facts.Attempt is { GivenUp: { Id: "rental-did-not-start" } given, LastStatus: RentalStatus.CannotStart or RentalStatus.Exited }
            ? new(Severity.Error, given.Message, fix)
            : null;
    }
}
