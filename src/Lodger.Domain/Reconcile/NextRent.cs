using Lodger.Domain.Jobs;
using Lodger.Domain.Policy;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Reconcile;

/// <summary>Whether and what is rented next: the first rental, one after an answer that got lost, or the one on which an interrupted job goes on.</summary>
internal static class NextRent
{
    /// <summary>After so many rentals in a row on which the command never ran, a person looks.</summary>
    private const int MaxFruitless = 5;

    /// <summary>The newest attempt is finished, nothing of it can bill, and the job is not.</summary>
    public static bool IsDue(JobState job) => job.Current switch
    {
        null => true,
        _ when job.Cancel is not null || job.Budget is not null => false,
        // One that came to light late is torn down first.
        _ when job.Attempts.Any(a => a is { Move: null, MayBill: true }) => false,
        { Move: not null } => true,
        { RentRefusal.Id: Reconciler.RentLost } => Fruitless(job) < Reconciler.MaxAttempts,
        _ when job.Submission.Spec.Rent == RentMode.OnDemand || Fruitless(job) >= MaxFruitless => false,
        { RentRefusal.ExitCode: Problems.ExitCode.NoOffer } or { GivenUp: { ExitCode: Problems.ExitCode.RentalUnusable } } => true,
        { Vanished: true, Ended: null, PayloadIntended: true } => true,
        { Ended.Reason: EndReason.Refused } => true,
        _ => false,
    };

    /// <summary>Null when nothing is to be rented, or cannot be because the platform does not say what is rented already.</summary>
    public static JobAction? Decide(JobState job, Observation seen, DateTimeOffset now, Waits waits)
    {
        if (seen.Listing.Rentals is null || !IsDue(job))
            return null;
        var number = job.Attempts.Count + 1;
        var label = JobState.LabelFor(job.Id, number);
        var first = job.Submission;
        if (job.Current is not { } last)
            return new Rent(number, first.Offer.Id, label, null, first.BidUsdPerHour);
        if (last.Move is { } move)
            return new Rent(number, move.Offer.Id, label, move.Offer, move.BidUsdPerHour);
        if (last is { RentRefusal.Id: Reconciler.RentLost })
            return new Rent(number, last.OfferId, label, last.Offer, last.BidUsdPerHour);
        if (seen.Offers is not { } offers || seen.OffersAt is not { } asked || now - asked > waits.OffersValid)
            return new LookForOffers(last.Number);
        var chosen = PreemptionPolicy.Choose(PreemptionFactsOf.Lost(job, seen, offers, now)).Chosen;
        return chosen is { Way: not WayOn.Wait, Offer: { } offer }
            ? new Rent(number, offer.Id, label, offer, chosen.BidUsdPerHour)
            : new Wait(TimeSpan.FromSeconds(20), $"no offer to go on with: {chosen.Why}");
    }

    private static int Fruitless(JobState job) => job.Attempts.Reverse().TakeWhile(a => a.StartedAt is null).Count();
}
