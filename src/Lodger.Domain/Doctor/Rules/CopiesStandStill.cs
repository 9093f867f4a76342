using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>Checkpoints that are written and do not leave the machine.</summary>
internal sealed class CopiesStandStill : IRule
{
    /// <summary>Beyond the pace that was chosen.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(20);

    public string Id => "copies-stand-still";

    public Gotcha Own => Examination.Gotcha(
        Id, "Checkpoints do not leave the machine", "Nothing complains, and the newest copy is old.",
        "Hypothesis: the checkpoints: pattern misses the new files, a file is never at rest, a copy does not load, or the line is too slow.", "lodger storage JOB shows what is only on the rental.");

    public string Sees => "The job wrote a checkpoint, and the newest copy is older than it by more than the chosen pace and twenty minutes; or ran that long without any.";

    public IReadOnlyList<Moment> Moments => [Moment.Watch];

    public Sighting? Look(Facts facts)
    {
        if (!facts.IsAtWork || facts.Spec.Checkpoints.Count == 0 || facts.Attempt is not { StartedAt: { } started } attempt)
            return null;
        var copied = attempt.MirroredAt ?? started;
        var age = facts.Now - copied;
        var pace = (attempt.MirrorPace?.Spacing ?? TimeSpan.Zero) + (attempt.Cadence?.Every ?? TimeSpan.Zero) + Late;
        if (facts.LastReport is { CheckpointAge: { } written } ? age - written <= pace || age <= pace : age <= pace + Late)
            return null;
        return new(
            Severity.Warning,
            attempt.MirroredAt is null
                ? $"no copy since the command began {Words.Span(age)} ago{(facts.LastReport?.CheckpointAge is { } w ? $", and it wrote a checkpoint {Words.Span(w)} ago" : "")}"
                : $"the newest copy is {Words.Span(age)} old{(facts.LastReport?.CheckpointAge is { } v ? $", the newest checkpoint {Words.Span(v)}" : "")}",
            $"lodger storage {facts.Spec.Name}   (next probe: whether  checkpoints: {string.Join(", ", facts.Spec.Checkpoints)}  names what the job writes)");
    }
}
