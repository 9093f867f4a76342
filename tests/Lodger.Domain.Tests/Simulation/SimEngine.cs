using System.Text.Json;
using Lodger.Domain.Box;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Problems;
using Lodger.Domain.Progress;
using Lodger.Domain.Reconcile;

namespace Lodger.Domain.Tests.Simulation;

/// <summary>
/// Carries out decisions as an engine must: intent, act, outcome, one at a time, and dies between any two of them when the faults say so.
/// Everything that is not in the journal is lost then.
/// </summary>
internal sealed partial class SimEngine
{
    private sealed class Crash : Exception;

    private readonly SimMarket market;
    private readonly Rules rules;
    private readonly List<JournalEntry> journal = [];
    private const string EmptyManifest = "manifest of nothing";

    private int receipts;
    private BoxReport? report;
    private DateTimeOffset? reportAt;
    private Problem? boxProblem;
    private DateTimeOffset? boxProblemSince;
    private IReadOnlyList<Offer>? offers;
    private DateTimeOffset? offersAt;
    private DateTimeOffset? offersTriedAt;
    private DateTimeOffset? mirrorLookedAt;
    private DateTimeOffset? pruneTriedAt;
    private long? stepSeen;
    private DateTimeOffset? meteredAt;
    private readonly Dictionary<int, DateTimeOffset> hostFailingSince = [];

    public SimEngine(SimMarket market, JobSubmitted submission)
    {
        this.market = market;
        journal.Add(new JournalEntry(1, market.Now, submission));
        State = JobState.Replay("digits.k3f9qa", journal);
        rules = new Rules(market, this);
    }

    public static Waits Waits { get; } = new();

    public JobState State { get; private set; }

    public IReadOnlyList<JournalEntry> Journal => journal;

    /// <summary>Whether the newest look showed the platform as it is, so that standing still has no excuse.</summary>
    public bool SawClearly { get; private set; }

    public IReadOnlyList<JobAction> LastDecision { get; private set; } = [];

    /// <summary>A left rental of which the screen says that its host does not show the volume; null: none.</summary>
    public AttemptState? Unshown => State.Attempts.FirstOrDefault(a => a.MayBill && a.RentalId is { } id && market.Find(id) is { } r && IsHidden(a.Number, r) && LastDecision.OfType<BringHomeFromHost>().Any(d => d.Attempt == a.Number));

    /// <summary>Observes, decides, acts once; returns how long to wait.</summary>
    public TimeSpan Step()
    {
        try
        {
            MayCrash();
            var seen = Observe();
            LastDecision = Reconciler.Decide(State, seen, market.Now, Waits);
            rules.CheckDecision(seen, LastDecision);
            var wait = TimeSpan.FromMinutes(1);
            foreach (var action in LastDecision)
            {
                var next = action is Wait w ? w.For : CarryOut(action);
                wait = next < wait ? next : wait;
            }

            return wait;
        }
        catch (Crash)
        {
            Revive();
            return TimeSpan.FromSeconds(market.Next(60));
        }
    }

    /// <summary>An event that a person's command appends.</summary>
    public void Append(JobEvent happened)
    {
        var entry = new JournalEntry(State.LastSequence + 1, market.Now, happened);
        State = State.Apply(entry);
        journal.Add(entry);
        rules.OnEvent(happened);
    }

    public void CheckAfterTick(bool asleep = false) => rules.OnTick(asleep);

    public void CheckEnd() => rules.CheckEnd();

    public void OnStartedElsewhere() => rules.OnStartedElsewhere();

    private void Revive()
    {
        var read = journal.Count < 60
            ? JsonSerializer.Deserialize<List<JournalEntry>>(JsonSerializer.Serialize(journal))!
            : journal;
        State = JobState.Replay(State.Id, read);
        Forget();
        meteredAt = null;
        offers = null;
        offersTriedAt = null;
        hostFailingSince.Clear();
        market.Forget();
    }

    /// <summary>What was seen of one machine says nothing about the next.</summary>
    private void Forget()
    {
        report = null;
        reportAt = null;
        mirrorLookedAt = null;
        pruneTriedAt = null;
        stepSeen = null;
        SetBoxProblem(null);
    }

    private Observation Observe()
    {
        var tracked = State.Attempts.SelectMany(a => a.Strays.Select(s => s.RentalId).Append(a.RentalId)).OfType<string>();
        var (listing, gone) = market.Sweep(tracked);
        Meter(listing);
        SawClearly = listing.Rentals is not null && listing.At == market.Now && listing.Rentals.All(r => r.Status != RentalStatus.Unknown);
        return new Observation
        {
            Listing = listing,
            Gone = gone,
            Report = report,
            ReportAt = reportAt,
            ContactAt = reportAt,
            BoxProblem = boxProblem,
            BoxProblemSince = boxProblemSince,
            Offers = offers,
            OffersAt = offersAt,
            OffersTriedAt = offersTriedAt,
            MirrorLookedAt = mirrorLookedAt,
            PruneTriedAt = pruneTriedAt,
            HostFailingSince = new Dictionary<int, DateTimeOffset>(hostFailingSince),
            StepSeen = stepSeen,
            MarketNow = market.Now,
            Charges = CurrentRental() is { } r && !market.Chance(market.Faults.ChargesUnknown)
                ? new Charges(r.Id, r.UsdPerHour * (decimal)r.RanFor.TotalHours, 0.01m * (decimal)(market.Now - r.Made).TotalHours, 0, 0)
                : null,
        };
    }

    private void Meter(Listing listing)
    {
        if (listing.Rentals is not { } rentals || listing.At <= meteredAt)
            return;
        foreach (var read in Metering.News(State, rentals, listing.At, meteredAt))
            Write(read);
        meteredAt = listing.At;
    }

    private TimeSpan CarryOut(JobAction action)
    {
        switch (action)
        {
            case Record a:
                Write(a.Event);
                return TimeSpan.Zero;
            case Rent a:
                return CarryOutRent(a);
            case AskWhose a:
                return CarryOutAskWhose(a);
            case TakeOver a:
                return CarryOutTakeOver(a);
            case Reach a:
                return WithBox(_ => Write(new BoxReached(a.Attempt, "127.0.0.1", 22, false)));
            case ProveRoundTrip a:
                return WithBox(_ => Write(new RoundTripProved(a.Attempt, "abc", 4)));
            case SendPayload a:
                return CarryOutSend(a);
            case ReadReport:
                return WithBox(r =>
                {
                    report = r.Report();
                    reportAt = market.Now;
                    stepSeen = ProgressReader.Read(null, report.ProgressText)?.Step ?? stepSeen;
                });
            case TellCadence a:
                return WithBox(r =>
                {
                    r.CheckpointEvery = a.Cadence.Every;
                    Write(a.Cadence);
                });
            case PruneDisk a:
                pruneTriedAt = market.Now;
                return WithBox(_ =>
                {
                    List<string> copied = [.. State.Mirrors.Keys];
                    if (copied.Count > 0)
                        Write(new PruneIntended(a.Attempt, a.FreeBytes, a.WantedBytes, copied));
                    Write(new DiskPruned(a.Attempt, copied, 0, copied.Count));
                });
            case LookForOffers:
                offersTriedAt = market.Now;
                offers = market.Offers();
                offersAt = offers is null ? null : market.Now;
                return offers is null ? TimeSpan.FromSeconds(30) : TimeSpan.Zero;
            case MirrorCheckpoints a:
                return WithBox(r =>
                {
                    mirrorLookedAt = market.Now;
                    if (r.FilesVersion > 0 && market.Chance(0.3))
                        Write(new CheckpointMirrored(a.Attempt, "checkpoint.pt", 10, r.Manifest, 5, "loads"));
                });
            case WriteFence a:
                return WithHost(a.Attempt, a.RentalId, r =>
                {
                    r.Fence = a.Attempt;
                    Write(new FenceWritten(a.Attempt));
                });
            case BringHomeFromHost a:
                return WithHost(a.Attempt, a.RentalId, r =>
                {
                    if (IsHidden(a.Attempt, r))
                    {
                        hostFailingSince.TryAdd(a.Attempt, market.Now);
                        return;
                    }

                    if (State.Attempts.Any(later => later.Number > a.Attempt && later.PayloadDeliveredAt is not null))
                        Write(new NewerFound(a.Attempt, 7, 5, "/attempts"));
                    Receive(a.Attempt, r, ManifestThroughHost(a.Attempt, r));
                });
            case RecheckFromHost a:
                return WithHost(a.Attempt, a.RentalId, r => Write(new MachineRechecked(a.Attempt, ManifestThroughHost(a.Attempt, r))));
            case EndJob a:
                Write(new EndIntended(a.Attempt, a.Reason));
                return WithBox(r =>
                {
                    if (!market.Chance(market.Faults.EndIgnored))
                        r.EndCommand();
                    reportAt = null;
                });
            case BringHome a:
                return WithBox(r => CarryOutBringHome(a, r));
            case RecheckMachine a:
                return WithBox(r => Recheck(a, r));
            case RaiseBid a:
                Write(new BidRaiseIntended(a.Attempt, a.RentalId, a.FromUsdPerHour, a.ToUsdPerHour, a.Choice, a.Alternatives));
                rules.OnRaise(a);
                if (!market.Raise(a.RentalId, a.ToUsdPerHour))
                    Write(new BidRaiseRefused(a.Attempt, a.RentalId, new Problem("bid-refused", "The bid cannot be changed.", "", ExitCode.BadInput)));
                break;
            case StopRental a:
                Write(new StopIntended(a.Attempt, a.Reason));
                MayCrash();
                market.Stop(a.RentalId);
                Write(new StopTaken(a.Attempt));
                break;
            case StartRental a:
                Write(new StartIntended(a.Attempt, a.Reason));
                Forget();
                market.Start(a.RentalId);
                break;
            case DestroyRental a when State.IsAdopted && market.Find(a.RentalId) is { Alive: true } other && other.Label != State.Current!.Label:
                return TimeSpan.FromSeconds(15);
            case DestroyRental a:
                Write(new DestroyIntended(a.Attempt, a.RentalId, market.Now));
                rules.OnDestroy(a);
                market.Destroy(a.RentalId);
                break;
            case ConfirmDestroyed a:
                Write(new DestroyConfirmed(a.Attempt, a.RentalId, null, market.Now));
                break;
            default:
                throw new Violation($"an action that no engine knows: {action}");
        }

        return TimeSpan.FromSeconds(1);
    }

    private TimeSpan CarryOutRent(Rent a)
    {
        rules.OnRent();
        Forget();
        Write(new RentIntended(a.Attempt, a.OfferId, a.Label, a.Offer, a.BidUsdPerHour, a.Choice, a.Alternatives));
        var (how, rental) = market.Create(a.Label, a.BidUsdPerHour, (a.Offer ?? State.Submission.Offer).MachineId);
        MayCrash();
        Write(how switch
        {
            Created.Answered => new Rented(a.Attempt, rental!.Id, Adopted: false),
            Created.Refused => new RentRefused(a.Attempt, new Problem("offer-gone", "The offer is gone.", "", ExitCode.NoOffer)),
            _ => new RentUnclear(a.Attempt, new Problem("no-answer", "No answer.", "", ExitCode.Unknown, MayRetry: true)),
        });
        return TimeSpan.Zero;
    }

    private TimeSpan CarryOutSend(SendPayload a)
    {
        if (State.Current is { PayloadIntended: false })
            Write(new PayloadIntended(a.Attempt));
        return WithBox(r =>
        {
            rules.OnSend(r);
            r.HoldsPayload = true;
            market.Advance(TimeSpan.FromSeconds(market.Next(60)));
            MayCrash();
            if (market.Chance(market.Faults.SendBreaks))
            {
                r.PayloadWhole |= market.Chance(0.2);
                SetBoxProblem(new Problem("broken", "The connection broke.", "", ExitCode.Unknown, MayRetry: !market.Chance(0.1)));
                return;
            }

            r.PayloadWhole = true;
            MayCrash();
            Write(new PayloadDelivered(a.Attempt, 3, 100));
            if (CheckpointPace.Decide(State, State.Current!, null, 1, market.Now) is { } pace)
                Write(pace);
        });
    }

    private void CarryOutBringHome(BringHome a, SimRental r)
    {
        var manifest = r.Manifest;
        market.Advance(TimeSpan.FromSeconds(market.Next(120)));
        if (!r.Reachable)
        {
            SetBoxProblem(new Problem("broken", "The connection broke.", "", ExitCode.Unknown, MayRetry: true));
            return;
        }

        Receive(a.Attempt, r, manifest);
    }

    private void Receive(int attempt, SimRental r, string manifest)
    {
        Write(new BundlePulled(attempt, manifest, 1, 10));
        if (market.Chance(market.Faults.Corrupt))
        {
            Write(new VerificationFailed(attempt, [new FileFinding("model.safetensors", "differs", "It differs from its manifest.")]));
            return;
        }

        receipts++;
        var isEmpty = r.FilesVersion == 0 || manifest == EmptyManifest;
        IReadOnlyList<string> hashOnly = !isEmpty && market.Chance(0.2) ? ["notes.bin"] : [];
        Write(new ReceiptIssued(attempt, $"receipt-{receipts}", manifest, isEmpty ? 0 : 1, 10, 1, hashOnly, [], "/receipt.json"));
    }

    /// <summary>What was left on a volume that another rental writes on is nothing of this one's.</summary>
    private string ManifestThroughHost(int attempt, SimRental r) =>
        State.WentOnFromVolume(State.Attempts[attempt - 1]) ? EmptyManifest : IsHidden(attempt, r) ? "differs" : r.Manifest;

    /// <summary>The host shows nothing of the volume, on which the work lies: that proves nothing.</summary>
    private bool IsHidden(int attempt, SimRental r) =>
        r.Volume is not null && !market.HostsShowVolumes && State.Attempts[attempt - 1] is { StartedAt: not null } left && !State.WentOnFromVolume(left);

    private TimeSpan WithHost(int attempt, string rentalId, Action<SimRental> act)
    {
        market.Advance(TimeSpan.FromSeconds(1));
        if (market.ThroughHost(rentalId) is not { } rental)
        {
            hostFailingSince.TryAdd(attempt, market.Now);
            return TimeSpan.FromSeconds(5);
        }

        hostFailingSince.Remove(attempt);
        act(rental);
        return TimeSpan.Zero;
    }

    private TimeSpan WithBox(Action<SimRental> act)
    {
        market.Advance(TimeSpan.FromMilliseconds(200));
        if (CurrentRental() is not { Reachable: true } rental)
        {
            SetBoxProblem(new Problem("box-unreachable", "No answer.", "", ExitCode.Unknown, MayRetry: !market.Chance(market.Faults.SendBreaks * 0.02)));
            return TimeSpan.FromSeconds(5);
        }

        rental.LastContact = market.Now;
        SetBoxProblem(null);
        act(rental);
        return TimeSpan.Zero;
    }

    private SimRental? CurrentRental() => State.Current?.RentalId is { } id ? market.Find(id) : null;

    private void SetBoxProblem(Problem? problem)
    {
        boxProblem = problem;
        boxProblemSince = problem is null ? null : boxProblemSince ?? market.Now;
    }

    private void Write(JobEvent happened)
    {
        MayCrash();
        Append(happened);
        MayCrash();
    }

    private void MayCrash()
    {
        if (market.Chance(market.Faults.Crash))
            throw new Crash();
    }
}
