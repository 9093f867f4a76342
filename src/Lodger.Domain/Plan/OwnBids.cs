using Lodger.Domain.Market;

namespace Lodger.Domain.Plan;

/// <summary>Bids that an account has already. What is rented on demand beside them takes their GPU, and so does a bid that is higher: nobody means to beat himself.</summary>
public static class OwnBids
{
    /// <summary>Why such an offer is left out.</summary>
    public const string Why = "a bid of this account runs on its machine, and renting there would take its GPU";

    /// <summary>The plan without such offers; as it was, and marked, when none would be left.</summary>
    /// <param name="rentals">All of the account.</param>
    public static JobPlan Spare(JobPlan plan, RentalList rentals)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(rentals);
        var fit = plan.Offers.Where(p => !Beats(p, rentals)).ToList();
        if (fit.Count == plan.Offers.Count)
            return plan;
        if (fit.Count == 0)
            return plan with { BeatsOwnBid = true };
        fit[0] = fit[0] with { WhyNot = "" };
        return plan with { Offers = fit, LeftOut = [.. plan.LeftOut, .. plan.Offers.Where(p => Beats(p, rentals)).Select(p => new LeftOut(p.Offer, Why))] };
    }

    /// <summary>Whether a job that looks for another machine would take there the GPU of a bid of the account. A bid that is paused holds none.</summary>
    /// <param name="onDemand">It may be rented on demand.</param>
    /// <param name="rentals">All of the account; null: unknown, which spares nothing.</param>
    /// <param name="but">A rental that is given up for it.</param>
    public static bool Displaces(Offer offer, bool onDemand, RentalList? rentals, string? but = null)
    {
        ArgumentNullException.ThrowIfNull(offer);
        return rentals?.BidsOn(offer.MachineId).Any(own => own.Id != but && own.Status != RentalStatus.Preempted && IsUp(own) && (onDemand || !IsForAnother(offer, own))) == true;
    }

    private static bool Beats(PricedOffer priced, RentalList rentals) => rentals.BidsOn(priced.Offer.MachineId).Any(own => IsUp(own) && (priced.BidUsdPerHour is null || !IsForAnother(priced.Offer, own)));

    private static bool IsUp(Rental own) => own.Status is not (RentalStatus.Stopped or RentalStatus.Exited or RentalStatus.CannotStart);

    /// <summary>A bid that need not be higher than ours is for another GPU of the machine.</summary>
    private static bool IsForAnother(Offer offer, Rental own) => offer.MinBidUsdPerHour is { } least && own.BidUsdPerHour is { } bid && least <= bid;
}
