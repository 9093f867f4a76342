using Lodger.Marketplace.Catalog;
using Lodger.Marketplace.Contracts;

namespace Lodger.Marketplace.Metrics;

/// <summary>All machines at one moment.</summary>
internal sealed record MarketMoment(DateTimeOffset At, IReadOnlyList<MachineStand> Machines);

/// <summary>How the market stood every five minutes of its time since the marketplace started, for some ten days. All members are called with the book's lock held.</summary>
internal sealed class MarketHistory(Book book, TimeProvider clock)
{
    private const int MomentsMax = 3000;
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);
    private readonly List<MarketMoment> _moments = [];

    /// <summary>Notes the present when it is time.</summary>
    public void Step()
    {
        if (_moments.Count > 0 && clock.GetUtcNow() - _moments[^1].At < Every) return;
        if (_moments.Count == MomentsMax) _moments.RemoveRange(0, MomentsMax / 10);
        _moments.Add(Now());
    }

    public MarketMoment Now() => new(clock.GetUtcNow(), [.. book.Machines.Values.Select(m => new MachineStand(m, book.HeldGpus(m.Id), book.GpuUsdPerHour(m)))]);

    /// <summary>The last known moment at each step of a range; steps before the first are left out.</summary>
    public IReadOnlyList<MarketMoment> Between(DateTimeOffset start, DateTimeOffset end, TimeSpan step)
    {
        var found = new List<MarketMoment>();
        var last = -1;
        for (var at = start; at <= end; at += step)
        {
            while (last + 1 < _moments.Count && _moments[last + 1].At <= at) last++;
            if (last >= 0) found.Add(_moments[last] with { At = at });
        }

        return found;
    }

    /// <summary>Mean share of rented GPUs in per cent among <paramref name="wanted"/> machines, as far as the history goes back.</summary>
    public double MeanUsage(Func<HostMachine, bool> wanted) =>
        _moments.Count == 0 ? 0 : Math.Round(_moments.Average(m => GpuCount.Of([.. m.Machines.Where(s => wanted(s.Machine))]).Usage), 2);
}
