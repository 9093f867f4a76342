using Lodger.Domain.Jobs;
using Lodger.Domain.Market;

namespace Lodger.Domain.Reconcile;

/// <summary>Why a rental does not run, as far as it can be told apart from outside; with the sentence that people read.</summary>
/// <param name="NeedsPerson">Somebody stopped it on purpose, or the account is empty: going on elsewhere would be against their will, or impossible.</param>
public sealed record StopDiagnosis(StopKind Kind, string Sentence, bool NeedsPerson)
{
    public static StopDiagnosis Of(Rental rental, AttemptState attempt, Observation seen, DateTimeOffset now, Waits waits)
    {
        ArgumentNullException.ThrowIfNull(rental);
        ArgumentNullException.ThrowIfNull(attempt);
        ArgumentNullException.ThrowIfNull(seen);
        ArgumentNullException.ThrowIfNull(waits);
        var kind = KindOf(rental, attempt, seen);
        var id = rental.Id;
        var says = $"({rental.Evidence})";
        var sentence = kind switch
        {
            StopKind.Outbid when OthersAreFree(rental, attempt, seen) =>
                $"{id} was preempted {says}: other GPUs of its machine are free for less than the bid of ${attempt.BidUsdPerHour:0.000}/h, so somebody seems to have its very own; if you stopped it yourself,  lodger down  ends the job.",
            StopKind.Outbid => $"{id} was preempted: somebody pays more than the bid of ${attempt.BidUsdPerHour:0.000}/h {says}.",
            StopKind.BalanceWasEmpty => $"{id} was stopped while the account's balance was used up {says}.",
            StopKind.StoppedElsewhere => $"{id} was stopped, not by Lodger {says}; its disk goes on billing.",
            StopKind.WaitsForGpu => $"{id} waits for its own GPU since {Minutes(now - attempt.LastStatusAt)} {says}: another tenant has it.",
            StopKind.HostOffline => $"The host of {id} is offline {says}: nothing bills meanwhile.",
            StopKind.ContainerExited => $"The container of {id} has exited {says}.",
            StopKind.ImageCannotStart => $"The image cannot start on {id} {says}.",
            StopKind.ContractEnded => $"The contract of {id} has ended {says}: it cannot be started again, and its data may be deleted {waits.ContractGrace.TotalHours:0} hours later.",
            StopKind.BalanceEmpty => $"The account's balance is used up, and {id} was stopped {says}. Add credit: the platform deletes data of accounts that stay empty.",
            _ => $"{id} does not run {says}.",
        };
        return new(kind, sentence, kind is StopKind.StoppedElsewhere or StopKind.BalanceEmpty);
    }

    private static StopKind KindOf(Rental rental, AttemptState attempt, Observation seen)
    {
        if (rental.ContractEnd is { } end && seen.MarketNow is { } market && market >= end)
            return StopKind.ContractEnded;
        if (seen.BalanceUsd <= 0 && rental.Status is RentalStatus.Stopped or RentalStatus.Preempted)
            return StopKind.BalanceEmpty;
        if (seen.BalanceEmptyAt > attempt.LastStatusAt && rental.Status is RentalStatus.Stopped or RentalStatus.Preempted)
            return StopKind.BalanceWasEmpty;
        return rental.Status switch
        {
            RentalStatus.Offline => StopKind.HostOffline,
            RentalStatus.Scheduling => StopKind.WaitsForGpu,
            RentalStatus.Exited => StopKind.ContainerExited,
            RentalStatus.CannotStart => StopKind.ImageCannotStart,
            RentalStatus.Stopped => StopKind.StoppedElsewhere,
            RentalStatus.Preempted => IsFreeForTheBid(rental, attempt, seen) ? StopKind.StoppedElsewhere : StopKind.Outbid,
            _ => StopKind.Unclear,
        };
    }

    /// <summary>
    /// A paused bid and a bid that its owner stopped look the same in every status field. But a bid that would win today was not outbid: then
    /// its machine stands on offer for less than what is bid. Where that is not the whole machine, the offer may be of its other GPUs, and the rental waits for its own.
    /// </summary>
    private static bool IsFreeForTheBid(Rental rental, AttemptState attempt, Observation seen) =>
        seen.Offers is { } offers && seen.OffersAt > attempt.LastStatusAt + TimeSpan.FromMinutes(2) && attempt.BidUsdPerHour is { } bid
        && offers.Any(o => o.IsWholeMachine && o.MachineId == rental.MachineId && o.GpuCount == rental.GpuCount && o.MinBidUsdPerHour < bid);

    /// <summary>Then somebody else has its own GPUs, or a person stopped it: from outside the two look the same.</summary>
    private static bool OthersAreFree(Rental rental, AttemptState attempt, Observation seen) =>
        seen.Offers is { } offers && attempt.BidUsdPerHour is { } bid && offers.Any(o => o.MachineId == rental.MachineId && o.GpuCount == rental.GpuCount && o.MinBidUsdPerHour < bid);

    private static string Minutes(TimeSpan? time) => time is { } t ? t.TotalMinutes >= 1 ? $"{t.TotalMinutes:0} min" : $"{t.TotalSeconds:0} s" : "a while";
}

/// <summary>What ended or paused a rental.</summary>
public enum StopKind
{
    Unclear,

    /// <summary>Paused because somebody pays more; resumes by itself.</summary>
    Outbid,

    /// <summary>A person, in the console or with another client.</summary>
    StoppedElsewhere,

    /// <summary>Its very own GPUs are taken.</summary>
    WaitsForGpu,

    HostOffline,
    ContainerExited,
    ImageCannotStart,
    ContractEnded,
    BalanceEmpty,

    /// <summary>For that, and there is credit again: nobody's will is against going on.</summary>
    BalanceWasEmpty,
}
