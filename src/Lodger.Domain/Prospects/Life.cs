using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Policy;
using Lodger.Domain.Policy.Deadlines;

namespace Lodger.Domain.Prospects;

/// <summary>How one life ended.</summary>
/// <param name="Hours">From now until everything is home; infinite: not within <see cref="Life.HorizonHours"/>.</param>
/// <param name="KeptUsd">What a budget would have kept back on the machine where it ended.</param>
internal readonly record struct LifeEnd(double Hours, double Usd, double KeptUsd, int Preemptions, int Decisions);

/// <summary>
/// One job lived from the first rental to the end in a market drawn by seed: bids are lost and machines return by the laws of <see cref="SpotRecord"/>, each machine for itself; what a start, a move, a byte and a lost checkpoint cost is what the
/// offers say. After a preemption the strategy chooses; Lodger's own with the very policy that the engine asks.
/// </summary>
internal sealed class Life
{
    /// <summary>Nothing is renewed so often.</summary>
    private const int EventsMost = 3_000;

    /// <summary>After a move the old disk bills until what is on it is home, proven, and somebody has said yes.</summary>
    private const double OldDiskKeptHours = 1;

    private static readonly DateTimeOffset Begin = DateTimeOffset.UnixEpoch;

    private readonly ProspectTerms terms;
    private readonly Strategy strategy;
    private readonly double? deadlineHours;
    private readonly PreemptionFacts fresh;
    private readonly double goes;
    private readonly double comes;
    private readonly Dictionary<string, double> downUntil = [];
    private Draws draws;
    private double at;
    private double usd;
    private double left;
    private double ran;
    private double paused;
    private int returns;
    private int preemptions;
    private int decisions;

    public Life(ProspectTerms terms, Strategy strategy, double? deadlineHours, PreemptionFacts fresh, Draws draws)
    {
        (this.terms, this.strategy, this.deadlineHours, this.fresh, this.draws) = (terms, strategy, deadlineHours, fresh, draws);
        left = terms.WorkHours;
        goes = Factor(terms.Record.Goes);
        comes = Factor(terms.Record.Comes);
    }

    /// <summary>No life is followed for longer.</summary>
    public static double HorizonHours(ProspectTerms terms) => (20 * terms.WorkHours) + (2 * (terms.DeadlineHours ?? 0)) + 720;

    /// <summary>What a job of these terms asks the policy before anything was rented.</summary>
    public static PreemptionFacts Fresh(ProspectTerms terms, Strategy strategy, double? deadlineHours) => FirstRent.Facts(terms.Spec, terms.Inputs, terms.Offers, Begin) with
    {
        Deadline = deadlineHours is { } hours ? Begin + TimeSpan.FromHours(hours) : null,
        MaySpot = strategy != Strategy.OnDemand,
        MayOnDemand = strategy is Strategy.OnDemand or Strategy.Auto,
        WorkAtRisk = terms.EveryHours is { } every ? TimeSpan.FromHours(every + terms.CopyLagHours) : TimeSpan.FromHours(terms.WorkHours),
    };

    public LifeEnd Live()
    {
        var place = First();
        Begins(place, withCheckpoint: false);
        for (var i = 0; i < EventsMost && at < HorizonHours(terms); i++)
        {
            var runs = StartHours + left;
            var lasts = place.Bid is null ? double.PositiveInfinity : SpotKinds.UsualShape.Goes.AgeAt(draws.Exponential() * place.Lasts / goes);
            if (lasts >= runs)
            {
                Pays(place, runs + place.HomeHours);
                usd += place.HomeUsd + (place.MirrorUsdPerHour * left);
                return Ended(place, at);
            }

            var next = AfterPreemption(place, lasts);
            if (next is null)
                at += 1 / 60d; // A container that starts again where its image is.
            else
                Begins(next, withCheckpoint: true);
            place = next ?? place;
        }

        return Ended(place, double.PositiveInfinity);
    }

    private LifeEnd Ended(Place place, double hours) => new(hours, usd, (double)Reserve.Usd(place.Offer, terms.Spec.DiskGb), preemptions, decisions);

    private Place First() => strategy switch
    {
        Strategy.OnDemand => terms.OnDemand[0],
        Strategy.BidAndWait or Strategy.BidAndMove => terms.Bids[0],
        _ => Chosen(fresh).Move is { } move ? terms.PlaceOf(move.Offer, move.Bid) : terms.Bids.Count > 0 ? terms.Bids[0] : terms.OnDemand[0],
    };

    private (Move? Move, TimeSpan LookAgainIn) Chosen(PreemptionFacts facts)
    {
        decisions++;
        var (move, look, isOutOfBudget) = PreemptionPolicy.Judge(facts);
        // Lodger asks before it passes a budget; what the job costs then is still worth knowing, so here the answer is yes.
        return isOutOfBudget ? Chosen(facts with { BudgetLeftUsd = null }) : (move, look);
    }

    /// <summary>Boot for the disk's price, then what is sent, while the GPU bills.</summary>
    private void Begins(Place place, bool withCheckpoint)
    {
        usd += place.DiskUsdPerHour * place.BootHours;
        at += place.BootHours;
        Pays(place, place.SendHours(withCheckpoint));
        usd += place.SendUsd(withCheckpoint);
    }

    private void Pays(Place place, double hours)
    {
        usd += (place.UsdPerHour + place.DiskUsdPerHour) * hours;
        at += hours;
    }

    /// <summary>The job's own start, as the policy supposes it; the first is part of the work.</summary>
    private double StartHours => preemptions > 0 ? Moving.JobStartHours : 0;

    /// <returns>Where it goes on; null: where it was.</returns>
    private Place? AfterPreemption(Place place, double lasted)
    {
        Pays(place, lasted);
        ran += lasted;
        var done = Math.Max(0, lasted - StartHours);
        preemptions++;
        usd += place.MirrorUsdPerHour * done;
        var saved = terms.EveryHours is { } every ? Math.Floor(done / every) * every : 0;
        left -= done;
        var lost = done - saved;
        var since = at;
        var back = at + SpotKinds.UsualShape.Comes.AgeAt(draws.Exponential() / comes);
        downUntil[place.Offer.MachineId] = back;
        var next = strategy switch
        {
            Strategy.BidAndWait => Waits(place, back),
            Strategy.BidAndMove => MovesAtOnce(place, back),
            _ => AsThePolicySays(place, since, back, ref lost),
        };
        left = Math.Min(terms.WorkHours, left + lost);
        return next;
    }

    private Place? Waits(Place place, double until)
    {
        until = Math.Min(until, HorizonHours(terms));
        usd += place.DiskUsdPerHour * (until - at);
        at = until;
        return null;
    }

    private Place? MovesAtOnce(Place place, double back)
    {
        // With every other machine taken, the first that is to be had again; the own one is waited for then.
        var others = terms.Bids.Where(b => b.Offer.MachineId != place.Offer.MachineId).ToList();
        if (others.Count == 0)
            return Waits(place, back);
        var next = others.Find(b => IsUp(b.Offer));
        if (next is null)
        {
            var soonest = others.MinBy(b => downUntil[b.Offer.MachineId])!;
            if (downUntil[soonest.Offer.MachineId] >= back)
                return Waits(place, back);
            Waits(place, downUntil[soonest.Offer.MachineId]);
            next = soonest;
        }

        Leaves(place, rescues: true);
        return next;
    }

    /// <summary>The stopped disk is fetched, and kept until it may be destroyed.</summary>
    private void Leaves(Place place, bool rescues)
    {
        usd += place.DiskUsdPerHour * OldDiskKeptHours;
        if (rescues && terms.EveryHours is not null)
            usd += Moving.Gb(terms.Inputs.CheckpointBytes) * (double)place.Offer.UploadUsdPerGb;
    }

    private Place? AsThePolicySays(Place place, double since, double back, ref double lost)
    {
        while (at < HorizonHours(terms))
        {
            var copied = Math.Min(lost + terms.CopyLagHours, terms.WorkHours - left);
            var (move, look) = Chosen(Facts(place, since, lost, copied));
            if (move is { } to)
            {
                Leaves(place, to.Rescue);
                lost = to.Rescue ? lost : copied;
                return terms.PlaceOf(to.Offer, to.Bid);
            }

            var until = Math.Min(back, at + Math.Max(look.TotalHours, 1 / 60d));
            Waits(place, until);
            if (until >= back)
            {
                returns++;
                paused += back - since;
                return null;
            }
        }

        return null;
    }

    private PreemptionFacts Facts(Place place, double since, double lost, double copied) => fresh with
    {
        Now = Begin + TimeSpan.FromHours(at),
        PreemptedAt = Begin + TimeSpan.FromHours(since),
        WorkLeft = TimeSpan.FromHours(left),
        ReworkOnReturn = TimeSpan.FromHours(lost),
        Rework = TimeSpan.FromHours(copied),
        HostOffline = false,
        Patience = terms.Spec.Patience,
        OldUsdPerHour = (decimal)place.UsdPerHour,
        OldDiskUsdPerHour = (decimal)place.DiskUsdPerHour,
        OldUploadUsdPerGb = place.Offer.UploadUsdPerGb,
        OldUploadMbps = place.Offer.UploadMbps,
        OldDiskReachable = true,
        OldMachineId = place.Offer.MachineId,
        Offers = [.. terms.Offers.Select(o => IsUp(o) ? o : o with { MinBidUsdPerHour = null })],
        PreemptionsSoFar = preemptions,
        PaidRunTimeSoFar = TimeSpan.FromHours(ran),
        ReturnsSoFar = returns,
        PausedSoFar = TimeSpan.FromHours(paused),
        CheckpointBytes = terms.EveryHours is null ? 0 : terms.Inputs.CheckpointBytes,
        BudgetLeftUsd = terms.Spec.BudgetUsd is { } budget && budget > (decimal)usd ? budget - (decimal)usd : null,
    };

    private bool IsUp(Offer offer) => !downUntil.TryGetValue(offer.MachineId, out var until) || until <= at;

    private double Factor((double Events, double Exposure) law) => draws.Gamma(law.Events) / law.Exposure;
}
