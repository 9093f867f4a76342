using Lodger.Domain.Jobs;
using Lodger.Domain.Market;

namespace Lodger.Domain.Reconcile;

/// <summary>
/// A rental that somebody else made, until its files can be fetched. It is labelled, spoken to, and told what to list. Nothing on it is started, stopped or moved: whoever started it does that.
/// </summary>
internal static class AdoptStage
{
    public static JobAction Decide(Situation s)
    {
        var number = s.Attempt.Number;
        if (s.Rental!.Status != RentalStatus.Running)
            return NotRunning(s);
        if (!s.Attempt.Taken)
            return new TakeOver(number, s.RentalId, s.Attempt.Label);
        if (!s.Attempt.Reached)
            return new Reach(number);
        if (!s.Attempt.RoundTripped)
            return new ProveRoundTrip(number);
        return s.Attempt.PayloadDeliveredAt is null ? new SendPayload(number) : new Record(new JobEnded(number, EndReason.Adopted, null, ""));
    }

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
                $"rental {s.RentalId} is {status.ToString().ToLowerInvariant()} ({s.Rental.Evidence}). {Bills(s)}. Lodger does not start what it did not start, and moves it nowhere: start it where you started it, and this goes on by itself. To give up what is on it: lodger down {s.Job.Name} --abandon-data"),
        };
        return new Wait(TimeSpan.FromSeconds(wait), why);
    }

    public static string Bills(Situation s) => s.Rental switch
    {
        { Status: RentalStatus.Running } r => $"It bills ${r.GpuUsdPerHour + r.DiskUsdPerHour:0.000}/h until it is destroyed, or stopped where you started it",
        { } r => $"Its disk bills ${r.DiskUsdPerHour:0.000}/h until it is destroyed",
        _ => "",
    };
}
