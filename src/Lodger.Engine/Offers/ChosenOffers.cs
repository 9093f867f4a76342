using System.Collections.Frozen;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;

namespace Lodger.Engine.Offers;

/// <summary>
/// Offers that jobs of one account go for. A list of offers shows them until they are rented, and jobs that lose their machines together
/// would all choose the same one: all but the first would be told that it is gone, or take it from each other.
/// </summary>
internal sealed class ChosenOffers
{
    /// <summary>No decision rests on a list older than this, and a job that could not rent for so long leaves the offer to others.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Choice> byOffer = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> byJob = new(StringComparer.Ordinal);
    private readonly Queue<(string Offer, DateTimeOffset Until)> settled = [];

    /// <summary>How many offers are remembered.</summary>
    public int Known
    {
        get
        {
            lock (gate)
                return byOffer.Count;
        }
    }

    /// <summary>The offer that a job is about to rent or is renting; null: none.</summary>
    public static string? Of(JobState job) => job switch
    {
        { Closed: not null } or { IsAdopted: true } => null,
        { Current: null } => job.Submission.Offer.Id,
        { Current.Move: { } move } => move.Offer.Id,
        { Current: { RentalId: null, RentRefusal: null, GivenUp: null } trying } => trying.OfferId,
        _ => null,
    };

    /// <summary>What a job goes for by its journal, also when another job does: a person chose it, or it was decided before a restart.</summary>
    public void Set(string jobId, string? offerId, DateTimeOffset now)
    {
        lock (gate)
            Put(jobId, offerId, now);
    }

    /// <summary>For a job that chose from a list; false: another job of the account was first.</summary>
    /// <param name="listedAt">When the list was asked for, or the list of the account's rentals where that is older: what is in neither may be taken.</param>
    public bool TryChoose(string jobId, string offerId, DateTimeOffset listedAt, DateTimeOffset now)
    {
        lock (gate)
        {
            if (IsTaken(offerId, jobId, listedAt, now))
                return false;
            Put(jobId, offerId, now);
            return true;
        }
    }

    /// <summary>What in a list the other jobs go for, or got since it was asked for.</summary>
    public IReadOnlySet<string> HeldFrom(string jobId, IReadOnlyList<Offer> offers, DateTimeOffset listedAt, DateTimeOffset now)
    {
        if (now - listedAt > Kept)
            return FrozenSet<string>.Empty;
        lock (gate)
            return byOffer.Count == 0 ? FrozenSet<string>.Empty : offers.Select(o => o.Id).Where(id => IsTaken(id, jobId, listedAt, now)).ToHashSet(StringComparer.Ordinal);
    }

    private bool IsTaken(string offerId, string jobId, DateTimeOffset listedAt, DateTimeOffset now) =>
        now - listedAt <= Kept && byOffer.TryGetValue(offerId, out var choice) && choice.JobId != jobId && (choice.Until is { } until ? listedAt <= until : now - choice.Since <= Kept);

    private void Put(string jobId, string? offerId, DateTimeOffset now)
    {
        if (byJob.TryGetValue(jobId, out var before))
        {
            if (before == offerId)
                return;
            byJob.Remove(jobId);
            if (byOffer.TryGetValue(before, out var choice) && choice.JobId == jobId)
            {
                byOffer[before] = choice with { Until = now };
                settled.Enqueue((before, now));
            }
        }

        while (settled.TryPeek(out var oldest) && now - oldest.Until > Kept)
        {
            settled.Dequeue();
            if (byOffer.TryGetValue(oldest.Offer, out var choice) && choice.Until == oldest.Until)
                byOffer.Remove(oldest.Offer);
        }

        if (offerId is null)
            return;
        byJob[jobId] = offerId;
        if (!byOffer.TryGetValue(offerId, out var other) || other.Until is not null || now - other.Since > Kept)
            byOffer[offerId] = new Choice(jobId, now, null);
    }

    /// <param name="Until">When it was rented, or given up: a list that was asked for later tells the truth. Null: it is being gone for.</param>
    private sealed record Choice(string JobId, DateTimeOffset Since, DateTimeOffset? Until);
}
