using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A contract that ends before the job is home.</summary>
internal sealed class ContractTooShort : IRule
{
    /// <summary>To bring everything home and to get a yes.</summary>
    private static readonly TimeSpan TimeHome = TimeSpan.FromHours(1);

    public string Id => "contract-end";

    public Gotcha Own => Examination.Gotcha(
        Id, "The contract ends before the job is home", "The rental stops by itself, cannot be started again, and its data is deleted later.",
        "Every offer has an end date that its host set; a contract cannot outlive it.", "Take an offer that is to be had for longer: lodger offers 'duration>=7'");

    public string Sees => "The offer's, or the rental's, end date comes before boot, work and an hour to bring everything home are over; or it has passed.";

    public string? Does => "Leaves such offers out of the plan, and tells of the date in clocks.";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight, Moment.Watch, Moment.PostMortem];

    public Sighting? Look(Facts facts)
    {
        if (facts.MarketNow is not { } now)
            return null;
        if (facts.Moment == Moment.Preflight)
        {
            return facts.Priced is { Offer.ContractEnd: { } ends } p && ends - now < p.Boot + p.Work + TimeHome
                ? new(Severity.Error, $"offer {p.Offer.Id} ends in {Words.Span(ends - now)}, and the job needs {Words.Span(p.Boot + p.Work + TimeHome)}", "lodger offers 'duration>=7'")
                : null;
        }

        if (facts.Rental is not { ContractEnd: { } end } rental)
            return null;
        if (end <= now)
        {
            return new(
                Severity.Error,
                $"the contract of {rental.Id} ended {Words.Span(now - end)} ago ({rental.Evidence}); its data may be deleted in {Words.Span(facts.Profile.DataKeptAfterContractEnd - (now - end))}",
                $"lodger pull {facts.Spec.Name}");
        }

        var left = facts.Spec.Work is { } work && facts.Attempt?.StartedAt is { } started ? work - (facts.Now - started) : TimeSpan.Zero;
        return facts.Moment == Moment.Watch && end - now < (left > TimeSpan.Zero ? left : TimeSpan.Zero) + TimeHome
            ? new(Severity.Warning, $"the contract of {rental.Id} ends in {Words.Span(end - now)}{(left > TimeSpan.Zero ? $", about {Words.Span(left)} of work are left" : "")}", Words.Down(facts))
            : null;
    }
}
