using System.Text.Json.Nodes;
using Lodger.Marketplace.Auction;
using Lodger.Marketplace.Contracts;
using Lodger.Marketplace.Life;
using Lodger.Marketplace.Network;

namespace Lodger.Marketplace.Control;

/// <summary>What others do to an instance: outbid it, rent its GPUs away, stop it, end it, spoil its lines.</summary>
internal sealed class InstanceControl(Book book, Lifecycle life, TimeProvider clock, TimeProvider realTime)
{
    private const double BytesPerSecondMax = 10e9;
    private const long BurstBytes = 64 * 1024;

    public IEnumerable<ControlRoute> Routes() =>
    [
        new("POST", "instances/{id}/stop", Stop),
        new("POST", "instances/{id}/start", call => On(call, life.Start)),
        new("POST", "instances/{id}/outbid", Outbid),
        new("POST", "instances/{id}/rent_away", RentAway),
        new("POST", "instances/{id}/release", Release),
        new("POST", "instances/{id}/end", End),
        new("POST", "instances/{id}/expire", Expire),
        new("POST", "instances/{id}/direct", call => Spoil(call, (box, line) => box.DirectLine = line)),
        new("POST", "instances/{id}/proxy", call => Spoil(call, (box, line) => box.ProxyLine = line)),
    ];

    private JsonObject Stop(ControlCall call) => call.Text("cause") switch
    {
        null or "host" => On(call, c => life.Stop(c, StopCause.Host, "Stopped by the host")),
        "outbid" => On(call, c => life.Stop(c, StopCause.Outbid, Bidding.OutbidMessage)),
        var other => throw new ControlException(400, $"cause '{other}' is not one of host, outbid"),
    };

    public JsonObject Outbid(ControlCall call)
    {
        var contract = FindWithBid(call);
        var by = (decimal)call.Number("by", (double)Rules.StepUsd, 1000, missing: 0.01);
        return Rival(call, contract, (contract.BidUsdPerHour!.Value / contract.GpuIds.Count) + by);
    }

    /// <exception cref="ControlException">There is no such instance, or nobody can outbid it.</exception>
    public Contract FindWithBid(ControlCall call) => Find(call) is { BidUsdPerHour: not null } contract
        ? contract
        : throw new ControlException(409, $"instance {call.Id} is rented on demand, and nobody can outbid it; instances/{call.Id}/stop with cause outbid stops it as if");

    private JsonObject RentAway(ControlCall call)
    {
        var contract = Find(call);
        if (contract is { BidUsdPerHour: null, HoldsGpus: true })
            throw new ControlException(409, $"instance {contract.Id} holds its GPUs on demand, and nobody can take them; stop it first, then rent them away");
        return Rival(call, contract, null);
    }

    /// <summary>Somebody else comes for its GPUs, for ever or for so many seconds of market time.</summary>
    private JsonObject Rival(ControlCall call, Contract contract, decimal? bidUsdPerGpuHour)
    {
        var now = clock.GetUtcNow();
        var rival = book.AddStranger(contract.MachineId, contract.GpuIds, bidUsdPerGpuHour, now, now + call.Seconds("seconds"));
        life.Settle(contract.MachineId);
        if (rival.Holds) return new JsonObject { ["success"] = true, ["bid_usd_per_hour"] = bidUsdPerGpuHour * contract.GpuIds.Count };
        book.RemoveStranger(rival.Id);
        throw new ControlException(409, $"somebody with priority holds the GPUs of instance {contract.Id} already");
    }

    /// <summary>Whoever was ordered to its GPUs leaves.</summary>
    private JsonObject Release(ControlCall call) => On(call, contract =>
    {
        foreach (var stranger in book.Strangers.Where(s => s.GpuIds.Any(contract.GpuIds.Contains)).ToList()) book.RemoveStranger(stranger.Id);
        life.Settle(contract.MachineId);
    });

    private JsonObject End(ControlCall call) => On(call, contract =>
    {
        contract.EndsAt = clock.GetUtcNow() + (call.Seconds("in_seconds") ?? TimeSpan.Zero);
        book.Save(contract);
    });

    /// <summary>As if it had ended 48 hours ago: it is deleted now.</summary>
    private JsonObject Expire(ControlCall call) => On(call, contract =>
    {
        contract.EndsAt = clock.GetUtcNow() - Timeline.KeptAfterEnd;
        book.Save(contract);
    });

    private JsonObject Spoil(ControlCall call, Action<Box, Line> set)
    {
        var box = life.BoxOf(Find(call));
        var line = call.Text("line") switch
        {
            "ok" => Line.Whole,
            "cut" => Line.Cut,
            "slow" => new Line(IsCut: false, new TokenBucket((long)call.Number("bytes_per_second", 1, BytesPerSecondMax, missing: 20_000), BurstBytes, realTime)),
            var other => throw new ControlException(400, $"line '{other}' is not one of ok, cut, slow"),
        };
        set(box, line);
        BoxPorts.Apply(box);
        return ControlCall.Done;
    }

    private JsonObject On(ControlCall call, Action<Contract> act)
    {
        act(Find(call));
        return ControlCall.Done;
    }

    private Contract Find(ControlCall call) => book.FindContract(call.Id) is { IsAlive: true } contract ? contract : throw new ControlException(404, "no such instance");
}
