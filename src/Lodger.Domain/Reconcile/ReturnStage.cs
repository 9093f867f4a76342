using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Policy;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Reconcile;

/// <summary>
/// A job with <c>rent: auto</c> that computes on on-demand looks now and then whether a bid has become the cheaper way to the end. What it holds goes with it as with any move: the rental is stopped, fenced, its newest checkpoint fetched, and torn down through the gate.
/// </summary>
internal static class ReturnStage
{
    /// <summary>Each one leaves a rental behind that waits for a yes.</summary>
    public const int MaxReturns = 5;

    /// <summary>Prices move; a question to the market is not worth more often.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(10);

    /// <summary>A machine that was just begun on has earned its boot first.</summary>
    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(10);

    /// <summary>Null: it stays, or it is not time to look.</summary>
    public static JobAction? Decide(Situation s, BoxReport report)
    {
        var a = s.Attempt;
        if (s.Job.Submission.Spec.Rent != RentMode.Auto || s.Rental is not { Interruptible: false } || a is not { BidUsdPerHour: null, EndIntended: null, Stall: null, MirroredAt: not null, StartedAt: { } started }
            || report.Phase != BoxPhase.Running || !s.IsCurrent || s.WantsEnd || s.Now - started < Settled
            || s.Job.Attempts.Count >= PreemptStage.MaxAttempts || s.Job.Attempts.Count(before => before is { Move: not null, BidUsdPerHour: null }) >= MaxReturns)
            return null;
        if (s.Seen.OffersAt is not { } asked || s.Seen.Offers is not { } offers || s.Now - asked >= LookEvery)
            return s.Seen.OffersTriedAt is { } tried && s.Now - tried < LookEvery ? null : new LookForOffers(a.Number);
        if (s.Now - asked > s.Waits.OffersValid)
            return null;
        var lost = s.Job.Attempts.Where(before => before is { BidUsdPerHour: not null }).Select(before => before.PausedSince ?? before.MovedAt ?? before.VanishedAt).Max() ?? s.Job.SubmittedAt;
        return ReturnPolicy.Choose(PreemptionFactsOf.Running(s, offers), s.Now - lost) is { Move: { Offer: { } offer } move } choice
            ? new Record(new MoveDecided(a.Number, "A bid has become the cheaper way to the end.", choice.Line, choice.Alternatives, offer, move.BidUsdPerHour, s.Seen.StepSeen))
            : null;
    }
}
