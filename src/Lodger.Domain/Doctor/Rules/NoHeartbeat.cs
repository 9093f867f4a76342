using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A machine that runs and on which nothing of ours is alive.</summary>
internal sealed class NoHeartbeat : IRule
{
    /// <summary>The lodge script beats every five seconds.</summary>
    private static readonly TimeSpan Silent = TimeSpan.FromMinutes(2);

    public string Id => "no-heartbeat";

    public Gotcha Own => Examination.Gotcha(
        Id, "Running without a heartbeat", "The platform says running and bills, and nothing happens.",
        "The boot script failed without a word, the image has no shell that could run it, or something ended the lodge script.", "Read the boot's logs: lodger logs --boot JOB");

    public string Sees => "The rental runs, and its heartbeat is older than two minutes; or the machine is reached and no boot script ever ran there.";

    public string? Does => "Notices a silence of ten minutes by itself, and stops nothing for it.";

    public IReadOnlyList<Moment> Moments => [Moment.Watch];

    public Sighting? Look(Facts facts)
    {
        if (facts.Rental is not { Status: RentalStatus.Running } rental || facts.Attempt is not { } attempt)
            return null;
        var fix = $"lodger logs --boot {facts.Spec.Name}";
        if (facts.Probe is { HasBooted: false } && attempt.RunningSince is { } since && facts.Now - since > Silent)
            return new(Severity.Error, $"{rental.Id} runs for {Words.Span(facts.Now - since)}, ssh answers, and the boot script never ran there", fix);
        if (facts.LastReport is { HeartbeatAge: { } age, Phase: not (BoxPhase.Ended or BoxPhase.Refused or BoxPhase.Fenced) } && age > Silent)
            return new(Severity.Error, $"the last heartbeat of {rental.Id} is {Words.Span(age)} old{(facts.Probe is { IsSupervised: false } ? ", and the lodge script is not alive" : "")}", fix);
        if (attempt.PayloadDeliveredAt is not { } sent || facts.Now - sent < Silent)
            return null;
        if (facts.Probe is { Report: { HeartbeatAge: null, Phase: not (BoxPhase.Ended or BoxPhase.Refused or BoxPhase.Fenced) } } or { Report: null, HasBooted: true })
            return new(Severity.Error, $"{rental.Id} was sent everything {Words.Span(facts.Now - sent)} ago and has no heartbeat", fix);
        return null;
    }
}
