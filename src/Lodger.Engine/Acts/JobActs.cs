using Lodger.Domain.Box;
using Lodger.Domain.Gate;
using Lodger.Domain.Jobs;
using Lodger.Domain.Problems;
using Lodger.Domain.Progress;
using Lodger.Domain.Reconcile;
using Lodger.Engine.Accounts;
using Lodger.Engine.Adopt;
using Lodger.Engine.Jobs;
using Lodger.Engine.Secrets;

namespace Lodger.Engine.Acts;

/// <summary>
/// Carries out one decided action. Whatever is paid for or cannot be undone is journaled as an intent first; what came of it is
/// journaled afterwards. Each act returns how long to wait before the next decision.
/// </summary>
internal sealed class JobActs
{
    private static readonly TimeSpan AtOnce = TimeSpan.Zero;
    private static readonly TimeSpan Shortly = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan WhileElsewhere = TimeSpan.FromSeconds(5);

    private static readonly Problem TooLate =
        new("destroy-too-late", "The platform's turn for it came, or its answer, when the last look at the machine was too old to destroy anything by; it is looked at anew.", "", ExitCode.Unknown, MayRetry: true);

    private readonly JobRunner job;
    private readonly OpenAccount account;
    private readonly TimeProvider time;
    private readonly SecretSource secrets;
    private readonly BoxAct box;
    private readonly RentAct rent;
    private readonly SendAct send;
    private readonly BringHomeAct bringHome;
    private readonly MirrorAct mirror;
    private readonly PruneAct prune;
    private readonly HostAct host;
    private readonly CopyAct copy;
    private readonly TakeOverAct takeOver;
    private readonly SaveAct save;

    public JobActs(JobRunner job, OpenAccount account, ActContext context)
    {
        this.job = job;
        this.account = account;
        time = context.Time;
        secrets = context.Secrets;
        box = new BoxAct(job, account, context);
        rent = new RentAct(job, account, context);
        send = new SendAct(job, account, context);
        bringHome = new BringHomeAct(job, account, context);
        mirror = new MirrorAct(job, account);
        prune = new PruneAct(job, account);
        host = new HostAct(job, account, context);
        copy = new CopyAct(job, context);
        takeOver = new TakeOverAct(job, account);
        save = new SaveAct(job, account, context);
    }

    public async Task<TimeSpan> CarryOutAsync(JobAction action, CancellationToken cancellationToken)
    {
        // The newest attempt's machine is the one that is spoken to: what it holds says nothing about another's, nor may that one go by it.
        if (MachineOf(action) is { } attempt && attempt != job.State.Current?.Number)
        {
            job.See(l => l with { Waiting = $"the rental of attempt {attempt} came back, and the work is on another since: it is not spoken to over ssh" });
            return WhileElsewhere;
        }

        switch (action)
        {
            case Record { Event: JobClosed } when await copy.FinishAsync(cancellationToken) is { } later:
                return later;
            case Record { Event: MoveDecided move } when move.Attempt == job.State.Current?.Number && !job.TryChoose(move.Offer.Id):
                return AtOnce;
            case Record record:
                job.Append(record.Event);
                if (record.Event is JobClosed)
                    secrets.Forget(job.State.Id);
                return AtOnce;
            case Rent { FromList: true } a when !job.TryChoose(a.OfferId):
                return AtOnce;
            case Rent a:
                job.See(l => l.OnNewMachine());
                return await rent.CarryOutAsync(a, cancellationToken);
            case TakeOver a:
                return await takeOver.CarryOutAsync(a, cancellationToken);
            case AskWhose a:
                return await takeOver.AskWhoseAsync(a, cancellationToken);
            case Reach a:
                return await box.CarryOutAsync(
                    (address, token) => account.Box.ReachAsync(address, token),
                    (address, _) => job.Append(new BoxReached(a.Attempt, address.Endpoint.Host, address.Endpoint.Port, address.IsProxy)),
                    cancellationToken);
            case ProveRoundTrip a:
                return await box.CarryOutAsync(
                    (address, token) => account.Box.ProveRoundTripAsync(address, token),
                    (_, proof) => job.Append(new RoundTripProved(a.Attempt, proof.Sha256, proof.Bytes)),
                    cancellationToken);
            case SendPayload a:
                var pace = CheckpointPace.Decide(job.State, job.State.Current!, null, account.Market.MarketSpeed, time.GetUtcNow());
                return await box.CarryOutAsync(
                    (address, token) => send.SendAsync(address, pace?.Every, token),
                    (_, sent) =>
                    {
                        job.Append(new PayloadDelivered(a.Attempt, sent.Files, sent.Bytes));
                        if (pace is not null)
                            job.Append(pace);
                    },
                    cancellationToken,
                    transfer: Transfer.Send);
            case TellCadence a:
                return await box.CarryOutAsync(
                    (address, token) => account.Box.SetCadenceAsync(address, a.Cadence.Every, token),
                    (_, _) => job.Append(a.Cadence),
                    cancellationToken);
            case ReadReport:
                var asked = time.GetUtcNow();
                return await box.CarryOutAsync(
                    (address, token) => account.Box.ReportAsync(address, token),
                    (_, report) => job.See(l => (l with { Report = report, ReportAt = time.GetUtcNow(), ContactAt = asked, StepsSeen = StepIn(report) is { } step ? l.StepsSeen.SetItem(report.Starts, step) : l.StepsSeen }).Watched(report, time.GetUtcNow())),
                    cancellationToken);
            case LookForOffers:
                return await LookForOffersAsync(cancellationToken);
            case MirrorCheckpoints a:
                return await box.CarryOutAsync(
                    (address, token) => mirror.CarryOutAsync(a.Attempt, address, token),
                    (_, copied) => job.See(l => l with { MirrorLookedAt = time.GetUtcNow(), CopyBytesPerSecond = copied.BytesPerSecond ?? l.CopyBytesPerSecond }),
                    cancellationToken,
                    transfer: Transfer.Mirror);
            case PruneDisk a:
                job.See(l => l with { PruneTriedAt = time.GetUtcNow() });
                return await box.CarryOutAsync(
                    (address, token) => prune.CarryOutAsync(a, address, token),
                    (_, pruned) =>
                    {
                        if (pruned.Bytes > 0 || job.State.Current?.LastPrune?.Bytes != 0)
                            job.Append(new DiskPruned(a.Attempt, pruned.Checkpoints, pruned.Others, pruned.Bytes));
                    },
                    cancellationToken);
            case WriteFence a:
                return await WithHostAsync(a.Attempt, a.RentalId, (door, token) => host.FenceAsync(a.Attempt, door, token), cancellationToken);
            case BringHomeFromHost a:
                return await WithHostAsync(a.Attempt, a.RentalId, (door, token) => OrFailedAsync(a.Attempt, host.BringHomeAsync(a.Attempt, door, token)), cancellationToken);
            case RecheckFromHost a:
                return await WithHostAsync(a.Attempt, a.RentalId, (door, token) => OrFailedAsync(a.Attempt, host.RecheckAsync(a.Attempt, door, token)), cancellationToken);
            case EndJob a:
                job.Append(new EndIntended(a.Attempt, a.Reason));
                return await box.CarryOutAsync(
                    (address, token) => account.Box.EndJobAsync(address, token),
                    (_, _) => job.See(l => l with { ReportAt = null }),
                    cancellationToken,
                    inTurn: false);
            case BringHome a:
                return await box.CarryOutAsync(
                    (address, token) => OrFailedAsync(a.Attempt, job.State.IsAdopted ? save.CarryOutAsync(a.Attempt, address, token) : bringHome.CarryOutAsync(a.Attempt, address, token)),
                    (_, _) => { },
                    cancellationToken,
                    transfer: Transfer.BringHome);
            case RecheckMachine a:
                return await box.CarryOutAsync(
                    (address, token) => OrFailedAsync(a.Attempt, job.State.IsAdopted ? save.RecheckAsync(a.Attempt, address, token) : bringHome.RecheckAsync(a.Attempt, address, token)),
                    (_, _) => { },
                    cancellationToken,
                    inTurn: false);
            case RaiseBid a:
                return await RaiseAsync(a, cancellationToken);
            case StopRental a:
                job.Append(new StopIntended(a.Attempt, a.Reason));
                var stopped = await account.Market.StopAsync(a.RentalId, cancellationToken, MayAct);
                if (stopped.IsOk)
                    job.Append(new StopTaken(a.Attempt));
                return Asked(stopped, "stop");
            case StartRental a:
                job.Append(new StartIntended(a.Attempt, a.Reason));
                job.See(l => l with { Report = null, ReportAt = null, GpuIdleSince = null, ContactAt = null, BoxProblem = null, BoxProblemSince = null, BoxFailures = 0, DirectFailedAt = null });
                return Asked(await account.Market.StartAsync(a.RentalId, cancellationToken, MayAct), "start");
            case DestroyRental a:
                if (job.State.IsAdopted && await takeOver.NotOursAsync(a.RentalId, cancellationToken) is { } notOurs)
                    return notOurs;
                // A person may have spoken since it was decided: what cannot be undone is decided once more, on the newest state.
                if (!job.AppendIf(s => job.IsStillDecided(s, a), new DestroyIntended(a.Attempt, a.RentalId, account.Market.MarketNow)))
                    return AtOnce;
                job.RequireMayAct();
                return Asked(await DestroyAsync(a, cancellationToken), "destroy");
            case ConfirmDestroyed a:
                var seenGone = account.Market.MarketNow;
                job.Append(new DestroyConfirmed(a.Attempt, a.RentalId, await job.ChargedAsync(a.RentalId, cancellationToken), seenGone));
                account.Box.Forget(a.RentalId);
                return AtOnce;
            default:
                throw new InvalidOperationException($"No act for {action.GetType().Name}.");
        }
    }

    /// <summary>The attempt whose machine is spoken to over its own ssh; null: of none.</summary>
    private static int? MachineOf(JobAction action) => action switch
    {
        Reach a => a.Attempt,
        ProveRoundTrip a => a.Attempt,
        SendPayload a => a.Attempt,
        TellCadence a => a.Attempt,
        ReadReport a => a.Attempt,
        MirrorCheckpoints a => a.Attempt,
        PruneDisk a => a.Attempt,
        EndJob a => a.Attempt,
        BringHome a => a.Attempt,
        RecheckMachine a => a.Attempt,
        _ => null,
    };

    /// <summary>
    /// What would be refused again however often it is tried, such as a name that leads out or more than was promised, is no fault of the way there: it is told at once, and waits for a person as a file does that is not proven.
    /// </summary>
    private async Task<Outcome<Done>> OrFailedAsync(int attempt, Task<Outcome<Done>> bringing)
    {
        var brought = await bringing;
        if (brought.Problem is not { MayRetry: false, ExitCode: ExitCode.NotVerified or ExitCode.BadInput } refused)
            return brought;
        job.Append(new VerificationFailed(attempt, [new FileFinding("results", refused.Id, refused.Fix.Length == 0 ? refused.Message : $"{refused.Message} {refused.Fix}")]));
        return Done.Ok;
    }

    /// <summary>The platform was asked for something; whether it happened is seen by the next sweep, not believed from the answer.</summary>
    private TimeSpan Asked(Outcome<Done> answer, string verb)
    {
        if (answer.Problem is { } problem)
            job.Append(new Noted($"{verb}: {problem}"));
        return Shortly;
    }

    /// <summary>
    /// Goes only as long as the last look at the machine is worth anything. The platform lets destroys through one after the other, and this machine may sleep meanwhile: the gate is asked once more just
    /// before each try is sent. One that makes us wait for longer has not been asked, or is looked at for what came of it.
    /// </summary>
    private async Task<Outcome<Done>> DestroyAsync(DestroyRental a, CancellationToken cancellationToken)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var isLate = false;
        try
        {
            if (Attempt(a) is { IsAbandoned: false, StoppedAt: null, Recheck: { } look })
                bounded.CancelAfter(Max(look.At + (job.State.IsAdopted ? job.Waits.AdoptedRecheckValid : job.Waits.RecheckValid) - time.GetUtcNow(), TimeSpan.Zero));
            var answer = await account.Market.DestroyAsync(a.RentalId, bounded.Token, MaySend);
            return isLate ? TooLate : answer;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return TooLate;
        }

        bool MaySend()
        {
            job.RequireMayAct();
            // A stray has nothing that a gate could ask for.
            if (Attempt(a) is not { } attempt)
                return true;
            var seen = job.Sight.Listing;
            isLate = !TeardownGate.Judge(job.State, attempt, seen.Rentals?.WithId(a.RentalId), seen.At, time.GetUtcNow(), job.Waits).IsOpen;
            return !isLate;
        }
    }

    /// <summary>Asked just before each try: a call waits for its turn, and meanwhile another node may lead.</summary>
    private bool MayAct()
    {
        job.RequireMayAct();
        return true;
    }

    /// <summary>The attempt whose own rental is to go; null: it is a stray of it.</summary>
    private AttemptState? Attempt(DestroyRental a) => job.State.Attempts.FirstOrDefault(t => t.Number == a.Attempt && t.RentalId == a.RentalId);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    /// <summary>An answer that got lost is no refusal: the bid may have been raised, and the next look shows it.</summary>
    private async Task<TimeSpan> RaiseAsync(RaiseBid a, CancellationToken cancellationToken)
    {
        job.Append(new BidRaiseIntended(a.Attempt, a.RentalId, a.FromUsdPerHour, a.ToUsdPerHour, a.Choice, a.Alternatives));
        var answer = await account.Market.ChangeBidAsync(a.RentalId, a.ToUsdPerHour, cancellationToken, MayAct);
        if (answer.Problem is not { MayRetry: false } refusal)
            return Asked(answer, "raise bid");
        job.Append(new BidRaiseRefused(a.Attempt, a.RentalId, refusal));
        return AtOnce;
    }

    private long? StepIn(BoxReport report) => ProgressReader.Read(job.State.Submission.Spec.Progress, report.ProgressText)?.Step;

    private async Task<TimeSpan> LookForOffersAsync(CancellationToken cancellationToken)
    {
        if ((await job.LookForOffersAsync(cancellationToken)).Problem is not { } problem)
            return AtOnce;
        job.See(l => l with { Waiting = problem.Message });
        return LongestBackoff;
    }

    /// <summary>A host that cannot be reached is asked again, spaced; how long that has been so is for the decision to weigh. What a person says, or the budget, cuts it off.</summary>
    private async Task<TimeSpan> WithHostAsync(int attempt, string rentalId, Func<HostDoor, CancellationToken, Task<Outcome<Done>>> act, CancellationToken cancellationToken)
    {
        if (await job.InterruptibleAsync(ThroughDoorAsync, cancellationToken) is not { } outcome)
            return AtOnce;
        if (outcome.Problem is not { } problem)
        {
            job.See(l => l with { HostFailingSince = l.HostFailingSince.Remove(attempt) });
            return AtOnce;
        }

        if (!job.Live.HostFailingSince.ContainsKey(attempt))
        {
            job.Append(new Noted($"{rentalId} cannot be reached through its host; it is tried again: {problem.Message}"));
            job.See(l => l with { HostFailingSince = l.HostFailingSince.Add(attempt, time.GetUtcNow()) });
        }

        return TimeSpan.FromSeconds(5);

        async Task<Outcome<Done>> ThroughDoorAsync(CancellationToken token) =>
            (await account.Market.HostDoorAsync(rentalId, token)).TryGet(out var door, out var shut) ? await act(door, token) : shut;
    }
}
