using Lodger.Domain.Market;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A rental that waits for its very own GPU.</summary>
internal sealed class WaitsForItsGpu : IRule
{
    public string Id => "VAST3";

    public string Sees => "actual, intended, cur and next read together say Scheduling, for longer than the profile's window.";

    public string? Does => "With  rent: interruptible  or auto it weighs waiting against moving and moves from the newest checkpoint; the old rental is fenced and torn down through the gate.";

    public IReadOnlyList<Moment> Moments => [Moment.Watch, Moment.PostMortem];

    public Sighting? Look(Facts facts)
    {
        if (facts.Moment == Moment.PostMortem)
        {
            return facts.Attempt?.GivenUp is { Id: "rental-did-not-start" } given && facts.Attempt.LastStatus == RentalStatus.Scheduling
                ? new(Severity.Error, given.Message, $"lodger offers 'machine_id={facts.Offer?.MachineId}'")
                : null;
        }

        if (facts.Rental is not { Status: RentalStatus.Scheduling } rental || facts.Attempt is not { LastStatus: RentalStatus.Scheduling, LastStatusAt: { } since })
            return null;
        var waited = facts.Now - since;
        if (waited <= facts.Profile.SchedulingWindow)
            return null;
        var others = facts.Offers.Where(o => o.MachineId == rental.MachineId).ToList();
        var free = others.Count > 0 ? $"; the same machine has {others.Sum(o => o.GpuCount)} other GPU(s) on offer ({others[0].Id})" : "";
        return new(
            facts.Spec.Rent == RentMode.OnDemand ? Severity.Error : Severity.Warning,
            $"{rental.Id} waits for {Words.Span(waited)}, above {Words.Span(facts.Profile.SchedulingWindow)}: {rental.Evidence}{free}",
            Words.Down(facts))
        {
            Automatic = facts.Spec.Rent == RentMode.OnDemand ? null : "It moves when that is the cheaper way on.",
        };
    }
}
