using System.Globalization;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Life;
using Lodger.Marketplace.Metering;

namespace Lodger.Marketplace.Http;

/// <summary>Changing a bid, and prepaying for a rental on demand.</summary>
internal sealed class BidsApi(Book book, Lifecycle life, TimeProvider clock, bool fixedBids)
{
    private const decimal BidUsdMin = 0.001m;
    private const decimal BidUsdMax = 32;
    private const decimal DiscountMax = 0.4m;
    private const decimal DiscountPerMonth = 0.1m;

    public IEnumerable<Endpoint> Endpoints() =>
    [
        new("bid", "PUT", "/api/v0/instances/bid_price/{id:long}", 5.5, ChangeBid),
        new("prepay", "PUT", "/api/v0/instances/prepay/{id:long}", 2.0, Prepay),
        new("deposit", "GET", "/api/v0/instances/balance/{id:long}", 3.0, Deposit),
    ];

    private Reply ChangeBid(ApiCall call)
    {
        if (Filters.Number(call.Body["price"]) is not (>= BidUsdMin and <= BidUsdMax and var bid))
            return Invalid(string.Create(CultureInfo.InvariantCulture, $"Please set a bid price >= {BidUsdMin} and <= {BidUsdMax}."));
        lock (book.Lock)
        {
            if (Find(call) is not { } contract) return Reply.Error(404, "no_such_instance", "Instance with that ID does not exist.");
            if (contract.BidUsdPerHour is null) return Invalid("This instance is rented on demand; it has no bid.");
            if (fixedBids) return Invalid("The bid of an instance cannot be changed after it is rented.");
            life.ChangeBid(contract, bid);
            return Reply.Success();
        }
    }

    /// <summary>The description names a month scale and a discount of typically at most 40 %, and no formula: here each month paid ahead is worth 10 %.</summary>
    private Reply Prepay(ApiCall call)
    {
        if (Filters.Number(call.Body["amount"]) is not (> 0 and var amount)) return Invalid("amount must be above 0");
        lock (book.Lock)
        {
            if (Find(call) is not { BidUsdPerHour: null } contract) return Reply.Error(400, "invalid_args", "No such instance");
            foreach (var alive in book.Alive) life.MeterTo(alive, clock.GetUtcNow());
            if (book.FreeBalanceUsd(call.Account) < amount) return Reply.Error(411, "insufficient_credit", "Insufficient credit");
            var perMonth = contract.Tariff.GpuUsdPerHour / (1 - contract.Discount) * Meter.HoursPerMonth;
            var months = (contract.DepositUsd + amount) / perMonth;
            var discount = Math.Max(contract.Discount, Math.Min(DiscountMax, Math.Floor(months) * DiscountPerMonth));
            life.Prepay(contract, amount, discount);
            return Reply.Ok(new JsonObject { ["success"] = true, ["timescale"] = Math.Round(months, 3), ["discount_rate"] = discount });
        }
    }

    private Reply Deposit(ApiCall call)
    {
        lock (book.Lock)
        {
            if (Find(call) is not { } contract) return Reply.NoSuchInstance(call.RouteId());
            life.MeterTo(contract, clock.GetUtcNow());
            return Reply.Ok(new JsonObject
            {
                ["success"] = true,
                ["refundable_deposit"] = contract.DepositUsd,
                ["total_discount"] = contract.Discount,
                ["discount_months"] = (int)(contract.Discount / DiscountPerMonth),
            });
        }
    }

    private Contract? Find(ApiCall call) =>
        book.FindContract(call.RouteId()) is { IsAlive: true } contract && contract.AccountId == call.Account.Id ? contract : null;

    private static Reply Invalid(string why) => Reply.Error(400, "invalid_args", why);
}
