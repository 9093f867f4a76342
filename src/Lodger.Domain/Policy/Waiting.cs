namespace Lodger.Domain.Policy;

/// <summary>Waiting, priced together with what is done when it is given up.</summary>
/// <param name="GiveUpHours">From now; 0 when waiting is not worth its first minute, or may not be.</param>
/// <param name="Back">Chance that the machine is back by then.</param>
/// <param name="Usd">Expected, to the end of the job.</param>
/// <param name="FinishHours">Expected end, hours from now.</param>
internal sealed record Wait(double GiveUpHours, double Back, double Usd, double FinishHours);

/// <summary>
/// When to stop waiting: the chance of return falls with age, so wait while hazard(age) x (what a move costs more than a return) exceeds what an hour of waiting costs, then move.
/// </summary>
internal static class Waiting
{
    /// <summary>A machine on which our bid would win now is about to resume; the factor is assumed.</summary>
    private const double OurBidWins = 4;

    /// <summary>With nothing else to do there is no moment to give up; prices look no further than this.</summary>
    private const double HorizonHours = 24 * 7;

    public static Chance Return(PreemptionFacts f)
    {
        var prior = f.HostOffline ? Chance.OfHostReturn : Chance.OfReturn.Seen(f.ReturnsSoFar, Moving.Hours(f.PausedSoFar));
        return prior.Times(PriceFactor(f)).Aged(Moving.Hours(f.Now - f.PreemptedAt));
    }

    /// <param name="fallback">What is done when waiting is given up; null: nothing else can be done.</param>
    /// <param name="capHours">The longest that may be waited from now: patience and deadline.</param>
    /// <param name="laterPerHour">What an hour of delay is worth, USD.</param>
    public static Wait Price(PreemptionFacts f, Move? fallback, double capHours, double laterPerHour)
    {
        var (backUsd, backHours) = AfterReturn(f);
        var chance = Return(f);
        var perHour = f.HostOffline ? 0 : (double)f.OldDiskUsdPerHour;
        var gain = fallback is { } other ? other.Usd - backUsd + (laterPerHour * (other.FinishHours - backHours)) : double.PositiveInfinity;
        var worth = gain > 0 ? chance.HoursUntil((perHour + laterPerHour) / gain) : 0;
        var giveUp = Math.Clamp(Math.Min(worth, capHours), 0, HorizonHours);
        // Less than a tick is no waiting.
        if (giveUp < f.Tick.TotalHours)
            giveUp = 0;
        // As an alternative that is not taken, it is shown for an hour.
        var until = giveUp > 0 ? giveUp : 1;
        var notBack = chance.NotWithin(until);
        var waited = chance.MeanWait(until);
        var elseUsd = fallback?.Usd ?? backUsd;
        var elseHours = fallback?.FinishHours ?? backHours;
        return new(
            giveUp,
            1 - notBack,
            ((1 - notBack) * backUsd) + (notBack * elseUsd) + (perHour * waited),
            waited + ((1 - notBack) * backHours) + (notBack * elseHours));
    }

    private static (double Usd, double Hours) AfterReturn(PreemptionFacts f)
    {
        var work = Moving.Hours(f.WorkLeft) + Moving.Hours(f.ReworkOnReturn);
        var lost = Moving.LostHours(f);
        var lasts = f.OldMachineMinBid is { } least && least <= f.OldUsdPerHour ? Bidding.Lasts(f.OldUsdPerHour, least) : 1;
        var preempted = work / (Preemptions.Of(f.PreemptionsSoFar, f.PaidRunTimeSoFar).Mean.TotalHours * lasts);
        var home = Moving.HomeHours(f);
        var hours = work + home + (preempted * (lost + Moving.PauseHours(f)));
        var usd = ((double)f.OldUsdPerHour * (work + home + (preempted * lost)))
            + ((double)f.OldDiskUsdPerHour * hours)
            + (Moving.Gb(f.CheckpointBytes + f.ResultBytes) * (double)f.OldUploadUsdPerGb);
        return (usd, hours);
    }

    /// <summary>The further our bid lies below what would run now, the less likely is a return: assumed proportional.</summary>
    private static double PriceFactor(PreemptionFacts f) => f.OldMachineMinBid switch
    {
        null or <= 0 => 1,
        _ when f.HostOffline => 1,
        { } least when least <= f.OldUsdPerHour => OurBidWins,
        { } least => Math.Clamp((double)(f.OldUsdPerHour / least), 0.05, 1),
    };
}
