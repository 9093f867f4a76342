using Lodger.Domain.Jobs;
using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A setup that did not come to its end.</summary>
internal sealed class SetupFailed : IRule
{
    public string Id => "setup";

    public Gotcha Own => Examination.Gotcha(
        Id, "setup failed", "The job ends before its command begins.", "A line of  setup:  ended with another status than 0: a package or a program that is not there.",
        "Try setup in the same image: lodger rehearse job.yaml");

    public string Sees => "The machine refused the attempt with the status of  setup:  and its last line.";

    public IReadOnlyList<Moment> Moments => [Moment.PostMortem];

    public Sighting? Look(Facts facts) =>
        facts.Attempt?.Ended is { Reason: EndReason.Refused } ended && ended.Detail.StartsWith("setup: ", StringComparison.Ordinal)
            ? LastWords.Of(ended.Detail, facts) is { } known
                ? new(Severity.Error, ended.Detail, known.Fix) { Cause = known.Cause }
                : new(Severity.Error, ended.Detail, "Mend the line of  setup:  that says so, and try it for nothing:  lodger rehearse job.yaml")
            : null;
}
