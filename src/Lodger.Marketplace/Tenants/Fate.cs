using Lodger.Marketplace.Catalog;

namespace Lodger.Marketplace.Tenants;

/// <summary>Who occupies part of a machine during one taken run.</summary>
/// <param name="GpuIds">One of the machine's bundles.</param>
/// <param name="BidOverFloor">What it bids, as a multiple of the host's floor; null on demand.</param>
internal sealed record Occupant(IReadOnlyList<int> GpuIds, decimal? BidOverFloor);

/// <summary>
/// One machine's lot: when others occupy it, when it is offline, what its host asks. A function of the market's seed, its first day and the time alone, so that
/// a restarted market finds the same.
/// </summary>
internal sealed class Fate
{
    /// <summary>In a calm market GPUs stay free so many times as long.</summary>
    private const double CalmStretch = 12;

    // Not in the traces: who the others are. A third on demand; bids from a fifth above the floor up, so that a bid within that fifth meets the fitted availability.
    private const double OnDemandShare = 0.35;
    private const double LowestBidOverFloor = 1.2;
    private const double MeanBidAboveLowest = 0.35;

    // Not in the traces: hosts. An outage lasts 25 minutes on average; its reliability says how often.
    private static readonly TimeSpan MeanOutage = TimeSpan.FromMinutes(25);

    // Not in the traces: prices. The logarithm goes back to its middle; every fourth price is more than 16 % off.
    private static readonly TimeSpan PriceStep = TimeSpan.FromHours(6);
    private const double PricePull = 0.9;
    private const double PriceNoise = 0.06;

    private readonly Random _demandRandom;
    private readonly Random _priceRandom;
    private readonly IReadOnlyList<IReadOnlyList<int>> _bundles;
    private readonly Alternation _isFree;
    private readonly Alternation _isOnline;
    private DateTimeOffset _priceChangesAt;
    private double _logPrice;

    public Fate(HostMachine machine, IReadOnlyList<IReadOnlyList<int>> bundles, TenantLevel level, int seed, DateTimeOffset start)
    {
        MachineId = machine.Id;
        _bundles = bundles;
        _demandRandom = Stream(seed, machine.Id, 1);
        _priceRandom = Stream(seed, machine.Id, 3);
        var onlineRandom = Stream(seed, machine.Id, 2);
        var ease = Math.Pow(RunLength.EaseMax, (2 * _demandRandom.NextDouble()) - 1);
        var calm = level == TenantLevel.Calm ? CalmStretch : 1;
        _isFree = new Alternation(start, _demandRandom.NextDouble() < RunLength.ShareFree, free => free
            ? RunLength.Free.Draw(_demandRandom.NextDouble(), ease * calm)
            : RunLength.Taken.Draw(_demandRandom.NextDouble(), 1 / Math.Sqrt(ease)));
        if (!_isFree.IsOn) Occupant = DrawOccupant();
        var online = MeanOutage * (machine.Reliability / (1 - machine.Reliability));
        _isOnline = new Alternation(start, true, up => (up ? online : MeanOutage) * -Math.Log(1 - onlineRandom.NextDouble()));
        _priceChangesAt = start + PriceStep;
    }

    public long MachineId { get; }
    public Occupant? Occupant { get; private set; }
    public bool IsOnline => _isOnline.IsOn;
    public decimal PriceFactor => (decimal)Math.Round(Math.Exp(_logPrice), 3);

    public DateTimeOffset ChangesAt
    {
        get
        {
            var at = _isFree.ChangesAt < _isOnline.ChangesAt ? _isFree.ChangesAt : _isOnline.ChangesAt;
            return at < _priceChangesAt ? at : _priceChangesAt;
        }
    }

    /// <summary>Carries out whatever is due at <see cref="ChangesAt"/>.</summary>
    public void Change()
    {
        var at = ChangesAt;
        if (at == _isFree.ChangesAt)
        {
            _isFree.Change();
            Occupant = _isFree.IsOn ? null : DrawOccupant();
        }

        if (at == _isOnline.ChangesAt) _isOnline.Change();
        if (at != _priceChangesAt) return;
        _priceChangesAt += PriceStep;
        _logPrice = (_logPrice * PricePull) + (PriceNoise * Gaussian(_priceRandom));
    }

    private Occupant DrawOccupant()
    {
        var bundle = _bundles[_demandRandom.Next(_bundles.Count)];
        var (kind, height) = (_demandRandom.NextDouble(), _demandRandom.NextDouble());
        return new Occupant(bundle, kind < OnDemandShare ? null : (decimal)(LowestBidOverFloor - (MeanBidAboveLowest * Math.Log(1 - height))));
    }

    private static double Gaussian(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static Random Stream(int seed, long machineId, int which) => new(unchecked((((seed * 397) ^ (int)machineId) * 397) ^ which));
}
