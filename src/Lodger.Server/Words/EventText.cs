using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;

namespace Lodger.Server.Words;

/// <summary>What happened to a job, as one word and the rest of the sentence. Plain text: whoever prints it makes it safe.</summary>
/// <param name="Word">At most ten letters, so that a journal reads as a column.</param>
/// <param name="Weight">Whether a person who watches must not miss it.</param>
public sealed record EventText(string Word, string Sentence, EventWeight Weight = EventWeight.Plain)
{
    public static EventText Of(JobEvent happened) => happened switch
    {
        JobSubmitted { Adopts: { } a } e => new("adopting", $"rental {a.RentalId} on {e.Market}{(a.Label is { Length: > 0 } l ? $", labelled {l} until now" : "")}; to be saved: {string.Join(", ", a.Paths)}; yes by {e.ApprovedBy}"),
        JobSubmitted e => new("submitted", $"{e.Spec.Name} on {e.Market}, offer {e.Offer.Id}, expected {Figures.Usd(e.ExpectedUsd)}; yes by {e.ApprovedBy}{(e.Accepted is { Count: > 0 } a ? $", in spite of {string.Join("; ", a.Select(f => $"{f.Id} ({f.Evidence})"))}" : "")}{(e.OverProxy ? "; also through the slow proxy" : "")}{(e.Choice is { } choice ? $". {choice}" : "")}"),
        RentIntended e => new("renting", $"offer {e.OfferId}{(e.BidUsdPerHour is { } bid ? $", bid {Figures.UsdPerHour(bid)}" : "")}, label {e.Label}{(e.Choice is { } why ? $". {why}" : "")}"),
        RentRefused e => new("refused", e.Problem.ToString(), EventWeight.Bad),
        RentUnclear e => new("unclear", $"the answer to rent was lost ({e.Problem.Message}); looking for the label before anything else", EventWeight.Bad),
        Rented e => new("rented", e.Adopted ? $"{e.RentalId}, found again by its label" : e.RentalId),
        RentalTaken e => new("taken", $"{e.RentalId} carries the label {e.Label} and Lodger's key; what runs there goes on", EventWeight.Good),
        DestroyUnseen e => new("not destroyed", $"{e.RentalId} is still there long after its destroy was asked for; it goes through the gate once more", EventWeight.Bad),
        RentalReleased e => new("let go", $"{e.Why.Message}{(e.By is { } by ? $" By {by}" : "")}", e.By is null ? EventWeight.Bad : EventWeight.Plain),
        StrayFound e => new("stray", $"{e.RentalId} carries the same label and never held anything: it is destroyed", EventWeight.Bad),
        RentalChanged e => Changed(e),
        MeterRead e => new("meter", Billing(e)),
        RentalVanished e => new("vanished", $"the platform no longer knows {e.RentalId}, and Lodger did not destroy it", EventWeight.Bad),
        AttemptGivenUp e => new("given up", e.Problem.ToString(), EventWeight.Bad),
        BoxReached e => new("reached", $"ssh answers at {e.Host}:{e.Port}{(e.Proxy ? ", through the slow proxy" : "")}"),
        RoundTripProved e => new("proved", $"{Figures.Bytes(e.Bytes)} went there and came back unharmed"),
        PayloadIntended => new("sending", "code and instructions"),
        PayloadDelivered e => new("sent", $"{Figures.Of(e.Files, "file")}, {Figures.Bytes(e.Bytes)}"),
        JobStarted => new("running", "the command has started", EventWeight.Good),
        RunRestarted { Starts: 1 } => new("begun", "the first start on this machine"),
        RunRestarted e => new("restarted", $"the container started again (start {e.Starts}){(e.StepBefore is { } step ? $"; step {step} was the last that was seen" : "")}"),
        ResumeSeen e => Resumed(e),
        CadenceTold e => new("cadence", $"a checkpoint every {Figures.Span(e.Every)}: {e.Why}"),
        MirrorPaced e => new("copies", e.Spacing == TimeSpan.Zero ? e.Why : $"every {Figures.Span(e.Spacing)}: {e.Why}"),
        PruneIntended e => new("disk", $"{Figures.Bytes(e.FreeBytes)} free, {Figures.Bytes(e.WantedBytes)} wanted for the next checkpoint: making room"),
        DiskPruned { Bytes: 0 } => new("disk", "nearly full, and nothing on it may be removed: the next checkpoint may fail. A disk cannot grow", EventWeight.Bad),
        DiskPruned e => new("disk", Removed(e)),
        CheckpointMirrored e => new("mirrored", $"{e.Path}{(e.Step is { } step ? $", step {step}" : "")}, {Figures.Bytes(e.Bytes)}, {e.Checked}"),
        WaitChosen e => new("waiting", $"{e.Reason} {e.Choice}"),
        MoveDecided e => new("moving", $"{e.Reason} {e.Choice}", EventWeight.Bad),
        BidRaiseIntended e => new("raising", $"the bid of {e.RentalId} from {Figures.UsdPerHour(e.FromUsdPerHour)} to {Figures.UsdPerHour(e.ToUsdPerHour)}: {e.Choice}", EventWeight.Bad),
        BidRaiseRefused e => new("refused", $"the bid of {e.RentalId} stays as it is: {e.Problem.Message}", EventWeight.Bad),
        NewerFound e => new("newer", $"this machine can be reached again and holds step {e.Step}; the work went on from step {e.WentOnFromStep} elsewhere and does not use it. It is kept in {e.Directory}"),
        FenceWritten => new("fenced", "should it come back by itself, it starts nothing"),
        StallNoticed e => new("stalled", $"{StallWord(e.Cause)} for {Figures.Span(e.Quiet)}; its GPU bills", EventWeight.Bad),
        StallOver => new("goes on", "it shows life again", EventWeight.Good),
        EndIntended e => new("ending", $"ending the command ({ReasonWord(e.Reason)})"),
        JobEnded e => Ended(e),
        BundlePulled e => new("pulled", $"{Figures.Of(e.Files, "file")}, {Figures.Bytes(e.Bytes)}"),
        VerificationFailed e => new("damaged", string.Join("; ", e.Findings.Select(f => $"{f.Path}: {f.Message}")), EventWeight.Bad),
        ReceiptIssued e => new("verified", $"{Figures.Loading(e.Loaded, e.Files)}, {Figures.Bytes(e.Bytes)}, receipt {Short(e.ReceiptId)}", EventWeight.Good),
        MachineRechecked => new("rechecked", "the machine was asked again what it holds"),
        StopIntended e => new("stopping", e.Reason),
        StopTaken => new("stopping", "the platform was told"),
        RentalStopped => new("stopped", "the GPU no longer bills, the disk does"),
        StartIntended e => new("starting", e.Reason),
        DrillRequested e => new("drill", $"asked for by {e.By}: stopped once without notice, and started again"),
        BringHomeRequested e => new("pull", $"asked for by {e.By}{(e.OverProxy ? ", also through the slow proxy" : "")}"),
        CancelRequested e => new("cancel", $"asked for by {e.By}"),
        BudgetReached e => new("budget", $"{Figures.Usd(e.SpentUsd)} spent; {Figures.Usd(e.ReserveUsd)} is kept back to bring everything home: it stops, and waits for you", EventWeight.Bad),
        BudgetSet e => new("budget", $"{Figures.Usd(e.Usd)} in all, set by {e.By}"),
        Approved e => new("approved", Ground(e), EventWeight.Good),
        DestroyIntended e => new("destroying", e.RentalId),
        DestroyConfirmed e => new("destroyed", e.Charges is { } c ? $"{e.RentalId} is gone; charged {(c.TotalUsd == 0 ? "nothing so far" : Figures.Usd(c.TotalUsd))}" : $"{e.RentalId} is gone", EventWeight.Good),
        Noted e => new("note", e.Text),
        JobClosed e => new("closed", e.Problem is { } p ? $"{OutcomeWord(e.Outcome)}: {p.Message}" : OutcomeWord(e.Outcome), e.Outcome == JobOutcome.Succeeded ? EventWeight.Good : EventWeight.Bad),
        _ => new("event", happened.GetType().Name),
    };

    private static string Billing(MeterRead e)
    {
        if (e.Rates.UsdPerHour == 0)
            return $"nothing bills on {e.RentalId} but traffic";
        var use = e.Use switch { GpuUse.Start => "before the command runs", GpuUse.Idle => "idle: the command is over or hangs", GpuUse.Foreign => "for whoever started it", _ => "at work" };
        var gpu = e.Rates.GpuUsdPerHour == 0 ? "" : $"{Figures.UsdPerHour(e.Rates.GpuUsdPerHour)} GPU, {use}; ";
        return $"{e.RentalId} bills {gpu}{Figures.UsdPerHour(e.Rates.DiskUsdPerHour)} disk";
    }

    private static string Removed(DiskPruned e)
    {
        var checkpoints = e.Checkpoints.Count > 0 ? $"{Figures.Of(e.Checkpoints.Count, "older checkpoint")} (the copies here stay)" : "";
        var others = e.Others > 0 ? Figures.Of(e.Others, "unfinished or cached file") : "";
        return $"removed {string.Join(" and ", ((string[])[checkpoints, others]).Where(t => t.Length > 0))}: {Figures.Bytes(e.Bytes)}";
    }

    /// <summary>Short enough to read aloud; the whole id is in the receipt and in <c>--json</c>.</summary>
    public static string Short(string id) => id.Length > 12 ? id[..12] : id;

    public static string OutcomeWord(JobOutcome outcome) => outcome switch
    {
        JobOutcome.Succeeded => "succeeded",
        JobOutcome.Failed => "failed",
        JobOutcome.NotRun => "not run",
        JobOutcome.Unfinished => "unfinished",
        JobOutcome.Cancelled => "cancelled",
        _ => outcome.ToString(),
    };

    private static EventText Changed(RentalChanged e) =>
        e.Pushed is null ? Shows(e) : Shows(e) with { Sentence = $"{Shows(e).Sentence}; looked at once, because the platform pushed \"{e.Pushed}\"" };

    private static EventText Shows(RentalChanged e) => e.Status switch
    {
        RentalStatus.Provisioning => new("made", $"the platform prepares {e.RentalId}"),
        RentalStatus.Loading => new("loading", "the host pulls the image"),
        RentalStatus.Running => new("booted", "the container runs"),
        RentalStatus.Stopped => new("stopped", e.Evidence),
        RentalStatus.Preempted => new("preempted", e.Evidence, EventWeight.Bad),
        RentalStatus.Scheduling => new("waiting", "for its own GPU to become free", EventWeight.Bad),
        RentalStatus.Exited => new("exited", $"the container ended: {e.Evidence}", EventWeight.Bad),
        RentalStatus.CannotStart => new("no start", $"the image cannot start on this host: {e.Evidence}", EventWeight.Bad),
        RentalStatus.Offline => new("offline", "the host is not connected; nothing bills meanwhile", EventWeight.Bad),
        _ => new("unknown", $"the platform's answer cannot be read: {e.Evidence}", EventWeight.Bad),
    };

    private static EventText Resumed(ResumeSeen e)
    {
        if (e.FromZero)
            return new("lost work", $"it goes on at step {e.Step}, not from its checkpoint{((e.CheckpointStep ?? e.StepBefore) is { } had ? $" (step {had})" : "")}: does the command load its newest checkpoint?", EventWeight.Bad);
        var lost = e.StepBefore is { } before && before > e.Step ? $", {before - e.Step} steps done again" : "";
        return new("resumed", $"step {e.Step}{lost}", EventWeight.Good);
    }

    private static EventText Ended(JobEnded e) => e.Reason switch
    {
        EndReason.Exited when e.ExitCode == 0 => new("ended", "the command exited 0", EventWeight.Good),
        EndReason.Exited => new("ended", $"the command exited {e.ExitCode}{(e.Detail.Length > 0 ? $": {e.Detail}" : "")}", EventWeight.Bad),
        EndReason.Adopted => new("saving", "what was named, as it is now; what runs there goes on"),
        EndReason.Refused => new("refused", $"not started: {e.Detail}", EventWeight.Bad),
        _ => new("ended", $"{ReasonWord(e.Reason)}{(e.ExitCode is { } code ? $"; the command exited {code}" : "")}{(e.Detail.Length > 0 ? $"; {e.Detail}" : "")}", EventWeight.Bad),
    };

    private static string ReasonWord(EndReason reason) => reason switch
    {
        EndReason.Exited => "it ended",
        EndReason.Refused => "a check failed",
        EndReason.Cancelled => "cancelled",
        EndReason.BudgetReached => "budget reached",
        EndReason.Stalled => "no progress for too long",
        EndReason.CrashLoop => "the container starts again and again",
        EndReason.Adopted => "it was taken over",
        _ => reason.ToString(),
    };

    private static string StallWord(StallCause cause) => cause switch
    {
        StallCause.ScriptSilent => "no sign of the script that watches the command",
        StallCause.Unreachable => "no answer from the machine",
        _ => "no progress, and no GPU at work,",
    };

    private static string Ground(Approved e) => e.Ground switch
    {
        ApprovalKind.Person => $"destroy {e.RentalId}: yes by {e.By}",
        ApprovalKind.Standing => $"destroy {e.RentalId}: the standing yes of the spec (teardown: when-verified)",
        ApprovalKind.NothingDelivered => $"destroy {e.RentalId}: it never held anything of yours",
        ApprovalKind.DataAbandoned => $"destroy {e.RentalId}: {e.By} gave up what is only there",
        _ => $"destroy {e.RentalId}",
    };
}

public enum EventWeight
{
    Plain,
    Good,
    Bad,
}
