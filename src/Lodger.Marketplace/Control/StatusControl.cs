using System.Text.Json.Nodes;
using Lodger.Marketplace.Clock;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Http;
using Lodger.Marketplace.Life;

namespace Lodger.Marketplace.Control;

/// <summary>How the market stands: in short, and to the last second and byte.</summary>
internal sealed class StatusControl(Book book, Lifecycle life, FaultPlan faults, MarketClock clock, MarketplaceOptions options)
{
    public IEnumerable<ControlRoute> Routes() =>
    [
        new("GET", "ledger", _ => Ledger.Make(book, life, clock.GetUtcNow())),
        new("GET", "status", _ => Summary()),
    ];

    private JsonObject Summary()
    {
        foreach (var contract in book.Alive) life.MeterTo(contract, clock.GetUtcNow());
        var (api, creates) = faults.Pending();
        return new JsonObject
        {
            ["market_now"] = OfferFacts.Seconds(clock.GetUtcNow()),
            ["speed"] = clock.Speed,
            ["seed"] = options.Seed,
            ["tenants"] = options.Tenants.ToString().ToLowerInvariant(),
            ["machines"] = book.Machines.Count,
            ["machines_offline"] = book.OfflineMachines.Count,
            ["offers"] = book.Offers.Count,
            ["offers_free"] = book.Offers.Values.Count(o => !book.OfflineMachines.Contains(o.Machine.Id) && !book.TakenOffers.ContainsKey(o.Id) && book.CanBeRentedOnDemand(o.Machine.Id, o.GpuIds)),
            ["faults_ordered"] = api.Count + creates.Count,
            ["accounts"] = new JsonArray([.. book.Accounts.Select(a => new JsonObject { ["id"] = a.Id, ["balance_usd"] = Math.Round(book.BalanceUsd(a), 4), ["card_on_file"] = a.HasCard })]),
            ["instances"] = new JsonArray([.. book.Alive.OrderBy(c => c.Id).Select(Row)]),
        };
    }

    private JsonObject Row(Contract contract) => new()
    {
        ["id"] = contract.Id,
        ["account_id"] = contract.AccountId,
        ["machine_id"] = contract.MachineId,
        ["gpu"] = $"{contract.GpuIds.Count}x {book.Machines[contract.MachineId].Gpu.Name}",
        ["phase"] = contract.Phase.ToString().ToLowerInvariant(),
        ["stop_cause"] = contract.StopCause.ToString().ToLowerInvariant(),
        ["bid_usd_per_hour"] = contract.BidUsdPerHour,
        ["usd_per_hour"] = Math.Round(Metering.Meter.UsdPerHour(contract.Billing, contract.Tariff), 6),
        ["charged_usd"] = Math.Round(contract.Charges.TotalUsd, 4),
        ["label"] = contract.Label,
    };
}
