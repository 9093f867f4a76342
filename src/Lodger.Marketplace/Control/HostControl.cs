using System.Text.Json.Nodes;
using Lodger.Marketplace.Catalog;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Life;

namespace Lodger.Marketplace.Control;

/// <summary>Offers and the machines behind them.</summary>
internal sealed class HostControl(Book book, Lifecycle life, TimeProvider clock)
{
    private const double FactorMax = 100;

    public IEnumerable<ControlRoute> Routes() =>
    [
        new("POST", "offers/{id}/take", Take),
        new("POST", "offers/{id}/give", Give),
        new("POST", "machines/{id}/offline", call => On(call, life.TakeOffline)),
        new("POST", "machines/{id}/online", BringOnline),
        new("POST", "machines/{id}/vanish", call => On(call, life.Vanish)),
        new("POST", "machines/{id}/price", SetPrice),
    ];

    private JsonObject Take(ControlCall call)
    {
        var offer = Offer(call);
        var gone = call.Number("answer", 404, 410, missing: 410) < 410;
        book.TakenOffers[offer.Id] = new TakenOffer(gone, call.Flag("still_listed"));
        if (gone) return ControlCall.Done;
        book.AddStranger(offer.Machine.Id, offer.GpuIds, null, clock.GetUtcNow(), until: null);
        life.Settle(offer.Machine.Id);
        return ControlCall.Done;
    }

    private JsonObject Give(ControlCall call)
    {
        var offer = Offer(call);
        book.TakenOffers.Remove(offer.Id);
        foreach (var stranger in book.Strangers.Where(s => s.GpuIds.SequenceEqual(offer.GpuIds)).ToList()) book.RemoveStranger(stranger.Id);
        life.Settle(offer.Machine.Id);
        return ControlCall.Done;
    }

    private JsonObject BringOnline(ControlCall call)
    {
        if (book.VanishedMachines.Contains(call.Id)) throw new ControlException(409, $"machine {call.Id} has vanished for good; nothing brings it back");
        return On(call, life.BringOnline);
    }

    /// <summary>What the host asks from now on, as a multiple of what it asked at first.</summary>
    private JsonObject SetPrice(ControlCall call)
    {
        var factor = (decimal)call.Number("factor", 0.01, FactorMax);
        return On(call, id =>
        {
            book.PriceFactors[id] = factor;
            life.Settle(id);
        });
    }

    private JsonObject On(ControlCall call, Action<long> act)
    {
        act(book.Machines.ContainsKey(call.Id) ? call.Id : throw new ControlException(404, "no such machine"));
        return ControlCall.Done;
    }

    private Offer Offer(ControlCall call) => book.Offers.GetValueOrDefault(call.Id) ?? throw new ControlException(404, "no such offer");
}
