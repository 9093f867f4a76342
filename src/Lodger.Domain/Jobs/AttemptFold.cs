using Lodger.Domain.Cadence;
using Lodger.Domain.Market;
using Lodger.Domain.Money;

namespace Lodger.Domain.Jobs;

/// <summary>What an event of the journal makes of the attempt that it is about.</summary>
internal static class AttemptFold
{
    public static AttemptState Fold(AttemptState a, AttemptEvent happened, DateTimeOffset at) => happened switch
    {
        RentRefused e => a.RentalId is null ? a with { RentRefusal = e.Problem } : a,
        RentUnclear => a with { RentUnclearAt = at },
        // A second id never replaces the first: the first would be forgotten and bill for ever.
        Rented e when a.RentalId is { } first && first != e.RentalId => WithStray(a, e.RentalId),
        Rented e => a with { RentalId = e.RentalId, RentedAt = a.RentedAt ?? at, RentRefusal = null },
        StrayFound e => WithStray(a, e.RentalId),
        RentalTaken => a with { TakenAt = a.TakenAt ?? at },
        RentalReleased e => a with { Released = e, Meter = a.Meter?.Close(null, e.MarketAt) },
        RentalChanged e => a with
        {
            RanBefore = e.Status is RentalStatus.Running or RentalStatus.Unknown || a.RunningSince is not { } since ? a.RanBefore : a.RanBefore + (at - since),
            Preemptions = IsPreemption(a, e) ? a.Preemptions + 1 : a.Preemptions,
            PreemptedRuns = IsPreemption(a, e) && a.RunningSince is { } began ? [.. a.PreemptedRuns.TakeLast(PreemptionHistory.Kept - 1), at - began] : a.PreemptedRuns,
            PausedSince = IsPreemption(a, e) ? at : e.Status == RentalStatus.Running && a.Move is null ? null : a.PausedSince,
            Pauses = e.Status == RentalStatus.Running && a is { Move: null, PausedSince: { } paused } ? [.. a.Pauses.TakeLast(PreemptionHistory.Kept - 1), at - paused] : a.Pauses,
            Raises = e.Status == RentalStatus.Running ? 0 : a.Raises,
            Approval = e.Status == RentalStatus.Running && a.RunningSince is null ? Lapsed(a) : a.Approval,
            LastStatus = e.Status,
            LastEvidence = e.Evidence,
            LastStatusAt = at,
            WaitSaid = false,
            RunningSeenAt = e.Status == RentalStatus.Running ? a.RunningSeenAt ?? at : a.RunningSeenAt,
            RunningSince = e.Status switch
            {
                RentalStatus.Running => a.RunningSince ?? at,
                RentalStatus.Unknown => a.RunningSince,
                _ => null,
            },
            UpSince = e.Status switch
            {
                RentalStatus.Running => a.UpSince ?? at,
                RentalStatus.Unknown or RentalStatus.Offline or RentalStatus.Preempted or RentalStatus.Scheduling => a.UpSince,
                _ => null,
            },
            // It runs again: that it had been stopped says nothing any more about what it holds.
            StoppedAt = e.Status == RentalStatus.Running ? null : a.StoppedAt,
            // Seen again: so it does exist.
            Vanished = false,
            DestroyedAt = null,
        },
        MeterRead e when e.RentalId == a.RentalId => a with { Meter = Metered(a.Meter, e) },
        MeterRead e => a with { Strays = [.. a.Strays.Select(s => s.RentalId == e.RentalId ? s with { Meter = Metered(s.Meter, e) } : s)] },
        RentalVanished e => a with { Vanished = true, VanishedAt = at, Meter = a.Meter?.Close(null, e.MarketAt) },
        AttemptGivenUp e => a with { GivenUp = e.Problem, GivenUpAt = at },
        BoxReached => a with { Reached = true },
        RoundTripProved => a with { RoundTripped = true },
        PayloadIntended => a with { PayloadIntended = true, PayloadIntendedAt = a.PayloadIntendedAt ?? at },
        PayloadDelivered => a with { PayloadDeliveredAt = at },
        JobStarted => a with { StartedAt = a.StartedAt ?? at },
        RunRestarted e => a with
        {
            FruitlessStarts = a.ContainerStarts == 0 || a.Preemptions != a.PreemptionsAtRestart || e.StepBefore > (a.StepReached ?? 0) ? 0 : a.FruitlessStarts + Math.Max(1, e.Starts - a.ContainerStarts),
            PreemptionsAtRestart = a.Preemptions,
            ContainerStarts = e.Starts,
            Restart = a.ContainerStarts == 0 ? a.Restart : e,
            StepReached = e.StepBefore ?? a.StepReached,
        },
        ResumeSeen e => a with { Restart = null, ResumeSaid = true, WentOnFromStep = a.ResumeSaid ? a.WentOnFromStep : e.CheckpointStep },
        CadenceTold e => a with { Cadence = e, CadenceToldAt = at },
        DiskPruned e => a with { LastPrune = e },
        MirrorPaced e => a with { MirrorPace = e },
        CheckpointMirrored => a with { MirroredAt = at },
        WaitChosen => a with { WaitSaid = true },
        MoveDecided e => a with { Move = e, MovedAt = at, LeftOffline = a.LastStatus == RentalStatus.Offline, StepReached = e.StepReached ?? a.StepReached },
        FenceWritten => a with { Fenced = true },
        StallNoticed e => a with { Stall = e, StallAt = at },
        StallOver => a with { Stall = null, StallAt = null },
        EndIntended e => a with { EndIntended = a.EndIntended ?? e.Reason, EndFirstIntendedAt = a.EndFirstIntendedAt ?? at, EndIntendedAt = at },
        JobEnded e => a with { Ended = e, EndedAt = at },
        BundlePulled e => a with { Pulled = e },
        VerificationFailed e => a with { Failure = e, FailureAt = at, Receipt = null, DestroyIntendedAt = null, DestroysAsked = 0 },
        ReceiptIssued e => a with
        {
            Failure = null,
            Receipt = new ReceiptFact(e.ReceiptId, e.ManifestSha256, e.Files, e.Bytes, e.Loaded, e.HashOnly, e.Warnings, e.Path, at),
            Recheck = null,
            Approval = Lapsed(a),
            DestroyIntendedAt = null,
            DestroysAsked = 0,
        },
        // The machine holds something else than the receipt: the receipt is worth nothing and the gate is shut again.
        MachineRechecked e => a.Receipt is { } r && r.ManifestSha256 != e.ManifestSha256
            ? a with { Receipt = null, Recheck = (e.ManifestSha256, e.SeenAt ?? at), Reopened = a.Reopened + 1, DestroyIntendedAt = null, DestroysAsked = 0 }
            : a with { Recheck = (e.ManifestSha256, e.SeenAt ?? at) },
        BidRaiseIntended e => a with { PausedSince = null, BidUsdPerHour = e.ToUsdPerHour, RaiseIntendedAt = at, Raises = a.Raises + 1 },
        BidRaiseRefused => a with { RaiseRefused = true },
        // Stopped once more because it had run in between: what was seen of it before that says nothing now.
        StopTaken => a with { StopTaken = true },
        StopIntended => a with { PausedSince = a.Move is null ? null : a.PausedSince, StopIntendedAt = at, StopFirstAskedAt = a.StoppedAt is null && at - a.StopIntendedAt < AttemptState.AskedLately ? a.StopFirstAskedAt : at, StopsAsked = a.StoppedAt is null && at - a.StopIntendedAt < AttemptState.AskedLately ? a.StopsAsked + 1 : 1, StopTaken = false, StoppedAt = null, StartDateWhenStopped = null, Recheck = a.StoppedAt is null ? a.Recheck : null },
        RentalStopped e => a with { StoppedAt = at, StopsAsked = 0, StartDateWhenStopped = e.StartedAt },
        StartIntended => a with { PausedSince = null, StartIntendedAt = at, Starts = a.Starts + 1, HeldForBudget = false, StoppedAt = null, StopIntendedAt = null, StopsAsked = 0, StopTaken = false, EndIntendedAt = null, Reached = false, Recheck = null },
        Approved e => a with
        {
            Approval = new ApprovalFact(e.Ground, e.RentalId, e.ReceiptId, e.By, e.Names, at),
            Starts = e.Ground == ApprovalKind.Person ? 0 : a.Starts,
        },
        DestroyIntended e => e.RentalId == a.RentalId
            ? a with { DestroyIntendedAt = at, DestroysAsked = a.DestroyIntendedAt is null || at - a.DestroyIntendedAt < AttemptState.AskedLately ? a.DestroysAsked + 1 : 1, DestroyAskedMarketAt = e.MarketAt }
            : a with { Strays = [.. a.Strays.Select(s => s.RentalId == e.RentalId ? s with { DestroyIntendedAt = at, DestroysAsked = at - s.DestroyIntendedAt < AttemptState.AskedLately ? s.DestroysAsked + 1 : 1, DestroyAskedMarketAt = e.MarketAt } : s)] },
        // How often it was asked for stays: a person is told of a platform that does not obey.
        DestroyUnseen => a with { DestroyIntendedAt = null, DestroyAskedMarketAt = null },
        DestroyConfirmed e => e.RentalId == a.RentalId
            ? Destroyed(a, e, at)
            : a with { Strays = [.. a.Strays.Select(s => s.RentalId == e.RentalId ? Destroyed(s, e, at) : s)] },
        BudgetReached => a with { HeldForBudget = true },
        PruneIntended or NewerFound => a,
        _ => throw new ArgumentException($"No fold for {happened.GetType().Name}.", nameof(happened)),
    };

    /// <summary>What somebody else started goes by a yes to what lies there while it runs on: one from before it was stopped and started again, or before its receipt was issued anew, is none. That its data was given up stays said.</summary>
    private static ApprovalFact? Lapsed(AttemptState a) => a is { Taken: true, Approval.Ground: not ApprovalKind.DataAbandoned } ? null : a.Approval;

    /// <summary>It stopped running although the job was not over and nobody of ours asked for it.</summary>
    private static bool IsPreemption(AttemptState a, RentalChanged e) =>
        a.PayloadIntended && !a.IsOver && a.StopIntendedAt is null && a.LastStatus == RentalStatus.Running && e.Status is not (RentalStatus.Running or RentalStatus.Unknown);

    private static AttemptState Destroyed(AttemptState a, DestroyConfirmed e, DateTimeOffset at)
    {
        var meter = a.Meter?.Close(a.DestroyAskedMarketAt, e.MarketAt);
        return a with { DestroyedAt = at, FinalCharges = Said(e.Charges, meter), Meter = meter };
    }

    private static StrayState Destroyed(StrayState s, DestroyConfirmed e, DateTimeOffset at)
    {
        var meter = s.Meter?.Close(s.DestroyAskedMarketAt, e.MarketAt);
        return s with { DestroyedAt = at, FinalCharges = Said(e.Charges, meter), Meter = meter };
    }

    /// <summary>Platforms charge late: nothing at all for what billed is not a charge, it is one that is still to come.</summary>
    private static Charges? Said(Charges? charged, Meter? meter) => charged is { TotalUsd: 0 } && meter is { TotalUsd: > 0 } ? null : charged;

    private static Meter Metered(Meter? meter, MeterRead e) =>
        (meter ?? Meter.Begin(e.MadeAt ?? e.At, e.Rates)).Read(e.At, e.Before, e.Rates, e.Use, e.UploadedBytes, e.DownloadedBytes);

    /// <summary>A stray that is found again after it was confirmed destroyed does exist, and is destroyed again.</summary>
    private static AttemptState WithStray(AttemptState a, string rentalId) =>
        a with { Strays = [.. a.Strays.Where(s => s.RentalId != rentalId), new StrayState(rentalId, null, null) { Meter = a.Strays.FirstOrDefault(s => s.RentalId == rentalId)?.Meter }] };
}
