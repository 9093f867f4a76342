using System.Globalization;
using Lodger.Domain.Jobs;
using Lodger.Domain.Market;
using Lodger.Domain.Money;
using Lodger.Domain.Plan;
using Lodger.Domain.Policy;
using Lodger.Domain.Spec;

namespace Lodger.Domain.Reconcile;

/// <summary>Whether and what is rented next: the first rental, one after an answer that got lost, or the one on which an interrupted job goes on.</summary>
internal static class NextRent
{
    /// <summary>After so many rentals in a row on which the command never ran, a person looks.</summary>
    private const int MaxFruitless = 5;

    /// <summary>So many offers in a row may be gone before they could be had.</summary>
    private const int MaxGone = 20;

    /// <summary>So many bids in a row may be beaten before their commands ran; each paid for a boot.</summary>
    private const int MaxBeaten = 10;

    /// <summary>An offer that was gone is not asked for again so soon, though the market may go on listing it.</summary>
    private static readonly TimeSpan GoneFor = TimeSpan.FromMinutes(5);

    /// <summary>A market of which so many offers in a row were gone is given a while, each time one twice as long.</summary>
    private const int GoneAtOnce = 5;

    private static readonly TimeSpan MarketRests = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan MarketRestsMax = TimeSpan.FromMinutes(10);

    /// <summary>The problem id of a boot that was given up: the next machine has a faster line.</summary>
    public const string BootNeverCame = "boot-never-came";

    /// <summary>The problem id of a bid that somebody beat before its command ran: others were faster, and the machine is none the worse.</summary>
    public const string OutbidBeforeStart = "outbid-before-start";

    /// <summary>On-demand rentals that turn out unusable before anything was sent are replaced so often.</summary>
    private const int MaxReplaced = 2;

    /// <summary>A replacement costs at most so much of what was agreed to.</summary>
    private const decimal Dearer = 1.25m;

    /// <summary>A line as fast as this is not what a boot fails on.</summary>
    private const double FastMbps = 500;

    /// <summary>The newest attempt is finished, nothing of it can bill, and the job is not.</summary>
    public static bool IsDue(JobState job, DateTimeOffset now, Waits waits) => job.Current switch
    {
        _ when job.IsAdopted => false,
        null => true,
        _ when job.Cancel is not null || job.Budget is not null => false,
        // One that came to light late is torn down first.
        _ when job.Attempts.Any(a => a is { Move: null, MayBill: true }) => false,
        { Move: not null } or { GivenUp.Id: BudgetHold.Id } => true,
        { } last when WasLost(last) => NotHad(job).Count(WasLost) < Reconciler.MaxAttempts,
        { GivenUp.ExitCode: Problems.ExitCode.RentalUnusable, PayloadIntended: false, GivenUpAt: { } at } when job.Submission.Spec.Rent == RentMode.OnDemand =>
            Fruitless(job) <= MaxReplaced && now - at < waits.Replace,
        _ when job.Submission.Spec.Rent == RentMode.OnDemand || Fruitless(job) >= MaxFruitless => false,
        { } last when WasGone(last) => Gone(job) is var gone && gone.Count < MaxGone && gone.Count(a => a.GivenUp is not null) < MaxBeaten,
        { GivenUp: { ExitCode: Problems.ExitCode.RentalUnusable } } => true,
        { Vanished: true, Ended: null, PayloadIntended: true } => true,
        { Ended.Reason: EndReason.Refused } => true,
        _ => false,
    };

    /// <summary>Null when nothing is to be rented, or cannot be because the platform does not say what is rented already.</summary>
    public static JobAction? Decide(JobState job, Observation seen, DateTimeOffset now, Waits waits)
    {
        if (seen.Listing.Rentals is null || !IsDue(job, now, waits))
            return null;
        var number = job.Attempts.Count + 1;
        var label = JobState.LabelFor(job.Id, number);
        // What the journal does not know of may be at work, and hold what nobody has a copy of.
        if (seen.Listing.Rentals.OfTheJobOf(label).FirstOrDefault(r => NumberIn(r.Label!) >= number) is { } later)
        {
            return new Wait(
                TimeSpan.FromMinutes(1),
                $"rental {later.Id} has the label {later.Label}, which this journal never gave out: it is older than what happened (a backup?), or another server works with a copy of it. Nothing is rented beside it. "
                + $"If no other server looks after it: give it another label in the platform's console, save its files with lodger adopt {later.Id}, and end this job with lodger down {job.Name}");
        }

        var first = job.Submission;
        if (job.Current is not { } last)
            return new Rent(number, first.Offer.Id, label, null, first.BidUsdPerHour);
        if (last.Move is { } move)
            return new Rent(number, move.Offer.Id, label, move.Offer, move.BidUsdPerHour);
        if (WasLost(last))
            return new Rent(number, last.OfferId, label, last.Offer, last.BidUsdPerHour);
        if (seen.Offers is not { } offers || seen.OffersAt is not { } asked || now - asked > waits.OffersValid)
            return new LookForOffers(last.Number);
        if (first.Spec.Rent == RentMode.OnDemand)
            return Replacement(job, last, offers, seen, number, label, now);
        var gone = Gone(job);
        if (gone.Count >= GoneAtOnce && LostAt(gone[0]) + Rest(gone.Count) - now is { Ticks: > 0 } rest)
            return new Wait(rest, $"{gone.Count} offers in a row went to others before anything ran; the next is asked for in {rest.TotalSeconds:0} s");
        offers = [.. offers.Where(o => !gone.Any(a => a.OfferId == o.Id && now - LostAt(a) < GoneFor))];
        var choice = PreemptionPolicy.Choose(PreemptionFactsOf.Lost(job, seen, offers, now));
        if (choice.IsOutOfBudget)
            return OutOfBudget(new BudgetReached(last.Number, Reserve.SpentUsd(job, seen.Charges, seen.MarketNow), offers.Min(o => Reserve.Usd(o, first.Spec.DiskGb))), seen);
        return choice.Chosen is { Way: not WayOn.Wait, Offer: { } offer } chosen
            ? new Rent(number, offer.Id, label, offer, chosen.BidUsdPerHour, choice.Line, [.. choice.Alternatives.Select(a => $"{a.Label}: {a.Why}")], FromList: true)
            : new Wait(TimeSpan.FromSeconds(20), $"no offer to go on with: {choice.Chosen.Why}{choice.Note}");
    }

    /// <summary>The cheapest plan on another host, at about the agreed price; after a boot that never came, on a faster line.</summary>
    private static JobAction Replacement(JobState job, AttemptState last, IReadOnlyList<Offer> offers, Observation seen, int number, string label, DateTimeOffset now)
    {
        var failed = last.Offer ?? job.Submission.Offer;
        var penalties = PreemptionFactsOf.Penalties(job, now);
        var fitting = offers.Where(o => Planner.Fits(job.Submission.Spec, o)
            && o.GpuUsdPerHour <= job.Submission.Offer.GpuUsdPerHour * Dearer
            && o.MachineId != failed.MachineId
            && !seen.Held.Contains(o.Id)
            && !OwnBids.Displaces(o, onDemand: true, seen.Listing.Rentals)
            && (!penalties.TryGetValue(o.HostId, out var weight) || weight < HostMemory.ExcludedFrom)
            && (last.GivenUp!.Id != BootNeverCame || o.DownloadMbps > failed.DownloadMbps || o.DownloadMbps >= FastMbps)).ToList();
        if (Planner.Make(job.Submission.Spec, fitting, new PlanInputs { MarketNow = seen.MarketNow }).Best is not { Offer: { } best })
            return new Wait(TimeSpan.FromSeconds(20), $"{last.GivenUp!.Message} No other offer fits at about ${job.Submission.Offer.GpuUsdPerHour:0.000}/h just now.");
        var (spent, kept) = (Reserve.SpentUsd(job, seen.Charges, seen.MarketNow), Reserve.Usd(best, job.Submission.Spec.DiskGb));
        return job.BudgetUsd is { } budget && spent + kept >= budget ? OutOfBudget(new BudgetReached(last.Number, spent, kept), seen) : new Rent(number, best.Id, label, best, FromList: true);
    }

    /// <summary>A hold that only a person ends is no answer to what another job has chosen a moment ago.</summary>
    private static JobAction OutOfBudget(BudgetReached reached, Observation seen) => seen.Held.Count == 0
        ? new Record(reached)
        : new Wait(TimeSpan.FromSeconds(20), "other jobs of the account are renting what the budget would do for; what is left after them is looked at then");

    /// <summary>The attempt that a label names; zero when it names none.</summary>
    private static int NumberIn(string label) => int.TryParse(label.AsSpan(label.LastIndexOf('/') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static TimeSpan Rest(int gone) => TimeSpan.FromSeconds(Math.Min(MarketRests.TotalSeconds * Math.Pow(2, gone - GoneAtOnce), MarketRestsMax.TotalSeconds));

    /// <summary>Rentals in a row of which nothing came, though nobody took them away: an offer that was gone was none, nor was a rent without an answer, and a preemption is no failure.</summary>
    private static int Fruitless(JobState job) => job.Attempts.Reverse().TakeWhile(a => a.StartedAt is null).Count(a => a.Move is null && !WasGone(a) && !WasLost(a));

    /// <summary>The newest attempts, as far as they got no machine that could be kept; newest first.</summary>
    private static IEnumerable<AttemptState> NotHad(JobState job) => job.Attempts.Reverse().TakeWhile(a => WasGone(a) || WasLost(a));

    private static List<AttemptState> Gone(JobState job) => [.. NotHad(job).Where(WasGone)];

    private static DateTimeOffset LostAt(AttemptState gone) => gone.GivenUpAt ?? gone.RentIntendedAt;

    /// <summary>No answer came, and no rental.</summary>
    private static bool WasLost(AttemptState a) => a.RentRefusal is { Id: Reconciler.RentLost };

    /// <summary>Somebody else was faster, or pays more.</summary>
    private static bool WasGone(AttemptState a) => a.RentRefusal is { ExitCode: Problems.ExitCode.NoOffer } || a.GivenUp is { Id: OutbidBeforeStart };
}
