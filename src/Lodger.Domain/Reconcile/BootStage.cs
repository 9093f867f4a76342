using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Reconcile;

/// <summary>From a contract to a machine that has everything it needs: bounded at every step, because it bills meanwhile.</summary>
internal static class BootStage
{
    /// <summary>Prices are rounded on their way through the platform; more than this is another price.</summary>
    private const decimal PriceTolerance = 1.05m;

    public static JobAction Decide(Situation s)
    {
        if (s.WantsEnd && !s.Attempt.PayloadIntended)
            return GiveUp(s, "cancelled", "Cancelled before anything was sent.", "");
        if (s.Job.Budget is not null && !s.Attempt.PayloadIntended)
            return GiveUp(s, BudgetHold.Id, "The job's budget was reached before anything was sent.", "");
        if ((BudgetHold.Hold(s) ?? BudgetHold.GoOn(s)) is { } held)
            return held;
        return s.Rental!.Status switch
        {
            RentalStatus.Running => OnRunning(s),
            // What the platform calls unknown does not come up by itself; an answer that cannot be read passes, and a machine can be asked.
            RentalStatus.Unknown when s.Attempt.PayloadIntended => OnRunning(s),
            RentalStatus.Unknown when s.Seen.Listing.At - s.Attempt.LastStatusAt <= s.Waits.Boot =>
                new Wait(TimeSpan.FromSeconds(5), $"the platform does not say clearly what the rental does: {s.Rental.Evidence}"),
            _ when s.Attempt.PayloadIntended && s.IsFlexible => PreemptStage.Decide(s),
            _ when s.Attempt.PayloadIntended => OnInterrupted(s),
            RentalStatus.Provisioning or RentalStatus.Loading => WaitForBoot(s),
            RentalStatus.Scheduling when s.Seen.Listing.At - s.Attempt.LastStatusAt <= s.Waits.Scheduling => new Wait(TimeSpan.FromSeconds(2), "the rental waits for its GPU"),
            RentalStatus.Preempted when s.IsFlexible && StopDiagnosis.Of(s.Rental, s.Attempt, s.Seen, s.Now, s.Waits).Kind == StopKind.Outbid => GiveUp(
                s, NextRent.OutbidBeforeStart, $"Rental {s.RentalId} was outbid before the command ran ({s.Rental.Evidence}).", "To bid more, or to rent on demand, change  rent:  and run again."),
            _ => GiveUp(
                s,
                "rental-did-not-start",
                $"Rental {s.RentalId} did not start: it is {s.Rental.Status.ToString().ToLowerInvariant()} ({s.Rental.Evidence}).",
                "Run again with another offer: lodger offers"),
        };
    }

    private static JobAction WaitForBoot(Situation s)
    {
        // As the platform showed it, and not since: a listing of thousands of rentals has a turn longer than a boot.
        var took = s.Seen.Listing.At - s.Attempt.RentedAt;
        var getsOn = s.Seen.EvidenceSince is { } since && s.Now - since < s.Waits.BootQuiet && took <= s.Waits.LongestBoot && since > s.Attempt.LastStatusAt;
        return took <= s.Waits.Boot || getsOn
            ? new Wait(TimeSpan.FromSeconds(1), $"booting: {s.Rental!.Evidence}")
            : GiveUp(
                s,
                NextRent.BootNeverCame,
                $"Rental {s.RentalId} was still {s.Rental!.Status.ToString().ToLowerInvariant()} after {took!.Value.TotalMinutes:0.#} min and showed no progress ({s.Rental.Evidence}).",
                "Run again on a host with a faster link, or with a slimmer image: lodger offers");
    }

    /// <summary>
    /// It stopped running in the middle of sending, so the job never began. Nothing is started behind anybody's back; when its end is
    /// asked for, the attempt is over and the gate sees to the rest.
    /// </summary>
    private static JobAction OnInterrupted(Situation s) =>
        s.WantsEnd
            ? NeverBegan(s, $"the rental was {s.Rental!.Status.ToString().ToLowerInvariant()} before everything was sent")
            : new Wait(
                TimeSpan.FromSeconds(15),
                $"rental {s.RentalId} is {s.Rental!.Status.ToString().ToLowerInvariant()} in the middle of sending ({s.Rental.Evidence}). To give it up: lodger down {s.Job.Name}");

    private static Record NeverBegan(Situation s, string why) => new(new JobEnded(s.Attempt.Number, EndReason.Refused, null, why));

    private static JobAction OnRunning(Situation s)
    {
        if (!s.Attempt.PayloadIntended && Mismatch(s, s.Rental!) is { } mismatch)
            return GiveUp(s, "rental-differs", mismatch, "Run again with another offer: lodger offers");
        var since = s.Attempt.RunningSeenAt ?? s.Now;
        if (s.BoxProblem is { } failed && s.Attempt.PayloadIntendedAt is { } begun && (!failed.MayRetry || s.Now - s.Since(begun) > s.Waits.Send))
            return NeverBegan(s, $"it could not be sent what it needs: {failed.Message}");
        if (s.BoxProblem is { } problem && !s.Attempt.PayloadIntended && (!problem.MayRetry || s.Now - since > s.Waits.Reach))
        {
            return GiveUp(
                s,
                "box-unreachable",
                $"Rental {s.RentalId} runs but cannot be used over ssh: {problem.Message}",
                problem.Fix.Length > 0 ? problem.Fix : "Run again with another offer: lodger offers");
        }

        if (!s.Attempt.Reached)
            return new Reach(s.Attempt.Number);
        if (!s.Attempt.RoundTripped)
            return new ProveRoundTrip(s.Attempt.Number);
        return Handover.Blocks(s) is { } wait ? wait : new SendPayload(s.Attempt.Number);
    }

    /// <summary>What was rented must be what was paid for.</summary>
    private static string? Mismatch(Situation s, Rental got)
    {
        var asked = s.Job.Submission;
        if (got.Interruptible != (s.Attempt.BidUsdPerHour is not null))
            return got.Interruptible ? $"Rental {got.Id} came as interruptible although on-demand was asked for." : $"Rental {got.Id} came as on-demand although a bid was made.";
        if (got.GpuCount < asked.Spec.Gpu.Count)
            return $"Rental {got.Id} has {got.GpuCount} GPU, {asked.Spec.Gpu.Count} were asked for.";
        var agreed = s.Attempt.BidUsdPerHour ?? s.OfferOfAttempt.GpuUsdPerHour;
        if (got.GpuUsdPerHour > agreed * PriceTolerance)
            return $"Rental {got.Id} bills ${got.GpuUsdPerHour:0.000}/h for its GPU, ${agreed:0.000}/h was agreed to.";
        return asked.Spec.Gpu.MinMemoryGb is { } gb && got.GpuMemoryMb < gb * 1000
            ? $"Rental {got.Id} has {got.GpuName} with {got.GpuMemoryMb} MB each, {gb} GB were asked for."
            : null;
    }

    private static Record GiveUp(Situation s, string id, string message, string fix) =>
        new(new AttemptGivenUp(s.Attempt.Number, new Problem(id, message, fix, id switch { "cancelled" => ExitCode.Cancelled, BudgetHold.Id => ExitCode.BudgetReached, _ => ExitCode.RentalUnusable })));
}
