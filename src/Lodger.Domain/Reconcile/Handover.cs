using Lodger.Domain.Jobs;
using Lodger.Domain.Market;

namespace Lodger.Domain.Reconcile;

/// <summary>
/// From one rental to the next: there are never two live attempts of one job. The new machine gets its payload when the old one is stopped and
/// fenced and what it held is here, or when its host cannot be reached, the stop was asked for, and waiting longer would only cost.
/// </summary>
internal static class Handover
{
    /// <summary>
    /// The work that was left here is about to go on from the volume on which it lies: until it does, or cannot any more, what lies there is left where it is, and so is this rental.
    /// </summary>
    public static bool IsAwaitedOnVolume(Situation s)
    {
        var (job, old) = (s.Job, s.Attempt);
        if (old.Move is not { } move || job.Cancel is not null || job.Closed is not null || !job.IsOnVolume(old) || job.WentOnFromVolume(old))
            return false;
        return job.Current is { } now && now.Number > old.Number
            ? now is { MayBill: true, RentRefusal: null, GivenUp: null, Ended: null } && job.IsOnVolume(now)
            : move.Offer.MachineId == job.VolumeMachineId && NextRent.IsDue(job, s.Now, s.Waits);
    }

    /// <summary>Null when nothing stands in the way.</summary>
    public static Wait? Blocks(Situation s)
    {
        foreach (var old in s.Job.Attempts.Where(a => a.Number < s.Attempt.Number && a is { PayloadIntended: true, RentalId: not null, MayBill: true }))
        {
            if (!IsQuiet(s, old))
                return new Wait(TimeSpan.FromSeconds(1), $"until {old.RentalId} is stopped and fenced: two machines must never run one job");
            if (!IsRescued(s, old))
                return new Wait(TimeSpan.FromSeconds(1), $"until what {old.RentalId} holds is here: it may be newer than the copies");
        }

        return null;
    }

    private static bool IsQuiet(Situation s, AttemptState old) =>
        (old.StoppedAt is not null && (old.Fenced || GaveUp(s, old))) || (old.StopTaken && IsOutOfReach(s, old));

    private static bool IsRescued(Situation s, AttemptState old) => IsOnItsVolume(s, old) || old.Receipt is not null || old.Failure is not null || GaveUp(s, old) || IsOutOfReach(s, old);

    /// <summary>The new machine has the volume on which the old one worked: there is nothing to fetch.</summary>
    private static bool IsOnItsVolume(Situation s, AttemptState old) => s.Job.IsOnVolume(old) && s.Job.IsOnVolume(s.Attempt);

    /// <summary>The host's own ssh has failed for so long that the work goes on without what lies there.</summary>
    private static bool GaveUp(Situation s, AttemptState old) =>
        s.Seen.HostFailingSince.TryGetValue(old.Number, out var since) && s.Now - since > s.Waits.Rescue;

    /// <summary>Nothing runs on a host that is not connected; when it comes back, the stop that was asked for holds.</summary>
    private static bool IsOutOfReach(Situation s, AttemptState old) =>
        old.LastStatus == RentalStatus.Offline && s.Now - old.LastStatusAt > s.Waits.AskAgain && !IsBack(s, old);

    /// <summary>It is shown as something else in the same look, which the journal does not know yet.</summary>
    private static bool IsBack(Situation s, AttemptState old) =>
        s.Seen.Listing.Rentals?.WithId(old.RentalId) is { Status: not RentalStatus.Offline };
}
