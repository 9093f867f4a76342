namespace Lodger.Domain.Doctor.Rules;

/// <summary>A destroy that the platform has not carried out yet.</summary>
internal sealed class DestroyNotFinal : IRule
{
    public string Id => "VAST15";

    public string Sees => "A destroy was asked for, and the platform still shows the rental.";

    public string? Does => "Says that nothing bills only when the platform was asked and shows the rental no more; asks for the destroy again meanwhile.";

    public IReadOnlyList<Moment> Moments => [Moment.Watch, Moment.PostMortem];

    public Sighting? Look(Facts facts)
    {
        if (facts.Attempt is not { DestroyIntendedAt: { } asked, DestroyedAt: null, Vanished: false } attempt || facts.Rental is not { } rental || rental.Id != attempt.RentalId)
            return null;
        var waited = facts.Now - asked;
        return new(
            waited > facts.Profile.DestroySettles ? Severity.Warning : Severity.Note,
            $"the destroy of {rental.Id} was asked for {Words.Span(waited)} ago, and the platform still shows it ({rental.Evidence})",
            $"lodger inspect-rental {facts.Spec.Name}")
        {
            Automatic = "It is asked for again until the rental is gone.",
        };
    }
}
