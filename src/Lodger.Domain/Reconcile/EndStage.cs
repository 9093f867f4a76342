using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Reconcile;

/// <summary>The command is over: bring home, verify, wait for a yes in the cheapest safe state, destroy.</summary>
internal static class EndStage
{
    /// <summary>A stopped rental is started again at most so often to fetch what it holds; each start bills its GPU.</summary>
    public const int MaxStarts = 3;

    public static JobAction Decide(Situation s)
    {
        // What runs the command now is another machine, or nobody wants it: this one is never asked over its own ssh again, only through its host.
        if (MustNotRun(s) is { } unwanted && s.Rental!.Status == RentalStatus.Running)
            return Stop(s, unwanted);
        if (s.Attempt.Receipt is { } receipt)
            return s.Job.BringHomeRequestedAt > receipt.At ? NeedMachine(s, "results were asked for again", new BringHome(s.Attempt.Number)) : OnReceipt(s, receipt);
        if (s.Attempt is { Failure: null, Reopened: >= AttemptState.MaxReopened })
        {
            return s.Rental!.Status == RentalStatus.Running && !s.Job.IsAdopted
                ? Stop(s, "files on the machine keep changing")
                : new Wait(TimeSpan.FromSeconds(10), $"files on the machine keep changing{(s.Job.IsAdopted ? "" : " after the job's end")}; the rental stays. When they are at rest: lodger pull {s.Job.Name}");
        }

        if (s.Attempt.Failure is null || s.Job.BringHomeRequestedAt > s.Attempt.FailureAt)
            return NeedMachine(s, "its results are not home yet", new BringHome(s.Attempt.Number));
        return IdleAtMost(s, s.AskedSince(s.Attempt.FailureAt!.Value), "a file did not pass the verification", needsRecheck: false)
            ?? new Wait(TimeSpan.FromSeconds(10), s.Attempt.Failure.IsUnmade(s.Job.Submission.Spec)
                ? $"the machine holds no file that {s.Attempt.Failure.Names()} of its results names; the rental stays. See: lodger doctor {s.Job.Name}"
                : $"verification failed; the rental stays. Try again with: lodger pull {s.Job.Name}");
    }

    /// <summary>The journal proves that the rental never held anything: the submission's own yes is enough.</summary>
    public static JobAction TearDownUnused(Situation s) =>
        TeardownGate.Judge(s.Job, s.Attempt, s.Rental, s.Seen.Listing.At, s.Now, s.Waits).IsOpen
            ? Destroy(s)
            : new Record(new Approved(s.Attempt.Number, ApprovalKind.NothingDelivered, s.RentalId, null, s.Job.Submission.ApprovedBy, []));

    public static JobAction Destroy(Situation s) => (s.Job.IsAdopted ? AdoptStage.MayBeAnothers(s) : null) ?? new DestroyRental(s.Attempt.Number, s.RentalId);

    /// <summary>Null when it was started too often. A start takes a while to show: it is not repeated at once, nor on a listing from before it had to show.</summary>
    public static JobAction? Start(Situation s, string why)
    {
        if (StartIsFresh(s))
            return new Wait(TimeSpan.FromSeconds(2), "until the rental has started");
        return s.Attempt.Starts < MaxStarts ? new StartRental(s.Attempt.Number, s.RentalId, why) : null;
    }

    /// <summary>A start does not bring it up: its contract is over, its image cannot start, it was started in vain too often, or somebody else has its GPU.</summary>
    public static bool WillNotRun(Situation s) => s.Rental!.Status switch
    {
        _ when s.Rental.ContractEnd is { } end && s.Seen.MarketNow >= end => true,
        RentalStatus.Stopped or RentalStatus.Preempted or RentalStatus.Exited => s.Attempt.Starts >= MaxStarts && !StartIsFresh(s),
        RentalStatus.Scheduling => s.Seen.Listing.At - s.Attempt.LastStatusAt > s.Waits.Scheduling,
        RentalStatus.Provisioning or RentalStatus.Loading => s.Seen.Listing.At - s.Attempt.LastStatusAt > s.Waits.Boot,
        RentalStatus.CannotStart => true,
        _ => false,
    };

    /// <summary>Why it is stopped whenever it runs, and never started; null: it may run.</summary>
    private static string? MustNotRun(Situation s) => s.Attempt switch
    {
        { Move: not null } => "its work has moved elsewhere",
        { Ended.Untold: true } => "its command was never told to end, and would run on",
        _ => null,
    };

    private static bool StartIsFresh(Situation s) => s.Attempt.StartIntendedAt is { } asked && s.Seen.Listing.At - asked < s.Waits.StartAgain;

    private static JobAction OnReceipt(Situation s, ReceiptFact receipt)
    {
        if (!TeardownGate.IsApproved(s.Job, s.Attempt))
            return OnNoYes(s, receipt);
        if (TeardownGate.Judge(s.Job, s.Attempt, s.Rental, s.Seen.Listing.At, s.Now, s.Waits).IsOpen)
            return Destroy(s);
        if (s.Attempt.StoppedAt is not null && !TeardownGate.IsShownAfterYes(s.Attempt, s.Seen.Listing.At))
            return new Wait(TimeSpan.FromSeconds(3), "the platform is asked once more whether the rental stayed stopped");
        return NeedMachine(s, "the machine must be asked once more before it is destroyed", new RecheckMachine(s.Attempt.Number));
    }

    private static JobAction OnNoYes(Situation s, ReceiptFact receipt)
    {
        var number = s.Attempt.Number;
        // A yes to what does not run would be void when it runs again: it is not asked for.
        if (s.Job.IsAdopted && s.Rental!.Status != RentalStatus.Running)
            return AdoptStage.NotRunning(s);
        if (TeardownGate.NothingWasMade(s.Attempt))
            return new Record(new Approved(number, ApprovalKind.NothingDelivered, s.RentalId, receipt.ReceiptId, s.Job.Submission.ApprovedBy, []));
        if (TeardownGate.MayStand(s.Job, receipt))
            return new Record(new Approved(number, ApprovalKind.Standing, s.RentalId, receipt.ReceiptId, s.Job.Submission.ApprovedBy, []));
        var since = s.AskedSince(receipt.At);
        return IdleAtMost(s, since, "no answer about destroying it", needsRecheck: true)
            ?? new Wait(TimeSpan.FromSeconds(5), $"your yes: lodger down {s.Job.Name}{StopsIn(s, since)}");
    }

    /// <summary>A job that has ended does not sit on a running GPU while nobody answers: after the wait the rental is stopped, its disk kept.</summary>
    private static JobAction? IdleAtMost(Situation s, DateTimeOffset since, string reason, bool needsRecheck)
    {
        // What somebody else started is not stopped behind their back: what it bills is said instead.
        var mayRun = s.Rental!.Status == RentalStatus.Running || (s.Rental.Status == RentalStatus.Unknown && s.Attempt.StoppedAt is null);
        if (s.Job.IsAdopted || !mayRun || s.Now - since < s.Waits.Approval)
            return null;
        var looked = s.Attempt.Recheck is { } recheck && s.Now - recheck.At <= s.Waits.RecheckValid;
        return needsRecheck && !looked && s.BoxProblem is null && !StopIsFresh(s)
            ? s.Attempt.Reached ? new RecheckMachine(s.Attempt.Number) : new Reach(s.Attempt.Number)
            : Stop(s, reason);
    }

    private static string StopsIn(Situation s, DateTimeOffset since) => s.Job.IsAdopted ? $". {AdoptStage.Bills(s)}" : s.Rental!.Status == RentalStatus.Running
        ? $". Without one the rental is stopped in {Math.Max(1, Math.Ceiling((s.Waits.Approval - (s.Now - since)).TotalMinutes)):0} min, so that only its disk bills"
        : "";

    public static JobAction Stop(Situation s, string reason) =>
        StopIsFresh(s) ? new Wait(TimeSpan.FromSeconds(2), "until the rental has stopped") : new StopRental(s.Attempt.Number, s.RentalId, reason);

    /// <summary>No listing is late enough to show that it did nothing.</summary>
    private static bool StopIsFresh(Situation s) => s.Attempt.StopIntendedAt is { } asked && s.Seen.Listing.At - asked < s.Waits.AskAgainAfter(s.Attempt.StopTaken ? s.Attempt.StopsAsked : 1);

    /// <summary>
    /// A paused bid cannot be started at will, a rental that the work has left must not be, and some do not come up again. What it holds is reached through its host, once it is
    /// told to stay stopped and carries the fence.
    /// </summary>
    private static JobAction ThroughHost(Situation s, JobAction then)
    {
        if (s.Attempt.StoppedAt is null)
            return Stop(s, "what it holds is fetched, and it must not come back by itself");
        if (s.Rental!.StartedAt is not { } started)
            return new Wait(TimeSpan.FromMinutes(1), $"the platform does not say when {s.RentalId} last started, so it cannot be told whether it ran since");
        if (started != s.Attempt.StartDateWhenStopped)
            return Stop(s, "it ran again since it was stopped");
        if (s.Attempt is { Move: not null, Fenced: false })
            return new WriteFence(s.Attempt.Number, s.RentalId);
        if (then is BringHome && Handover.IsAwaitedOnVolume(s))
            return new Wait(TimeSpan.FromSeconds(5), $"until its work has gone on from volume {s.Job.Submission.Spec.Volume!.Id}, on which it lies; {s.RentalId} stays until then");
        return then is RecheckMachine ? new RecheckFromHost(s.Attempt.Number, s.RentalId) : new BringHomeFromHost(s.Attempt.Number, s.RentalId);
    }

    /// <summary>Results cannot be written here, or only a person can say how they may come: a machine that was started for that would only bill its GPU. A person mends it, and says so.</summary>
    private static Problem? IsFullHere(Situation s) =>
        s.Seen.BoxProblem is { ExitCode: ExitCode.Prerequisite or ExitCode.ApprovalNeeded } here && !(s.Job.BringHomeRequestedAt > s.Seen.BoxProblemSince) && !(s.Attempt.Approval?.At > s.Seen.BoxProblemSince) ? here : null;

    /// <summary>Does <paramref name="then"/> on a running, reachable machine; starts a stopped one for it, boundedly.</summary>
    private static JobAction NeedMachine(Situation s, string why, JobAction then)
    {
        switch (s.Rental!.Status)
        {
            case not RentalStatus.Running when s.Job.IsAdopted:
                return AdoptStage.NotRunning(s);
            case RentalStatus.Running when MustNotRun(s) is { } unwanted:
                return Stop(s, unwanted);
            case RentalStatus.Offline or RentalStatus.Unknown when MustNotRun(s) is { } unwanted && !s.Attempt.StopTaken && !StopIsFresh(s):
                return Stop(s, $"{unwanted}, and it must not go on when its host is back");
            case RentalStatus.Stopped or RentalStatus.Preempted or RentalStatus.Exited or RentalStatus.Scheduling or RentalStatus.CannotStart
                when MustNotRun(s) is not null || s.Attempt.BidUsdPerHour is not null || WillNotRun(s):
            case RentalStatus.Provisioning or RentalStatus.Loading when WillNotRun(s):
                return ThroughHost(s, then);
            case RentalStatus.Unknown when s.Attempt.StoppedAt is null && MustNotRun(s) is null && then is BringHome:
            case RentalStatus.Running:
                // A broken pull goes on where it broke, so the patience counts from the last answer; but not for ever.
                var asked = s.Since(s.Attempt.OverAt!.Value, s.Attempt.Approval?.At);
                var since = s.Now - asked > s.Waits.BringHome ? asked : s.Since(asked, s.Seen.BoxProblemSince);
                if (s.BoxProblem is not null && IdleAtMost(s, since, "the machine cannot be spoken to", needsRecheck: false) is { } stop)
                    return stop;
                return s.Attempt.Reached || s.Job.IsAdopted ? then : new Reach(s.Attempt.Number);
            case RentalStatus.Stopped or RentalStatus.Preempted or RentalStatus.Exited when IsFullHere(s) is { } full:
                return new Wait(TimeSpan.FromSeconds(15), $"{full.Message} {full.Fix} {s.RentalId} is stopped meanwhile, only its disk bills; then: lodger pull {s.Job.Name}");
            case RentalStatus.Stopped or RentalStatus.Preempted or RentalStatus.Exited:
                return Start(s, why) ?? ThroughHost(s, then);
            case RentalStatus.Unknown when IdleAtMost(s, s.AskedSince(s.Attempt.Approval?.At ?? s.Attempt.OverAt!.Value), "the platform does not say what it does", needsRecheck: false) is { } idle:
                return idle;
            default:
                return new Wait(TimeSpan.FromSeconds(5), $"the rental is {s.Rental.Status.ToString().ToLowerInvariant()} and {why}: {s.Rental.Evidence}");
        }
    }
}
