using Lodger.Domain.Jobs;
using Lodger.Domain.Market;

namespace Lodger.Domain.Reconcile;

/// <summary>
/// A rental that somebody else made: it gets our label, and then only what a person named is read from it. Nothing on it is written, started, stopped or moved: whoever started it does that.
/// </summary>
internal static class AdoptStage
{
    public static JobAction Decide(Situation s)
    {
        var number = s.Attempt.Number;
        if (!s.Attempt.Taken)
            return s.Rental!.Status == RentalStatus.Running || s.Attempt.IsAbandoned ? new TakeOver(number, s.RentalId, s.Attempt.Label) : NotRunning(s);
        return new Record(new JobEnded(number, EndReason.Adopted, null, ""));
    }

    /// <summary>What carries another label than the one that this job gave it is somebody else's by now: of two that took it over at once, the one whose label stands has it. Null: it carries ours, or may.</summary>
    public static JobAction? TakenByAnother(Situation s)
    {
        // A listing need not show our own label at once, nor one of what is on its way out.
        if (s.Rental!.Label == s.Attempt.Label || s.Attempt.DestroyIntendedAt is not null || !(s.Seen.Listing.At - s.Attempt.TakenAt > s.Waits.RentShows))
            return null;
        return new AskWhose(s.Attempt.Number, s.RentalId);
    }

    /// <summary>Nothing is destroyed that does not show our label, for whatever reason. Null: it does.</summary>
    public static JobAction? MayBeAnothers(Situation s) =>
        s.Rental!.Label == s.Attempt.Label ? null : new Wait(TimeSpan.FromSeconds(2), $"the platform is asked once more whose {s.RentalId} is");

    /// <summary>What it costs meanwhile, and that Lodger leaves that to whoever started it.</summary>
    public static Wait NotRunning(Situation s)
    {
        var (wait, why) = s.Rental!.Status switch
        {
            RentalStatus.Unknown => (5, "the platform's answer about the rental cannot be read"),
            RentalStatus.Offline => (15, "its host is offline: nothing bills meanwhile, and Lodger goes on when it is back"),
            RentalStatus.Provisioning or RentalStatus.Loading => (2, $"it is booting: {s.Rental.Evidence}"),
            var status => (
                15,
                $"rental {s.RentalId} is {status.ToString().ToLowerInvariant()} ({s.Rental.Evidence}). {Bills(s)}. Lodger does not start what it did not start, and moves it nowhere: start it where you started it, and this goes on by itself. {WaysOut(s.Job, s.RentalId)}"),
        };
        return new Wait(TimeSpan.FromSeconds(wait), why);
    }

    /// <summary>There is always one.</summary>
    public static string WaysOut(JobState job, string rentalId) => $"To let it go as it is: lodger adopt --release {rentalId}; to give up what is on it: lodger down {job.Name} --abandon-data";

    public static string Bills(Situation s) => Bills(s.Rental!);

    public static string Bills(Rental rental) => rental switch
    {
        { Status: RentalStatus.Running } r => $"It bills ${r.GpuUsdPerHour + r.DiskUsdPerHour:0.000#}/h until it is destroyed, or stopped where you started it",
        var r => $"Its disk bills ${r.DiskUsdPerHour:0.000#}/h until it is destroyed",
    };
}
