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

    public IReadOnlyList<string> SaidBy => ["VAST5"];

    public Sighting? Look(Facts facts)
    {
        if (facts.Moment == Moment.Watch)
        {
            return facts.Rental is { Status: RentalStatus.CannotStart } or { Status: RentalStatus.Exited } && facts.Attempt is { RunningSeenAt: null }
                ? Found(facts, $"{facts.Rental.Id}: {facts.Rental.Evidence}")
                : null;
        }

        return facts.Attempt is { GivenUp: { Id: "rental-did-not-start" } given, LastStatus: RentalStatus.CannotStart or RentalStatus.Exited }
            ? Found(facts, given.Message)
            : null;
    }

    /// <summary>The runtime's and the registry's own words tell the causes apart.</summary>
    private static Sighting Found(Facts facts, string said)
    {
        var (cause, fix) = said switch
        {
            _ when Has(said, "exec format error") => (
                "The image is built for another processor than this host's.",
                $"docker image inspect --format '{{{{.Architecture}}}}' {facts.Spec.Image}   here; build it with  --platform linux/amd64"),
            _ when Has(said, "manifest unknown", "not found", "does not exist") => ("The image's name or tag does not exist.", $"docker pull {facts.Spec.Image}   here; then mend  image:  in job.yaml"),
            _ when Has(said, "unauthorized", "authentication required", "access denied", "requested access") => (
                "Its registry wants a login, or the name does not exist.", "Write into job.yaml:  registry: {server: SERVER, user: NAME, password_secret: REGISTRY_PASSWORD}   and set that here"),
            _ when Has(said, "no space left on device") => ("The host's own disk is full.", Words.Elsewhere(facts)),
            _ => ((string?)null, $"docker pull {facts.Spec.Image}   here; then  lodger logs --boot {facts.Spec.Name}"),
        };
        return new Sighting(Severity.Error, said, fix) { Cause = cause };
    }

    private static bool Has(string said, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (said.Contains(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }
}
