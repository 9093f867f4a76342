using Lodger.Domain.Market;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A bid that can be lost at any moment, and a job that would begin again from nothing.</summary>
internal sealed class PreemptedWithoutNotice : IRule
{
    /// <summary>Longer work than this is not begun again from nothing by accident.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    public string Id => "VAST4";

    public string Sees => "The job is, or may be, rented on a bid and names no checkpoints; or its rental was paused although nobody of ours asked for it.";

    public string? Does => "Copies checkpoints off the machine as they are finished, waits or moves by expected cost, and says whether the command really resumed.";

    public IReadOnlyList<Moment> Moments => [Moment.Preflight, Moment.Watch, Moment.PostMortem];

    public Sighting? Look(Facts facts) => facts.Moment switch
    {
        Moment.Preflight => Before(facts),
        Moment.Watch => Meanwhile(facts),
        _ => After(facts),
    };

    private static Sighting? Before(Facts facts)
    {
        if (facts.Spec.Checkpoints.Count > 0 || facts.Spec.Rent == RentMode.OnDemand || (facts.Spec.Rent == RentMode.Auto && facts.Priced is { BidUsdPerHour: null }))
            return null;
        var isLong = facts.Spec is { Rent: RentMode.Interruptible, Work: { } work } && work >= Long;
        return new(
            isLong ? Severity.Error : Severity.Warning,
            $"rent: {facts.Spec.Rent.ToString().ToLowerInvariant()}, no  checkpoints:{(facts.Spec.Work is { } w ? $", {Words.Span(w)} of work" : "")}",
            "Write into job.yaml:  checkpoints: ['ckpt/**']   and let the command load the newest one it finds; try it with  lodger rehearse job.yaml")
        {
            Cause = "A bid is paused without notice and without SIGTERM whenever somebody pays more; without checkpoints the command begins again from nothing.",
        };
    }

    private static Sighting? Meanwhile(Facts facts)
    {
        if (facts.Rental is not { Status: RentalStatus.Preempted } rental || facts.Attempt is not { PayloadIntended: true, IsOver: false } attempt)
            return null;
        var kept = facts.Job!.MirroredStep is { } step ? $"the newest copy off the machine holds step {step}" : facts.Job.Mirrors.Count > 0 ? $"{Words.Count(facts.Job.Mirrors.Count, "checkpoint file")} off the machine" : "no checkpoint is off the machine";
        return new(
            facts.Spec.Rent == RentMode.OnDemand ? Severity.Error : Severity.Warning,
            $"{rental.Id} was paused{(attempt.LastStatusAt is { } at ? $" {Words.Span(facts.Now - at)} ago" : "")} ({rental.Evidence}); {kept}",
            facts.Spec.Rent == RentMode.OnDemand ? Words.Down(facts) : $"lodger show {facts.Spec.Name}")
        {
            Automatic = facts.Spec.Rent == RentMode.OnDemand ? null : "It waits while that is the cheapest way on, else it moves and resumes from the newest checkpoint.",
        };
    }

    private static Sighting? After(Facts facts) =>
        facts.Attempt is { Preemptions: > 0, Ended: null, Vanished: false, PayloadIntended: true } attempt && facts.Job!.Closed is { Outcome: not Jobs.JobOutcome.Succeeded }
            ? new(Severity.Error, $"{attempt.RentalId} was paused {attempt.Preemptions} time(s) and its command never ended: {attempt.LastEvidence}", "lodger run job.yaml")
            : null;
}
