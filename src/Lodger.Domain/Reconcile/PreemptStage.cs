using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Policy;

namespace Lodger.Domain.Reconcile;

/// <summary>
/// The rental does not run and the job is not done: wait for it, or go on elsewhere. What is chosen, and what the other ways would have cost,
/// is <see cref="PreemptionPolicy"/>'s; here is what has to be known first.
/// </summary>
internal static class PreemptStage
{
    /// <summary>A job that was moved so often needs a person.</summary>
    public const int MaxAttempts = 100;

    /// <summary>A bid that was raised so often without winning is not raised further.</summary>
    public const int MaxRaises = 5;

    public static JobAction Decide(Situation s)
    {
        if (s.Job.CancelRequestedAt is not null)
            return new Record(new JobEnded(s.Attempt.Number, s.EndReason, null, "it did not run when its end was asked for") { Untold = true });
        if (s.Rental!.Status is RentalStatus.Provisioning or RentalStatus.Loading && s.Seen.Listing.At - s.Attempt.LastStatusAt <= s.Waits.Boot)
            return new Wait(TimeSpan.FromSeconds(2), $"the rental starts again: {s.Rental.Evidence}");
        if (s.Rental.Status == RentalStatus.Scheduling && s.Seen.Listing.At - s.Attempt.LastStatusAt <= s.Waits.Scheduling)
            return new Wait(TimeSpan.FromSeconds(2), "the rental waits for its own GPU");
        var stop = StopDiagnosis.Of(s.Rental, s.Attempt, s.Seen, s.Now, s.Waits);
        if (s.Job.Attempts.Count >= MaxAttempts)
            return new Wait(TimeSpan.FromMinutes(1), $"{stop.Sentence} The work was moved {MaxAttempts} times already. To end it: lodger down {s.Job.Name}");
        if (s.Attempt.RaiseIntendedAt is { } raised && !s.Attempt.RaiseRefused && s.Rental.Status == RentalStatus.Preempted && s.Seen.Listing.At - raised < s.Waits.StartAgain)
            return new Wait(TimeSpan.FromSeconds(2), "until the raised bid wins its machine back");
        // Before anything is concluded from them: a balance is filled up again, and the GPU that stood free is taken.
        if (s.Seen.Offers is not { } offers || s.Seen.OffersAt is not { } asked || s.Now - asked > s.Waits.OffersValid)
            return new LookForOffers(s.Attempt.Number);
        if (stop.NeedsPerson)
            return new Wait(TimeSpan.FromSeconds(15), $"{stop.Sentence}{(stop.Kind == StopKind.StoppedElsewhere ? " Started again where it was stopped, it goes on." : "")} To fetch what it holds and end it: lodger down {s.Job.Name}");

        var choice = PreemptionPolicy.Choose(PreemptionFactsOf.Paused(s, offers));
        IReadOnlyList<string> alternatives = [.. choice.Alternatives.Select(a => $"{a.Label}: {a.Why}")];
        if (choice.Chosen is { Way: WayOn.RaiseBid, BidUsdPerHour: { } bid })
            return new RaiseBid(s.Attempt.Number, s.RentalId, s.Rental.GpuUsdPerHour, bid, choice.Line, alternatives);
        if (choice.Chosen is { Way: not WayOn.Wait, Offer: { } offer } chosen)
        {
            return new Record(new MoveDecided(
                s.Attempt.Number, stop.Sentence, choice.Line, alternatives, offer, chosen.BidUsdPerHour, s.Seen.StepSeen));
        }

        if (!s.Attempt.WaitSaid)
            return new Record(new WaitChosen(s.Attempt.Number, stop.Sentence, choice.Line, alternatives));
        var soon = choice.LookAgainIn < s.Waits.OffersValid ? choice.LookAgainIn : s.Waits.OffersValid;
        return new Wait(soon > TimeSpan.FromSeconds(1) ? soon : TimeSpan.FromSeconds(1), $"{stop.Sentence} {choice.Line}{(choice.IsOutOfBudget ? $". To allow more: lodger budget {s.Job.Name} USD" : "")}");
    }
}
