using Lodger.Domain.Gate;
using Lodger.Domain.Market;
using Lodger.Domain.Reconcile;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Jobs;

/// <summary>Where a job stands, in the words people see.</summary>
public enum JobPhase
{
    Submitted,
    Renting,
    Booting,
    Checking,
    Sending,
    Running,

    /// <summary>An interruptible rental was paused; it is waited for, or the work is about to move.</summary>
    Preempted,

    Ending,
    BringingHome,
    AwaitingApproval,
    NeedsAttention,
    Destroying,
    Closed,
}

/// <summary>Everything known about a job: a fold over its journal and nothing else.</summary>
public sealed record JobState
{
    /// <summary>Unique, for example <c>digits.k3f9qa</c>; part of every rental's label.</summary>
    public required string Id { get; init; }

    public required JobSubmitted Submission { get; init; }

    public string Project => Submission.Project ?? Projects.Default;

    /// <summary>Its rental was made by somebody else.</summary>
    public bool IsAdopted => Submission.Adopts is not null;

    /// <summary>What the plan said that it would cost; null: its rental was made by somebody else, and nobody planned it.</summary>
    public decimal? PlannedUsd => IsAdopted ? null : Submission.ExpectedUsd;

    public required DateTimeOffset SubmittedAt { get; init; }

    public long LastSequence { get; init; }

    public IReadOnlyList<AttemptState> Attempts { get; init; } = [];

    public CancelRequested? Cancel { get; init; }

    public DateTimeOffset? CancelRequestedAt { get; init; }

    /// <summary>It is reached, and nobody has set another since.</summary>
    public BudgetReached? Budget { get; init; }

    public DateTimeOffset? BudgetReachedAt { get; init; }

    /// <summary>Most that it may cost in all, USD: as a person set it last, else the spec's; null: no limit.</summary>
    public decimal? BudgetUsd => SetBudgetUsd ?? Submission.Spec.BudgetUsd;

    public decimal? SetBudgetUsd { get; init; }

    public DateTimeOffset? BudgetSetAt { get; init; }

    /// <summary>It is not closed, or something of it that was believed gone bills all the same.</summary>
    public bool IsOpen => Closed is null || Attempts.Any(a => a.MayBill);

    /// <summary>Its command is not over: it runs, or may run yet on the rental that follows by itself when this one refused it.</summary>
    public bool IsUnended => Current?.Ended is null || (Current.Ended.Reason == EndReason.Refused && Submission.Spec.Rent != RentMode.OnDemand);

    /// <summary>Its budget is reached, its command is not over (or never ran, and it would go on elsewhere), and a person has neither set another nor ended it.</summary>
    public bool IsHeld => Budget is not null && Cancel is null && IsOpen && Current is { IsAbandoned: false } && IsUnended;

    public DateTimeOffset? BringHomeRequestedAt { get; init; }

    /// <summary>A person agreed to the slow proxy, however much goes over it.</summary>
    public bool MayUseProxy { get; init; }

    /// <summary>A drill: its machine is stopped once, and started again.</summary>
    public DateTimeOffset? DrillRequestedAt { get; init; }

    public JobClosed? Closed { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>Copies off the machine by path, the newest of each.</summary>
    public IReadOnlyDictionary<string, CheckpointMirrored> Mirrors { get; init; } = new Dictionary<string, CheckpointMirrored>();

    public DateTimeOffset? Deadline => Submission.Spec.Deadline?.From(SubmittedAt);

    /// <summary>Null while nothing was mirrored.</summary>
    public long? LargestMirrorBytes => Mirrors.Count == 0 ? null : Mirrors.Values.Max(m => m.Bytes);

    /// <summary>Mirrored checkpoints that were, or may have been, removed from their machine for want of room: no copy of them is ever dropped.</summary>
    public IReadOnlySet<string> OnlyCopies { get; init; } = new HashSet<string>();

    /// <summary>The newest step that any copy off the machine says it holds.</summary>
    public long? MirroredStep => Mirrors.Values.Max(m => m.Step);

    public AttemptState? Current => Attempts.Count == 0 ? null : Attempts[^1];

    /// <summary>
    /// The attempt that is spoken of: the current one, and once its rental is gone and the job does not go on, one that the work has left and whose rental is still there.
    /// </summary>
    public AttemptState? Focus => Current is ({ DestroyedAt: not null } or { Vanished: true }) and { } last && Closed is null && (last.Ended is not null || last.IsAbandoned || Cancel is not null)
        ? Attempts.LastOrDefault(a => a is { Move: not null, RentalId: not null, MayBill: true }) ?? last
        : Current;

    /// <summary>Rentals that only wait for a person's yes, each for its own.</summary>
    public IReadOnlyList<AttemptState> WaitForYes =>
        [.. Attempts.Where(a => a is { RentalId: not null, IsOver: true, DestroyIntendedAt: null, DestroyedAt: null, Vanished: false, Released: null } && TeardownGate.NeedsPerson(this, a))];

    public string Name => Submission.Spec.Name;

    /// <summary>Where the job's volume lies: the submission agreed to an offer there. Null: it works on none.</summary>
    public string? VolumeMachineId => Submission.Spec.Volume is null ? null : Submission.Offer.MachineId;

    /// <summary>Whether an attempt's rental has the job's volume: only one on the volume's machine can.</summary>
    public bool IsOnVolume(AttemptState attempt)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        return VolumeMachineId is { } machine && (attempt.Offer ?? Submission.Offer).MachineId == machine;
    }

    /// <summary>
    /// The work that was left here went on from the volume, in a later rental that has it, too: nothing of it lies on this attempt's own disk, and what lies on the volume is the other's to
    /// bring home. That it was meant to go on there is not enough: it may have been ended before.
    /// </summary>
    public bool WentOnFromVolume(AttemptState attempt)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        return attempt.Move is not null && IsOnVolume(attempt) && Attempts.Any(later => later.Number > attempt.Number && later.PayloadDeliveredAt is not null && IsOnVolume(later));
    }

    /// <summary>Where the newest attempt that got anything to work with left its state on the volume, and this one has it: then nothing older is put over it.</summary>
    public bool ResumesFromVolume(AttemptState attempt)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        return IsOnVolume(attempt) && Attempts.LastOrDefault(a => a.Number < attempt.Number && a.PayloadIntended) is { } before && IsOnVolume(before);
    }

    /// <summary>The label of an attempt's rental: how it is found again when an answer was lost.</summary>
    public static string LabelFor(string jobId, int attempt) => $"{LabelPrefix}{jobId}/{attempt}";

    /// <summary>What every label of ours begins with.</summary>
    public const string LabelPrefix = "lodger/";

    /// <summary>Replays a whole journal; its first event must be <see cref="JobSubmitted"/>.</summary>
    public static JobState Replay(string jobId, IReadOnlyList<JournalEntry> journal)
    {
        ArgumentNullException.ThrowIfNull(journal);
        if (journal.Count == 0 || journal[0].Event is not JobSubmitted submission)
            throw new ArgumentException("A journal begins with job-submitted.", nameof(journal));
        if (journal[0].Sequence != 1)
            throw new ArgumentException($"Journal of {jobId}: begins with {journal[0].Sequence}.", nameof(journal));
        var state = new JobState { Id = jobId, Submission = submission, MayUseProxy = submission.OverProxy, SubmittedAt = journal[0].At, LastSequence = journal[0].Sequence };
        if (submission.Adopts is { } adopted)
            state = state with { Attempts = [Begin(jobId, submission, adopted, journal[0].At)] };
        for (var i = 1; i < journal.Count; i++)
            state = state.Apply(journal[i]);
        return state;
    }

    /// <summary>The state after one more event. Sequences have no gaps; anything else is a bug and throws.</summary>
    public JobState Apply(JournalEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry.Sequence != LastSequence + 1)
            throw new ArgumentException($"Journal of {Id}: {entry.Sequence} follows {LastSequence}.", nameof(entry));
        var next = this with { LastSequence = entry.Sequence };
        return entry.Event switch
        {
            JobSubmitted => throw new ArgumentException($"Journal of {Id}: submitted twice.", nameof(entry)),
            RentIntended e when e.Attempt != Attempts.Count + 1 =>
                throw new ArgumentException($"Journal of {Id}: attempt {e.Attempt} follows {Attempts.Count}.", nameof(entry)),
            RentIntended e => next with { Attempts = [.. Attempts, Begin(e, entry.At)] },
            AttemptEvent e => next.WithAttempt(e, entry.At),
            BringHomeRequested e => next.AskedByPerson() with { BringHomeRequestedAt = entry.At, MayUseProxy = MayUseProxy || e.OverProxy },
            BudgetSet e => next.AskedByPerson() with { SetBudgetUsd = e.Usd, BudgetSetAt = entry.At, Budget = null, BudgetReachedAt = null },
            DrillRequested => next.AskedByPerson() with { DrillRequestedAt = entry.At },
            CancelRequested e => next.AskedByPerson() with { Cancel = Cancel ?? e, CancelRequestedAt = CancelRequestedAt ?? entry.At },
            JobClosed e => next with { Closed = e, ClosedAt = entry.At },
            _ => next,
        };
    }

    public JobPhase Phase
    {
        get
        {
            if (Closed is not null && Attempts.All(a => !a.MayBill))
                return JobPhase.Closed;
            return IsHeld ? JobPhase.NeedsAttention : Focus is { } a ? PhaseOf(a) : JobPhase.Submitted;
        }
    }

    private JobPhase PhaseOf(AttemptState a) => a switch
    {
        { RentRefusal: not null } => JobPhase.Renting,
        { Move: not null } when ReferenceEquals(a, Current) => JobPhase.Renting,
        // Gone before it did anything: another is looked for, which can take a while.
        { GivenUp: not null, MayBill: false } when ReferenceEquals(a, Current) => JobPhase.Renting,
        { DestroyIntendedAt: not null } or { IsAbandoned: true } => JobPhase.Destroying,
        { RentalId: null } => JobPhase.Renting,
        // Nobody but whoever started it can do anything about that, and no yes holds when it runs again.
        { LastStatus: RentalStatus.Stopped or RentalStatus.Preempted or RentalStatus.Exited or RentalStatus.CannotStart or RentalStatus.Scheduling } when IsAdopted => JobPhase.NeedsAttention,
        { GivenUp: not null } => JobPhase.Destroying,
        { Receipt: not null } => JobPhase.AwaitingApproval,
        { Failure: not null } or { Reopened: >= AttemptState.MaxReopened } => JobPhase.NeedsAttention,
        { IsOver: true } => JobPhase.BringingHome,
        { PayloadIntended: true, EndIntended: null, LastStatus: RentalStatus.Preempted or RentalStatus.Scheduling } when Submission.Spec.Rent != RentMode.OnDemand => JobPhase.Preempted,
        { PayloadIntended: true, LastStatus: RentalStatus.Stopped or RentalStatus.Preempted or RentalStatus.Exited or RentalStatus.CannotStart } => IsBeingFetched(a) ? JobPhase.Ending : JobPhase.NeedsAttention,
        { EndIntended: not null } => JobPhase.Ending,
        { StartedAt: not null } => JobPhase.Running,
        { Reached: false } => IsAdopted ? JobPhase.Checking : JobPhase.Booting,
        { RoundTripped: false } => JobPhase.Checking,
        { PayloadDeliveredAt: null } => JobPhase.Sending,
        _ => JobPhase.Checking,
    };

    /// <summary>Stopped with its command unended, and on the way to being started once more: asked for by somebody, or begun already.</summary>
    private bool IsBeingFetched(AttemptState a) =>
        a.StartIntendedAt > a.LastStatusAt || (CancelRequestedAt is not null && a.Starts < EndStage.MaxStarts);

    private static AttemptState Begin(RentIntended e, DateTimeOffset at) => new()
    {
        Number = e.Attempt,
        OfferId = e.OfferId,
        Label = e.Label,
        Offer = e.Offer,
        BidUsdPerHour = e.BidUsdPerHour,
        RentIntendedAt = at,
    };

    /// <summary>What somebody else made may hold anything: from its first moment it goes only through the gate.</summary>
    private static AttemptState Begin(string jobId, JobSubmitted submission, AdoptedRental adopted, DateTimeOffset at) => new()
    {
        Number = 1,
        OfferId = submission.Offer.Id,
        Label = LabelFor(jobId, 1),
        BidUsdPerHour = submission.BidUsdPerHour,
        RentIntendedAt = at,
        RentalId = adopted.RentalId,
        RentedAt = at,
        PayloadIntended = true,
        PayloadIntendedAt = at,
    };

    /// <summary>How far the work was on the machines before this attempt's.</summary>
    public long? LastStepBefore(int attempt) => Attempts.Where(a => a.Number < attempt).Select(a => a.StepReached).LastOrDefault(step => step is not null);

    private JobState WithAttempt(AttemptEvent e, DateTimeOffset at)
    {
        var index = -1;
        for (var i = 0; i < Attempts.Count; i++)
        {
            if (Attempts[i].Number == e.Attempt)
                index = i;
        }

        if (index < 0)
            throw new ArgumentException($"Journal of {Id}: {e.GetType().Name} for attempt {e.Attempt}, which was never intended.", nameof(e));
        var attempts = Attempts.ToArray();
        attempts[index] = AttemptFold.Fold(attempts[index], e, at);
        return this with
        {
            Attempts = attempts,
            Budget = Budget ?? e as BudgetReached,
            BudgetReachedAt = BudgetReachedAt ?? (e is BudgetReached ? at : null),
            OnlyCopies = e is PruneIntended p ? new HashSet<string>([.. OnlyCopies, .. p.Copied]) : OnlyCopies,
            Mirrors = e is CheckpointMirrored m ? new Dictionary<string, CheckpointMirrored>(Mirrors) { [m.Path] = m } : Mirrors,
        };
    }

    /// <summary>What is bounded so that it does not go on by itself may be tried anew when a person asks.</summary>
    private JobState AskedByPerson() => this with { Attempts = [.. Attempts.Select(a => a with { Starts = 0, Reopened = 0 })] };
}
