using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A success that came too soon.</summary>
internal sealed class FinishedFast : IRule
{
    /// <summary>Of the time that it was expected to take.</summary>
    private const double Share = 0.05;

    public string Id => "fast-finish";

    public Gotcha Own => Examination.Gotcha(
        Id, "It ended much sooner than expected", "Exit status 0 after seconds, and results that are there, but small.",
        "Hypothesis: it found an earlier run's checkpoint and had nothing to do, a failed step was swallowed (cmd | tee, || true), or an argument cut the work short.",
        "Read the end of the log; use  set -o pipefail  in run.");

    public string Sees => "The command exited with 0 in less than a twentieth of  work: .";

    public IReadOnlyList<Moment> Moments => [Moment.PostMortem];

    public Sighting? Look(Facts facts) =>
        facts.Attempt is { Ended: { Reason: EndReason.Exited, ExitCode: 0 }, Preemptions: 0, Number: 1, EndedAt: { } ended } attempt
            // What is over within seconds may never have been seen running.
            && (attempt.StartedAt ?? attempt.PayloadDeliveredAt) is { } started
            && facts.Spec.Work is { } work && (facts.LastReport is { Phase: BoxPhase.Ended, RunTime: { } took } ? took : ended - started) is var ran && ran < work * Share
            ? new(Severity.Note, $"exit status 0 after {Words.Span(ran)}, {Words.Span(work)} were expected", $"lodger logs {facts.Spec.Name}   then  lodger verify {facts.Job!.Submission.ResultsDirectory}")
            : null;
}
