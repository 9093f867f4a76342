using Lodger.Domain.Profile;

namespace Lodger.Domain.Doctor.Rules;

/// <summary>A machine whose clock is wrong.</summary>
internal sealed class ClockWrong : IRule
{
    private static readonly TimeSpan Harmless = TimeSpan.FromSeconds(60);

    public string Id => "clock-skew";

    public Gotcha Own => Examination.Gotcha(
        Id, "The machine's clock is wrong", "Certificates are \"not yet valid\", signed requests to buckets are refused, times in logs do not fit.",
        "The host's clock is not kept; a container cannot set it.", "Take another host for work that signs requests (S3, webhooks).");

    public string Sees => "The machine's clock differs from this one's by more than a minute.";

    public string? Does => "Reckons ages on one clock at a time, and tells which of two machines' checkpoints is the newer by their steps, or by which machine came later, so that a skew changes no decision.";

    public IReadOnlyList<Moment> Moments => [Moment.Watch];

    public Sighting? Look(Facts facts) =>
        facts.Probe is { ClockAhead: { } ahead } && ahead.Duration() > Harmless
            ? new(Severity.Warning, $"its clock is {Words.Span(ahead.Duration())} {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} this machine's", Words.Elsewhere(facts))
            : null;
}
