using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Reconcile;

/// <summary>
/// From what the journal says and what was seen to what to do next. Pure: the same inputs give the same actions, at any time, after any crash.
/// What could not be seen is unknown and leads to waiting, never to renting, destroying or concluding.
/// </summary>
public static class Reconciler
{
    /// <summary>After so many rents whose answers were lost without a trace, a person looks.</summary>
    public const int MaxAttempts = 5;

    /// <summary>The problem id of a rent that left no trace: the one case in which another attempt is made by itself.</summary>
    public const string RentLost = "rent-lost";

    public static IReadOnlyList<JobAction> Decide(JobState job, Observation seen, DateTimeOffset now, Waits waits)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(seen);
        ArgumentNullException.ThrowIfNull(waits);
        if (AdoptByLabel(job, seen, waits) is { Count: > 0 } adopted)
            return adopted;

        List<JobAction> actions = [];
        foreach (var attempt in job.Attempts.Where(a => a.MayBill))
        {
            actions.AddRange(attempt.Strays.Where(s => s.DestroyedAt is null).Select(s => TearDownStray(attempt, s, seen, now, waits)));
            if (attempt is { RentRefusal: null, DestroyedAt: null, Vanished: false, Released: null })
                actions.Add(DecideAttempt(job, attempt, seen, now, waits));
        }

        if (job.Closed is null && NextRent.Decide(job, seen, now, waits) is { } next)
            actions.Add(next);
        else if (actions.Count == 0 && job.Closed is null)
            actions.Add(Close(job, seen, now, waits));
        return actions;
    }

    /// <summary>A rental with our label that the journal does not know was made by an answer that got lost.</summary>
    private static List<JobAction> AdoptByLabel(JobState job, Observation seen, Waits waits)
    {
        List<JobAction> found = [];
        foreach (var attempt in job.Attempts)
        {
            var id = attempt.RentalId;
            foreach (var rental in seen.Listing.Rentals?.WithIdOrLabel(id, attempt.Label) ?? [])
            {
                // No answer to a rent got lost: another one with this label was given it by hand, and is nobody's to destroy.
                if (job.IsAdopted && (rental.Id != id || attempt.Released is not null))
                    continue;
                var stray = attempt.Strays.FirstOrDefault(s => s.RentalId == rental.Id);
                if (rental.Id == id && !IsBack(attempt.DestroyedAt ?? (attempt.Vanished ? attempt.VanishedAt : null)))
                    continue;
                if (stray is not null && !IsBack(stray.DestroyedAt))
                    continue;
                found.Add(new Record(
                    id is null && IsLate(attempt) ? new PayloadIntended(attempt.Number)
                    : id is null ? new Rented(attempt.Number, rental.Id, Adopted: true)
                    : rental.Id == id ? new RentalChanged(attempt.Number, id, rental.Status, rental.Evidence, seen.Listing.Pushed)
                    : new StrayFound(attempt.Number, rental.Id)));
                id ??= rental.Id;
            }
        }

        return found;

        // A server that lives gives up looking long before: this journal may be a backup from before the answer, and the rental may have worked since.
        bool IsLate(AttemptState attempt) => attempt is { RentRefusal: null, RentUnclearAt: null, PayloadIntended: false } && seen.Listing.At - attempt.RentIntendedAt > waits.RentCall + waits.RentShows;

        // Believed gone, and shown long after: it bills, whatever was believed.
        bool IsBack(DateTimeOffset? goneAt) => seen.Listing.At - goneAt > waits.DestroySettles;
    }

    private static JobAction TearDownStray(AttemptState attempt, StrayState stray, Observation seen, DateTimeOffset now, Waits waits)
    {
        if (seen.Gone.Contains(stray.RentalId) && stray.DestroyIntendedAt is not null)
            return new ConfirmDestroyed(attempt.Number, stray.RentalId);
        if (stray.DestroyIntendedAt is null && seen.Listing.Rentals is null)
            return new Wait(TimeSpan.FromSeconds(5), $"the platform does not say just now whether {stray.RentalId} is still there");
        return stray.DestroyIntendedAt is { } since && now - since < waits.AskAgainAfter(stray.DestroysAsked)
            ? new Wait(TimeSpan.FromSeconds(2), $"until {stray.RentalId} is really gone")
            : new DestroyRental(attempt.Number, stray.RentalId);
    }

    private static JobAction DecideAttempt(JobState job, AttemptState attempt, Observation seen, DateTimeOffset now, Waits waits)
    {
        if (attempt.RentalId is not { } id)
            return LookForRental(attempt, seen.Listing, waits);

        var rental = seen.Listing.Rentals?.WithId(id);
        if (attempt.DestroyIntendedAt is { } since)
        {
            if (seen.Gone.Contains(id))
                return new ConfirmDestroyed(attempt.Number, id);
            // Whoever made it may go on with it: it can be let go again, and when it goes later, Lodger was not the one who ended it.
            if (job.IsAdopted && rental is not null && seen.Listing.At - since > waits.DestroySettles)
                return new Record(new DestroyUnseen(attempt.Number, id));
            if (now - since < waits.AskAgainAfter(attempt.DestroysAsked))
                return new Wait(TimeSpan.FromSeconds(2), $"until {id} is really gone");
            if (!attempt.PayloadIntended)
                return new DestroyRental(attempt.Number, id);
            // Still there: the destroy may never have been sent, so it passes the gate again as things are now.
        }

        if (rental is null)
        {
            return HasVanished(attempt, id, seen, waits)
                ? new Record(new RentalVanished(attempt.Number, id, seen.MarketNow))
                : new Wait(TimeSpan.FromSeconds(5), seen.Listing.Rentals is null
                    ? "until the platform's list of rentals is read; nothing is concluded meanwhile"
                    : $"the platform does not show {id} just now: unknown, nothing is concluded");
        }

        if (rental.Status != attempt.LastStatus)
            return new Record(new RentalChanged(attempt.Number, id, rental.Status, rental.Evidence, seen.Listing.Pushed));
        if (attempt is { StopIntendedAt: not null, StopFirstAskedAt: { } stopAsked, StoppedAt: null }
            && seen.Listing.At > stopAsked
            && rental.Status is RentalStatus.Stopped or RentalStatus.Preempted or RentalStatus.Exited)
            return new Record(new RentalStopped(attempt.Number, rental.StartedAt));

        var situation = new Situation(job, attempt, rental, seen, now, waits);
        // Money is counted by the platform: a machine that does not answer goes on costing, and so does the disk of one that does not run.
        if (BudgetHold.Reached(situation) is { } reached)
            return reached;
        if (job.IsAdopted && AdoptStage.TakenByAnother(situation) is { } another)
            return another;
        if (job.IsAdopted && !attempt.IsOver && !(attempt.IsAbandoned && attempt.Taken))
            return AdoptStage.Decide(situation);
        if (attempt.IsAbandoned)
            return EndStage.Destroy(situation);
        if (attempt is { PayloadIntended: true, IsOver: false } && job is { Current: { } newer } && !situation.IsCurrent)
            return LeftFor(newer, situation);
        if (!attempt.PayloadIntended && (attempt.GivenUp is not null || !situation.IsCurrent || job.Closed is not null))
            return EndStage.TearDownUnused(situation);
        if (attempt.IsOver)
            return EndStage.Decide(situation);
        return attempt.PayloadDeliveredAt is null ? BootStage.Decide(situation) : RunStage.Decide(situation);
    }

    /// <summary>It was believed gone, and its work was given to another rental: it is stopped, fenced and looked into through its host, as every rental that the work has left.</summary>
    private static Record LeftFor(AttemptState newer, Situation s) => new(new MoveDecided(
        s.Attempt.Number, $"{s.RentalId} was believed gone and is there again.", $"The work goes on on attempt {newer.Number}.", [], newer.Offer ?? s.Job.Submission.Offer, newer.BidUsdPerHour, null));

    /// <summary>Neither listed nor found when asked for by id, and not so fresh that it may be invisible.</summary>
    private static bool HasVanished(AttemptState attempt, string id, Observation seen, Waits waits) =>
        seen.Listing.Rentals is not null && seen.Gone.Contains(id) && seen.Listing.At - attempt.RentedAt >= waits.RentShows;

    private static JobAction LookForRental(AttemptState attempt, Listing listing, Waits waits)
    {
        var madeBefore = attempt.RentUnclearAt ?? (attempt.RentIntendedAt + waits.RentCall);
        if (listing.Rentals is not null && listing.At - madeBefore >= waits.RentShows)
        {
            return new Record(new RentRefused(attempt.Number, new Problem(
                RentLost,
                $"The rent of offer {attempt.OfferId} got no answer, and no rental with the label {attempt.Label} appeared.",
                "",
                ExitCode.Unknown)));
        }

        return new Wait(TimeSpan.FromSeconds(1), $"looking for the rental with the label {attempt.Label}");
    }

    /// <summary>Nothing of the job bills any more, or nothing was rented yet.</summary>
    private static JobAction Close(JobState job, Observation seen, DateTimeOffset now, Waits waits)
    {
        var last = job.Current;
        if (job.IsHeld)
            return new Wait(TimeSpan.FromMinutes(1), BudgetHold.Sentence(job));
        if (job.Cancel is not null || (last is not null && !NextRent.IsDue(job, now, waits)))
            return new Record(Closing.Of(job));
        return last is null && now - job.SubmittedAt > waits.Submit
            ? new Record(Closing.NeverRented(job))
            : new Wait(TimeSpan.FromSeconds(5), "the platform does not say what is rented: nothing is rented on top of that");
    }
}
